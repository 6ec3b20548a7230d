// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/records.hpp"

#include <algorithm>
#include <string_view>

#include "base/net_text.hpp"

namespace mcswitch::mcsctl {

namespace {

// First octet of a value's sort key: decides between values of different kinds.
enum Rank : char { kNoValue = 0, kNumber = 1, kText = 2, kAddress = 3 };

// What follows shows its own end, so that keys can stand one behind the other.
void append_text(std::string& octets, std::string_view text) {
  for (const char c : text) {
    octets += c;
    if (c == '\0') {
      octets += '\xff';
    }
  }
  octets += std::string_view{"\0\0", 2};
}

// Appends octets whose order is the order of the values.
void append_sort_key(std::string& octets, const ValueView& value, KeyKind kind) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    octets += kNumber;
    for (int shift = 56; shift >= 0; shift -= 8) {
      octets += static_cast<char>(*number >> shift & 0xff);
    }
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    // "*" is no address and comes before every one. IPv4 is ::ffff:0:0/96, and so before IPv6 multicast.
    const auto address = kind == KeyKind::address ? parse_ip(*text) : std::nullopt;
    if (address) {
      octets += kAddress;
      octets.append(address->octets.begin(), address->octets.end());
    } else {
      octets += kText;
      append_text(octets, *text);
    }
  } else {
    octets += kNoValue;
  }
}

}  // namespace

ValueView Records::Cell::view() const {
  switch (kind) {
    case Kind::number:
      return number;
    case Kind::text:
      return std::string_view{text, length};
    case Kind::none:
      break;
  }
  return std::monostate{};
}

const char* Records::keep(std::string_view text) {
  constexpr std::size_t kTextBlock = 65536;
  if (texts_.empty() || texts_.back().capacity() - texts_.back().size() < text.size()) {
    texts_.emplace_back().reserve(std::max(kTextBlock, text.size()));
  }
  std::string& block = texts_.back();
  const std::size_t begin = block.size();
  block += text;
  return block.data() + begin;
}

Records::Cell Records::cell_of(const Value& value, const Cell* above) {
  Cell cell;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    cell.kind = Cell::Kind::number;
    cell.number = *number;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    if (above != nullptr && above->view() == ValueView{std::string_view{*text}}) {
      return *above;
    }
    cell.kind = Cell::Kind::text;
    cell.text = keep(*text);
    cell.length = static_cast<std::uint32_t>(text->size());
  }
  return cell;
}

void Records::add(std::span<const Value> row) {
  const std::size_t place = order_.size();
  if (place % kBlockRows == 0) {
    blocks_.emplace_back().reserve(kBlockRows * keys_.size());
  }
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    blocks_.back().push_back(cell_of(row[key], place == 0 ? nullptr : &at(place - 1, key)));
  }
  order_.push_back(static_cast<std::uint32_t>(place));
}

void Records::sort(std::size_t key_count) {
  if (key_count == 0) {
    return;
  }
  // All sort keys in one piece of memory, made once: a million rows are compared twenty million times.
  struct Place {
    std::size_t begin;
    std::uint32_t length;
    std::uint32_t row;
  };
  std::string octets;
  std::vector<Place> places;
  places.reserve(order_.size());
  for (const std::uint32_t row : order_) {
    const std::size_t begin = octets.size();
    for (std::size_t key = 0; key < key_count; ++key) {
      append_sort_key(octets, at(row, key).view(), keys_[key].kind);
    }
    places.push_back({begin, static_cast<std::uint32_t>(octets.size() - begin), row});
  }
  const auto key = [&](const Place& p) { return std::string_view{octets}.substr(p.begin, p.length); };
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    const int order = key(a).compare(key(b));
    // The last added of equal rows becomes their first.
    return order != 0 ? order < 0 : a.row > b.row;
  });
  places.erase(std::unique(places.begin(), places.end(),
                           [&](const Place& a, const Place& b) { return key(a) == key(b); }),
               places.end());
  order_.clear();
  for (const Place& place : places) {
    order_.push_back(place.row);
  }
}

}  // namespace mcswitch::mcsctl

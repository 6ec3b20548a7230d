// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/records.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "base/net_text.hpp"

namespace mcswitch::telemetry {

namespace {

// First byte of a value's sort key: decides between values of different kinds. That of a number is kNumber
// and how many bytes follow. IPv4 stands where ::ffff:0:0/96 does, in four bytes.
enum Rank : char {
  kNoValue = 0,
  kNumber = 1,
  kText = 10,
  kAddressBelowV4 = 11,
  kAddressV4 = 12,
  kAddress = 13
};

void append_bytes(std::string& key, std::uint64_t number, int count) {
  for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
    key += static_cast<char>(number >> shift & 0xff);
  }
}

// What follows, if anything does, shows its own end, so that values can stand one behind the other: a Rank is
// less than the byte behind a zero that belongs to the text.
void append_text(std::string& key, std::string_view text, bool is_last) {
  key.push_back(kText);
  for (const char c : text) {
    key += c;
    if (c == '\0') {
      key += '\xff';
    }
  }
  if (!is_last) {
    key += '\0';
  }
}

void append_address(std::string& key, const IpAddress& address) {
  if (address.is_v4()) {
    key.push_back(kAddressV4);
    append_bytes(key, address.v4().bits, 4);
    return;
  }
  key.push_back(address < kUnspecifiedV4 ? kAddressBelowV4 : kAddress);
  append_bytes(key, address.high, 8);
  append_bytes(key, address.low, 8);
}

// Appends bytes whose order is the order of the values. They are few: the shorter a key, the more often its
// beginning decides.
void append_sort_key(std::string& key, const ValueView& value, ColumnKind kind, bool is_last) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    const int bytes = (static_cast<int>(std::bit_width(*number)) + 7) / 8;
    key += static_cast<char>(kNumber + bytes);
    append_bytes(key, *number, bytes);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    // "*" is no address and comes before every one.
    const auto address = kind == ColumnKind::address ? parse_ip(*text) : std::nullopt;
    if (address) {
      append_address(key, *address);
    } else {
      append_text(key, *text, is_last);
    }
  } else {
    key.push_back(kNoValue);
  }
}

// The sort keys of all rows. The first 16 bytes of each are kept as two numbers next to the row, so that
// most comparisons need nothing else; the rest of a longer key is in `rests_`.
class SortKeys {
 public:
  struct Place {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::uint32_t row = 0;
    std::uint32_t rest = kNoRest;  // where it begins in rests_: its length, then itself
  };

  explicit SortKeys(std::size_t rows) { places_.reserve(rows); }

  void add(std::uint32_t row, std::string_view key) {
    Place place{.high = number_at(key, 0), .low = number_at(key, 8), .row = row};
    if (key.size() > kHead) {
      place.rest = static_cast<std::uint32_t>(rests_.size());
      append_bytes(rests_, key.size() - kHead, sizeof(std::uint32_t));
      rests_ += key.substr(kHead);
    }
    places_.push_back(place);
  }

  // In their order; of equal keys the last row comes first.
  [[nodiscard]] const std::vector<Place>& sorted() {
    std::sort(places_.begin(), places_.end(), [&](const Place& a, const Place& b) {
      if (a.high != b.high || a.low != b.low) {
        return a.high != b.high ? a.high < b.high : a.low < b.low;
      }
      const int order = rest(a).compare(rest(b));
      return order != 0 ? order < 0 : a.row > b.row;
    });
    return places_;
  }
  [[nodiscard]] bool are_equal(const Place& a, const Place& b) const {
    return a.high == b.high && a.low == b.low && rest(a) == rest(b);
  }

 private:
  static constexpr std::uint32_t kNoRest = 0xffffffff;
  static constexpr std::size_t kHead = 16;

  // Eight bytes as a number of the same order; zero where there are none: no key is another one with zeros
  // behind it.
  static std::uint64_t number_at(std::string_view key, std::size_t at) {
    std::uint64_t number = 0;
    for (std::size_t i = at; i < at + 8; ++i) {
      number = number << 8 | (i < key.size() ? static_cast<std::uint8_t>(key[i]) : 0U);
    }
    return number;
  }
  [[nodiscard]] std::string_view rest(const Place& place) const {
    if (place.rest == kNoRest) {
      return {};
    }
    const std::string_view all = std::string_view{rests_}.substr(place.rest);
    return all.substr(sizeof(std::uint32_t), number_at(all.substr(0, sizeof(std::uint32_t)), 0) >> 32);
  }

  std::vector<Place> places_;
  std::string rests_;
};

}  // namespace

ValueView Records::view(Cell cell) const {
  switch (cell.kind()) {
    case Cell::number:
      return cell.bits();
    case Cell::large_number:
      return large_numbers_[cell.bits()];
    case Cell::text: {
      const std::string_view kept =
          std::string_view{texts_[cell.bits() >> 32]}.substr(cell.bits() & 0xffffffff);
      Length length = 0;
      std::memcpy(&length, kept.data(), sizeof length);
      return kept.substr(sizeof length, length);
    }
    case Cell::none:
      break;
  }
  return std::monostate{};
}

// Which block of texts_ has its length and itself from now on, in bits 32-61, and where in it.
std::uint64_t Records::keep(std::string_view text) {
  constexpr std::size_t kTextBlock = 65536;
  const auto length = static_cast<Length>(text.size());
  const std::size_t room = sizeof length + text.size();
  if (texts_.empty() || texts_.back().capacity() - texts_.back().size() < room) {
    texts_.emplace_back().reserve(std::max(kTextBlock, room));
  }
  std::string& block = texts_.back();
  const std::size_t begin = block.size();
  block.resize(begin + sizeof length);
  std::memcpy(block.data() + begin, &length, sizeof length);
  block += text;
  return std::uint64_t{texts_.size() - 1} << 32 | begin;
}

Records::Cell Records::cell_of(const Value& value, const Cell* above) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    if (*number >> 62 == 0) {
      return {Cell::number, *number};
    }
    large_numbers_.push_back(*number);
    return {Cell::large_number, large_numbers_.size() - 1};
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (above != nullptr && view(*above) == ValueView{std::string_view{*text}}) {
      return *above;
    }
    return {Cell::text, keep(*text)};
  }
  return {};
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
  SortKeys keys{order_.size()};
  std::string bytes;
  for (const std::uint32_t row : order_) {
    bytes.clear();
    for (std::size_t key = 0; key < key_count; ++key) {
      append_sort_key(bytes, view(at(row, key)), keys_[key].kind, key + 1 == key_count);
    }
    keys.add(row, bytes);
  }
  // The last added of equal rows is their first.
  const SortKeys::Place* before = nullptr;
  order_.clear();
  for (const SortKeys::Place& place : keys.sorted()) {
    if (before == nullptr || !keys.are_equal(*before, place)) {
      order_.push_back(place.row);
    }
    before = &place;
  }
}

}  // namespace mcswitch::telemetry

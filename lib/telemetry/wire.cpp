// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/wire.hpp"

#include <algorithm>

namespace mcswitch::telemetry {

namespace {

constexpr char kFieldSeparator = '|';
constexpr char kContinuation = '+';
// Quotes and comma of one string in a JSON array.
constexpr std::size_t kStringOverhead = 3;

bool is_plain(char c) {
  return c >= ' ' && c <= '~' && c != '%' && c != kFieldSeparator && c != kContinuation && c != ',' &&
         c != '"' && c != '\\';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

}  // namespace

std::string escape_field(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 0xf];
    }
  }
  return out;
}

std::optional<std::string> unescape_field(std::string_view text) {
  if (text.find('%') == std::string_view::npos) {
    return std::string{text};
  }
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

void Row::begin_field() {
  if (!empty_) {
    text_ += kFieldSeparator;
  }
  empty_ = false;
}

Row& Row::text(std::string_view field) {
  begin_field();
  text_ += escape_field(field.substr(0, kMaxText));
  if (field.size() > kMaxText) {
    text_ += "...";
  }
  return *this;
}

Row& Row::number(std::uint64_t field) {
  begin_field();
  text_ += std::to_string(field);
  return *this;
}

Row& Row::none() {
  begin_field();
  return *this;
}

bool Page::add(const Row& row) {
  const std::string& text = row.str();
  // The first string carries kStringLength characters of the row, each further one less by its mark.
  constexpr std::size_t kMore = kStringLength - 1;
  const std::size_t continued =
      text.size() <= kStringLength ? 0 : (text.size() - kStringLength + kMore - 1) / kMore;
  const std::size_t bytes = text.size() + continued + (1 + continued) * kStringOverhead;
  if (row_count_ == max_rows_ || strings_.size() + 1 + continued > kArrayStrings ||
      bytes_ + bytes > kMaxBytes) {
    return false;
  }
  strings_.push_back(text.substr(0, kStringLength));
  for (std::size_t at = kStringLength; at < text.size(); at += kMore) {
    strings_.push_back(kContinuation + text.substr(at, kMore));
  }
  bytes_ += bytes;
  ++row_count_;
  return true;
}

std::optional<std::vector<std::vector<Field>>> decode_rows(std::vector<std::string> strings,
                                                           std::size_t column_count) {
  std::vector<std::string> lines;
  lines.reserve(strings.size());
  for (std::string& s : strings) {
    if (!s.starts_with(kContinuation)) {
      lines.push_back(std::move(s));
    } else if (lines.empty()) {
      return std::nullopt;
    } else {
      lines.back() += s.substr(1);
    }
  }

  std::vector<std::vector<Field>> rows;
  rows.reserve(lines.size());
  for (const std::string& line : lines) {
    std::vector<Field> row;
    row.reserve(column_count);
    std::size_t begin = 0;
    while (true) {
      const std::size_t end = std::min(line.find(kFieldSeparator, begin), line.size());
      const std::string_view field{line.data() + begin, end - begin};
      if (field.empty()) {
        row.emplace_back(std::nullopt);
      } else if (auto text = unescape_field(field)) {
        row.emplace_back(std::move(*text));
      } else {
        return std::nullopt;
      }
      if (end == line.size()) {
        break;
      }
      begin = end + 1;
    }
    if (row.size() != column_count) {
      return std::nullopt;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> cut_columns(std::string_view names) {
  std::vector<std::string> parts;
  while (names.size() > kStringLength) {
    const std::size_t comma = names.rfind(',', kStringLength);
    parts.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma + 1);
  }
  parts.emplace_back(names);
  return parts;
}

std::vector<std::string> split_columns(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// How lists travel: rows as short strings, packed into pages that DPDK's telemetry library can carry
// whole. README.md in this folder is the contract for collectors. No DPDK here: mcsctl reads with the
// same code that the switch writes with.
//
// Limits of rte_telemetry 22.11 that decide the form
//   A reply has 16,384 bytes; an element that does not fit is dropped silently. A string of an array has at
//   most 127 characters, an array at most 512 of them, and a list of objects does not exist. Bytes above 127
//   in a string index the library's escape table out of its bounds. So fields are printable ASCII that needs
//   no JSON escape, the size of a page is known exactly while it is filled, and a row longer than one string
//   is continued in the next.
//
// Threads: values; no shared state.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcswitch::telemetry {

inline constexpr std::size_t kReplyBytes = 16384;
inline constexpr std::size_t kStringLength = 127;  // characters of one string
inline constexpr std::size_t kArrayStrings = 512;  // strings of one array

// A field as it is written in a row: printable ASCII stays, except % | + , " and \ ; these and all
// other bytes become %XX.
std::string escape_field(std::string_view text);
// The reverse. nullopt if a % is not followed by two hexadecimal digits.
std::optional<std::string> unescape_field(std::string_view text);

// Fields of one row, in the order of the columns. An empty field is "no value" (null in JSON).
class Row {
 public:
  // A longer text is cut there and ends in "...": only a device string could be, and a row must fit
  // into a page. At most four texts of that size a row.
  static constexpr std::size_t kMaxText = 1000;

  Row& text(std::string_view field);
  Row& number(std::uint64_t field);
  Row& none();

  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  void begin_field();

  std::string text_;
  bool empty_ = true;
};

// One page of rows, never larger than a reply can carry.
class Page {
 public:
  // Maximum size of the rest of a reply: the command (55 characters) and its braces, and the keys columns,
  // rows, total, next and tag with their values; more_columns up to kStringLength as well.
  static constexpr std::size_t kRestBytes = 512;
  static constexpr std::size_t kMaxBytes = kReplyBytes - kRestBytes;

  // At most `max_rows` rows; room decides as well.
  explicit Page(std::size_t max_rows = kArrayStrings) : max_rows_{max_rows} {}

  // False, and nothing changed, when the row does not fit any more. The first row of a page fits
  // always.
  bool add(const Row& row);

  // What goes into the array: rows, cut at kStringLength; a string that begins with + continues the
  // one before it.
  [[nodiscard]] const std::vector<std::string>& strings() const { return strings_; }
  [[nodiscard]] std::size_t row_count() const { return row_count_; }
  // Bytes of the strings as a JSON array, brackets not counted.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t max_rows_;
  std::size_t row_count_ = 0;
  std::size_t bytes_ = 0;
  std::vector<std::string> strings_;
};

// A value of a row, decoded; nullopt stands for "no value".
using Field = std::optional<std::string>;

// The rows of a page. nullopt if it begins with a continuation, if an escape is broken or if a row does
// not have `column_count` fields: the reply was not written by a Page.
std::optional<std::vector<std::vector<Field>>> decode_rows(std::vector<std::string> strings,
                                                           std::size_t column_count);

// Column names as strings that each fit into one of the library's, cut at commas: "a,b,c" to "a,b" and
// "c". The first goes as `columns`, the others as `more_columns`.
std::vector<std::string> cut_columns(std::string_view names);

// "a,b,c" to its parts; empty text has none.
std::vector<std::string> split_columns(std::string_view text);

}  // namespace mcswitch::telemetry

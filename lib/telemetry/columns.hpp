// SPDX-License-Identifier: BSD-3-Clause
//
// What a column of a list is, and the cells of which a handler makes a row. lists.hpp has the lists.
//
// A column is one line of a table in lists.hpp. From it come a member of the row's type (a handler that does
// not fill it in does not compile), the name on the socket, key, type and title in mcsctl, and a line of
// README.md (tests/unit/telemetry/lists_test.cpp compares).
//
// Threads: values; no shared state.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "telemetry/wire.hpp"

namespace mcswitch::telemetry {

// What mcsctl makes of a column in JSON: a number or a string, or null where there is no value. address: a
// string whose order is numeric; "*" and no value come first.
enum class ColumnKind : std::uint8_t { text, number, address };

// Decides how mcsctl's tables show a number; README.md names it.
enum class Unit : std::uint8_t { none, milliseconds, bytes, megabits_per_second };

struct Column {
  std::string_view name;
  ColumnKind kind = ColumnKind::text;
  Unit unit = Unit::none;
  // Over mcsctl's column; empty: the name, with spaces in place of its underscores.
  std::string_view title{};
  // Markdown, for README.md.
  std::string_view help{};
};

// Cells, by the kind of their column. They have no default, so that a row needs all of them. "No value" is
// nullopt of a number, and an empty text.
class Number {
 public:
  static constexpr ColumnKind kKind = ColumnKind::number;

  explicit Number(std::optional<std::uint64_t> value) : value_{value} {}
  void append_to(Row& row) const { value_ ? row.number(*value_) : row.none(); }

 private:
  std::optional<std::uint64_t> value_;
};

template <ColumnKind kind>
class TextCell {
 public:
  static constexpr ColumnKind kKind = kind;

  explicit TextCell(std::string value) : value_{std::move(value)} {}
  void append_to(Row& row) const { row.text(value_); }

 private:
  std::string value_;
};
using Text = TextCell<ColumnKind::text>;
using Address = TextCell<ColumnKind::address>;

// Defines the type of a row, `Name`, from the table COLUMNS(X, C): X(name, Type, unit, title, help) is a
// column, C(name, help) one for each counter of a table of base/counters.hpp.
#define MCSWITCH_ROW(Name, COLUMNS)                                                                \
  struct Name {                                                                                    \
    COLUMNS(MCSWITCH_CELL, MCSWITCH_COUNTER_CELL)                                                  \
    static constexpr Column kColumns[] = {COLUMNS(MCSWITCH_COLUMN, MCSWITCH_COUNTER_COLUMN)};      \
    void append_to(Row& row) const { COLUMNS(MCSWITCH_APPEND_CELL, MCSWITCH_APPEND_COUNTER_CELL) } \
  }
#define MCSWITCH_CELL(name, Type, unit, title, help) Type name;
#define MCSWITCH_COUNTER_CELL(name, help) Number name;
#define MCSWITCH_COLUMN(name, Type, unit, title, help) {#name, Type::kKind, Unit::unit, title, help},
#define MCSWITCH_COUNTER_COLUMN(name, help) {#name, Number::kKind, Unit::none, "", help},
#define MCSWITCH_APPEND_CELL(name, Type, unit, title, help) name.append_to(row);
#define MCSWITCH_APPEND_COUNTER_CELL(name, help) name.append_to(row);

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// TablePrinter: aligned columns for people.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mcswitch::mcsctl {

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

class TablePrinter {
 public:
  explicit TablePrinter(std::vector<Column> columns) : columns_{std::move(columns)} {}

  // As many cells as there are columns.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  // Title line and rows, each column as wide as its widest cell, two spaces between, none at line ends.
  [[nodiscard]] std::string str() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace mcswitch::mcsctl

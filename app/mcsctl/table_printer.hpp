// SPDX-License-Identifier: BSD-3-Clause
//
// TablePrinter: aligned columns for people, each as wide as its widest cell.

#pragma once

#include <cstddef>
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
  explicit TablePrinter(std::vector<Column> columns);

  // Makes room for a row, of as many cells as there are columns: first all rows are measured, then printed.
  void measure(const std::vector<std::string>& cells);

  // Lines, with two spaces between columns, none at their end, and a line feed.
  [[nodiscard]] std::string titles() const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
};

}  // namespace mcswitch::mcsctl

// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/table_printer.hpp"

#include <algorithm>
#include <utility>

namespace mcswitch::mcsctl {

namespace {

// Characters of UTF-8 text: bytes that do not continue one.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

TablePrinter::TablePrinter(std::vector<Column> columns) : columns_{std::move(columns)} {
  for (const Column& column : columns_) {
    widths_.push_back(width_of(column.title));
  }
}

void TablePrinter::measure(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    widths_[i] = std::max(widths_[i], width_of(cells[i]));
  }
}

std::string TablePrinter::titles() const {
  std::vector<std::string> cells;
  for (const Column& column : columns_) {
    cells.push_back(column.title);
  }
  return line(cells);
}

std::string TablePrinter::line(const std::vector<std::string>& cells) const {
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t padding = widths_[i] - width_of(cells[i]);
    text += i == 0 ? "" : "  ";
    if (columns_[i].align == Align::right) {
      text.append(padding, ' ');
    }
    text += cells[i];
    if (columns_[i].align == Align::left) {
      text.append(padding, ' ');
    }
  }
  text.resize(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace mcswitch::mcsctl

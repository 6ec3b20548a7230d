// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/table_printer.hpp"

#include <gtest/gtest.h>

namespace mcswitch::mcsctl {
namespace {

std::string printed(TablePrinter table, const std::vector<std::vector<std::string>>& rows) {
  for (const auto& row : rows) {
    table.measure(row);
  }
  std::string text = table.titles();
  for (const auto& row : rows) {
    text += table.line(row);
  }
  return text;
}

TEST(TablePrinter, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(printed(TablePrinter{{{"port"}, {"bytes", Align::right}, {"text"}}},
                    {{"p1", "7", "a"}, {"uplink", "1234567", "bc"}}),
            "port      bytes  text\n"
            "p1            7  a\n"
            "uplink  1234567  bc\n");
}

TEST(TablePrinter, LinesHaveNoSpacesAtTheirEnd) {
  EXPECT_EQ(printed(TablePrinter{{{"a"}, {"long title"}}}, {{"x", ""}}), "a  long title\nx\n");
}

TEST(TablePrinter, WidthCountsCharactersAndNotBytes) {
  // The first has two letters of two bytes.
  EXPECT_EQ(printed(TablePrinter{{{"n"}, {"x"}}}, {{"\xc3\xa9\xc3\xa9", "1"}, {"abc", "2"}}),
            "n    x\n\xc3\xa9\xc3\xa9   1\nabc  2\n");
}

}  // namespace
}  // namespace mcswitch::mcsctl

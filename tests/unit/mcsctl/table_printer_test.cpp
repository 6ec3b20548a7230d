// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/table_printer.hpp"

#include <gtest/gtest.h>

namespace mcswitch::mcsctl {
namespace {

TEST(TablePrinter, ColumnsAreAsWideAsTheirWidestCell) {
  TablePrinter table{{{"port"}, {"bytes", Align::right}, {"text"}}};
  table.add({"p1", "7", "a"});
  table.add({"uplink", "1234567", "bc"});
  EXPECT_EQ(table.str(),
            "port      bytes  text\n"
            "p1            7  a\n"
            "uplink  1234567  bc\n");
}

TEST(TablePrinter, LinesHaveNoSpacesAtTheirEnd) {
  TablePrinter table{{{"a"}, {"long title"}}};
  table.add({"x", ""});
  EXPECT_EQ(table.str(), "a  long title\nx\n");
}

TEST(TablePrinter, WidthCountsCharactersAndNotOctets) {
  TablePrinter table{{{"n"}, {"x"}}};
  table.add({"\xc3\xa9\xc3\xa9", "1"});  // two letters of two octets
  table.add({"abc", "2"});
  EXPECT_EQ(table.str(), "n    x\n\xc3\xa9\xc3\xa9   1\nabc  2\n");
}

TEST(TablePrinter, IsEmptyUntilARowIsAdded) {
  TablePrinter table{{{"a"}}};
  EXPECT_TRUE(table.empty());
  table.add({"1"});
  EXPECT_FALSE(table.empty());
}

}  // namespace
}  // namespace mcswitch::mcsctl

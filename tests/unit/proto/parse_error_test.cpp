// SPDX-License-Identifier: BSD-3-Clause

#include "proto/parse_error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "base/counters.hpp"

namespace mcswitch::proto {
namespace {

TEST(ParseErrorTable, HasANameForEachRow) { EXPECT_EQ(std::size(kParseErrorNames), kParseErrorCount); }

// The names become counters and JSON keys.
TEST(ParseErrorTable, NamesAreUniqueAndInSnakeCase) {
  std::set<std::string_view> seen;
  for (const ParseErrorName& row : kParseErrorNames) {
    EXPECT_TRUE(seen.insert(row.name).second) << row.name;
    EXPECT_TRUE(std::all_of(row.name.begin(), row.name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    })) << row.name;
    EXPECT_FALSE(row.text.empty()) << row.name;
  }
}

TEST(ParseErrorTable, NamesStandInTheOrderOfTheEnumeration) {
  EXPECT_EQ(kParseErrorNames[static_cast<std::size_t>(ParseError::ip_header_truncated)].name,
            "ip_header_truncated");
  EXPECT_EQ(kParseErrorNames[static_cast<std::size_t>(ParseError::igmp_record_sources_truncated)].name,
            "igmp_record_sources_truncated");
}

TEST(ParseErrorTable, FitsIntoTheCountersOfAPort) {
  EXPECT_LE(kParseErrorCount, PortCounters::kMaxParseErrors);
}

}  // namespace
}  // namespace mcswitch::proto

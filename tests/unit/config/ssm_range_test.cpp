// SPDX-License-Identifier: BSD-3-Clause
//
// ssm-range of [igmp]

#include <gtest/gtest.h>

#include "load_support.hpp"

namespace mcswitch::config::ssm_range_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Lines in [igmp], the first of which is line 2.
LoadResult load_igmp(std::string_view lines) {
  return load_with_ports("[igmp]\n" + std::string{lines} + "\n");
}

TEST(SsmRange, IsEmptyByDefault) {
  const LoadResult result = load_igmp("");
  EXPECT_THAT(result.config->igmp.ssm_range, IsEmpty());
  EXPECT_FALSE(result.config->igmp.is_source_specific(Ipv4Address::of(232, 6, 1, 1)));
  EXPECT_THAT(load_igmp("ssm-range = []").config->igmp.ssm_range, IsEmpty());
}

TEST(SsmRange, IsUpToFourPrefixes) {
  const LoadResult result =
      load_igmp("ssm-range = [\"232.0.0.0/8\", \"239.232.0.0/16\", \"224.0.1.0/24\", \"225.1.2.3/32\"]");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  const Igmp& igmp = result.config->igmp;
  EXPECT_EQ(igmp.ssm_range.size(), 4U);
  EXPECT_TRUE(igmp.is_source_specific(Ipv4Address::of(232, 255, 0, 9)));
  EXPECT_TRUE(igmp.is_source_specific(Ipv4Address::of(239, 232, 9, 9)));
  EXPECT_TRUE(igmp.is_source_specific(Ipv4Address::of(225, 1, 2, 3)));
  EXPECT_FALSE(igmp.is_source_specific(Ipv4Address::of(225, 1, 2, 4)));
  EXPECT_FALSE(igmp.is_source_specific(Ipv4Address::of(239, 233, 0, 1)));
  EXPECT_THAT(load_igmp("ssm-range = [\"232.0.0.0/16\", \"232.1.0.0/16\", \"232.2.0.0/16\",\n"
                        "\"232.3.0.0/16\", \"232.4.0.0/16\"]")
                  .errors,
              ElementsAre(Says(3, 17, {"there are 5 prefixes in igmp.ssm-range; at most 4"})));
}

TEST(SsmRange, TakesMulticastPrefixesOnly) {
  for (const std::string_view bad : {"232.0.0.0", "232.0.0.0/33", "10.0.0.0/8", "240.0.0.0/4", "224.0.0.0/3",
                                     "0.0.0.0/0", "ff3e::/32", ""}) {
    EXPECT_THAT(load_igmp("ssm-range = [\"" + std::string{bad} + "\"]").errors,
                ElementsAre(Says(
                    2, 14, {"each of igmp.ssm-range must be an IPv4 multicast prefix", "232.0.0.0/8", bad})))
        << bad;
  }
  EXPECT_THAT(load_igmp("ssm-range = \"232.0.0.0/8\"").errors,
              ElementsAre(Says(2, 13, {"igmp.ssm-range must be an array"})));
  EXPECT_THAT(load_igmp("ssm-range = [232]").errors,
              ElementsAre(Says(2, 14, {"each of igmp.ssm-range", "not 232"})));
}

TEST(SsmRange, WithHostBitsIsAnsweredWithThePrefix) {
  EXPECT_THAT(
      load_igmp("ssm-range = [\"232.1.2.3/8\"]").errors,
      ElementsAre(Says(2, 14, {"\"232.1.2.3/8\" in igmp.ssm-range has bits set", "write \"232.0.0.0/8\""})));
}

// Groups of 224.0.0.0/24 are never memberships (RFC 4541 section 2.1.2).
TEST(SsmRange, KeepsAwayFromLinkLocalGroups) {
  for (const std::string_view bad :
       {"224.0.0.0/4", "224.0.0.0/24", "224.0.0.128/25", "224.0.0.22/32", "224.0.0.0/23"}) {
    EXPECT_THAT(load_igmp("ssm-range = [\"" + std::string{bad} + "\"]").errors,
                ElementsAre(Says(2, 14, {bad, "224.0.0.0/24", "never memberships"})))
        << bad;
  }
}

TEST(SsmRange, PrefixesWithGroupsInCommonAreAWarning) {
  const LoadResult result = load_igmp("ssm-range = [\"232.7.0.0/16\",\n\"232.0.0.0/8\"]");
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, ElementsAre(Says(3, 1, {"232.7.0.0/16", "232.0.0.0/8", "in common"})));
}

}  // namespace
}  // namespace mcswitch::config::ssm_range_test

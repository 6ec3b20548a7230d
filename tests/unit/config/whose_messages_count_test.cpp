// SPDX-License-Identifier: BSD-3-Clause
//
// allowed-queriers, report-sources, ignore-v1-reports and ignore-v2-reports of [igmp]; the source of proxy
// reports

#include <gtest/gtest.h>

#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Lines in [igmp], the first of which is line 2.
LoadResult load_whose(std::string_view lines) {
  return load_with_ports("[igmp]\n" + std::string{lines} + "\n");
}

constexpr Ipv4Prefix kOneQuerier{Ipv4Address::of(10, 0, 0, 1), 32};
constexpr Ipv4Prefix kOneNetwork{Ipv4Address::of(10, 0, 1, 0), 24};

TEST(WhoseMessagesCount, AreEverybodysByDefault) {
  const LoadResult result = load_whose("");
  const Igmp& igmp = result.config->igmp;
  EXPECT_FALSE(igmp.ignore_v1_reports);
  EXPECT_FALSE(igmp.ignore_v2_reports);
  EXPECT_THAT(igmp.allowed_queriers, IsEmpty());
  EXPECT_THAT(igmp.report_sources, IsEmpty());
  EXPECT_TRUE(igmp.allows_querier(Ipv4Address::of(10, 0, 0, 1)));
  EXPECT_TRUE(igmp.allows_querier(kUnspecifiedV4));
}

TEST(WhoseMessagesCount, AddressesAndPrefixesAreTaken) {
  const LoadResult result = load_whose(
      "allowed-queriers = [\"10.0.0.1\", \"10.0.1.0/24\"]\nreport-sources = [\"0.0.0.0\", \"10.0.1.0/24\"]");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  const Igmp& igmp = result.config->igmp;
  EXPECT_THAT(igmp.allowed_queriers, ElementsAre(kOneQuerier, kOneNetwork));
  EXPECT_THAT(igmp.report_sources, ElementsAre(Ipv4Prefix{{}, 32}, kOneNetwork));
  EXPECT_TRUE(igmp.allows_querier(Ipv4Address::of(10, 0, 1, 255)));
  EXPECT_FALSE(igmp.allows_querier(Ipv4Address::of(10, 0, 0, 2)));
  EXPECT_FALSE(igmp.allows_querier(kUnspecifiedV4));
}

TEST(WhoseMessagesCount, WhatNoHostCanHaveIsRefused) {
  for (const std::string key : {"allowed-queriers", "report-sources"}) {
    const int column = static_cast<int>(key.size()) + 5;
    for (const std::string bad :
         {"224.0.0.1", "224.0.0.0/4", "127.0.0.1", "240.0.0.0/4", "0.0.0.1", "10.0.0.0/33", "fe80::1", ""}) {
      EXPECT_THAT(
          load_whose(key + " = [\"" + bad + "\"]").errors,
          ElementsAre(Says(2, column, {"each of igmp." + key, "a unicast IPv4 address or a prefix", bad})));
    }
    EXPECT_THAT(load_whose(key + " = [10]").errors,
                ElementsAre(Says(2, column, {"each of igmp." + key, "not 10"})));
    EXPECT_THAT(load_whose(key + " = \"10.0.0.1\"").errors,
                ElementsAre(Says(2, column - 1, {"igmp." + key + " must be an array"})));
    EXPECT_THAT(load_whose(key + " = [\"10.0.0.1/24\"]").errors,
                ElementsAre(Says(2, column, {"bits set behind its length; write \"10.0.0.0/24\""})));
  }
}

TEST(WhoseMessagesCount, AreSixteenPrefixesAtMost) {
  std::string many;
  for (int n = 0; n < 16; ++n) {
    many += "\"10.0." + std::to_string(n) + ".0/24\", ";
  }
  EXPECT_THAT(load_whose("report-sources = [" + many + "]").errors, IsEmpty());
  EXPECT_THAT(load_whose("report-sources = [" + many + "\n\"10.9.0.0/16\"]").errors,
              ElementsAre(Says(3, 1, {"there are 17 prefixes in igmp.report-sources; at most 16"})));
}

TEST(WhoseMessagesCount, AVlanHasItsOwn) {
  const LoadResult result = load_with_ports(
      "[igmp]\nallowed-queriers = [\"10.0.0.1\"]\nignore-v1-reports = true\n"
      "[[vlan]]\nid = 1\n[vlan.igmp]\nreport-sources = [\"10.0.1.0/24\"]\nignore-v2-reports = true\n");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  const Igmp& igmp = result.config->igmp_of(1);
  EXPECT_THAT(igmp.allowed_queriers, ElementsAre(kOneQuerier));
  EXPECT_THAT(igmp.report_sources, ElementsAre(kOneNetwork));
  EXPECT_TRUE(igmp.ignore_v2_reports);
  EXPECT_FALSE(result.config->igmp.ignore_v2_reports);
}

// RFC 9776 section 9.2: what version 2 may not do, version 1 may not either.
TEST(WhoseMessagesCount, IgnoringVersion2AloneIsAWarning) {
  EXPECT_THAT(load_whose("ignore-v2-reports = true").warnings,
              ElementsAre(Says(2, 21, {"igmp.ignore-v2-reports = true without igmp.ignore-v1-reports"})));
  EXPECT_THAT(load_whose("ignore-v2-reports = true\nignore-v1-reports = true").warnings, IsEmpty());
}

// Some routers discard what RFC 9776 section 4.2.13 wants them to take.
TEST(ProxyAddress, Of0000IsAWarningWithAProxy) {
  EXPECT_THAT(
      load_whose("report-mode = \"proxy\"").warnings,
      ElementsAre(Says(2, 15, {"igmp.proxy-address is 0.0.0.0", "write an address of this network"})));
  EXPECT_THAT(load_whose("report-mode = \"proxy\"\nproxy-address = \"0.0.0.0\"").warnings,
              ElementsAre(Says(3, 17, {"igmp.proxy-address is 0.0.0.0"})));
  EXPECT_THAT(load_whose("report-mode = \"proxy\"\nproxy-address = \"10.0.0.2\"").warnings, IsEmpty());
  EXPECT_THAT(load_whose("proxy-address = \"0.0.0.0\"").warnings, IsEmpty());
}

}  // namespace
}  // namespace mcswitch::config

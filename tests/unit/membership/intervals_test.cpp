// SPDX-License-Identifier: BSD-3-Clause

#include "membership/intervals.hpp"

#include <gtest/gtest.h>

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;

Intervals of_version(std::uint8_t version) {
  Intervals intervals;
  intervals.version = version;
  return intervals;
}

// R2236-60 to -68: RFC 2236 sections 8.1 to 8.9, and what section 8 of it implies.
TEST(Intervals, DefaultsOfVersion2AreThoseOfRfc2236) {
  const Intervals v2 = of_version(2);
  EXPECT_EQ(v2.robustness_variable, 2);
  EXPECT_EQ(v2.query_interval, 125s);
  EXPECT_EQ(v2.query_response_interval, 10s);
  EXPECT_EQ(v2.group_membership_interval(), 260s);
  EXPECT_EQ(v2.other_querier_present_interval(), 255s);
  EXPECT_EQ(v2.startup_query_interval(), 31250ms);
  EXPECT_EQ(v2.startup_query_count(), 2);
  EXPECT_EQ(v2.last_member_query_interval, 1s);
  EXPECT_EQ(v2.last_member_query_count(), 2);
  EXPECT_EQ(v2.last_member_query_time(), 2s);
}

// RFC 9776 section 8.4: twice the Query Response Interval.
TEST(Intervals, Version3HasTheLongerGroupMembershipInterval) {
  EXPECT_EQ(of_version(3).group_membership_interval(), 270s);
  EXPECT_EQ(of_version(1).group_membership_interval(), 260s);
}

TEST(Intervals, DerivedValuesFollowTheRobustnessVariable) {
  Intervals v2 = of_version(2);
  v2.robustness_variable = 3;
  v2.query_interval = 20s;
  v2.query_response_interval = 4s;
  EXPECT_EQ(v2.group_membership_interval(), 64s);
  EXPECT_EQ(v2.other_querier_present_interval(), 62s);
  EXPECT_EQ(v2.router_port_interval(), 62s);
  EXPECT_EQ(v2.startup_query_interval(), 5s);
  EXPECT_EQ(v2.startup_query_count(), 3);
  EXPECT_EQ(v2.last_member_query_count(), 3);
  EXPECT_EQ(v2.last_member_query_time(), 3s);
}

TEST(Intervals, ASetValueTakesThePlaceOfTheDerivedOne) {
  Intervals v2 = of_version(2);
  v2.set_group_membership_interval = 2500ms;
  v2.set_other_querier_present_interval = 3s;
  EXPECT_EQ(v2.group_membership_interval(), 2500ms);
  EXPECT_EQ(v2.derived_group_membership_interval(), 260s);
  EXPECT_EQ(v2.router_port_interval(), 3s);
  v2.set_router_port_interval = 7s;
  EXPECT_EQ(v2.router_port_interval(), 7s);
}

// R9776-6, -7.
TEST(Intervals, AdoptedValuesCountWhereTheyAreLargerAndTheDerivedOnesFollow) {
  Intervals v3 = of_version(3);
  v3.query_interval = 60s;
  EXPECT_EQ(v3.adopting({3, 100s, {}}).group_membership_interval(), 320s);
  EXPECT_EQ(v3.adopting({3, 100s, {}}).other_querier_present_interval(), 305s);
  EXPECT_EQ(v3.adopting({3, 100s, {}}).router_port_interval(), 305s);
  EXPECT_EQ(v3.adopting({3, 100s, {}}).last_member_query_count(), 3);
  EXPECT_EQ(v3.adopting({1, 100s, {}}).group_membership_interval(), 220s);
  EXPECT_EQ(v3.adopting({7, 59s, {}}).group_membership_interval(), 440s);
  EXPECT_EQ(v3.adopting({0, 0s, {}}).group_membership_interval(), 140s);
  EXPECT_EQ(v3.adopting({3, 100s, 9s}).response_interval(), 10s);
  EXPECT_EQ(v3.adopting({3, 100s, 12s}).response_interval(), 12s);
  EXPECT_EQ(v3.adopting({3, 100s, 12s}).group_membership_interval(), 324s);
  EXPECT_EQ(v3.adopting({3, 100s, 12s}).other_querier_present_interval(), 306s);
}

// RFC 2236 section 4: the 0 of a version 1 query "MUST be interpreted as a value of 100 (10 seconds)",
// whatever is configured.
TEST(Intervals, OfVersion1AreDerivedFromTheTenSecondsThatItsHostsTake) {
  Intervals v1 = of_version(1);
  v1.query_response_interval = 1s;
  EXPECT_EQ(v1.response_interval(), 10s);
  EXPECT_EQ(v1.group_membership_interval(), 260s);
  EXPECT_EQ(v1.other_querier_present_interval(), 255s);
  v1.query_response_interval = 25s;
  EXPECT_EQ(v1.group_membership_interval(), 260s);
}

TEST(Intervals, WhoGivesExtremeValuesIsPresentForTenTimesAsLongAsByOurs) {
  const Intervals v3 = of_version(3);
  EXPECT_EQ(v3.other_querier_present_interval({3, 200s, 20s}), 610s);
  EXPECT_EQ(v3.other_querier_present_interval({7, 31744s, 3174s}), 2550s);
  EXPECT_EQ(v3.router_port_interval({7, 31744s, 3174s}), 2550s);
  EXPECT_EQ(v3.router_port_interval({1, 1s, 1s}), 255s);
}

TEST(Intervals, WhatIsSetDoesNotFollowAdoptedValues) {
  Intervals v3 = of_version(3);
  v3.set_group_membership_interval = 2500ms;
  v3.set_last_member_query_count = 1;
  v3.set_other_querier_present_interval = 3s;
  const Intervals adopted = v3.adopting({7, 1000s, {}});
  EXPECT_EQ(adopted.group_membership_interval(), 2500ms);
  EXPECT_EQ(adopted.last_member_query_count(), 1);
  EXPECT_EQ(adopted.other_querier_present_interval(), 3s);
  EXPECT_EQ(adopted.router_port_interval(), 3s);
}

}  // namespace
}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// How many memberships a port has, and may have.

#include "unit/table/children_bench.hpp"

namespace mcswitch::table {
namespace {

GroupKey nth(std::uint32_t n) { return {10, IpAddress::from(Ipv4Address{0xef010000U + n})}; }

TEST_F(ChildrenTest, MembershipsOfAllKindsCountOnTheirPortAndNoOther) {
  table.join(g, 3, 100, 2);
  EXPECT_EQ(table.membership_count(3), 1U);
  table.join_source(g, s, 3, 101);
  EXPECT_EQ(table.membership_count(3), 2U);
  table.control_join_source(EntryKind::excluded, g, t, 3, 102);
  EXPECT_EQ(table.membership_count(3), 3U);
  table.control_join(nth(1), 3, 103);
  EXPECT_EQ(table.membership_count(3), 4U);
  table.join(g, 5, 104, 2);
  EXPECT_EQ(table.membership_count(5), 1U);
  EXPECT_EQ(table.membership_count(3), 4U);
  EXPECT_EQ(table.membership_count(4), 0U);
}

// The group's entry of a source is nobody's membership.
TEST_F(ChildrenTest, ASourceAloneCountsOnce) {
  table.join_source(g, s, 3, 100);
  EXPECT_EQ(table.membership_count(3), 1U);
}

TEST_F(ChildrenTest, RefreshesDoNotCount) {
  for (Stamp stamp = 100; stamp < 110; ++stamp) {
    table.join(g, 3, 3 * stamp, 2);
    table.join_source(g, s, 3, 3 * stamp + 1);
    table.control_join_source(EntryKind::excluded, g, s, 3, 3 * stamp);
    table.control_join(g, 3, 3 * stamp);
  }
  EXPECT_EQ(table.membership_count(3), 3U);
}

TEST_F(ChildrenTest, RemovalGivesBackOnce) {
  const EntryId group = table.join(g, 3, 100, 2).id;
  table.join(g, 5, 100, 2);
  const EntryId id = table.join_source(g, s, 3, 101).id;
  EXPECT_FALSE(table.remove(group, 3, 99));  // void
  EXPECT_EQ(table.membership_count(3), 2U);
  EXPECT_TRUE(table.remove(group, 3, 100));
  EXPECT_EQ(table.membership_count(3), 1U);
  EXPECT_TRUE(table.remove(group, 3, 100));  // no member any more
  EXPECT_TRUE(table.remove(group, 4, 100));  // never was one
  EXPECT_EQ(table.membership_count(3), 1U);
  EXPECT_EQ(table.membership_count(4), 0U);
  EXPECT_EQ(table.membership_count(5), 1U);
  EXPECT_TRUE(table.remove(id, 3, 101));
  EXPECT_EQ(table.membership_count(3), 0U);
  table.join(g, 3, 200, 2);
  EXPECT_EQ(table.membership_count(3), 1U);
}

TEST_F(ChildrenTest, AtTheLimitNewMembershipsAreRefusedAndOldOnesRefreshed) {
  table.set_limit(3, 3);
  EXPECT_EQ(table.join(g, 3, 100, 2).result, JoinResult::joined);
  EXPECT_EQ(table.join_source(g, s, 3, 101).result, JoinResult::joined);
  EXPECT_EQ(table.control_join_source(EntryKind::excluded, g, t, 3, 102).result, JoinResult::joined);
  EXPECT_EQ(table.join(nth(1), 3, 103, 2).result, JoinResult::refused_port_limit);
  EXPECT_EQ(table.join_source(g, t, 3, 104).result, JoinResult::refused_port_limit);
  EXPECT_EQ(table.control_join(nth(2), 3, 105).result, JoinResult::refused_port_limit);
  EXPECT_EQ(table.control_join_source(EntryKind::excluded, g, s, 3, 106).result,
            JoinResult::refused_port_limit);
  EXPECT_FALSE(table.find(nth(1)).exists());
  EXPECT_FALSE(table.find(nth(2)).exists());
  EXPECT_EQ(child(EntryKind::requested, g, t), kNoEntry);
  EXPECT_EQ(child(EntryKind::excluded, g, s), kNoEntry);
  EXPECT_EQ(table.membership_count(3), 3U);

  EXPECT_EQ(table.join(g, 3, 110, 2).result, JoinResult::refreshed);
  EXPECT_EQ(table.join_source(g, s, 3, 111).result, JoinResult::refreshed);
  EXPECT_EQ(table.control_join_source(EntryKind::excluded, g, t, 3, 112).result, JoinResult::refreshed);
  // The others are not bound by it.
  EXPECT_EQ(table.join(nth(1), 4, 113, 2).result, JoinResult::joined);
  EXPECT_EQ(table.join(nth(1), 3, 114, 2).result, JoinResult::refused_port_limit);
  EXPECT_EQ(table.find(nth(1)).ports, port_set({4}));
  // One that ends makes room for one.
  EXPECT_TRUE(table.remove(child(EntryKind::requested, g, s), 3, 200));
  EXPECT_EQ(table.join(nth(1), 3, 201, 2).result, JoinResult::joined);
  EXPECT_EQ(table.join(nth(3), 3, 202, 2).result, JoinResult::refused_port_limit);
  EXPECT_EQ(table.find(nth(1)).ports, port_set({3, 4}));
}

TEST_F(ChildrenTest, ZeroIsNoLimit) {
  table.set_limit(3, 1);
  table.set_limit(3, 0);
  for (std::uint32_t n = 0; n < 40; ++n) {
    EXPECT_EQ(table.join(nth(n), 3, 100 + n, 2).result, JoinResult::joined);
  }
  EXPECT_EQ(table.membership_count(3), 40U);
}

// A table that is full refuses before the port does: nothing is counted.
TEST_F(ChildrenTest, AFullTableCostsThePortNothing) {
  GroupControl small{1, kPorts, kSeed};
  small.set_limit(3, 2);
  small.join(g, 4, 100, 2);
  for (std::uint32_t n = 0; n < 5; ++n) {
    EXPECT_EQ(small.join(nth(n), 3, 101 + n, 2).result, JoinResult::refused_table_full);
  }
  EXPECT_EQ(small.membership_count(3), 0U);
  EXPECT_EQ(small.join(g, 3, 200, 2).result, JoinResult::joined);
}

// --- sources of a group ----------------------------------------------------------------------------

TEST_F(ChildrenTest, AGroupTakesSoManySourcesOfAllPortsAndKinds) {
  table.set_source_limit(2);
  EXPECT_EQ(table.join_source(g, s, 3, 100).result, JoinResult::joined);
  EXPECT_EQ(table.control_join_source(EntryKind::excluded, g, s, 4, 101).result, JoinResult::joined);
  EXPECT_EQ(table.join_source(g, t, 3, 102).result, JoinResult::refused_source_limit);
  EXPECT_EQ(table.control_join_source(EntryKind::excluded, g, t, 5, 103).result,
            JoinResult::refused_source_limit);
  EXPECT_EQ(table.membership_count(3), 1U);
  EXPECT_EQ(table.membership_count(5), 0U);
  EXPECT_EQ(child(EntryKind::requested, g, t), kNoEntry);
  // Those that are there take more ports, the group itself too, and another group has its own.
  EXPECT_EQ(table.join_source(g, s, 5, 104).result, JoinResult::joined);
  EXPECT_EQ(table.join(g, 3, 105, 3).result, JoinResult::joined);
  EXPECT_EQ(table.join_source(nth(1), t, 3, 106).result, JoinResult::joined);
  EXPECT_EQ(table.source_count(table.find_entry(g)), 2U);
  // One that ends makes room for one, as soon as its last port has gone.
  const EntryId requested = child(EntryKind::requested, g, s);
  table.remove(requested, 3, 200);
  EXPECT_EQ(table.join_source(g, t, 3, 201).result, JoinResult::refused_source_limit);
  table.remove(requested, 5, 200);
  EXPECT_EQ(table.join_source(g, t, 3, 202).result, JoinResult::joined);
  EXPECT_EQ(table.join_source(g, s, 3, 203).result, JoinResult::refused_source_limit);
}

// In a bucket's overflow the count is elsewhere; the next user of a place begins at zero.
TEST_F(ChildrenTest, CountsOfSourcesGoWithTheirGroups) {
  constexpr std::uint32_t kGroups = 60;
  GroupControl full{kGroups * 3, kPorts, kSeed};
  test::SimpleGracePeriod always;
  always.pass_always();
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t n = 0; n < kGroups; ++n) {
      ASSERT_EQ(full.join_source(nth(n), s, 3, 100).result, JoinResult::joined);
      if (n % 2 == 0) {
        ASSERT_EQ(full.join_source(nth(n), t, 3, 101).result, JoinResult::joined);
      }
    }
    drain(full);
    for (std::uint32_t n = 0; n < kGroups; ++n) {
      ASSERT_EQ(full.source_count(full.find_entry(nth(n))), n % 2 == 0 ? 2U : 1U) << n;
    }
    std::vector<EntryId> live;
    full.for_each([&](EntryId id) { live.push_back(id); });
    for (const EntryId id : live) {
      full.remove(id, 3, 1000);
    }
    settle(full);
    ASSERT_EQ(full.group_count(), 0U);
  }
}

// A join that finds no entry free, and one of a port at its limit, keep no place in the group.
TEST_F(ChildrenTest, WhatIsRefusedForAnotherReasonTakesNoPlaceInTheGroup) {
  GroupControl small{2, kPorts, kSeed};
  small.join_source(g, s, 3, 100);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(small.join_source(g, t, 3, 101).result, JoinResult::refused_table_full);
  }
  EXPECT_EQ(small.source_count(small.find_entry(g)), 1U);
  table.set_limit(3, 1);
  table.join_source(g, s, 3, 100);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(table.join_source(g, t, 3, 101).result, JoinResult::refused_port_limit);
  }
  EXPECT_EQ(table.source_count(table.find_entry(g)), 1U);
}

}  // namespace
}  // namespace mcswitch::table

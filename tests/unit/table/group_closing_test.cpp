// SPDX-License-Identifier: BSD-3-Clause
//
// How a group ends that had sources, step by step: the mark "touched" is taken, a grace period passes, a
// whole pass over the fresh marks goes by. And what joins that were refused leave behind.

#include <algorithm>
#include <functional>
#include <random>

#include "unit/table/children_bench.hpp"

namespace mcswitch::table {
namespace {

using ::testing::ElementsAre;

struct ClosingTest : ChildrenTest {
  // A group that has just lost its only child, all marks taken.
  EntryId childless(GroupControl& of) {
    const EntryId id = of.join_source(g, s, 3, 100).id;
    drain(of);
    const EntryId group = of.find_entry(g);
    EXPECT_TRUE(of.remove(id, 3, 100));
    EXPECT_FALSE(of.is_settled());
    return group;
  }
  // The steps by which childless() goes on.
  void take_mark() { table.reclaim(grace); }
  void pass_grace() {
    grace.pass();
    table.reclaim(grace);
  }
  void pass_over_marks() { drain(); }
  void close() { table.reclaim(grace); }
};

TEST_F(ClosingTest, AGroupEndsAfterGracePeriodAndAPassOverTheMarks) {
  const EntryId group = childless(table);
  take_mark();
  pass_grace();
  pass_over_marks();
  ASSERT_TRUE(table.is_live(group));
  EXPECT_TRUE(table.find(g).exists());
  close();
  EXPECT_FALSE(table.is_live(group));
  EXPECT_FALSE(table.find(g).exists());
  EXPECT_EQ(table.group_count(), 0U);
  EXPECT_EQ(table.retired_count(), 1U);
  grace.pass();
  table.reclaim(grace);
  EXPECT_EQ(table.retired_count(), 0U);
  EXPECT_TRUE(table.is_settled());
}

TEST_F(ClosingTest, WithoutTheGracePeriodItStays) {
  const EntryId group = childless(table);
  for (int i = 0; i < 5; ++i) {
    table.reclaim(grace);
    drain();
  }
  EXPECT_TRUE(table.is_live(group));
  EXPECT_FALSE(table.is_settled());
}

TEST_F(ClosingTest, WithoutAPassOverTheMarksItStays) {
  const EntryId group = childless(table);
  take_mark();
  drain();  // before the grace period has passed: does not count
  for (int i = 0; i < 5; ++i) {
    pass_grace();
  }
  EXPECT_TRUE(table.is_live(group));
  EXPECT_FALSE(table.is_settled());
  drain();
  close();
  EXPECT_FALSE(table.is_live(group));
}

// Marks that one call may not take do not make a pass.
TEST_F(ClosingTest, APassThatWasCutShortDoesNotCount) {
  const EntryId group = childless(table);
  take_mark();
  pass_grace();
  for (std::uint32_t n = 0; n < 5; ++n) {
    table.join({10, IpAddress::from(Ipv4Address{0xef030000U + n})}, 4, 200 + n, 2);
  }
  EXPECT_TRUE(table.drain_fresh(2, [](EntryId) {}));
  close();
  EXPECT_TRUE(table.is_live(group));
  EXPECT_TRUE(table.drain_fresh(2, [](EntryId) {}));
  EXPECT_FALSE(table.drain_fresh(2, [](EntryId) {}));
  close();
  EXPECT_FALSE(table.is_live(group));
}

// The same by a worker that has found the group in its section already, with the mark or without.
TEST_F(ClosingTest, ASourceThatIsJoinedByAGroupThatWasFoundBeforeKeepsIt) {
  for (const bool is_marked : {true, false}) {
    SCOPED_TRACE(is_marked);
    const EntryId group = childless(table);
    GroupTable::Found found = table.find(g);
    take_mark();
    if (is_marked) {
      // The worker's section lasts: no grace period passes.
      table.join_source(g, t, 5, 1000, found);
      pass_grace();
      pass_over_marks();
    } else {
      pass_grace();
      pass_over_marks();
      found = table.find(g);
      table.join_source(g, t, 5, 1000, found);
    }
    close();
    EXPECT_TRUE(table.is_live(group));
    drain();
    const EntryId id = child(EntryKind::requested, g, t);
    ASSERT_NE(id, kNoEntry);
    EXPECT_EQ(table.parent(id), group);
    EXPECT_EQ(accepting(g, t), port_set({5}));
    EXPECT_TRUE(table.remove(id, 5, 1000));
    grace.pass_always();
    settle(table);
    ASSERT_TRUE(table.is_settled());
    grace = {};
  }
}

// A child by a worker, as any of the steps is next: it keeps its group, and the group ends after it.
TEST_F(ClosingTest, ASourceThatIsJoinedMeanwhileKeepsItsGroup) {
  const std::vector<std::function<void()>> steps{[&] { take_mark(); }, [&] { pass_grace(); },
                                                 [&] { pass_over_marks(); }, [&] { close(); }};
  Stamp stamp = 1000;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    SCOPED_TRACE(at);
    const EntryId group = childless(table);
    EntryId id = kNoEntry;
    for (std::size_t step = 0; step < steps.size(); ++step) {
      if (step == at) {
        id = table.join_source(g, t, 5, ++stamp).id;
      }
      steps[step]();
    }
    ASSERT_TRUE(table.is_live(group));
    EXPECT_EQ(table.find(g).id(), group);
    EXPECT_TRUE(table.find(g).has_requested());
    EXPECT_EQ(accepting(g, t), port_set({5}));
    settle(table);
    EXPECT_EQ(accepting(g, t), port_set({5}));
    EXPECT_THAT(children(group), ElementsAre(id));
    EXPECT_TRUE(table.remove(id, 5, stamp));
    settle(table);
    EXPECT_FALSE(table.find(g).exists());
    ASSERT_EQ(table.group_count(), 0U);
  }
}

// One that has come and gone within the steps: it takes another round, and no more.
TEST_F(ClosingTest, ASourceThatCameAndWentMeanwhileDelaysTheEnd) {
  const EntryId group = childless(table);
  take_mark();
  const EntryId id = table.join_source(g, t, 5, 200).id;
  drain();
  EXPECT_TRUE(table.remove(id, 5, 200));
  pass_grace();
  pass_over_marks();
  close();
  EXPECT_TRUE(table.is_live(group));
  EXPECT_FALSE(table.is_settled());
  settle(table);
  EXPECT_EQ(table.group_count(), 0U);
}

TEST_F(ClosingTest, AGroupWithPortsLosesItsMarksAndStays) {
  table.join(g, 2, 90, 3);
  const EntryId group = childless(table);
  EXPECT_TRUE(table.find(g).has_sources());
  take_mark();
  pass_grace();
  pass_over_marks();
  close();
  EXPECT_EQ(table.find(g).id(), group);
  EXPECT_EQ(table.find(g).ports, port_set({2}));
  EXPECT_FALSE(table.find(g).has_sources());
  EXPECT_TRUE(table.remove(group, 2, 90));
  EXPECT_FALSE(table.find(g).exists());
}

// A port that wants any source, as any of the steps is next: the group stays, without marks in the end.
TEST_F(ClosingTest, APortThatJoinsTheGroupMeanwhileKeepsIt) {
  const std::vector<std::function<void()>> steps{[&] { take_mark(); }, [&] { pass_grace(); },
                                                 [&] { pass_over_marks(); }, [&] { close(); }};
  Stamp stamp = 1000;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    SCOPED_TRACE(at);
    const EntryId group = childless(table);
    for (std::size_t step = 0; step < steps.size(); ++step) {
      if (step == at) {
        table.join(g, 6, ++stamp, 2);
      }
      steps[step]();
    }
    settle(table);
    EXPECT_EQ(table.find(g).id(), group);
    EXPECT_EQ(table.find(g).ports, port_set({6}));
    EXPECT_FALSE(table.find(g).has_sources());
    EXPECT_TRUE(table.remove(group, 6, stamp));
    settle(table);
    ASSERT_EQ(table.group_count(), 0U);
  }
}

TEST_F(ClosingTest, AGroupThatLosesItsPortsButHasChildrenStays) {
  table.join(g, 2, 90, 3);
  const EntryId id = table.join_source(g, s, 3, 100).id;
  drain();
  const EntryId group = table.find_entry(g);
  EXPECT_TRUE(table.remove(group, 2, 90));
  settle(table);
  ASSERT_TRUE(table.is_live(group));
  EXPECT_EQ(accepting(g, s), port_set({3}));
  EXPECT_TRUE(table.remove(id, 3, 100));
  settle(table);
  EXPECT_EQ(table.group_count(), 0U);
}

// The control thread may meet a worker's child before its mark.
TEST_F(ClosingTest, AChildThatEndsBeforeItsMarkIsTakenLeavesNoMarksBehind) {
  table.join(g, 2, 90, 3);
  drain();
  const EntryId id = table.join_source(g, s, 3, 100).id;
  EXPECT_TRUE(table.remove(id, 3, 100));
  settle(table);
  EXPECT_EQ(table.find(g).ports, port_set({2}));
  EXPECT_FALSE(table.find(g).has_sources());
}

TEST_F(ClosingTest, AChildThatEndsBeforeItsMarkIsTakenLeavesNoGroupBehind) {
  const EntryId id = table.join_source(g, s, 3, 100).id;
  EXPECT_TRUE(table.remove(id, 3, 100));
  settle(table);
  EXPECT_EQ(table.group_count(), 0U);
}

// More groups than are closed at a time, in a table whose marks fill several words of the summary.
TEST_F(ClosingTest, ManyGroupsEndInRounds) {
  GroupControl large{12'000, kPorts, kSeed};
  for (std::uint32_t n = 0; n < 5000; ++n) {
    const GroupKey key{10, IpAddress::from(Ipv4Address{0xef000000U + n * 3})};
    ASSERT_EQ(large.join_source(key, s, 3, 100 + n).result, JoinResult::joined);
  }
  drain(large);
  EXPECT_EQ(large.group_count(), 10'000U);
  large.for_each([&](EntryId id) {
    if (large.kind(id) != EntryKind::group) {
      EXPECT_TRUE(large.remove(id, 3, 10'000));
    }
  });
  grace.pass_always();
  int rounds = 0;
  while (!large.is_settled() && rounds < 1000) {
    large.drain_fresh(100, [](EntryId) {});
    large.reclaim(grace);
    ++rounds;
  }
  EXPECT_LT(rounds, 1000);
  EXPECT_EQ(large.group_count(), 0U);
  EXPECT_EQ(large.membership_count(3), 0U);
}

// --- refused joins --------------------------------------------------------------------------------

TEST_F(ClosingTest, ARefusedJoinOfTheGroupLeavesNothingBehind) {
  GroupControl small{2, kPorts, kSeed};
  small.join(key_of(10, "239.5.5.1"), 2, 50, 2);
  small.join(key_of(10, "239.5.5.2"), 2, 51, 2);
  const GroupTable::Joined joined = small.join_source(g, s, 3, 100);
  EXPECT_EQ(joined.result, JoinResult::refused_table_full);
  EXPECT_EQ(joined.id, kNoEntry);
  EXPECT_FALSE(small.find(g).exists());
  EXPECT_EQ(small.group_count(), 2U);
  EXPECT_EQ(small.membership_count(3), 0U);
  settle(small);
  EXPECT_EQ(small.group_count(), 2U);
}

TEST_F(ClosingTest, ARefusedJoinOfTheChildLeavesNothingBehind) {
  GroupControl small{2, kPorts, kSeed};
  small.join(key_of(10, "239.5.5.1"), 2, 50, 2);
  for (int i = 0; i < 5; ++i) {
    const GroupTable::Joined joined = small.join_source(g, s, 3, 100);
    EXPECT_EQ(joined.result, JoinResult::refused_table_full);
    EXPECT_EQ(joined.id, kNoEntry);
    EXPECT_EQ(small.membership_count(3), 0U);
    settle(small);
    EXPECT_FALSE(small.find(g).exists());
    EXPECT_EQ(small.group_count(), 1U);
  }
  EXPECT_EQ(small.join(g, 3, 200, 2).result, JoinResult::joined);
}

TEST_F(ClosingTest, ARefusedJoinOfALimitedPortLeavesNothingBehind) {
  table.set_limit(3, 1);
  table.join(key_of(10, "239.5.5.1"), 3, 50, 2);
  for (const EntryKind kind : {EntryKind::requested, EntryKind::excluded}) {
    const GroupTable::Joined joined = table.control_join_source(kind, g, s, 3, 100);
    EXPECT_EQ(joined.result, JoinResult::refused_port_limit);
    EXPECT_EQ(joined.id, kNoEntry);
  }
  EXPECT_EQ(table.join_source(g, s, 3, 101).result, JoinResult::refused_port_limit);
  EXPECT_EQ(table.join(g, 3, 102, 2).result, JoinResult::refused_port_limit);
  settle(table);
  EXPECT_FALSE(table.find(g).exists());
  EXPECT_EQ(table.group_count(), 1U);
  EXPECT_EQ(table.membership_count(3), 1U);
}

// The entry is there, on another port.
TEST_F(ClosingTest, ARefusedJoinOfAnEntryThatIsThereLeavesNoReportBehind) {
  table.set_limit(3, 1);
  table.join(key_of(10, "239.5.5.1"), 3, 50, 2);
  const EntryId group = table.join(g, 4, 60, 2).id;
  const EntryId id = table.join_source(g, s, 4, 61).id;
  EXPECT_EQ(table.join(g, 3, 100, 1).result, JoinResult::refused_port_limit);
  EXPECT_EQ(table.join_source(g, s, 3, 101).result, JoinResult::refused_port_limit);
  EXPECT_EQ(table.find(g).ports, port_set({4}));
  EXPECT_EQ(table.ports(id), port_set({4}));
  EXPECT_EQ(table.membership(group, 3).stamp.load(), 0U);
  EXPECT_EQ(table.membership(group, 3).older_hosts(), OlderHosts{});
  EXPECT_EQ(table.membership(id, 3).stamp.load(), 0U);
}

// --- capacity -------------------------------------------------------------------------------------

// Sources come and go in every order: in the end all numbers are free again.
TEST_F(ClosingTest, CapacityIsWholeAgainAfterManyRounds) {
  constexpr std::uint32_t kEntries = 9;
  GroupControl small{kEntries, kPorts, kSeed};
  std::mt19937 random{9776};
  Stamp stamp = 100;
  std::uint32_t refused = 0;
  for (int round = 0; round < 400; ++round) {
    for (int i = 0; i < 12; ++i) {
      const GroupKey key{
          10, IpAddress::from(Ipv4Address{static_cast<std::uint32_t>(0xef010000U + random() % 3)})};
      const IpAddress source =
          IpAddress::from(Ipv4Address{static_cast<std::uint32_t>(0x0a000001U + random() % 3)});
      const auto port = static_cast<PortId>(1 + random() % (kPorts - 1));
      const JoinResult result =
          random() % 4 == 0 ? small.join(key, port, ++stamp, 3).result
          : random() % 2 == 0
              ? small.join_source(key, source, port, ++stamp).result
              : small.control_join_source(EntryKind::excluded, key, source, port, ++stamp).result;
      refused += result == JoinResult::refused_table_full ? 1 : 0;
    }
    drain(small);
    std::vector<std::pair<EntryId, PortId>> memberships;
    small.for_each([&](EntryId id) {
      for (const PortId port : small.ports(id)) {
        memberships.emplace_back(id, port);
      }
    });
    std::shuffle(memberships.begin(), memberships.end(), random);
    for (const auto& [id, port] : memberships) {
      ASSERT_TRUE(small.remove(id, port, stamp));
    }
    settle(small);
    ASSERT_EQ(small.group_count(), 0U) << round;
    ASSERT_EQ(small.retired_count(), 0U);
    for (PortId port = 0; port < kPorts; ++port) {
      ASSERT_EQ(small.membership_count(port), 0U);
    }
  }
  EXPECT_GT(refused, 100U);
  for (std::uint32_t n = 0; n < kEntries; ++n) {
    EXPECT_EQ(small.join({20, IpAddress::from(Ipv4Address{0xe1000000U + n})}, 2, ++stamp, 2).result,
              JoinResult::joined);
  }
  EXPECT_EQ(small.join({20, IpAddress::from(Ipv4Address{0xe2000000U})}, 2, ++stamp, 2).result,
            JoinResult::refused_table_full);
}

}  // namespace
}  // namespace mcswitch::table

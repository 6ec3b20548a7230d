// SPDX-License-Identifier: BSD-3-Clause
//
// Sources of groups: how children are made and found, and what of a source's frames goes where. How a group
// ends that had some: group_closing_test.cpp.

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

#include "unit/table/children_bench.hpp"

namespace mcswitch::table {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr EntryKind kKinds[] = {EntryKind::requested, EntryKind::excluded};

TEST_F(ChildrenTest, JoinSourceMakesTheChildAndAGroupWithoutPorts) {
  const GroupTable::Joined joined = table.join_source(g, s, 3, 100);
  EXPECT_EQ(joined.result, JoinResult::joined);
  const GroupTable::Found group = table.find(g);
  ASSERT_TRUE(group.exists());
  EXPECT_TRUE(group.ports.empty());
  EXPECT_TRUE(group.has_requested());
  EXPECT_FALSE(group.has_excluded());
  EXPECT_EQ(joined.id, child(EntryKind::requested, g, s));
  EXPECT_EQ(table.ports(joined.id), port_set({3}));
  EXPECT_EQ(table.kind(joined.id), EntryKind::requested);
  EXPECT_EQ(table.key(joined.id), g);
  EXPECT_EQ(table.source(joined.id), s);
  EXPECT_EQ(table.parent(joined.id), group.id());
  EXPECT_EQ(table.membership(joined.id, 3).stamp.load(), 100U);
  EXPECT_EQ(table.membership(joined.id, 3).older_hosts().last_version(), 3);
  EXPECT_EQ(table.group_count(), 2U);
}

TEST_F(ChildrenTest, SecondJoinOfTheSourceRefreshesItsStamp) {
  const EntryId id = table.join_source(g, s, 3, 100).id;
  drain();
  const GroupTable::Joined again = table.join_source(g, s, 3, 150);
  EXPECT_EQ(again.result, JoinResult::refreshed);
  EXPECT_EQ(again.id, id);
  EXPECT_EQ(table.membership(id, 3).stamp.load(), 150U);
  EXPECT_THAT(drain(), IsEmpty());
  EXPECT_EQ(table.join_source(g, s, 5, 151).result, JoinResult::joined);
  EXPECT_EQ(table.ports(id), port_set({3, 5}));
  EXPECT_THAT(drain(), ElementsAre(id));
}

TEST_F(ChildrenTest, AGroupWithoutSourcesHasNoMarks) {
  table.join(g, 3, 100, 3);
  table.control_join(g, 4, 101);
  const GroupTable::Found group = table.find_v4(g.vlan, g.group.v4());
  EXPECT_EQ(group.ports, port_set({3, 4}));
  EXPECT_FALSE(group.has_sources());
  EXPECT_EQ(group.bits, group.id());
  EXPECT_EQ(table.group_count(), 1U);
}

// RFC 9776 section 6.3: ports that want any source and do not exclude this one, and ports that request it.
TEST_F(ChildrenTest, FramesOfASourceGoToThoseWhoWantAnyButExcludeItNotAndThoseWhoRequestIt) {
  table.join(g, 2, 100, 3);  // any
  table.join(g, 4, 101, 3);  // any but s
  table.control_join_source(EntryKind::excluded, g, s, 4, 101);
  table.join_source(g, s, 3, 102);  // s only
  table.join(g, 6, 103, 3);         // excludes s, and its source timer runs: X of section 6.2.2
  table.control_join_source(EntryKind::excluded, g, s, 6, 103);
  table.join_source(g, s, 6, 104);
  EXPECT_EQ(accepting(g, s), port_set({2, 3, 6}));
  EXPECT_EQ(accepting(g, t), port_set({2, 4, 6}));
  const GroupTable::Found group = table.find(g);
  EXPECT_TRUE(group.has_requested());
  EXPECT_TRUE(group.has_excluded());
  // The end of the source timer is the end of the requested bit, and the source is excluded from then on.
  ASSERT_TRUE(table.remove(child(EntryKind::requested, g, s), 6, 104));
  EXPECT_EQ(accepting(g, s), port_set({2, 3}));
}

TEST_F(ChildrenTest, OfRequestedSourcesAloneNobodyGetsAnother) {
  table.join_source(g, s, 3, 100);
  EXPECT_EQ(accepting(g, s), port_set({3}));
  EXPECT_TRUE(accepting(g, t).empty());
}

TEST_F(ChildrenTest, OfExcludedSourcesAloneEverybodyGetsAnother) {
  table.join(g, 3, 100, 3);
  table.control_join_source(EntryKind::excluded, g, s, 3, 100);
  EXPECT_TRUE(accepting(g, s).empty());
  EXPECT_EQ(accepting(g, t), port_set({3}));
  EXPECT_FALSE(table.find(g).has_requested());
  EXPECT_TRUE(table.find(g).has_excluded());
}

TEST_F(ChildrenTest, TheSameSourceOfTwoGroupsIsTwoSources) {
  const GroupKey same_mac = key_of(10, "239.129.2.3");
  const GroupKey other_vlan = key_of(4094, "239.1.2.3");
  table.join_source(g, s, 3, 100);
  table.join_source(same_mac, s, 5, 101);
  table.join_source(other_vlan, s, 6, 102);
  EXPECT_EQ(accepting(g, s), port_set({3}));
  EXPECT_EQ(accepting(same_mac, s), port_set({5}));
  EXPECT_EQ(accepting(other_vlan, s), port_set({6}));
  EXPECT_EQ(table.group_count(), 6U);
}

TEST_F(ChildrenTest, RequestedOnOnePortAndExcludedOnAnotherDoNotMix) {
  table.join_source(g, s, 3, 100);
  table.join(g, 5, 101, 3);
  table.control_join_source(EntryKind::excluded, g, s, 5, 101);
  EXPECT_NE(child(EntryKind::requested, g, s), child(EntryKind::excluded, g, s));
  EXPECT_EQ(table.ports(child(EntryKind::requested, g, s)), port_set({3}));
  EXPECT_EQ(table.ports(child(EntryKind::excluded, g, s)), port_set({5}));
  EXPECT_EQ(accepting(g, s), port_set({3}));
  EXPECT_EQ(accepting(g, t), port_set({5}));
}

// No (group's entry, kind, source) is taken for its neighbour, nor for a group.
TEST_F(ChildrenTest, PackedKeysOfIpv4AreAllDifferentAndExact) {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  const auto note = [&](PackedKey key) {
    EXPECT_TRUE(key.is_exact());
    EXPECT_NE(key.bits(), 0U);
    seen.insert(key.bits());
    ++count;
  };
  const std::uint32_t addresses[] = {0x0a090901, 0x0a090902, 0x0a090801, 0xef010203, 0xffffffff, 0};
  for (const std::uint32_t bits : addresses) {
    for (const int vlan : {1, 2, 10, 4095}) {
      note(PackedKey::of_v4(static_cast<VlanId>(vlan), Ipv4Address{bits}));
    }
    for (const std::uint32_t parent : {0U, 1U, 2U, 10U, 4095U, 0x400000U, 0x800000U, 0xfffffeU}) {
      for (const EntryKind kind : kKinds) {
        note(PackedKey::of_source_v4(kind, parent, Ipv4Address{bits}));
      }
    }
  }
  EXPECT_EQ(seen.size(), count);
}

TEST_F(ChildrenTest, EachChildIsFoundByItsGroupItsKindAndItsSourceOnly) {
  constexpr std::uint32_t kGroups = 12;
  constexpr std::uint32_t kSources = 12;
  GroupControl large{400, kPorts, kSeed};
  const auto group = [](std::uint32_t n) {
    return n % 3 == 2
               ? key_of(static_cast<VlanId>(10 + n), "ff15::7")
               : GroupKey{static_cast<VlanId>(10 + n % 2), IpAddress::from(Ipv4Address{0xef010100U + n / 3})};
  };
  const auto source = [](std::uint32_t of, std::uint32_t n) {
    const IpAddress six{0x2001'0db8'0000'0000, std::uint64_t{n & 0xff} << 48 | 1};
    return of % 3 == 2 ? six : IpAddress::from(Ipv4Address{0x0a000000U + n});
  };
  // Two in three of them are there, each kind on ports of its own.
  const auto is_there = [](std::uint32_t i, std::uint32_t j, EntryKind kind) {
    return (i + j + (kind == EntryKind::excluded ? 1 : 0)) % 3 != 0;
  };
  const auto port = [](std::uint32_t i, std::uint32_t j, EntryKind kind) {
    return static_cast<PortId>((i * 2 + j + (kind == EntryKind::excluded ? 3 : 0)) % kPorts);
  };
  Stamp stamp = 100;
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    for (std::uint32_t j = 0; j < kSources; ++j) {
      for (const EntryKind kind : kKinds) {
        if (is_there(i, j, kind)) {
          ASSERT_EQ(large.control_join_source(kind, group(i), source(i, j), port(i, j, kind), ++stamp).result,
                    JoinResult::joined);
        }
      }
    }
  }
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    const EntryId parent = large.find_entry(group(i));
    ASSERT_NE(parent, kNoEntry);
    for (std::uint32_t j = 0; j < kSources; ++j) {
      for (const EntryKind kind : kKinds) {
        const EntryId id = large.find_source(kind, parent, source(i, j));
        ASSERT_EQ(id != kNoEntry, is_there(i, j, kind)) << i << ' ' << j;
        if (id != kNoEntry) {
          ASSERT_EQ(large.ports(id), PortSet::of(port(i, j, kind))) << i << ' ' << j;
          ASSERT_EQ(std::tuple(large.key(id), large.source(id), large.kind(id)),
                    std::tuple(group(i), source(i, j), kind));
        }
      }
    }
  }
}

TEST_F(ChildrenTest, SourcesOfIpv6GroupsThatShareTheirLowBitsStayApart) {
  const GroupKey six = key_of(10, "ff35::1");
  table.join_source(six, address("2001:db8::1"), 3, 100);
  table.join_source(six, address("2001:db9::1"), 5, 101);
  EXPECT_EQ(table.ports(child(EntryKind::requested, six, address("2001:db8::1"))), port_set({3}));
  EXPECT_EQ(table.ports(child(EntryKind::requested, six, address("2001:db9::1"))), port_set({5}));
  EXPECT_EQ(child(EntryKind::excluded, six, address("2001:db8::1")), kNoEntry);
  EXPECT_EQ(child(EntryKind::requested, six, address("2001:dba::1")), kNoEntry);
  for (const char* source : {"2001:db8::1", "2001:db9::1"}) {
    const EntryId id = child(EntryKind::requested, six, address(source));
    EXPECT_EQ(table.key(id), six);
    EXPECT_TRUE(table.remove(id, *table.ports(id).begin(), 101));
    EXPECT_EQ(child(EntryKind::requested, six, address(source)), kNoEntry);
  }
  settle(table);
  EXPECT_EQ(table.group_count(), 0U);
}

// --- the control thread's joins -----------------------------------------------------------------

TEST_F(ChildrenTest, ControlJoinRaisesAStampAndNeverLowersIt) {
  table.join(g, 3, 200, 2);
  const EntryId group = table.find_entry(g);
  EXPECT_EQ(table.control_join(g, 3, 150).result, JoinResult::refreshed);
  EXPECT_EQ(table.membership(group, 3).stamp.load(), 200U);
  table.control_join(g, 3, 300);
  EXPECT_EQ(table.membership(group, 3).stamp.load(), 300U);
  // It says nothing about versions.
  EXPECT_EQ(table.membership(group, 3).older_hosts(), OlderHosts{}.after_report(2, 200));

  const EntryId id = table.join_source(g, s, 3, 400).id;
  EXPECT_EQ(table.control_join_source(EntryKind::requested, g, s, 3, 350).result, JoinResult::refreshed);
  EXPECT_EQ(table.membership(id, 3).stamp.load(), 400U);
  table.control_join_source(EntryKind::requested, g, s, 3, 450);
  EXPECT_EQ(table.membership(id, 3).stamp.load(), 450U);
}

TEST_F(ChildrenTest, ControlJoinOfAGroupThatWasNotThereHasItsStampAndNoOlderHost) {
  const GroupTable::Joined joined = table.control_join(g, 3, 150);
  EXPECT_EQ(joined.result, JoinResult::joined);
  EXPECT_EQ(table.membership(joined.id, 3).stamp.load(), 150U);
  EXPECT_EQ(table.membership(joined.id, 3).older_hosts(), OlderHosts{});
  EXPECT_EQ(table.find(g).ports, port_set({3}));
  EXPECT_THAT(drain(), ElementsAre(joined.id));
}

TEST_F(ChildrenTest, ControlsChildrenAreListedAtOnceAndAWorkersWithTheirMarks) {
  const EntryId of_worker = table.join_source(g, s, 3, 100).id;
  const EntryId group = table.find_entry(g);
  EXPECT_THAT(children(group), IsEmpty());
  const EntryId of_control = table.control_join_source(EntryKind::excluded, g, t, 4, 101).id;
  EXPECT_THAT(children(group), ElementsAre(of_control));
  EXPECT_THAT(drain(), UnorderedElementsAre(group, of_worker, of_control));
  EXPECT_THAT(children(group), UnorderedElementsAre(of_control, of_worker));
  // Joined again by another port, each is still listed once.
  table.join_source(g, s, 5, 102);
  table.control_join_source(EntryKind::excluded, g, t, 5, 103);
  drain();
  EXPECT_THAT(children(group), UnorderedElementsAre(of_control, of_worker));
}

// A worker's child that the control thread comes across before its mark is listed from then on.
TEST_F(ChildrenTest, ControlJoinOfAWorkersChildListsIt) {
  const EntryId id = table.join_source(g, s, 3, 100).id;
  table.control_join_source(EntryKind::requested, g, s, 4, 101);
  EXPECT_THAT(children(table.find_entry(g)), ElementsAre(id));
  EXPECT_THAT(drain(), Contains(id));
  EXPECT_THAT(children(table.find_entry(g)), ElementsAre(id));
}

TEST_F(ChildrenTest, AGroupWithoutChildrenHasNothingToVisit) {
  table.join(g, 3, 100, 2);
  drain();
  EXPECT_THAT(children(table.find_entry(g)), IsEmpty());
}

// --- visiting children ----------------------------------------------------------------------------

struct VisitTest : ChildrenTest {
  std::vector<EntryId> make(std::size_t count, const GroupKey& of) {
    std::vector<EntryId> ids;
    for (std::uint32_t n = 0; n < count; ++n) {
      ids.push_back(table
                        .control_join_source(kKinds[n % 2], of, IpAddress::from(Ipv4Address{0x0a000001U + n}),
                                             3, 100 + n)
                        .id);
    }
    return ids;
  }
};

TEST_F(VisitTest, EachChildIsVisitedOnceAndNoneOfAnotherGroup) {
  const GroupKey other = key_of(10, "239.1.2.4");
  for (const std::size_t count : {1U, 2U, 3U, 10U}) {
    const std::vector<EntryId> ids = make(count, g);
    make(3, other);
    EXPECT_THAT(children(table.find_entry(g)), ::testing::UnorderedElementsAreArray(ids));
  }
}

TEST_F(VisitTest, AnyOfThemMayEndWhileItIsVisited) {
  Stamp stamp = 1000;
  for (const std::size_t count : {1U, 2U, 3U, 5U}) {
    // Bits of `ended`: which of them end, in the order of the visit; all combinations.
    for (unsigned ended = 0; ended < 1U << count; ++ended) {
      SCOPED_TRACE(testing::Message() << count << " children, ended " << ended);
      std::vector<EntryId> ids = make(count, g);
      const EntryId group = table.find_entry(g);
      std::vector<EntryId> visited;
      std::vector<EntryId> left;
      table.for_each_child(group, [&](EntryId id) {
        if ((ended >> visited.size() & 1) != 0) {
          EXPECT_TRUE(table.remove(id, 3, ++stamp));
          EXPECT_FALSE(table.is_live(id));
        } else {
          left.push_back(id);
        }
        visited.push_back(id);
      });
      EXPECT_THAT(visited, ::testing::UnorderedElementsAreArray(ids));
      EXPECT_EQ(children(group), left);
      for (const EntryId id : left) {
        EXPECT_TRUE(table.remove(id, 3, ++stamp));
      }
      EXPECT_THAT(children(group), IsEmpty());
      settle(table);
      ASSERT_EQ(table.group_count(), 0U);
    }
  }
}

// As well on one port of two: the child stays.
TEST_F(VisitTest, AChildThatKeepsAPortStaysListed) {
  const std::vector<EntryId> ids = make(3, g);
  for (const EntryId id : ids) {
    table.control_join_source(table.kind(id), g, table.source(id), 5, 200);
  }
  table.for_each_child(table.find_entry(g), [&](EntryId id) { EXPECT_TRUE(table.remove(id, 3, 999)); });
  EXPECT_THAT(children(table.find_entry(g)), ::testing::UnorderedElementsAreArray(ids));
  for (const EntryId id : ids) {
    EXPECT_EQ(table.ports(id), port_set({5}));
  }
}

// --- telemetry ------------------------------------------------------------------------------------

TEST_F(ChildrenTest, SnapshotTellsKindGroupSourceAndPorts) {
  table.join_source(g, s, 3, 100);
  table.join(g, 5, 101, 3);
  table.control_join_source(EntryKind::excluded, g, t, 5, 101);
  const EntryId group = table.find_entry(g);
  GroupTable::EntryView view;
  ASSERT_TRUE(table.snapshot(group, view));
  EXPECT_EQ(view.kind, EntryKind::group);
  EXPECT_EQ(view.key, g);
  EXPECT_EQ(view.ports, port_set({5}));
  ASSERT_TRUE(table.snapshot(child(EntryKind::requested, g, s), view));
  EXPECT_EQ(view.kind, EntryKind::requested);
  EXPECT_EQ(view.key, g);
  EXPECT_EQ(view.source, s);
  EXPECT_EQ(view.ports, port_set({3}));
  ASSERT_TRUE(table.snapshot(child(EntryKind::excluded, g, t), view));
  EXPECT_EQ(view.kind, EntryKind::excluded);
  EXPECT_EQ(view.key, g);
  EXPECT_EQ(view.source, t);
  EXPECT_EQ(view.ports, port_set({5}));
}

TEST_F(ChildrenTest, SnapshotPassesOverGroupsWithoutPortsAndWhatHasEnded) {
  const EntryId id = table.join_source(g, s, 3, 100).id;
  GroupTable::EntryView view;
  GroupKey key;
  PortSet set;
  EXPECT_FALSE(table.snapshot(table.find_entry(g), view));
  EXPECT_FALSE(table.snapshot(table.find_entry(g), key, set));
  EXPECT_TRUE(table.snapshot(id, view));
  EXPECT_FALSE(table.snapshot(id, key, set));  // groups only
  EXPECT_FALSE(table.snapshot(table.capacity(), view));
  table.remove(id, 3, 100);
  EXPECT_FALSE(table.snapshot(id, view));
}

// In any order, and while others are ended in between: each is taken out, and the others stay.
TEST_F(ChildrenTest, ChildrenAreTakenOutInAnyOrder) {
  std::mt19937 random{20'26};
  for (int round = 0; round < 200; ++round) {
    GroupControl of{64, kPorts, kSeed};
    const GroupKey keys[] = {g, key_of(11, "239.1.2.3")};
    std::vector<EntryId> ids[2];
    for (std::uint32_t n = 0; n < 40; ++n) {
      const IpAddress source = IpAddress::from(Ipv4Address{0x0a000001U + n});
      ids[n % 2].push_back(of.control_join_source(EntryKind::requested, keys[n % 2], source, 3, 100).id);
    }
    const EntryId groups[] = {of.find_entry(keys[0]), of.find_entry(keys[1])};
    while (!ids[0].empty() || !ids[1].empty()) {
      const std::size_t which = ids[random() % 2].empty() ? 0 : random() % 2;
      std::vector<EntryId>& some = ids[which];
      if (some.empty()) {
        continue;
      }
      // A few in their order, forwards or backwards.
      const std::size_t at = random() % some.size();
      const bool forwards = random() % 2 == 0;
      for (std::size_t k = random() % 4 + 1; k != 0 && !some.empty(); --k) {
        const std::size_t place = std::min(at, some.size() - 1);
        ASSERT_TRUE(of.remove(some[place], 3, 100));
        some.erase(some.begin() + static_cast<std::ptrdiff_t>(place));
        if (!forwards && place > 0 && !some.empty()) {
          ASSERT_TRUE(of.remove(some[place - 1], 3, 100));
          some.erase(some.begin() + static_cast<std::ptrdiff_t>(place - 1));
        }
      }
      for (std::size_t k = 0; k < 2; ++k) {
        std::vector<EntryId> listed;
        of.for_each_child(groups[k], [&](EntryId id) { listed.push_back(id); });
        ASSERT_EQ(listed, ids[k]) << "round " << round;
        ASSERT_EQ(of.has_children(groups[k]), !ids[k].empty());
      }
    }
  }
}

}  // namespace
}  // namespace mcswitch::table

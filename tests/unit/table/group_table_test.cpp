// SPDX-License-Identifier: BSD-3-Clause

#include "table/group_control.hpp"
#include "table/group_lookup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

#include "base/net_text.hpp"
#include "support/simple_grace_period.hpp"

namespace mcswitch::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::size_t kPorts = 7;
constexpr std::uint64_t kSeed = 0x1234'5678'9abc'def1;

GroupKey v4(VlanId vlan, const char* group) { return {vlan, *parse_ip(group)}; }

struct GroupTableTest : ::testing::Test {
  GroupControl table{64, kPorts, kSeed};
  test::SimpleGracePeriod grace;
  const GroupKey g = v4(10, "239.1.2.3");

  PortSet ports(const GroupKey& key) { return table.find(key).ports; }

  std::vector<EntryId> fresh() {
    std::vector<EntryId> ids;
    table.drain_fresh(1000, [&](EntryId id) { ids.push_back(id); });
    return ids;
  }
};

TEST_F(GroupTableTest, FindReturnsNothingForAnUnknownGroup) {
  EXPECT_TRUE(ports(g).empty());
  EXPECT_EQ(table.find(g).id(), kNoEntry);
}

TEST_F(GroupTableTest, JoinMakesThePortAndOnlyThatPortAMember) {
  EXPECT_EQ(table.join(g, 3, 100, 2), JoinResult::joined);
  EXPECT_EQ(ports(g), PortSet::of(3));
}

TEST_F(GroupTableTest, SecondJoinOfThePortRefreshesItsStamp) {
  table.join(g, 3, 100, 2);
  EXPECT_EQ(table.join(g, 3, 150, 3), JoinResult::refreshed);
  const Membership& m = table.membership(table.find(g).id(), 3);
  EXPECT_EQ(m.stamp.load(), 150U);
  EXPECT_EQ(m.older_hosts().last_version(), 3);
}

TEST_F(GroupTableTest, AnotherPortJoinsTheSameEntry) {
  table.join(g, 3, 100, 2);
  EXPECT_EQ(table.join(g, 5, 101, 2), JoinResult::joined);
  EXPECT_EQ(ports(g), PortSet::of(3) | PortSet::of(5));
  EXPECT_EQ(table.group_count(), 1U);
}

TEST_F(GroupTableTest, Version1ReportIsRememberedApart) {
  table.join(g, 3, 100, 1);
  table.join(g, 3, 150, 2);
  const Membership& m = table.membership(table.find(g).id(), 3);
  EXPECT_EQ(m.older_hosts(), OlderHosts{}.after_report(1, 100).after_report(2, 150));
  EXPECT_TRUE(m.older_hosts().is_present(1, time_of(200), std::chrono::seconds{260}));
  EXPECT_EQ(m.older_hosts().last_version(), 2);
  EXPECT_EQ(m.stamp.load(), 150U);
}

// RFC 1112 section 6.4: 239.1.2.3 and 239.129.2.3 share 01:00:5e:01:02:03.
TEST_F(GroupTableTest, GroupsThatShareAMacAddressStayApart) {
  ASSERT_EQ(multicast_mac(*parse_ipv4("239.1.2.3")), multicast_mac(*parse_ipv4("239.129.2.3")));
  table.join(v4(10, "239.1.2.3"), 3, 100, 2);
  table.join(v4(10, "239.129.2.3"), 5, 101, 2);
  EXPECT_EQ(ports(v4(10, "239.1.2.3")), PortSet::of(3));
  EXPECT_EQ(ports(v4(10, "239.129.2.3")), PortSet::of(5));
}

TEST_F(GroupTableTest, TheSameGroupInAnotherVlanIsAnotherGroup) {
  table.join(v4(10, "239.1.2.3"), 3, 100, 2);
  table.join(v4(4094, "239.1.2.3"), 5, 101, 2);
  EXPECT_EQ(ports(v4(10, "239.1.2.3")), PortSet::of(3));
  EXPECT_EQ(ports(v4(4094, "239.1.2.3")), PortSet::of(5));
  EXPECT_TRUE(ports(v4(11, "239.1.2.3")).empty());
}

// RFC 4541 section 3: these share 33:33:00:00:00:01, and the low 64 bits.
TEST_F(GroupTableTest, Ipv6GroupsThatShareTheirLowBitsStayApart) {
  table.join(v4(10, "ff12::1"), 2, 100, 2);
  table.join(v4(10, "ff15::1"), 4, 101, 2);
  EXPECT_EQ(ports(v4(10, "ff12::1")), PortSet::of(2));
  EXPECT_EQ(ports(v4(10, "ff15::1")), PortSet::of(4));
  EXPECT_TRUE(ports(v4(10, "ff18::1")).empty());
}

TEST_F(GroupTableTest, FindBurstAnswersAsFindDoes) {
  table.join(v4(10, "239.1.2.3"), 3, 100, 2);
  table.join(v4(10, "239.1.2.5"), 6, 101, 2);
  table.join(v4(20, "239.1.2.3"), 4, 102, 2);
  const std::vector<VlanGroup> groups{{10, *parse_ipv4("239.1.2.5")},
                                      {10, *parse_ipv4("239.1.2.4")},
                                      {10, *parse_ipv4("239.1.2.3")},
                                      {20, *parse_ipv4("239.1.2.3")},
                                      {20, *parse_ipv4("239.1.2.5")}};
  std::vector<GroupTable::Found> found(groups.size());
  table.find_burst_v4(groups, found.data());
  EXPECT_EQ(found[0].ports, PortSet::of(6));
  EXPECT_TRUE(found[1].ports.empty());
  EXPECT_EQ(found[2].ports, PortSet::of(3));
  EXPECT_EQ(found[2].id(), table.find(v4(10, "239.1.2.3")).id());
  EXPECT_EQ(found[3].ports, PortSet::of(4));
  EXPECT_TRUE(found[4].ports.empty());
}

TEST_F(GroupTableTest, NewMembershipsAreFreshOnceAndRefreshesAreNot) {
  table.join(g, 3, 100, 2);
  const EntryId id = table.find(g).id();
  EXPECT_THAT(fresh(), ElementsAre(id));
  table.join(g, 3, 101, 2);
  EXPECT_THAT(fresh(), IsEmpty());
  table.join(g, 5, 102, 2);
  EXPECT_THAT(fresh(), ElementsAre(id));
}

TEST_F(GroupTableTest, FreshEntriesBeyondTheLimitComeAtTheNextCall) {
  for (int i = 0; i < 50; ++i) {
    table.join({10, IpAddress::from(Ipv4Address{0xef010000U + static_cast<unsigned>(i)})}, 1,
               static_cast<Stamp>(100 + i), 2);
  }
  std::multiset<EntryId> seen;
  const auto visit = [&](EntryId id) { seen.insert(id); };
  EXPECT_TRUE(table.drain_fresh(20, visit));
  EXPECT_EQ(seen.size(), 20U);
  EXPECT_TRUE(table.drain_fresh(20, visit));
  EXPECT_FALSE(table.drain_fresh(20, visit));
  EXPECT_EQ(seen.size(), 50U);
  EXPECT_EQ(std::set<EntryId>(seen.begin(), seen.end()).size(), 50U);
}

TEST_F(GroupTableTest, RemoveEndsThatPortAndLeavesTheOthers) {
  table.join(g, 3, 100, 2);
  table.join(g, 5, 101, 2);
  EXPECT_TRUE(table.remove(table.find(g).id(), 3, 100));
  EXPECT_EQ(ports(g), PortSet::of(5));
}

TEST_F(GroupTableTest, RemoveIsVoidIfAReportIsNewerThanTheDecision) {
  table.join(g, 3, 100, 2);
  const EntryId id = table.find(g).id();
  table.join(g, 3, 120, 2);
  EXPECT_FALSE(table.remove(id, 3, 119));
  EXPECT_EQ(ports(g), PortSet::of(3));
  EXPECT_TRUE(table.remove(id, 3, 120));
  EXPECT_TRUE(ports(g).empty());
}

TEST_F(GroupTableTest, EntryIsRetiredWithItsLastPort) {
  table.join(g, 3, 100, 2);
  const EntryId id = table.find(g).id();
  table.remove(id, 3, 100);
  EXPECT_FALSE(table.is_live(id));
  EXPECT_EQ(table.group_count(), 0U);
  EXPECT_EQ(table.retired_count(), 1U);
  GroupKey key;
  PortSet set;
  EXPECT_FALSE(table.snapshot(id, key, set));
}

TEST_F(GroupTableTest, JoinAfterRetirementDoesNotWaitForTheGracePeriod) {
  table.join(g, 3, 100, 2);
  const EntryId old = table.find(g).id();
  table.remove(old, 3, 100);
  EXPECT_EQ(table.join(g, 4, 101, 2), JoinResult::joined);
  EXPECT_EQ(ports(g), PortSet::of(4));
  EXPECT_NE(table.find(g).id(), old);
}

TEST_F(GroupTableTest, EntryIsNotReusedBeforeItsGracePeriodHasPassed) {
  GroupControl small{2, kPorts, kSeed};
  small.join(v4(10, "239.1.1.1"), 3, 100, 2);
  small.join(v4(10, "239.1.1.2"), 3, 101, 2);
  EXPECT_EQ(small.join(v4(10, "239.1.1.3"), 3, 102, 2), JoinResult::refused_table_full);
  small.remove(small.find(v4(10, "239.1.1.1")).id(), 3, 100);
  EXPECT_EQ(small.reclaim(grace), 0U);  // begins the grace period
  EXPECT_EQ(small.reclaim(grace), 0U);
  EXPECT_EQ(small.join(v4(10, "239.1.1.3"), 3, 103, 2), JoinResult::refused_table_full);
  grace.pass();
  EXPECT_EQ(small.reclaim(grace), 1U);
  EXPECT_EQ(small.join(v4(10, "239.1.1.3"), 3, 104, 2), JoinResult::joined);
  EXPECT_EQ(small.find(v4(10, "239.1.1.3")).ports, PortSet::of(3));
}

TEST_F(GroupTableTest, EntryRetiredDuringAGracePeriodWaitsForTheNext) {
  table.join(v4(10, "239.1.1.1"), 3, 100, 2);
  table.join(v4(10, "239.1.1.2"), 3, 101, 2);
  table.remove(table.find(v4(10, "239.1.1.1")).id(), 3, 100);
  table.reclaim(grace);
  table.remove(table.find(v4(10, "239.1.1.2")).id(), 3, 101);
  grace.pass();
  EXPECT_EQ(table.reclaim(grace), 1U);
  EXPECT_EQ(table.retired_count(), 1U);
  EXPECT_EQ(table.reclaim(grace), 0U);
  grace.pass();
  EXPECT_EQ(table.reclaim(grace), 1U);
}

TEST_F(GroupTableTest, RecycledEntryStartsWithoutThePastOfTheOldOne) {
  GroupControl small{1, kPorts, kSeed};
  grace.pass_always();
  small.join(g, 3, 100, 1);
  const EntryId id = small.find(g).id();
  small.membership(id, 3).reporter.store(77);
  small.remove(id, 3, 100);
  small.reclaim(grace);
  small.reclaim(grace);
  small.join(v4(20, "239.9.9.9"), 5, 200, 2);
  ASSERT_EQ(small.find(v4(20, "239.9.9.9")).id(), id);
  EXPECT_EQ(small.membership(id, 3).stamp.load(), 0U);
  EXPECT_EQ(small.membership(id, 3).older_hosts(), OlderHosts{});
  EXPECT_EQ(small.membership(id, 5).older_hosts(), OlderHosts{}.after_report(2, 200));
  EXPECT_EQ(small.membership(id, 3).reporter.load(), Membership::kNobody);
  EXPECT_TRUE(small.find(g).ports.empty());
}

TEST_F(GroupTableTest, SnapshotGivesKeyAndPorts) {
  table.join(g, 3, 100, 2);
  table.join(g, 6, 101, 2);
  GroupKey key;
  PortSet set;
  ASSERT_TRUE(table.snapshot(table.find(g).id(), key, set));
  EXPECT_EQ(key, g);
  EXPECT_EQ(set, PortSet::of(3) | PortSet::of(6));
  EXPECT_FALSE(table.snapshot(table.capacity(), key, set));
}

TEST_F(GroupTableTest, FillsToItsCapacityAndThenRefusesNewGroupsOnly) {
  constexpr std::uint32_t kGroups = 5000;
  GroupControl full{kGroups, kPorts, kSeed};
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    ASSERT_EQ(full.join({10, IpAddress::from(Ipv4Address{0xef000000U + i * 7})}, 2, 100 + i, 2),
              JoinResult::joined)
        << i;
  }
  EXPECT_EQ(full.join({10, IpAddress::from(Ipv4Address{0xe1000000U})}, 2, 90000, 2),
            JoinResult::refused_table_full);
  EXPECT_EQ(full.join({10, IpAddress::from(Ipv4Address{0xef000000U})}, 4, 90001, 2), JoinResult::joined);
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    ASSERT_TRUE(full.find_v4(10, Ipv4Address{0xef000000U + i * 7}).ports.contains(2)) << i;
  }
}

TEST_F(GroupTableTest, TakesSixtyFourBytesAGroupAndThirtyTwoAMembership) {
  constexpr std::uint32_t kGroups = 1'000'000;
  const double lookup = static_cast<double>(GroupControl::memory_size(kGroups, 1) - kGroups * 32) / kGroups;
  EXPECT_LE(lookup, 64.0);
  EXPECT_EQ(GroupControl::memory_size(kGroups, 4) - GroupControl::memory_size(kGroups, 3), kGroups * 32U);
}

// The same with buckets that overflow: all keys in one bucket (two groups: one bucket).
TEST_F(GroupTableTest, ManyGroupsInOneBucketAreAllFoundAndAllRemoved) {
  GroupControl narrow{60, kPorts, kSeed};
  std::vector<GroupKey> keys;
  for (std::uint32_t i = 0; i < 60; ++i) {
    keys.push_back({7, IpAddress::from(Ipv4Address{0xe8000000U + i})});
    ASSERT_EQ(narrow.join(keys.back(), static_cast<PortId>(i % kPorts), 100 + i, 2), JoinResult::joined);
  }
  grace.pass_always();
  std::mt19937 random{2236};
  std::shuffle(keys.begin(), keys.end(), random);
  while (!keys.empty()) {
    const GroupTable::Found found = narrow.find(keys.back());
    ASSERT_EQ(found.ports.count(), 1U);
    ASSERT_TRUE(narrow.remove(found.id(), *found.ports.begin(), 1000));
    keys.pop_back();
    narrow.reclaim(grace);
    for (const GroupKey& key : keys) {
      ASSERT_EQ(narrow.find(key).ports.count(), 1U);
    }
  }
  EXPECT_EQ(narrow.group_count(), 0U);
}

// A million random operations against std::map, equal after each; once with a good seed and a roomy
// table, once with a table so small that groups are refused and slots reused all the time.
class GroupTableWalk : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(GroupTableWalk, AgreesWithAPlainMap) {
  const std::uint32_t capacity = GetParam();
  GroupControl table{capacity, kPorts, kSeed};
  test::SimpleGracePeriod grace;
  std::map<GroupKey, std::pair<PortSet, std::array<Stamp, kPorts>>> model;
  std::mt19937 random{4541};
  Stamp stamp = 1;
  for (int step = 0; step < 1'000'000; ++step) {
    const GroupKey key{
        static_cast<VlanId>(1 + random() % 3),
        random() % 8 == 0
            ? *parse_ip(random() % 2 == 0 ? "ff15::7" : "ff16::7")
            : IpAddress::from(Ipv4Address{static_cast<std::uint32_t>(0xef010100U + random() % 40)})};
    const auto port = static_cast<PortId>(random() % kPorts);
    const auto it = model.find(key);
    switch (random() % 4) {
      case 0:
      case 1: {
        const JoinResult result = table.join(key, port, ++stamp, 2);
        if (it == model.end()) {
          if (result == JoinResult::refused_table_full) {
            ASSERT_GE(model.size() + table.retired_count(), capacity);
            break;
          }
          ASSERT_EQ(result, JoinResult::joined);
          model[key] = {PortSet::of(port), {}};
        } else {
          ASSERT_EQ(result, it->second.first.contains(port) ? JoinResult::refreshed : JoinResult::joined);
          it->second.first.add(port);
        }
        model[key].second[port] = stamp;
        break;
      }
      case 2: {
        const EntryId id = table.find_entry(key);
        ASSERT_EQ(id == kNoEntry, it == model.end());
        if (id == kNoEntry || !it->second.first.contains(port)) {
          break;
        }
        const Stamp decided = stamp - random() % 20;
        const bool ended = table.remove(id, port, decided);
        ASSERT_EQ(ended, it->second.second[port] <= decided);
        if (ended) {
          it->second.first.remove(port);
          if (it->second.first.empty()) {
            model.erase(it);
          }
        }
        break;
      }
      default:
        table.reclaim(grace, 3);
        if (random() % 2 == 0) {
          grace.pass();
        }
    }
    const auto now = model.find(key);
    ASSERT_EQ(table.find(key).ports, now == model.end() ? PortSet{} : now->second.first);
  }
  std::map<GroupKey, PortSet> listed;
  table.for_each([&](EntryId id) { listed[table.key(id)] = table.ports(id); });
  ASSERT_EQ(listed.size(), model.size());
  for (const auto& [key, state] : model) {
    EXPECT_EQ(listed[key], state.first);
  }
}

INSTANTIATE_TEST_SUITE_P(RoomyAndCrowded, GroupTableWalk, ::testing::Values(1000, 20));

}  // namespace
}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause
//
// Groups and sources in random order against plain maps, equal after each step.

#include <map>
#include <random>
#include <tuple>

#include "unit/table/children_bench.hpp"

namespace mcswitch::table::group_walk_test {
namespace {

constexpr std::size_t kPorts = 7;

// A membership as a plain map has it.
struct Plain {
  GroupKey key;
  EntryKind kind;
  IpAddress source;  // of a group: none
  friend auto operator<=>(const Plain&, const Plain&) = default;
};
struct Members {
  PortSet ports;
  std::array<Stamp, kPorts> stamps{};
};

class SourceWalk : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(SourceWalk, AgreesWithPlainMaps) {
  const std::uint32_t capacity = GetParam();
  const std::uint32_t limit = capacity < 50 ? 5 : 20;
  constexpr PortId kLimited = 4;
  GroupControl table{capacity, kPorts, 0x9776'3376};
  table.set_limit(kLimited, limit);
  test::SimpleGracePeriod grace;
  std::map<Plain, Members> model;
  std::mt19937 random{4604};
  Stamp stamp = 1;
  const auto pick = [&](std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); };
  const auto count = [&](PortId port) {
    std::uint32_t n = 0;
    for (const auto& [what, members] : model) {
      n += members.ports.contains(port) ? 1 : 0;
    }
    return n;
  };
  const auto ports_of = [&](const Plain& what) {
    const auto it = model.find(what);
    return it == model.end() ? PortSet{} : it->second.ports;
  };
  std::array<std::uint32_t, 4> results{};
  for (int step = 0; step < 300'000; ++step) {
    const bool six = pick(8) == 0;
    Plain what{{static_cast<VlanId>(10 + pick(2)),
                six ? *parse_ip("ff35::9") : IpAddress::from(Ipv4Address{0xef010100U + pick(4)})},
               static_cast<EntryKind>(pick(3)),
               {}};
    if (what.kind != EntryKind::group) {
      what.source = six ? *parse_ip(pick(2) == 0 ? "2001:db8::1" : "2001:db8:1::1")
                        : IpAddress::from(Ipv4Address{0x0a000001U + pick(4)});
    }
    const auto port = static_cast<PortId>(1 + pick(kPorts - 1));
    switch (pick(5)) {
      case 0:
      case 1: {
        const bool was_member = ports_of(what).contains(port);
        const std::uint32_t before = count(port);
        ++stamp;
        const GroupTable::Joined joined =
            what.kind == EntryKind::group ? pick(2) == 0 ? table.join(what.key, port, stamp, 3)
                                                         : table.control_join(what.key, port, stamp)
            : what.kind == EntryKind::requested && pick(2) == 0
                ? table.join_source(what.key, what.source, port, stamp)
                : table.control_join_source(what.kind, what.key, what.source, port, stamp);
        ++results[static_cast<std::size_t>(joined.result)];
        if (was_member) {
          ASSERT_EQ(joined.result, JoinResult::refreshed);
        } else if (joined.result == JoinResult::refused_port_limit) {
          ASSERT_EQ(port, kLimited);
          ASSERT_EQ(before, limit);
        } else if (joined.result == JoinResult::refused_table_full) {
          ASSERT_FALSE(model.contains(what));
          // Nearly: a group's entry and its child are two.
          ASSERT_GE(table.group_count() + table.retired_count() + 1, capacity);
        } else {
          ASSERT_EQ(joined.result, JoinResult::joined);
        }
        ASSERT_EQ(joined.id == kNoEntry, joined.result == JoinResult::refused_port_limit ||
                                             joined.result == JoinResult::refused_table_full);
        if (joined.id != kNoEntry) {
          model[what].ports.add(port);
          model[what].stamps[port] = stamp;
        }
        break;
      }
      case 2:
      case 3: {
        const EntryId group = table.find_entry(what.key);
        const EntryId id =
            what.kind == EntryKind::group ? group : table.find_source(what.kind, group, what.source);
        const auto it = model.find(what);
        if (it == model.end() || !it->second.ports.contains(port)) {
          break;
        }
        ASSERT_NE(id, kNoEntry);
        const Stamp decided = stamp - pick(20);
        const bool ended = table.remove(id, port, decided);
        ASSERT_EQ(ended, it->second.stamps[port] <= decided);
        if (ended) {
          it->second.ports.remove(port);
          if (it->second.ports.empty()) {
            model.erase(it);
          }
        }
        break;
      }
      default:
        table.reclaim(grace, 3);
        table.drain_fresh(pick(12), [](EntryId) {});
        if (pick(2) == 0) {
          grace.pass();
        }
    }
    const GroupTable::Found found = table.find(what.key);
    const PortSet any = ports_of({what.key, EntryKind::group, {}});
    ASSERT_EQ(found.ports, any);
    ASSERT_EQ(table.membership_count(port), count(port)) << step;
    if (what.kind != EntryKind::group) {
      const PortSet requested = ports_of({what.key, EntryKind::requested, what.source});
      const PortSet excluded = ports_of({what.key, EntryKind::excluded, what.source});
      if (!found.exists()) {
        ASSERT_TRUE((requested | excluded).empty());
      } else if (!six) {
        ASSERT_EQ(table.find_accepting_v4({what.key.vlan, what.key.group.v4()}, what.source.v4()),
                  (any & ~excluded) | requested)
            << step;
      }
    }
  }
  std::map<Plain, PortSet> listed;
  table.for_each([&](EntryId id) {
    const EntryKind kind = table.kind(id);
    if (!table.ports(id).empty()) {
      listed[{table.key(id), kind, kind == EntryKind::group ? IpAddress{} : table.source(id)}] =
          table.ports(id);
    }
  });
  ASSERT_EQ(listed.size(), model.size());
  for (const auto& [what, members] : model) {
    EXPECT_EQ(listed[what], members.ports);
  }
  // Every way out of a join has been taken where it can be.
  EXPECT_GT(results[static_cast<std::size_t>(JoinResult::refused_port_limit)], 100U);
  if (capacity < 50) {
    EXPECT_GT(results[static_cast<std::size_t>(JoinResult::refused_table_full)], 100U);
  }

  // All of it ends, and all of its parts are free again.
  table.for_each([&](EntryId id) {
    for (const PortId port : table.ports(id)) {
      EXPECT_TRUE(table.remove(id, port, stamp));
    }
  });
  ChildrenTest::settle(table);
  EXPECT_EQ(table.group_count(), 0U);
  EXPECT_EQ(table.retired_count(), 0U);
}

INSTANTIATE_TEST_SUITE_P(RoomyAndCrowded, SourceWalk, ::testing::Values(1000, 24));

// A table takes as many entries as it is said to take, however evenly spaced the sources are.
class SourceRows : public ::testing::TestWithParam<std::tuple<std::uint32_t, std::uint32_t>> {};

TEST_P(SourceRows, AllFitIntoATableOfTheirNumber) {
  const auto [groups, step] = GetParam();
  constexpr std::uint32_t kEntries = 4096;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    GroupControl table{kEntries, 1, seed * 0x9e37'79b9'7f4a'7c15};
    std::uint32_t made = 0;
    for (std::uint32_t g = 0; g < groups; ++g) {
      const GroupKey key{10, IpAddress::from(Ipv4Address{0xe801'0100U + g})};
      const std::uint32_t sources = kEntries / groups - 1;  // and the group itself
      for (std::uint32_t i = 0; i < sources; ++i, ++made) {
        const IpAddress source = IpAddress::from(Ipv4Address{0x0a00'0001U + i / 2 * step});
        const EntryKind kind = i % 2 == 0 ? EntryKind::requested : EntryKind::excluded;
        ASSERT_EQ(table.control_join_source(kind, key, source, 0, made + 1).result, JoinResult::joined)
            << "seed " << seed << ", group " << g << ", source " << i;
      }
    }
    ASSERT_EQ(table.group_count(), made + groups);
  }
}

INSTANTIATE_TEST_SUITE_P(GroupsAndSteps, SourceRows,
                         ::testing::Combine(::testing::Values(1U, 16U, 1024U),
                                            ::testing::Values(1U, 3U, 256U, 257U, 65536U)));

}  // namespace
}  // namespace mcswitch::table::group_walk_test

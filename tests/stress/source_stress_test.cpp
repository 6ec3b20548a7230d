// SPDX-License-Identifier: BSD-3-Clause
//
// Sources of groups at full speed: two workers join groups and sources and look up what frames of a source
// would do, the control thread excludes, removes, closes and recycles, a telemetry thread reads. Meant for
// ThreadSanitizer; what the threads see of each other is checked as well.
//
// Few groups, sources and entries, so that numbers are reused all the time. Which port may have what is a
// rule of (group, source, kind), so that a port that never asked is seen at once, and a child that was made
// of a number that has got another meaning is too.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>

#include "stress/reader_grace_period.hpp"
#include "table/group_control.hpp"
#include "table/group_lookup.hpp"

namespace mcswitch::table::source_stress_test {
namespace {

using test::ReaderGracePeriod;

constexpr std::size_t kPorts = 6;
constexpr std::uint32_t kGroups = 8;
constexpr std::uint32_t kSources = 4;
constexpr std::uint16_t kSourceLimit = 3;  // requested and excluded
// Fewer than all of them.
constexpr std::uint32_t kEntries = 24;
constexpr int kPhase = 20'000;
constexpr int kRounds = MCSWITCH_SANITIZED ? 150'000 : 1'500'000;

bool is_six(std::uint32_t g) { return g % 4 == 3; }

GroupKey group(std::uint32_t g) {
  if (is_six(g)) {
    return {20, IpAddress{0xff35'0000'0000'0000, g & 0xff}};
  }
  return {static_cast<VlanId>(10 + g % 2), IpAddress::from(Ipv4Address{0xef000100U + g})};
}
// The same sources in all groups of a family.
IpAddress source(std::uint32_t g, std::uint32_t s) {
  if (is_six(g)) {
    return IpAddress{std::uint64_t{0x2000'0000'0000'0000} | ((s + 1) & 0xff), 0};
  }
  return IpAddress::from(Ipv4Address{0x0a000001U + s});
}

// Of a group (kind group, s 0) or a source of it.
bool may_join(EntryKind kind, std::uint32_t g, std::uint32_t s, PortId p) {
  return kind == EntryKind::group       ? (g + p) % 3 == 0
         : kind == EntryKind::requested ? (g + s + p) % 3 == 1
                                        : (g + s + p) % 3 == 2;
}
PortSet allowed(EntryKind kind, std::uint32_t g, std::uint32_t s) {
  PortSet ports;
  for (PortId p = 0; p < kPorts; ++p) {
    if (may_join(kind, g, s, p)) {
      ports.add(p);
    }
  }
  return ports;
}

struct Shared {
  GroupControl table{kEntries, kPorts, 0xfeedface};
  ReaderGracePeriod grace;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> wrong_ports{0};
  std::atomic<std::uint64_t> lost{0};
  std::atomic<std::uint64_t> joined_sources{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> refused_source_limit{0};
  // What the test is about has happened: however the machine shares out its cores, workers go on until it
  // has.
  [[nodiscard]] bool have_met() const {
    return joined_sources.load() > 0 && refused.load() > 0 && refused_source_limit.load() > 0;
  }
  std::uint64_t wrong_children = 0;        // control writes before it ends
  std::uint64_t groups_gone = 0;           // likewise
  std::uint64_t members_without_mark = 0;  // likewise
};

std::uint32_t pick(std::mt19937& random, std::uint32_t below) {
  return static_cast<std::uint32_t>(random() % below);
}

void look_up(Shared& shared, std::uint32_t g, std::uint32_t s) {
  const GroupTable::Found found = shared.table.find(group(g));
  if (!found.exists()) {
    return;
  }
  const PortSet any = allowed(EntryKind::group, g, 0);
  bool is_right = (found.ports & ~any).empty();
  if (!is_six(g)) {
    const PortSet ports =
        shared.table.find_accepting_v4({group(g).vlan, group(g).group.v4()}, source(g, s).v4());
    is_right &= (ports & ~(any | allowed(EntryKind::requested, g, s))).empty();
  }
  if (!is_right) {
    shared.wrong_ports.fetch_add(1);
  }
}

// Ports of worker w: w, w + 2, w + 4.
void worker(Shared& shared, int w) {
  std::mt19937 random{static_cast<unsigned>(w + 1)};
  Stamp stamp = 1;
  GroupTable& table = shared.table;
  shared.grace.online(w);
  for (int round = 0; round < kRounds || !shared.have_met(); ++round) {
    // One half of the groups after the other, so that the groups of a half have time to end.
    const std::uint32_t g = 2 * pick(random, kGroups / 2) + static_cast<std::uint32_t>(round / kPhase % 2);
    const std::uint32_t s = pick(random, kSources);
    const auto port = static_cast<PortId>(static_cast<unsigned>(w) + 2 * pick(random, kPorts / 2));
    if (may_join(EntryKind::group, g, 0, port)) {
      table.join(group(g), port, ++stamp, 3);
    } else if (may_join(EntryKind::requested, g, s, port)) {
      // Every other time with what this section has found of the group.
      const GroupTable::Found found = round % 2 == 0 ? table.find(group(g)) : GroupTable::Found{};
      const GroupTable::Joined joined = table.join_source(group(g), source(g, s), port, ++stamp, found);
      shared.refused_source_limit.fetch_add(joined.result == JoinResult::refused_source_limit ? 1 : 0,
                                            std::memory_order_relaxed);
      if (joined.id == kNoEntry) {
        shared.refused.fetch_add(1, std::memory_order_relaxed);
      } else {
        shared.joined_sources.fetch_add(1, std::memory_order_relaxed);
        // A child keeps its group: the reader that has just made it finds both.
        if (table.kind(joined.id) != EntryKind::requested || table.key(joined.id) != group(g) ||
            table.source(joined.id) != source(g, s)) {
          shared.lost.fetch_add(1);
        }
      }
    }
    look_up(shared, pick(random, kGroups), pick(random, kSources));
    shared.grace.quiescent(w);
  }
  shared.grace.offline(w);
}

// For each port of the entry: is it one that may be?
bool is_right(const GroupControl& table, EntryId id) {
  const GroupKey key = table.key(id);
  for (std::uint32_t g = 0; g < kGroups; ++g) {
    if (group(g) != key) {
      continue;
    }
    if (table.kind(id) == EntryKind::group) {
      return (table.ports(id) & ~allowed(EntryKind::group, g, 0)).empty();
    }
    for (std::uint32_t s = 0; s < kSources; ++s) {
      if (source(g, s) == table.source(id)) {
        return (table.ports(id) & ~allowed(table.kind(id), g, s)).empty();
      }
    }
  }
  return false;
}

void control(Shared& shared) {
  std::mt19937 random{77};
  GroupControl& table = shared.table;
  // A fresh mark announces a new membership, or the control thread's own join does.
  std::array<bool, kEntries * kPorts> known{};
  const auto note = [&](EntryId id) {
    for (const PortId p : table.ports(id)) {
      known[id * kPorts + p] = true;
    }
    shared.wrong_children += is_right(table, id) ? 0 : 1;
  };
  Stamp stamp = 1;
  while (!shared.stop.load()) {
    table.drain_fresh(8, note);
    if (random() % 4 == 0) {
      const std::uint32_t g = pick(random, kGroups);
      const std::uint32_t s = pick(random, kSources);
      const auto port = static_cast<PortId>(pick(random, kPorts));
      if (may_join(EntryKind::excluded, g, s, port)) {
        const GroupTable::Joined joined =
            table.control_join_source(EntryKind::excluded, group(g), source(g, s), port, ++stamp);
        if (joined.id != kNoEntry) {
          note(joined.id);
        }
      }
    }
    // Each in turn of a group's children, or any entry.
    const auto end = [&](EntryId id) {
      for (const PortId port : table.ports(id)) {
        const Stamp last = table.membership(id, port).stamp.load();
        if (known[id * kPorts + port] && random() % 2 == 0 &&
            table.remove(id, port, random() % 4 == 0 ? last - 1 : last)) {
          known[id * kPorts + port] = false;
        }
        if (!table.is_live(id)) {
          return;
        }
      }
    };
    const auto id = static_cast<EntryId>(pick(random, kEntries));
    if (table.is_live(id)) {
      if (table.kind(id) == EntryKind::group && random() % 2 == 0) {
        std::uint32_t visited = 0;
        table.for_each_child(id, [&](EntryId child) {
          shared.wrong_children += table.parent(child) == id && ++visited <= kEntries ? 0 : 1;
          end(child);
        });
      } else {
        end(id);
      }
    }
    const EntryId parent = table.find_entry(group(pick(random, kGroups)));
    table.reclaim(shared.grace);
    shared.groups_gone += parent != kNoEntry && !table.is_live(parent) ? 1 : 0;
  }
  while (table.drain_fresh(1000, note)) {
  }
  table.for_each([&](EntryId id) {
    for (const PortId p : table.ports(id)) {
      shared.members_without_mark += known[id * kPorts + p] ? 0 : 1;
    }
  });
}

void telemetry(Shared& shared) {
  const GroupTable& table = shared.table;
  constexpr int kReader = 2;
  std::mt19937 random{3};
  while (!shared.stop.load()) {
    shared.grace.online(kReader);
    for (EntryId id = 0; id < kEntries; ++id) {
      GroupTable::EntryView view;
      if (!table.snapshot(id, view)) {
        continue;
      }
      bool is_known = false;
      for (std::uint32_t g = 0; g < kGroups; ++g) {
        for (std::uint32_t s = 0; s < kSources; ++s) {
          if (group(g) == view.key && (view.kind == EntryKind::group || source(g, s) == view.source)) {
            is_known = (view.ports & ~allowed(view.kind, g, s)).empty();
          }
        }
      }
      if (!is_known) {
        shared.wrong_ports.fetch_add(1);
      }
    }
    look_up(shared, pick(random, kGroups), pick(random, kSources));
    shared.grace.offline(kReader);
    std::this_thread::yield();
  }
}

TEST(SourceStress, NobodySeesAPortThatNeverAskedAndAllEntriesComeBack) {
  Shared shared;
  shared.table.set_source_limit(kSourceLimit);
  std::thread control_thread{control, std::ref(shared)};
  std::thread telemetry_thread{telemetry, std::ref(shared)};
  std::thread first{worker, std::ref(shared), 0};
  std::thread second{worker, std::ref(shared), 1};
  first.join();
  second.join();
  shared.stop = true;
  control_thread.join();
  telemetry_thread.join();
  EXPECT_EQ(shared.wrong_ports.load(), 0U);
  EXPECT_EQ(shared.wrong_children, 0U);
  EXPECT_EQ(shared.lost.load(), 0U);
  EXPECT_EQ(shared.members_without_mark, 0U);
  EXPECT_TRUE(shared.have_met());

  // In quiet: everything ends, and the parts of the table are all there.
  GroupControl& table = shared.table;
  table.for_each([&](EntryId id) {
    for (const PortId port : table.ports(id)) {
      EXPECT_TRUE(table.remove(id, port, ~Stamp{0}));
    }
  });
  for (int i = 0; i < 6; ++i) {
    table.reclaim(shared.grace);
    table.drain_fresh(1000, [](EntryId) {});
  }
  EXPECT_TRUE(table.is_settled());
  EXPECT_EQ(table.group_count(), 0U);
  EXPECT_EQ(table.retired_count(), 0U);
  for (PortId port = 0; port < kPorts; ++port) {
    EXPECT_EQ(table.membership_count(port), 0U) << int{port};
  }
  // So are the places that a group has for sources, wherever it stands in the table.
  const std::uint32_t groups = kEntries / (kSourceLimit + 1);
  for (std::uint32_t n = 0; n < groups; ++n) {
    const GroupKey key{30, IpAddress::from(Ipv4Address{0xe0020000U + n})};
    for (std::uint32_t i = 0; i <= kSourceLimit; ++i) {
      EXPECT_EQ(table.join_source(key, source(0, i), 5, 1000 + i).result,
                i < kSourceLimit ? JoinResult::joined : JoinResult::refused_source_limit);
    }
  }
  table.drain_fresh(1000, [](EntryId) {});
  table.for_each([&](EntryId id) { table.remove(id, 5, ~Stamp{0}); });
  for (int i = 0; i < 6; ++i) {
    table.reclaim(shared.grace);
    table.drain_fresh(1000, [](EntryId) {});
  }
  for (std::uint32_t n = 0; n < kEntries; ++n) {
    EXPECT_EQ(table.join({30, IpAddress::from(Ipv4Address{0xe0010000U + n})}, 5, n + 1, 2).result,
              JoinResult::joined);
  }
}

// Nothing but two sources of two groups: a group is made, closed and given back all the time, and a source
// that was joined is there afterwards, under its group.
TEST(SourceStress, ASourceThatIsJoinedWhileItsGroupIsClosedIsThere) {
  constexpr int kTimes = MCSWITCH_SANITIZED ? 100'000 : 1'000'000;
  constexpr int kTurn = 300;
  constexpr PortId kPort = 4;
  GroupControl table{8, kPorts, 0xabcd};
  ReaderGracePeriod grace;
  std::atomic<Stamp> may_end{0};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> turns{0};
  std::atomic<std::uint64_t> closed{0};
  std::thread control_thread{[&] {
    std::mt19937 random{5};
    while (!stop.load()) {
      table.drain_fresh(2, [](EntryId) {});
      const EntryId id = static_cast<EntryId>(pick(random, 8));
      if (table.is_live(id) && table.ports(id).contains(kPort)) {
        table.remove(id, kPort, may_end.load());
      }
      const EntryId parent = table.find_entry(group(pick(random, 2)));
      table.reclaim(grace);
      closed.fetch_add(parent != kNoEntry && !table.is_live(parent) ? 1 : 0, std::memory_order_relaxed);
      turns.fetch_add(1);
    }
  }};
  std::uint64_t lost = 0;
  std::uint64_t full = 0;
  const auto is_there = [&](const GroupKey& key, const IpAddress& wanted) {
    return table.find_accepting_v4({key.vlan, key.group.v4()}, wanted.v4()).contains(kPort);
  };
  std::mt19937 random{6};
  grace.online(0);
  int times = 0;
  // However the machine shares out its cores: until a group was closed.
  for (int i = 1; i <= kTimes || closed.load() == 0; ++i) {
    times = i;
    // One group after the other, so that each has time to be closed.
    const GroupKey key = group(static_cast<std::uint32_t>(i / kTurn % 2));
    const IpAddress wanted = source(0, pick(random, 2));
    const GroupTable::Joined joined = table.join_source(key, wanted, kPort, static_cast<Stamp>(i));
    if (joined.id == kNoEntry) {
      ++full;
    } else {
      // A removal that had begun before may be putting the port back just now.
      const std::uint64_t turn = turns.load();
      bool there = is_there(key, wanted);
      while (!there && turns.load() < turn + 2) {
        std::this_thread::yield();
        there = is_there(key, wanted);
      }
      lost += there || is_there(key, wanted) ? 0 : 1;
    }
    may_end.store(static_cast<Stamp>(i));
    grace.quiescent(0);
    if (i % kTurn == 0) {
      std::this_thread::yield();
    }
  }
  grace.offline(0);
  stop = true;
  control_thread.join();
  EXPECT_EQ(lost, 0U);
  EXPECT_LT(full, static_cast<std::uint64_t>(times));
  EXPECT_GT(closed.load(), 0U);
}

}  // namespace
}  // namespace mcswitch::table::source_stress_test

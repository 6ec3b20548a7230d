// SPDX-License-Identifier: BSD-3-Clause
//
// Two workers, the control thread and a telemetry reader on one table at full speed, with grace periods
// made of per-reader counters. Meant for ThreadSanitizer; what the threads see of each other is checked
// as well.
//
// Data: few groups and few entries, so that slots and ids are reused all the time; each port joins only
// the groups that are its own by a rule, so that a port where it never joined is seen at once.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "stress/reader_grace_period.hpp"
#include "table/group_control.hpp"

namespace mcswitch::table {
namespace {

using test::ReaderGracePeriod;

// Readers of the grace periods: 0 and 1 are workers, 2 is the telemetry thread.
constexpr std::size_t kPorts = 6;
constexpr std::uint32_t kGroups = 12;
constexpr std::uint32_t kEntries = 16;  // more than groups, fewer than groups and retired ones
constexpr int kRounds = MCSWITCH_SANITIZED ? 150'000 : 1'500'000;

GroupKey group(std::uint32_t n) {
  if (n % 4 == 3) {
    return {20, IpAddress{0xff15'0000'0000'0000, n & 0xff}};
  }
  return {static_cast<VlanId>(10 + n % 2), IpAddress::from(Ipv4Address{0xef000100U + n})};
}

// Port p joins group n if (n + p) is not a multiple of 3.
bool may_join(std::uint32_t n, PortId p) { return (n + p) % 3 != 0; }

PortSet allowed(std::uint32_t n) {
  PortSet ports;
  for (PortId p = 0; p < kPorts; ++p) {
    if (may_join(n, p)) {
      ports.add(p);
    }
  }
  return ports;
}

struct Shared {
  GroupControl table{kEntries, kPorts, 0xfeedface};
  ReaderGracePeriod grace;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong_ports{0};
  std::atomic<std::uint64_t> refused{0};
  int members_without_timer = 0;  // control writes before it ends
};

// Ports of worker w: w, w + 2, w + 4. Its last word on each (group, port) is a join.
void worker(Shared& shared, int w) {
  GroupTable& table = shared.table;
  std::mt19937 random{static_cast<unsigned>(w + 1)};
  Stamp stamp = 1;
  shared.grace.online(w);
  const auto join = [&](std::uint32_t n, PortId port) {
    const JoinResult result = table.join(group(n), port, ++stamp, 2);
    if (result == JoinResult::refused_table_full) {
      shared.refused.fetch_add(1, std::memory_order_relaxed);
    }
    return result;
  };
  for (int round = 0; round < kRounds; ++round) {
    const std::uint32_t n = static_cast<std::uint32_t>(random() % kGroups);
    const auto port = static_cast<PortId>(static_cast<unsigned>(w) + 2 * (random() % (kPorts / 2)));
    if (may_join(n, port)) {
      join(n, port);
    }
    const std::uint32_t looked = static_cast<std::uint32_t>(random() % kGroups);
    const PortSet seen = table.find(group(looked)).ports;
    if (!(seen & ~allowed(looked)).empty()) {
      shared.wrong_ports.fetch_add(1);
    }
    shared.grace.quiescent(w);
  }
  shared.grace.offline(w);
}

// Ends what it finds: by a decision on the stamp it has just read, as expiry does, or on nothing, as a
// leave that came too late.
void control(Shared& shared) {
  std::mt19937 random{77};
  // A fresh mark announces a new membership; only announced ones end here.
  std::array<bool, kEntries * kPorts> timer{};
  while (!shared.stop.load()) {
    shared.table.drain_fresh(8, [&](EntryId id) {
      for (const PortId p : shared.table.ports(id)) {
        timer[id * kPorts + p] = true;
      }
    });
    const auto id = static_cast<EntryId>(random() % kEntries);
    const auto port = static_cast<PortId>(random() % kPorts);
    if (shared.table.is_live(id) && shared.table.ports(id).contains(port)) {
      const Stamp stamp = shared.table.membership(id, port).stamp.load();
      if (timer[id * kPorts + port] && shared.table.remove(id, port, random() % 4 == 0 ? stamp - 1 : stamp)) {
        timer[id * kPorts + port] = false;
      }
    }
    shared.table.reclaim(shared.grace);
  }
  shared.table.drain_fresh(1000, [&](EntryId id) {
    for (const PortId p : shared.table.ports(id)) {
      timer[id * kPorts + p] = true;
    }
  });
  shared.table.for_each([&](EntryId id) {
    for (const PortId p : shared.table.ports(id)) {
      shared.members_without_timer += timer[id * kPorts + p] ? 0 : 1;
    }
  });
}

void telemetry(Shared& shared) {
  const GroupTable& table = shared.table;
  constexpr int kReader = 2;
  while (!shared.stop.load()) {
    shared.grace.online(kReader);
    for (EntryId id = 0; id < kEntries; ++id) {
      GroupKey key;
      PortSet ports;
      if (!table.snapshot(id, key, ports)) {
        continue;
      }
      for (std::uint32_t n = 0; n < kGroups; ++n) {
        if (group(n) == key && !(ports & ~allowed(n)).empty()) {
          shared.wrong_ports.fetch_add(1);
        }
      }
    }
    shared.grace.offline(kReader);
    std::this_thread::yield();
  }
}

TEST(GroupTableStress, NoReaderEverSeesAPortThatNeverJoinedAndNoReportIsLost) {
  Shared shared;
  std::thread control_thread{control, std::ref(shared)};
  std::thread telemetry_thread{telemetry, std::ref(shared)};
  std::thread first{worker, std::ref(shared), 0};
  std::thread second{worker, std::ref(shared), 1};
  first.join();
  second.join();
  shared.stop = true;
  control_thread.join();
  telemetry_thread.join();
  EXPECT_EQ(shared.wrong_ports.load(), 0);

  // No fresh mark was lost: after the last ones are taken, every member has a timer.
  EXPECT_EQ(shared.members_without_timer, 0);

  // In quiet: everything that is a member can be ended, everything that is ended can join again, and the
  // parts of the table are all there.
  for (std::uint32_t n = 0; n < kGroups; ++n) {
    const EntryId id = shared.table.find_entry(group(n));
    if (id == kNoEntry) {
      continue;
    }
    for (const PortId p : shared.table.ports(id)) {
      EXPECT_TRUE(shared.table.remove(id, p, ~Stamp{0}));
    }
  }
  for (int i = 0; i < 3; ++i) {
    shared.table.reclaim(shared.grace);
  }
  EXPECT_EQ(shared.table.group_count(), 0U);
  EXPECT_EQ(shared.table.retired_count(), 0U);
  for (std::uint32_t n = 0; n < kEntries; ++n) {
    EXPECT_EQ(shared.table.join({30, IpAddress::from(Ipv4Address{0xe0010000U + n})}, 5, n + 1, 2),
              JoinResult::joined);
  }
}

// The race that decides whether a report can be lost, again and again: a report with stamp 2i against a
// removal that was decided on stamp 2i - 1. Whichever is first, the port is a member afterwards. Without
// another member the entry is retired in one half of the outcomes, and the report makes a new one.
TEST(GroupTableStress, ReportBeatsARemovalThatWasDecidedBeforeIt) {
  constexpr int kMatches = MCSWITCH_SANITIZED ? 80'000 : 400'000;
  constexpr PortId kPort = 4;
  GroupControl table{8, kPorts, 0xabcd};
  ReaderGracePeriod grace;
  grace.online(0);
  const GroupKey key = group(4);
  std::atomic<int> start{0};
  std::atomic<int> done{0};
  std::thread control_thread{[&] {
    for (int i = 1; i <= kMatches; ++i) {
      while (start.load() != i) {
        std::this_thread::yield();
      }
      const EntryId id = table.find_entry(key);
      if (id != kNoEntry) {
        table.remove(id, kPort, static_cast<Stamp>(2 * i - 1));
      }
      table.reclaim(grace);
      done.store(i);
    }
  }};
  int lost = 0;
  for (int i = 1; i <= kMatches; ++i) {
    ASSERT_NE(table.join(key, kPort, static_cast<Stamp>(2 * i - 1), 2), JoinResult::refused_table_full);
    start.store(i);
    table.join(key, kPort, static_cast<Stamp>(2 * i), 2);
    while (done.load() != i) {
      std::this_thread::yield();
    }
    lost += table.find(key).ports.contains(kPort) ? 0 : 1;
    grace.quiescent(0);
  }
  control_thread.join();
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace mcswitch::table

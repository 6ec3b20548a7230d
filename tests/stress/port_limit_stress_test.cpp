// SPDX-License-Identifier: BSD-3-Clause
//
// The number of memberships of a port, and its limit, while a worker reports and the control thread removes.

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "stress/reader_grace_period.hpp"
#include "table/group_control.hpp"

namespace mcswitch::table::port_limit_stress_test {
namespace {

using test::ReaderGracePeriod;

constexpr std::size_t kPorts = 6;
constexpr PortId kPort = 4;

GroupKey group(std::uint32_t n) { return {10, IpAddress::from(Ipv4Address{0xef000100U + n})}; }
IpAddress source(std::uint32_t n) { return IpAddress::from(Ipv4Address{0x0a000001U + n}); }

// A worker reports one entry again and again, the control thread removes it by the stamp that it has just
// read, until some of those removals have met a newer report. Another port keeps the entry.
struct Meeting {
  std::uint64_t refused = 0;
  std::atomic<std::uint64_t> ended{0};
  std::atomic<std::uint64_t> put_off{0};
  bool is_member = false;
};

template <typename Join>
void meet(Meeting& meeting, GroupControl& table, EntryId id, Join&& join) {
  constexpr int kReports = MCSWITCH_SANITIZED ? 400'000 : 8'000'000;
  std::atomic<bool> stop{false};
  std::thread control_thread{[&] {
    while (!stop.load()) {
      const Stamp last = table.membership(id, kPort).stamp.load();
      (table.remove(id, kPort, last) ? meeting.ended : meeting.put_off)
          .fetch_add(1, std::memory_order_relaxed);
    }
  }};
  // However the machine shares out its cores, both must have happened.
  for (int i = 1; i <= kReports || meeting.ended.load() == 0 || meeting.put_off.load() == 0; ++i) {
    meeting.refused += join(static_cast<Stamp>(i)) == JoinResult::refused_port_limit ? 1 : 0;
  }
  stop = true;
  control_thread.join();
  meeting.is_member = table.ports(id).contains(kPort);
}

// In quiet: as many as there are, and none when it has ended.
void expect_exact(GroupControl& table, EntryId id, const Meeting& meeting) {
  EXPECT_GT(meeting.ended.load(), 0U);
  EXPECT_GT(meeting.put_off.load(), 0U);
  EXPECT_EQ(table.membership_count(kPort), meeting.is_member ? 1U : 0U);
  EXPECT_TRUE(table.remove(id, kPort, ~Stamp{0}));
  EXPECT_EQ(table.membership_count(kPort), 0U);
}

TEST(PortLimitStress, AReportThatMeetsARemovalCountsOnce) {
  GroupControl table{8, kPorts, 0xabcd};
  const EntryId id = table.join(group(1), 2, 1, 2).id;
  Meeting meeting;
  meet(meeting, table, id, [&](Stamp stamp) { return table.join(group(1), kPort, stamp, 2).result; });
  expect_exact(table, id, meeting);
}

TEST(PortLimitStress, AReportOfASourceThatMeetsARemovalCountsOnce) {
  GroupControl table{8, kPorts, 0xabcd};
  const EntryId id = table.join_source(group(1), source(1), 2, 1).id;
  Meeting meeting;
  meet(meeting, table, id,
       [&](Stamp stamp) { return table.join_source(group(1), source(1), kPort, stamp).result; });
  expect_exact(table, id, meeting);
}

// Worker and control thread join for the same port, the control thread removes: never more than the limit,
// and the number is right in the end.
TEST(PortLimitStress, TheLimitHoldsForTwoThreads) {
  constexpr int kRounds = MCSWITCH_SANITIZED ? 60'000 : 600'000;
  constexpr std::uint32_t kGroups = 6;
  constexpr std::uint32_t kLimit = 9;
  GroupControl table{64, kPorts, 0xabcd};
  table.set_limit(kPort, kLimit);
  ReaderGracePeriod grace;
  std::atomic<bool> stop{false};
  std::uint64_t beyond = 0;
  std::atomic<std::uint64_t> control_joined{0};
  std::thread control_thread{[&] {
    std::mt19937 random{5};
    while (!stop.load()) {
      const std::uint32_t n = static_cast<std::uint32_t>(random() % kGroups);
      if (random() % 3 == 0) {
        const GroupTable::Joined joined =
            table.control_join_source(EntryKind::excluded, group(n), source(n), kPort, 1);
        control_joined.fetch_add(joined.result == JoinResult::joined ? 1 : 0, std::memory_order_relaxed);
      }
      std::uint32_t members = 0;
      const auto id = static_cast<EntryId>(random() % table.capacity());
      if (random() % 2 == 0 && table.is_live(id) && table.ports(id).contains(kPort)) {
        table.remove(id, kPort, table.membership(id, kPort).stamp.load());
      }
      // Bits of the port are set by the worker meanwhile, but only this thread clears any.
      table.for_each([&](EntryId entry) { members += table.ports(entry).contains(kPort) ? 1 : 0; });
      beyond += members > kLimit ? 1 : 0;
      table.drain_fresh(16, [](EntryId) {});
      table.reclaim(grace);
    }
  }};
  std::mt19937 random{6};
  Stamp stamp = 1;
  std::uint64_t limited = 0;
  grace.online(0);
  for (int round = 0; round < kRounds || limited == 0 || control_joined.load() == 0; ++round) {
    const std::uint32_t n = static_cast<std::uint32_t>(random() % kGroups);
    const JoinResult result =
        random() % 2 == 0
            ? table.join(group(n), kPort, ++stamp, 2).result
            : table.join_source(group(n), source(static_cast<std::uint32_t>(random() % 3)), kPort, ++stamp)
                  .result;
    limited += result == JoinResult::refused_port_limit ? 1 : 0;
    grace.quiescent(0);
  }
  grace.offline(0);
  stop = true;
  control_thread.join();
  EXPECT_EQ(beyond, 0U);
  EXPECT_GT(limited, 0U);
  EXPECT_GT(control_joined.load(), 0U);
  std::uint32_t members = 0;
  table.for_each([&](EntryId id) {
    if (table.ports(id).contains(kPort)) {
      ++members;
      EXPECT_TRUE(table.remove(id, kPort, ~Stamp{0}));
    }
  });
  EXPECT_LE(members, kLimit);
  EXPECT_EQ(table.membership_count(kPort), 0U);
}

}  // namespace
}  // namespace mcswitch::table::port_limit_stress_test

// SPDX-License-Identifier: BSD-3-Clause
//
// Leaves as Querier: RFC 2236 sections 3, 5 and 7 (Checking Membership, Version 1 Members Present).

#include "unit/control/bench.hpp"

namespace mcswitch::control::leave_test {
namespace {

const Ipv4Address kGroup = ip("225.1.2.3");
const Ipv4Address kSameMac = ip("239.129.2.3");

// R2236-22, -24; SEED-1; SEED-5: the first query leaves with the leave, not with a tick.
TEST(Leave, IsAnsweredAtOnceWithSpecificQueriesASecondApart) {
  Bench bench;
  bench.join(2, kGroup);
  bench.advance(90s);
  bench.sink.sent.clear();
  const Duration left = bench.clock.now() - test::ManualClock::kStart;
  bench.leave(2, kGroup);
  ASSERT_EQ(bench.asked(kGroup).size(), 1U);  // before run() is called
  bench.advance(10s);
  ASSERT_EQ(bench.asked(kGroup).size(), 2U);
  EXPECT_EQ(bench.asked(kGroup)[0].at, left);
  EXPECT_EQ(bench.asked(kGroup)[1].at, left + 1s);
}

// R2236-22: Last Member Query Time, not before and not after.
TEST(Leave, EndsTheMembershipAfterTheLastMemberQueryTime) {
  Bench bench;
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  EXPECT_EQ(bench.ends(2, kGroup), std::chrono::ceil<std::chrono::milliseconds>(bench.clock.now() + 2s));
  bench.advance(2s + kAnswerGrace - 1ns);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ns);
  EXPECT_FALSE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.counter(ControlCounter::memberships_left), 1U);
}

TEST(Leave, FollowsTheConfiguredCountAndInterval) {
  config::Config config = bench_config();
  config.igmp.intervals.last_member_query_interval = 500ms;
  config.igmp.intervals.set_last_member_query_count = 3;
  Bench bench{config};
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(1500ms + kAnswerGrace - 1ns);
  EXPECT_EQ(bench.asked(kGroup).size(), 3U);
  EXPECT_EQ(bench.asked(kGroup)[2].code, 5);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ns);
  EXPECT_FALSE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.asked(kGroup).size(), 3U);
}

TEST(Leave, TouchesNeitherOtherPortsNorOtherGroupsNorOtherVlans) {
  Bench bench;
  for (const PortId port : ports({1, 2, 4, 7})) {
    bench.join(port, kGroup);
  }
  bench.join(2, kSameMac);
  bench.leave(2, kGroup);
  bench.advance(5s);
  EXPECT_EQ(bench.members(kGroup), ports({1, 4}));
  EXPECT_EQ(bench.members(kSameMac), ports({2}));
  EXPECT_TRUE(bench.is_member(7, kGroup));
  for (const Sent& s : bench.asked(kGroup)) {
    EXPECT_EQ(s.ports, ports({2}));
  }
}

// R2236-23: back to Members Present, the whole interval, no further query.
TEST(Leave, AReportDuringTheCheckKeepsTheMemberAndStopsTheQueries) {
  Bench bench;
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(600ms);
  bench.join(2, kGroup, 2, MacAddress{0x02'00'00'00'07'02});
  EXPECT_EQ(bench.ends(2, kGroup), bench.clock.now() + 260s);
  bench.advance(259s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.asked(kGroup).size(), 1U);
}

TEST(Leave, AReportOneNanosecondBeforeTheEndKeepsTheMember) {
  Bench bench;
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(2s - 1ns);
  bench.join(2, kGroup);
  bench.advance(1ns);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

// D-45: the same stream stopped and started quickly must not be killed later by the old check.
TEST(Leave, StoppedAndStartedQuicklyAStreamIsNotKilledByTheOldCheck) {
  Bench bench;
  bench.join(2, kGroup);
  for (int i = 0; i < 20; ++i) {
    bench.leave(2, kGroup);
    bench.advance(150ms);
    bench.join(2, kGroup);
    bench.advance(150ms);
  }
  bench.advance(100s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

TEST(Leave, AfterAnAnsweredCheckTheNextLeaveIsCheckedAnew) {
  Bench bench;
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(300ms);
  bench.join(2, kGroup);
  bench.advance(300ms);
  bench.sink.sent.clear();
  bench.leave(2, kGroup);
  EXPECT_EQ(bench.asked(kGroup).size(), 1U);
  bench.advance(2s + kAnswerGrace - 1ns);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.asked(kGroup).size(), 2U);
  bench.advance(1ns);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// "Lowered" is a minimum, not an assignment.
TEST(Leave, ASecondLeaveNeitherExtendsTheCheckNorAsksMore) {
  Bench bench;
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  for (int i = 0; i < 9; ++i) {
    bench.advance(200ms);
    bench.leave(2, kGroup);
  }
  EXPECT_EQ(bench.asked(kGroup).size(), 2U);
  EXPECT_EQ(bench.counter(ControlCounter::leaves_repeated), 9U);
  bench.advance(200ms + kAnswerGrace);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

TEST(Leave, DoesNotExtendAMembershipThatEndsSoonerAnyway) {
  Bench bench;
  bench.join(2, kGroup);
  bench.advance(259s);
  bench.leave(2, kGroup);
  bench.advance(1s + kAnswerGrace);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// Order of messages: the stamps decide, whatever the order of processing.
TEST(Leave, ThenJoinInOneBurstLeavesTheMemberAlone) {
  Bench bench;
  bench.join(2, kGroup);
  bench.advance(5s);
  const table::LeaveMessage leave = bench.leave_message(2, kGroup);
  bench.join(2, kGroup);  // the worker does this before the control thread sees the leave
  bench.core.on_message(leave, bench.clock.now());
  EXPECT_TRUE(bench.asked(kGroup).empty());
  EXPECT_EQ(bench.counter(ControlCounter::leaves_superseded), 1U);
  bench.advance(100s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

TEST(Leave, BehindAJoinInOneBurstIsAskedAbout) {
  Bench bench;
  bench.join(2, kGroup);
  const table::LeaveMessage leave = bench.leave_message(2, kGroup);
  bench.core.on_message(leave, bench.clock.now());
  bench.advance(2s + kAnswerGrace);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// R2236-27.
TEST(Leave, ForAGroupThatNobodyHasIsIgnored) {
  Bench bench;
  bench.join(2, kGroup);
  bench.leave(2, kSameMac);
  bench.leave(4, kGroup);
  bench.leave(7, kGroup);
  EXPECT_TRUE(bench.sink.sent.empty());
  EXPECT_EQ(bench.counter(ControlCounter::leaves_ignored_no_member), 3U);
  bench.advance(10s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

// R2236-26.
TEST(Leave, WhileAnotherIsQuerierIsIgnored) {
  Bench bench;
  bench.join(2, kGroup);
  bench.query(3, kLow);
  bench.leave(2, kGroup);
  bench.advance(10s);
  EXPECT_TRUE(bench.sink.sent.empty());
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.counter(ControlCounter::leaves_ignored_other_querier), 1U);
}

TEST(Leave, WithoutAnyQuerierIsIgnoredAndTheIntervalRuns) {
  Bench bench{passive_config()};
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(260s + kAnswerGrace - 1ms);
  EXPECT_TRUE(bench.sink.sent.empty());
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.counter(ControlCounter::leaves_ignored_no_querier), 1U);
  bench.advance(1ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// R2236-25: "the router ... finishes", with the conformance suite's numbers.
TEST(Leave, ACheckGoesOnAfterALostElection) {
  config::Config config = bench_config();
  config.igmp.intervals.robustness_variable = 3;
  config.igmp.intervals.last_member_query_interval = 500ms;
  Bench bench{config};
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(100ms);
  bench.query(3, kLow);
  bench.advance(1400ms + kAnswerGrace);
  EXPECT_EQ(bench.asked(kGroup).size(), 3U);
  EXPECT_EQ(bench.asked(kGroup)[2].source, kOwn);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// R2236-45.
TEST(Leave, InVersion1ModeIsIgnored) {
  config::Config config = bench_config();
  config.igmp.intervals.version = 1;
  config.ports[4].fast_leave = true;
  Bench bench{config};
  bench.join(2, kGroup);
  bench.join(4, kGroup);
  bench.leave(2, kGroup);
  bench.leave(4, kGroup);
  bench.advance(200s);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
  EXPECT_TRUE(bench.asked(kGroup).empty());
  EXPECT_EQ(bench.counter(ControlCounter::leaves_ignored_v1_mode), 2U);
}

// R2236-48, -49: to the end of the version 1 host timer, and no longer.
TEST(Leave, IsIgnoredWhileAVersion1HostIsThereAndCountsAgainAfterwards) {
  Bench bench;
  bench.join(2, kGroup, 1);
  bench.advance(200s);
  bench.join(2, kGroup, 2);
  bench.leave(2, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::leaves_ignored_v1_host), 1U);
  bench.advance(60s - 1ns);
  bench.leave(2, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::leaves_ignored_v1_host), 2U);
  EXPECT_TRUE(bench.asked(kGroup).empty());
  bench.advance(1ns + 2ms);                 // its time is kept in ticks of a millisecond
  EXPECT_TRUE(bench.is_member(2, kGroup));  // Members Present, by the version 2 report
  bench.leave(2, kGroup);
  EXPECT_EQ(bench.asked(kGroup).size(), 1U);
}

TEST(Leave, AVersion1HostOnAnotherPortDoesNotMatter) {
  Bench bench;
  bench.join(4, kGroup, 1);
  bench.join(2, kGroup, 2);
  bench.leave(2, kGroup);
  bench.advance(2s + kAnswerGrace);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
}

// A full ring delays the query and with it the end; no port is dropped without a query.
TEST(Leave, AQueryThatFoundNoRoomIsSentLaterAndTheMembershipWaitsForIt) {
  Bench bench;
  bench.join(2, kGroup);
  bench.sink.full = true;
  bench.leave(2, kGroup);
  bench.advance(30s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.sink.full = false;
  bench.advance(1ms);
  EXPECT_EQ(bench.asked(kGroup).size(), 1U);
  bench.advance(2s + kAnswerGrace - 2ms);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(2ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.asked(kGroup).size(), 2U);
}

TEST(Leave, ForAVlanOrPortThatIsNotSnoopedIsInvalid) {
  Bench bench;
  table::LeaveMessage leave = bench.leave_message(2, kGroup);
  for (const VlanId vlan : {VlanId{0}, VlanId{4}, VlanId{4095}, VlanId{0xffff}, kOtherVlan}) {
    leave.vlan = vlan;
    bench.core.on_message(leave, bench.clock.now());
  }
  EXPECT_EQ(bench.counter(ControlCounter::events_invalid), 5U);
}

TEST(Leave, WhileItObservesIsTreatedAsIfPruning) {
  config::Config config = bench_config();
  config.snooping.mode = config::SnoopingMode::observe;
  Bench bench{config};
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(2s + kAnswerGrace);
  EXPECT_EQ(bench.asked(kGroup).size(), 2U);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// A flood of leaves: each run() does a bounded part; nothing is lost.
TEST(Leave, ThousandsOfChecksAreServedInBoundedSlices) {
  Bench bench{bench_config(), 4000};
  for (std::uint32_t i = 0; i < 4000; ++i) {
    bench.join(2, Ipv4Address{0xef010000 + i});
    bench.leave(2, Ipv4Address{0xef010000 + i});
  }
  EXPECT_EQ(bench.sink.sent.size(), 4000U);
  bench.clock.advance(1s + 1ms);
  const TimePoint wake = bench.core.run(bench.clock.now());
  EXPECT_EQ(wake, bench.clock.now());
  EXPECT_LE(bench.sink.sent.size(), 4100U);
  bench.run();
  EXPECT_EQ(bench.sink.sent.size(), 8000U);
  bench.advance(2s);
  EXPECT_EQ(bench.groups.group_count(), 0U);
}

// SEED-1, -4, -5, -6: the transcript's last minutes, with its times.
TEST(Leave, OfTheSeedTranscriptComesOutAsItShows) {
  Bench bench;
  bench.join(2, kGroup);   // 16:02:29.383
  bench.advance(54092ms);  // 16:03:23.475
  bench.sink.sent.clear();
  const Duration left = bench.clock.now() - test::ManualClock::kStart;
  bench.leave(2, kGroup);
  bench.advance(1100ms);
  ASSERT_EQ(bench.asked(kGroup).size(), 2U);
  EXPECT_LT(bench.asked(kGroup)[0].at - left, 5ms);
  EXPECT_LT(bench.asked(kGroup)[1].at - bench.asked(kGroup)[0].at, 1008ms + 10ms);
  EXPECT_EQ(bench.asked(kGroup)[0].code, 10);
  bench.advance(900ms + kAnswerGrace);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

}  // namespace
}  // namespace mcswitch::control::leave_test

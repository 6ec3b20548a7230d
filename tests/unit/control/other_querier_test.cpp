// SPDX-License-Identifier: BSD-3-Clause
//
// What another querier's specific query does (RFC 2236 section 3: "routers ... lower").

#include "unit/control/bench.hpp"

namespace mcswitch::control::other_querier_test {
namespace {

const Ipv4Address kGroup = ip("239.1.2.3");
const Ipv4Address kSameMac = ip("225.129.2.3");

// A bench on which 10.0.0.9 behind port 3 is the elected querier, and ports 2 and 4 are members.
struct OtherQuerier : ::testing::Test {
  OtherQuerier() {
    bench.query(3, kLow);
    bench.join(2, kGroup);
    bench.join(4, kGroup);
    bench.join(2, kSameMac);
    bench.join(7, kGroup);
    bench.advance(10s);
    bench.sink.sent.clear();
  }
  Bench bench;
};

// R2236-29: Last Member Query Count times the Max Response Time in the query, not our own interval.
TEST_F(OtherQuerier, ItsSpecificQueryLowersTheTimersOfAllPortsOfTheVlan) {
  bench.query(3, kLow, 500ms, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 2U);
  bench.advance(1s + kAnswerGrace - 1ns);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
  bench.advance(1ns);
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_EQ(bench.members(kSameMac), ports({2}));
  EXPECT_TRUE(bench.is_member(7, kGroup));
  EXPECT_TRUE(bench.asked(kGroup).empty());
}

TEST_F(OtherQuerier, WhoAnswersStays) {
  bench.query(3, kLow, 500ms, kGroup);
  bench.advance(400ms);
  bench.join(4, kGroup);
  EXPECT_EQ(bench.ends(4, kGroup), bench.clock.now() + 260s);
  bench.advance(100s);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
}

// "if the timer is larger".
TEST_F(OtherQuerier, ItsQueryNeverRaisesATimer) {
  bench.advance(115s);
  bench.query(3, kLow);  // stays elected
  bench.advance(125s);
  bench.query(3, kLow);
  bench.advance(8500ms);  // one and a half seconds of 260 are left
  bench.query(3, kLow, 5s, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
  bench.advance(1500ms + kAnswerGrace);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

TEST_F(OtherQuerier, ItsSecondQueryDoesNotExtendTheFirst) {
  bench.query(3, kLow, 1s, kGroup);
  bench.advance(1s);
  bench.query(3, kLow, 1s, kGroup);
  bench.advance(1s + kAnswerGrace);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

TEST_F(OtherQuerier, ItsSecondQueryLowersAnewWhoHadAnsweredTheFirst) {
  bench.query(3, kLow, 1s, kGroup);
  bench.advance(500ms);
  bench.join(4, kGroup);
  bench.advance(500ms);
  bench.query(3, kLow, 1s, kGroup);
  bench.advance(1s + kAnswerGrace);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
  bench.advance(1s);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

TEST_F(OtherQuerier, AShorterQueryLowersFurther) {
  bench.query(3, kLow, 5s, kGroup);
  bench.advance(1s);
  bench.query(3, kLow, 500ms, kGroup);
  bench.advance(1s + kAnswerGrace);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

// A forged query from a host must not prune any port (RFC 2236 section 10; docs/choices.md, "Queriers").
TEST_F(OtherQuerier, AQueryFromAHostPortCountsForNothing) {
  bench.query(5, kHigh, 500ms, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::specific_queries_ignored), 1U);
  bench.advance(5s);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
}

TEST_F(OtherQuerier, AQueryThatMakesItsPortARouterPortDoesNotCountThough) {
  bench.query(5, ip("10.0.0.1"), 500ms, kGroup);
  bench.query(5, ip("10.0.0.1"), 500ms, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
  bench.query(5, ip("10.0.0.1"));
  bench.query(5, ip("10.0.0.1"), 500ms, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 2U);
}

TEST_F(OtherQuerier, ARouterThatIsNotElectedCountsToo) {
  bench.query(5, kHigh);
  bench.query(5, kHigh, 500ms, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 2U);
}

// A port that is never a router port, with the querier behind it.
TEST(ElectedQuerier, CountsWhereverItIs) {
  config::Config config = bench_config();
  config.ports[3].multicast_router = config::MulticastRouter::never;
  Bench bench{config};
  bench.query(3, kLow);
  bench.join(2, kGroup);
  bench.query(3, kHigh, 500ms, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
  bench.query(3, kLow, 500ms, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 1U);
}

TEST_F(OtherQuerier, TheTimeRunsFromTheReceiptOfTheQuery) {
  const table::QueryMessage query = bench.query_message(3, kLow, 500ms, kGroup);
  bench.advance(300ms);  // the control thread was busy
  bench.core.on_message(query, bench.clock.now());
  bench.advance(700ms + kAnswerGrace - 1ns);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
  bench.advance(1ns);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

// RFC 2236 section 4: version 1 has no specific queries.
TEST_F(OtherQuerier, AVersion1QueryWithAGroupLowersNothing) {
  bench.query(3, kLow, 10s, kGroup, 1);
  bench.advance(25s);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
}

// R2236-45: in version 1 mode there are no leaves that the query could be about.
TEST(Version1Mode, AnothersSpecificQueryLowersNothing) {
  config::Config config = bench_config();
  config.igmp.intervals.version = 1;
  Bench bench{config};
  bench.query(3, kLow);
  bench.join(2, kGroup);
  bench.query(3, kLow, 500ms, kGroup);
  bench.advance(25s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

// R2236-49 for the ports; the others are lowered.
TEST_F(OtherQuerier, APortWithAVersion1HostIsNotLowered) {
  bench.join(4, kGroup, 1);
  bench.query(3, kLow, 500ms, kGroup);
  bench.advance(5s);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
}

TEST_F(OtherQuerier, AReportThatIsNewerThanTheQueryIsNotTouched) {
  const table::QueryMessage query = bench.query_message(3, kLow, 500ms, kGroup);
  bench.advance(1us);
  bench.join(4, kGroup);
  bench.core.on_message(query, bench.clock.now());
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 1U);
  bench.advance(5s);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
}

// RFC 9776 section 5.2: a host that wants other sources does not answer; section 4.1.5: the S flag.
TEST_F(OtherQuerier, AVersion3QueryWithSourcesOrTheSFlagLowersNothing) {
  table::QueryMessage query = bench.query_message(3, kLow, 500ms, kGroup, 3);
  query.suppress_router_processing = true;
  bench.core.on_message(query, bench.clock.now());
  bench.advance(5s);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
}

TEST_F(OtherQuerier, AMaxResponseTimeOf0StillLeavesTimeToAnswer) {
  bench.query(3, kLow, 0s, kGroup, 3);
  bench.advance(200ms + kAnswerGrace - 1ns);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
  bench.advance(1ns);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

TEST_F(OtherQuerier, AGeneralQueryLowersNothing) {
  bench.query(3, kLow, 1s);
  bench.advance(20s);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
}

TEST_F(OtherQuerier, AQueryForAGroupWithoutMembersDoesNothing) {
  bench.query(3, kLow, 1s, ip("239.9.9.9"));
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
}

// Own checks and another's query meet.
TEST(OwnCheck, IsLoweredByAnotherQueriersShorterQueryAndGoesOnAsking) {
  Bench bench;
  bench.query(3, kHigh);
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(200ms);
  bench.query(3, kHigh, 600ms, kGroup);
  bench.advance(1200ms + kAnswerGrace - 1ns);
  EXPECT_EQ(bench.asked(kGroup).size(), 2U);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ns);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

TEST(OwnCheck, BeginsWhereAnotherQueriersEndIsLater) {
  Bench bench;
  bench.query(3, kHigh);
  bench.join(2, kGroup);
  bench.query(3, kHigh, 25s, kGroup);
  bench.advance(1s);
  bench.leave(2, kGroup);
  bench.advance(2s + kAnswerGrace);
  EXPECT_EQ(bench.asked(kGroup).size(), 2U);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

TEST(Passive, TheElectedQueriersSpecificQueryLowersToo) {
  Bench bench{passive_config()};
  bench.query(3, kLow, 100ms);
  bench.join(2, kGroup);
  bench.advance(1s);
  bench.query(3, kLow, 500ms, kGroup);
  bench.advance(1s + kAnswerGrace);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// A querier that has been silent for too long is not elected any more, even if run() has not said so.
TEST(Passive, AQuerierThatHasFallenSilentDoesNotLower) {
  Bench bench{passive_config()};
  bench.query(3, kLow);
  bench.advance(100s);
  bench.join(2, kGroup);
  bench.clock.advance(155s);
  bench.query(5, kLow, 500ms, kGroup);
  EXPECT_EQ(bench.counter(ControlCounter::specific_queries_ignored), 1U);
}

}  // namespace
}  // namespace mcswitch::control::other_querier_test

// SPDX-License-Identifier: BSD-3-Clause
//
// A querier falls silent, and the switch takes over (RFC 2236 sections 3 and 7): no membership ends before
// hosts have had their time to answer its first two queries, of which one may be lost.

#include "membership/intervals.hpp"
#include "unit/control/bench.hpp"

namespace mcswitch::control::take_over_test {
namespace {

const Ipv4Address kGroup = ip("239.1.2.3");

// S-F1-16. With version 2 a membership ends RV * QI + QRI after the last answer to the querier that is gone,
// and our first query leaves RV * QI + QRI / 2 after that querier's last one.
TEST(TakeOver, NoMembershipEndsBeforeOurQueriesCouldBeAnswered) {
  Bench bench;
  bench.query(3, kLow);
  bench.advance(100ms);
  bench.join(2, kGroup);
  bench.join(4, kGroup);
  bench.sink.sent.clear();
  bench.advance(255s - 100ms);
  ASSERT_EQ(bench.general().size(), 1U);  // ours
  EXPECT_EQ(bench.ends(2, kGroup), bench.clock.now() + 5100ms) << "by its interval";
  EXPECT_EQ(bench.core.snapshot()->vlans[1].no_end_before, bench.clock.now() + 125s + 10s);
  // RFC 9776 section 8.14.1: the answers to the first one are lost.
  bench.advance(125s);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
  ASSERT_EQ(bench.general().size(), 2U);
  bench.advance(9900ms);
  EXPECT_EQ(bench.members(kGroup), ports({2, 4}));
  bench.join(2, kGroup);  // its answer
  bench.advance(100ms + kAnswerGrace);
  EXPECT_EQ(bench.members(kGroup), ports({2})) << "the other one has not answered";
  bench.advance(100s);
  EXPECT_EQ(bench.members(kGroup), ports({2}));
}

// The response interval may be any: with a long one the gap was up to half of it.
TEST(TakeOver, FollowsALongResponseInterval) {
  config::Config config = bench_config();
  config.igmp.intervals.query_response_interval = 100s;
  Bench bench{config};
  bench.query(3, kLow);
  bench.join(2, kGroup);
  bench.advance(300s);  // RV * QI + QRI / 2
  bench.advance(125s + 99s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1s + kAnswerGrace);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

TEST(TakeOver, AQueryThatFindsNoRoomMakesMembershipsWaitForIt) {
  Bench bench;
  bench.query(3, kLow);
  bench.join(2, kGroup);
  bench.advance(254s);
  bench.sink.full = true;
  bench.advance(20s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.sink.full = false;
  bench.advance(9s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.join(2, kGroup);
  bench.advance(200s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

// Only who takes over waits: a switch that starts as querier ends memberships by their interval.
TEST(TakeOver, AtTheStartThereIsNothingToWaitFor) {
  config::Config config = bench_config();
  config.igmp.intervals.set_group_membership_interval = 3s;
  Bench bench{config};
  bench.join(2, kGroup);
  bench.advance(3s + kAnswerGrace);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

}  // namespace
}  // namespace mcswitch::control::take_over_test

// SPDX-License-Identifier: BSD-3-Clause
//
// A host may answer in the last moment of the response time (RFC 2236 section 3, RFC 9776 section 5.2), and
// then its report is on its way. S-F1-14: up to 20 ms each way.

#include "membership/intervals.hpp"
#include "unit/control/bench.hpp"

namespace mcswitch::control::answer_grace_test {
namespace {

const Ipv4Address kGroup = ip("239.1.2.3");
constexpr Duration kOnTheWay = 40ms;

TEST(AnswerGrace, TheLastAnswerToOurOwnQueriesCounts) {
  Bench bench;
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(2s + kOnTheWay);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.join(2, kGroup);
  bench.advance(100s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

TEST(AnswerGrace, TheLastAnswerToAnotherQueriersQueriesCounts) {
  Bench bench;
  bench.join(2, kGroup);
  bench.query(3, kLow);
  bench.query(3, kLow, 1s, kGroup);
  bench.advance(2s + kOnTheWay);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.join(2, kGroup);
  bench.advance(100s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

// RV * QI + QRI leaves an answer to the last query of the interval no time to arrive.
TEST(AnswerGrace, TheLastAnswerOfAGroupMembershipIntervalCounts) {
  for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
    config::Config config = bench_config();
    config.igmp.intervals.version = version;
    Bench bench{config};
    const Duration gmi = config.igmp.intervals.group_membership_interval();
    bench.join(2, kGroup);
    bench.advance(gmi + kOnTheWay);
    EXPECT_TRUE(bench.is_member(2, kGroup)) << int{version};
    bench.join(2, kGroup);
    bench.advance(gmi - 1s);
    EXPECT_TRUE(bench.is_member(2, kGroup)) << int{version};
  }
}

TEST(AnswerGrace, IsOfFiftyMillisecondsAndNotInWhatTelemetrySays) {
  Bench bench;
  bench.join(2, kGroup);
  EXPECT_EQ(bench.ends(2, kGroup), bench.clock.now() + 260s);
  bench.leave(2, kGroup);
  EXPECT_LE(bench.ends(2, kGroup), bench.clock.now() + 2s + 1ms);
  bench.advance(2s + kAnswerGrace - 1ns);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ns);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

}  // namespace
}  // namespace mcswitch::control::answer_grace_test

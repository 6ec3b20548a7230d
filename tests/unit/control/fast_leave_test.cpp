// SPDX-License-Identifier: BSD-3-Clause
//
// Fast leave: at once where that is safe, else as every other port (R2236-85).

#include "unit/control/bench.hpp"

namespace mcswitch::control::fast_leave_test {
namespace {

const Ipv4Address kGroup = ip("239.1.2.3");
constexpr MacAddress kHostA{0x02'00'00'00'07'01};
constexpr MacAddress kHostB{0x02'00'00'00'07'02};

config::Config with_fast_leave(config::Config config = bench_config()) {
  config.ports[2].fast_leave = true;
  return config;
}

TEST(FastLeave, TheOnlyHostOfThePortIsPrunedAtOnceAndWithoutAQuery) {
  Bench bench{with_fast_leave()};
  bench.join(2, kGroup);
  bench.join(4, kGroup);
  bench.advance(3s);
  bench.leave(2, kGroup);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
  EXPECT_TRUE(bench.asked(kGroup).empty());
  EXPECT_EQ(bench.counter(ControlCounter::leaves_fast), 1U);
}

TEST(FastLeave, PrunesAtOnceWithAnotherQuerierAndWithNone) {
  Bench other{with_fast_leave()};
  other.join(2, kGroup);
  other.query(3, kLow);
  other.leave(2, kGroup);
  EXPECT_FALSE(other.is_member(2, kGroup));

  Bench none{with_fast_leave(passive_config())};
  none.join(2, kGroup);
  none.leave(2, kGroup);
  EXPECT_FALSE(none.is_member(2, kGroup));
}

TEST(FastLeave, WithTwoHostsOnThePortItIsAsked) {
  Bench bench{with_fast_leave()};
  bench.join(2, kGroup, 2, kHostA);
  bench.advance(1s);
  bench.join(2, kGroup, 2, kHostB);
  bench.advance(1s);
  bench.leave(2, kGroup);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.asked(kGroup).size(), 1U);
  bench.advance(500ms);
  bench.join(2, kGroup, 2, kHostB);
  bench.advance(10s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

// A host that suppressed its report still has a MAC address.
TEST(FastLeave, AHostThatNeverReportedIsAHostToo) {
  Bench bench{with_fast_leave()};
  bench.port_table[2].saw_host(kHostB, bench.clock.now());
  bench.advance(1s);
  bench.join(2, kGroup, 2, kHostA);
  bench.leave(2, kGroup);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

// S-F1-19: it may be a member whose reports the other one's suppress, for any time (RFC 2236 section 3).
TEST(FastLeave, AHostThatHasBeenSilentForLongerThanAMembershipIntervalIsAskedFor) {
  Bench bench{with_fast_leave()};
  bench.port_table[2].saw_host(kHostB, bench.clock.now());
  for (int i = 0; i < 10; ++i) {
    bench.advance(125s);
    bench.join(2, kGroup, 2, kHostA);
  }
  bench.leave(2, kGroup);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.asked(kGroup).size(), 1U);
}

// What was behind the port then may be somewhere else now.
TEST(FastLeave, AHostThatWasSeenBeforeTheLinkWasLostDoesNotCount) {
  Bench bench{with_fast_leave()};
  bench.join(2, kGroup, 2, kHostB);
  bench.advance(10s);
  bench.core.on_link(2, false, bench.clock.now());
  bench.advance(1s);
  bench.core.on_link(2, true, bench.clock.now());
  bench.join(2, kGroup, 2, kHostA);
  bench.leave(2, kGroup);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// S-F1-18: several hosts behind a repeater, or a wireless bridge, that shows one MAC address for all of them.
TEST(FastLeave, SeveralReportingAddressesWithOneMacAddressAreSeveralHosts) {
  Bench bench{with_fast_leave()};
  bench.join(2, kGroup);
  bench.port_table[2].saw_reporter(ip("10.0.0.77"), bench.clock.now());
  bench.advance(300s);
  bench.join(2, kGroup);
  bench.port_table[2].saw_reporter(ip("10.0.0.78"), bench.clock.now());
  bench.leave(2, kGroup);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.asked(kGroup).size(), 1U);
}

TEST(FastLeave, WithTwoHostsAndAnotherQuerierTheLeaveIsIgnored) {
  Bench bench{with_fast_leave()};
  bench.join(2, kGroup, 2, kHostA);
  bench.advance(1s);
  bench.join(2, kGroup, 2, kHostB);
  bench.query(3, kLow);
  bench.leave(2, kGroup);
  bench.advance(10s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_TRUE(bench.sink.sent.empty());
}

// R2236-49.
TEST(FastLeave, NotWhileAVersion1HostIsThere) {
  Bench bench{with_fast_leave()};
  bench.join(2, kGroup, 1);
  bench.leave(2, kGroup);
  bench.advance(10s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_TRUE(bench.asked(kGroup).empty());
}

// The stamps decide, both ways round.
TEST(FastLeave, LeaveThenJoinInOneBurstLeavesTheMemberAlone) {
  Bench bench{with_fast_leave()};
  bench.join(2, kGroup);
  const table::LeaveMessage leave = bench.leave_message(2, kGroup);
  EXPECT_EQ(bench.join(2, kGroup), table::JoinResult::refreshed);
  bench.core.on_message(leave, bench.clock.now());
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.counter(ControlCounter::leaves_superseded), 1U);
}

TEST(FastLeave, JoinThenLeaveInOneBurstEndsTheMembership) {
  Bench bench{with_fast_leave()};
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  EXPECT_FALSE(bench.is_member(2, kGroup));
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.join(2, kGroup);
  bench.advance(100s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

TEST(FastLeave, OtherPortsAreAskedAsEver) {
  Bench bench{with_fast_leave()};
  bench.join(4, kGroup);
  bench.leave(4, kGroup);
  EXPECT_TRUE(bench.is_member(4, kGroup));
  EXPECT_EQ(bench.asked(kGroup).size(), 1U);
}

}  // namespace
}  // namespace mcswitch::control::fast_leave_test

// SPDX-License-Identifier: BSD-3-Clause
//
// Loss and return of carrier.

#include "unit/control/bench.hpp"

namespace mcswitch::control::carrier_test {
namespace {

const Ipv4Address kGroup = ip("239.1.2.3");

void down(Bench& bench, PortId port) { bench.core.on_link(port, false, bench.clock.now()); }
void up(Bench& bench, PortId port) { bench.core.on_link(port, true, bench.clock.now()); }

TEST(Carrier, ItsLossEndsTheMembershipsOfThePortAndNoOthers) {
  Bench bench;
  for (const PortId port : ports({1, 2, 5})) {
    bench.join(port, kGroup);
    bench.join(port, ip("225.0.0.8"));
  }
  bench.join(2, ip("225.0.0.9"));
  down(bench, 2);
  bench.run();
  EXPECT_EQ(bench.members(kGroup), ports({1, 5}));
  EXPECT_EQ(bench.members(ip("225.0.0.8")), ports({1, 5}));
  EXPECT_TRUE(bench.members(ip("225.0.0.9")).empty());
  EXPECT_EQ(bench.counter(ControlCounter::memberships_link_lost), 3U);
}

// What users complain of: "after the link is back, nothing arrives until a new report".
TEST(Carrier, ItsReturnBringsNothingBackUntilANewReport) {
  Bench bench;
  bench.join(2, kGroup);
  down(bench, 2);
  bench.advance(400ms);
  up(bench, 2);
  bench.advance(600ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
  bench.join(2, kGroup);
  bench.advance(100s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

// R4541-8.
TEST(Carrier, OnItsReturnThePortIsAskedAtOnceAndAlone) {
  Bench bench;
  bench.advance(5s);
  down(bench, 2);
  bench.advance(1s);
  up(bench, 2);
  ASSERT_EQ(bench.general().size(), 1U);
  EXPECT_EQ(bench.general()[0].ports, ports({2}));
  up(bench, 2);  // said again
  EXPECT_EQ(bench.general().size(), 1U);
}

TEST(Carrier, OnItsReturnNobodyIsAskedWhileAnotherIsQuerier) {
  Bench bench;
  bench.query(3, kLow);
  down(bench, 2);
  up(bench, 2);
  bench.advance(1s);
  EXPECT_TRUE(bench.general().empty());
}

TEST(Carrier, ItsLossEndsTheRouterPort) {
  Bench bench;
  bench.query(3, kHigh);
  ASSERT_EQ(bench.vlans[kVlan].reports.load(), ports({3}));
  down(bench, 3);
  up(bench, 3);
  EXPECT_TRUE(bench.vlans[kVlan].reports.load().empty());
}

TEST(Carrier, ItsLossForgetsTheMacAddressesOfThePort) {
  Bench bench;
  bench.macs.learn(kVlan, MacAddress{0x020000000001}, 2, bench.clock.now());
  bench.macs.learn(kVlan, MacAddress{0x020000000002}, 4, bench.clock.now());
  down(bench, 2);
  bench.run();
  EXPECT_FALSE(bench.macs.find(kVlan, MacAddress{0x020000000001}).has_value());
  EXPECT_TRUE(bench.macs.find(kVlan, MacAddress{0x020000000002}).has_value());
}

// Frames that a worker had in hand when the link went.
TEST(Carrier, WhatWasInFlightAtItsLossEndsWithTheSecondWalk) {
  Bench bench;
  bench.join(4, kGroup);
  bench.advance(1s);
  down(bench, 2);
  bench.run();
  bench.clock.advance(3ms);
  bench.join(2, kGroup);
  bench.macs.learn(kVlan, MacAddress{0x020000000001}, 2, bench.clock.now());
  bench.advance(20ms);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
  EXPECT_FALSE(bench.macs.find(kVlan, MacAddress{0x020000000001}).has_value());
}

TEST(Carrier, AReportOverALinkThatIsBackIsNotTakenForOneInFlight) {
  Bench bench;
  bench.join(2, kGroup);
  down(bench, 2);
  bench.run();
  bench.clock.advance(3ms);
  bench.join(2, kGroup);  // the host was faster than the notice that the link is back
  bench.clock.advance(1ms);
  up(bench, 2);
  bench.advance(10s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

TEST(Carrier, AReportDuringALongWalkIsNotSweptAway) {
  Bench bench{bench_config(), 20'000};
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    bench.join(2, Ipv4Address{0xef010000 + i});
  }
  bench.advance(1s);
  down(bench, 2);
  bench.core.run(bench.clock.now());
  const std::uint64_t first = bench.counter(ControlCounter::memberships_link_lost);
  EXPECT_GT(first, 0U);
  EXPECT_LE(first, 512U);  // a slice, not the whole
  bench.clock.advance(1ms);
  up(bench, 2);
  const Ipv4Address last{0xef010000 + 19'999};
  ASSERT_TRUE(bench.is_member(2, last));
  bench.join(2, last);
  bench.advance(100ms);
  EXPECT_EQ(bench.groups.group_count(), 1U);
  EXPECT_TRUE(bench.is_member(2, last));
}

TEST(Carrier, SeveralPortsThatGoOneAfterTheOtherAreAllSwept) {
  Bench bench{bench_config(), 3000};
  for (std::uint32_t i = 0; i < 3000; ++i) {
    for (const PortId port : ports({1, 2, 5})) {
      bench.join(port, Ipv4Address{0xef010000 + i});
    }
  }
  bench.advance(1s);
  down(bench, 2);
  bench.core.run(bench.clock.now());
  down(bench, 5);
  bench.core.run(bench.clock.now());
  down(bench, 2);  // said again
  bench.run();
  for (std::uint32_t i = 0; i < 3000; ++i) {
    ASSERT_EQ(bench.members(Ipv4Address{0xef010000 + i}), ports({1}));
  }
}

// What a version 1 host reported on the lost link does not protect the next host there.
TEST(Carrier, ItsLossForgetsVersion1Hosts) {
  Bench bench;
  bench.join(4, kGroup);  // keeps the entry
  bench.join(2, kGroup, 1);
  down(bench, 2);
  bench.advance(1s);
  up(bench, 2);
  bench.join(2, kGroup, 2);
  bench.leave(2, kGroup);
  bench.advance(2s + kAnswerGrace);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
}

// A query that was in flight would make a router port of a port that has none.
TEST(Carrier, AQueryThatWasInFlightAtItsLossCountsForNothing) {
  Bench bench;
  const table::QueryMessage before = bench.query_message(3, kLow);
  bench.advance(1ms);
  down(bench, 3);
  bench.clock.advance(3ms);
  const table::QueryMessage in_flight = bench.query_message(3, kLow);
  bench.core.on_message(before, bench.clock.now());
  bench.core.on_message(in_flight, bench.clock.now());
  EXPECT_EQ(bench.counter(ControlCounter::events_link_lost), 2U);
  bench.advance(1s);
  up(bench, 3);
  bench.core.on_message(in_flight, bench.clock.now());
  EXPECT_TRUE(bench.vlans[kVlan].reports.load().empty());
  EXPECT_EQ(bench.querier().role, membership::Role::querier);
  bench.query(3, kLow);
  EXPECT_EQ(bench.vlans[kVlan].reports.load(), ports({3}));
}

TEST(Carrier, AQueryOverALinkThatIsBackCountsBeforeAnybodyHasNoticed) {
  Bench bench;
  down(bench, 3);
  bench.advance(1s);
  bench.query(3, kLow);
  up(bench, 3);
  EXPECT_EQ(bench.vlans[kVlan].reports.load(), ports({3}));
}

TEST(Carrier, TheHostThatWasThereBeforeItsLossDoesNotStandInTheWayOfFastLeave) {
  config::Config config = bench_config();
  config.ports[2].fast_leave = true;
  Bench bench{config};
  bench.join(2, kGroup);
  bench.advance(1s);
  down(bench, 2);
  bench.advance(1s);
  up(bench, 2);
  bench.advance(1s);
  bench.join(2, kGroup, 2, MacAddress{0x02'00'00'00'07'02});
  bench.core.on_message(bench.leave_message(2, kGroup, MacAddress{0x02'00'00'00'07'02}), bench.clock.now());
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// The check is due long before the walk has come to its membership.
TEST(Carrier, ACheckThatWasGoingOnSendsNothingIntoTheVoid) {
  Bench bench{bench_config(), 20'000};
  for (std::uint32_t i = 0; i < 19'000; ++i) {
    bench.join(4, Ipv4Address{0xef010000 + i});
  }
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(999ms);
  bench.sink.sent.clear();
  down(bench, 2);
  bench.clock.advance(1ms);
  bench.core.run(bench.clock.now());
  ASSERT_TRUE(bench.is_member(2, kGroup));
  bench.advance(10s);
  EXPECT_TRUE(bench.asked(kGroup).empty());
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

TEST(Carrier, AGeneralQueryThatWaitedIsNotSentToAPortThatHasLostItsLinkMeanwhile) {
  Bench bench;
  bench.sink.full = true;
  bench.advance(32s);
  down(bench, 2);
  bench.sink.full = false;
  bench.advance(10ms);
  ASSERT_EQ(bench.general().size(), 1U);
  EXPECT_EQ(bench.general()[0].ports, ports({0, 1, 3, 4, 5}));
}

TEST(Carrier, APortThatDoesNotExistIsIgnored) {
  Bench bench;
  bench.core.on_link(kPortCount, true, bench.clock.now());
  bench.core.on_link(31, false, bench.clock.now());
  EXPECT_EQ(bench.vlans[kVlan].flood.load(), kAll);
}

}  // namespace
}  // namespace mcswitch::control::carrier_test

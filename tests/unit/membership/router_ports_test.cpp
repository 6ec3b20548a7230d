// SPDX-License-Identifier: BSD-3-Clause

#include "membership/router_ports.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/manual_clock.hpp"

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;

constexpr IpAddress kRouter = Ipv4Address::of(10, 0, 0, 1);
constexpr IpAddress kOther = Ipv4Address::of(10, 0, 0, 99);

PortSet ports(std::initializer_list<PortId> list) {
  PortSet set;
  for (const PortId port : list) {
    set.add(port);
  }
  return set;
}

// R4541-3.
TEST(RouterPorts, AQueryMakesItsPortARouterPort) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 255s};
  EXPECT_TRUE(routers.ports().empty());
  EXPECT_TRUE(routers.on_query(3, kRouter, clock.now()));
  EXPECT_EQ(routers.ports(), ports({3}));
  EXPECT_TRUE(routers.contains(3));
  EXPECT_FALSE(routers.contains(2));
}

TEST(RouterPorts, WhatWasLearnedFrom0000EndsWhenSomebodyHasAnAddress) {
  ManualClock clock;
  RouterPorts routers{ports({1}), {}, 255s};
  EXPECT_TRUE(routers.on_query(3, kUnspecifiedV4, clock.now()));
  routers.on_query(1, kUnspecifiedV4, clock.now());
  routers.on_query(4, kRouter, clock.now());
  EXPECT_EQ(routers.ports(), ports({1, 3, 4}));
  routers.forget_unnumbered();
  EXPECT_EQ(routers.ports(), ports({1, 4}));
}

TEST(RouterPorts, EndsWithItsIntervalAfterTheLastQuery) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 7s};
  routers.on_query(3, kRouter, clock.now());
  clock.advance(5s);
  EXPECT_FALSE(routers.on_query(3, kOther, clock.now()));
  EXPECT_EQ(routers.next(), clock.now() + 2s) << "of the first one";
  clock.advance(7s - 1ns);
  EXPECT_FALSE(routers.on_time(clock.now()));
  EXPECT_TRUE(routers.contains(3));
  clock.advance(1ns);
  EXPECT_TRUE(routers.on_time(clock.now()));
  EXPECT_FALSE(routers.contains(3));
  EXPECT_EQ(routers.next(), kNever);
}

TEST(RouterPorts, EachPortHasItsOwnInterval) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 7s};
  routers.on_query(3, kRouter, clock.now());
  clock.advance(2s);
  routers.on_query(30, kOther, clock.now());
  clock.advance(5s);
  routers.on_time(clock.now());
  EXPECT_EQ(routers.ports(), ports({30}));
}

// R4541-4.
TEST(RouterPorts, AConfiguredOneNeitherEndsNorGoesWithItsLink) {
  ManualClock clock;
  RouterPorts routers{ports({4}), {}, 7s};
  EXPECT_FALSE(routers.on_link_down(4));
  clock.advance(1000s);
  routers.on_time(clock.now());
  EXPECT_EQ(routers.ports(), ports({4}));
}

TEST(RouterPorts, WhereTheConfigurationSaysNeverQueriesMakeNone) {
  ManualClock clock;
  RouterPorts routers{{}, ports({5}), 7s};
  EXPECT_FALSE(routers.on_query(5, kRouter, clock.now()));
  EXPECT_TRUE(routers.ports().empty());
}

TEST(RouterPorts, WhatWasLearnedGoesWithTheLink) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 7s};
  routers.on_query(3, kRouter, clock.now());
  routers.on_query(6, kOther, clock.now());
  EXPECT_TRUE(routers.on_link_down(3));
  EXPECT_EQ(routers.ports(), ports({6}));
}

TEST(RouterPorts, ListsOriginAddressAndEnd) {
  ManualClock clock;
  RouterPorts routers{ports({4}), {}, 7s};
  routers.on_query(9, kRouter, clock.now());
  routers.on_query(4, kOther, clock.now());
  const auto rows = routers.routers();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].port, 4);
  EXPECT_EQ(rows[0].origin, RouterOrigin::configured);
  EXPECT_EQ(rows[0].expires, kNever);
  EXPECT_EQ(rows[1].port, 4);
  EXPECT_EQ(rows[1].origin, RouterOrigin::query);
  EXPECT_EQ(rows[1].address, kOther);
  EXPECT_EQ(rows[2].port, 9);
  EXPECT_EQ(rows[2].address, kRouter);
  EXPECT_EQ(rows[2].expires, clock.now() + 7s);
}

// C3: "the longest of the reasons counts".
TEST(RouterPorts, APortIsOneAsLongAsOneOfItsRoutersCounts) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 255s};
  routers.on_query(3, kRouter, clock.now(), 3973s);
  routers.on_query(3, kOther, clock.now());
  clock.advance(255s);
  EXPECT_FALSE(routers.on_time(clock.now()));
  EXPECT_EQ(routers.ports(), ports({3}));
  EXPECT_EQ(routers.routers().size(), 1U);
  EXPECT_EQ(routers.next(), ManualClock::kStart + 3973s);
}

TEST(RouterPorts, AQueryOfTheSameRouterCountsForAsLongAsTheLastOneSays) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 255s};
  routers.on_query(3, kRouter, clock.now(), 3973s);
  routers.on_query(3, kRouter, clock.now());
  EXPECT_EQ(routers.next(), ManualClock::kStart + 255s);
}

// It does not show how often its sender asks everybody.
TEST(RouterPorts, ASpecificQueryMakesOneAndNeverShortensWhatAGeneralOneHasSaid) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 255s};
  EXPECT_TRUE(routers.on_specific_query(3, kOther, clock.now()));
  routers.on_query(3, kRouter, clock.now(), 3973s);
  EXPECT_FALSE(routers.on_specific_query(3, kRouter, clock.now()));
  clock.advance(3973s - 1ns);
  routers.on_time(clock.now());
  EXPECT_TRUE(routers.contains(3));
  routers.on_specific_query(3, kRouter, clock.now());
  clock.advance(255s - 1ns);
  routers.on_time(clock.now());
  EXPECT_TRUE(routers.contains(3)) << "it may prolong";
}

// R7761-1, R4286-1.
TEST(RouterPorts, PimAndMrdMakeThemForAsLongAsTheyFollow) {
  ManualClock clock;
  RouterPorts routers{{}, ports({5}), 255s};
  EXPECT_TRUE(routers.on_router(3, RouterOrigin::pim, kRouter, 105s, clock.now()));
  EXPECT_FALSE(routers.on_router(3, RouterOrigin::mrd, kRouter, 60s, clock.now()));
  EXPECT_FALSE(routers.on_router(5, RouterOrigin::pim, kRouter, 105s, clock.now()));
  EXPECT_FALSE(routers.on_router(6, RouterOrigin::pim, IpAddress{}, 105s, clock.now()));
  clock.advance(60s);
  EXPECT_FALSE(routers.on_time(clock.now()));
  clock.advance(45s);
  EXPECT_TRUE(routers.on_time(clock.now()));
  EXPECT_TRUE(routers.ports().empty());
}

TEST(RouterPorts, ARouterThatGoesEndsWhatItSaidInTheSameWayOnly) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 255s};
  routers.on_router(3, RouterOrigin::pim, kRouter, 105s, clock.now());
  routers.on_router(3, RouterOrigin::pim, kOther, 105s, clock.now());
  routers.on_query(3, kRouter, clock.now());
  EXPECT_FALSE(routers.on_router(3, RouterOrigin::pim, kRouter, 0s, clock.now()));
  EXPECT_FALSE(routers.on_router(3, RouterOrigin::pim, kOther, 0s, clock.now()));
  ASSERT_EQ(routers.routers().size(), 1U);
  EXPECT_EQ(routers.routers()[0].origin, RouterOrigin::query);
}

TEST(RouterPorts, AHoldtimeOfForeverEndsWithTheLinkOnly) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 255s};
  routers.on_router(3, RouterOrigin::pim, kRouter, RouterPorts::kForever, clock.now());
  EXPECT_EQ(routers.next(), kNever);
  clock.advance(100'000s);
  EXPECT_FALSE(routers.on_time(clock.now()));
  EXPECT_TRUE(routers.on_link_down(3));
}

// Nobody on the port can push out the longest one with many addresses.
TEST(RouterPorts, OfMoreThanAreRememberedThoseStayThatWouldForLongest) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 7s};
  routers.on_router(3, RouterOrigin::pim, kRouter, 105s, clock.now());
  const auto station = [](unsigned n) { return Ipv4Address::of(10, 0, 1, static_cast<std::uint8_t>(n)); };
  for (unsigned n = 0; n < 200; ++n) {
    routers.on_router(3, RouterOrigin::mrd, station(n), (1 + n % 60) * 1s, clock.now());
    routers.on_router(4, RouterOrigin::mrd, station(n), 1s, clock.now());
  }
  const auto rows = routers.routers();
  EXPECT_EQ(rows.size(), 2 * RouterPorts::kMost);
  EXPECT_EQ(rows[0].address, kRouter);
  std::set<int> places;
  for (const RouterPorts::Router& row : rows) {
    places.insert(row.port * 100 + row.place);
  }
  EXPECT_EQ(places.size(), rows.size()) << "each has a place of its own";
}

TEST(RouterPorts, CountsThoseThatHaveBecomeKnown) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 7s};
  routers.on_query(3, kRouter, clock.now());
  routers.on_query(3, kRouter, clock.now());
  EXPECT_EQ(routers.arrivals(), 1U);
  routers.on_router(3, RouterOrigin::pim, kRouter, 105s, clock.now());
  EXPECT_EQ(routers.arrivals(), 2U);
}

TEST(RouterPorts, ARouterThatAsksSeldomIsKnownForItsOwnInterval) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 255s};
  routers.on_query(3, kRouter, clock.now(), 1205s);
  routers.on_query(6, kOther, clock.now(), 10s);  // a shorter one changes nothing
  clock.advance(255s);
  EXPECT_TRUE(routers.on_time(clock.now()));
  EXPECT_EQ(routers.ports(), ports({3}));
  EXPECT_EQ(routers.next(), ManualClock::kStart + 1205s);
}

}  // namespace
}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause

#include "membership/router_ports.hpp"

#include <gtest/gtest.h>

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

TEST(RouterPorts, AQueryFrom0000DoesNot) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 255s};
  EXPECT_FALSE(routers.on_query(3, Ipv4Address{}, clock.now()));
  EXPECT_TRUE(routers.ports().empty());
}

TEST(RouterPorts, EndsWithItsIntervalAfterTheLastQuery) {
  ManualClock clock;
  RouterPorts routers{{}, {}, 7s};
  routers.on_query(3, kRouter, clock.now());
  clock.advance(5s);
  EXPECT_FALSE(routers.on_query(3, kOther, clock.now()));
  EXPECT_EQ(routers.next(), clock.now() + 7s);
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

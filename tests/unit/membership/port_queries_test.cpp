// SPDX-License-Identifier: BSD-3-Clause
//
// Port queries: how often and when a port that comes up is asked. Three times, 31 s apart.

#include "membership/port_queries.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;

// Hosts answer within 12 s.
struct PortQueriesTest : testing::Test {
  void sent(PortSet ports) { queries.on_sent(ports, 12s, clock.now()); }
  PortSet take() { return queries.take_due(clock.now(), clock.now() + 1ms); }

  ManualClock clock;
  PortQueries queries{3, 31s};
};

TEST_F(PortQueriesTest, AskAPortAsOftenAsAQuerierDoesAtItsStart) {
  queries.on_link(5, true, clock.now());
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(queries.next(), clock.now()) << n;
    EXPECT_EQ(take(), PortSet::of(5)) << n;
    sent(PortSet::of(5));
    clock.advance(31s - 1ns);
    EXPECT_EQ(take(), PortSet{}) << n;
    clock.advance(1ns);
  }
  EXPECT_EQ(take(), PortSet{});
  EXPECT_EQ(queries.next(), kNever);
}

TEST_F(PortQueriesTest, QueriesToAllPortsCount) {
  queries.on_link(5, true, clock.now());
  queries.on_link(7, true, clock.now());
  take();
  sent(PortSet{0b1011'0100});
  clock.advance(13s);
  sent(PortSet::of(7));
  EXPECT_EQ(queries.next(), clock.now() + 18s) << "port 5";
  clock.advance(18s);
  EXPECT_EQ(take(), PortSet::of(5));
  clock.advance(13s);
  EXPECT_EQ(take(), PortSet{0b1010'0000}) << "5 found no room";
}

// A host answers both by one message: it would have one chance less.
TEST_F(PortQueriesTest, AQueryBeforeTheLastOneIsOverDoesNotCount) {
  queries.on_link(5, true, clock.now());
  take();
  sent(PortSet::of(5));
  clock.advance(12s + kAnswerGrace - 1ns);
  sent(PortSet{0b1011'0100});
  EXPECT_EQ(queries.next(), clock.now() + 31s - (12s + kAnswerGrace - 1ns));
  clock.advance(1ns);
  sent(PortSet{0b1011'0100});
  EXPECT_EQ(queries.next(), clock.now() + 31s);
  clock.advance(31s);
  sent(PortSet{0b1011'0100});
  EXPECT_EQ(queries.next(), kNever) << "three times";
}

TEST_F(PortQueriesTest, AreNotSentBeforeTheLastOneIsOver) {
  PortQueries often{2, 5s};
  often.on_link(5, true, clock.now());
  often.on_sent(PortSet::of(5), 12s, clock.now());
  EXPECT_EQ(often.next(), clock.now() + 12s + kAnswerGrace);
}

TEST_F(PortQueriesTest, WhatFoundNoRoomIsDueAgainAtTheRetryAndHasNotBeenCounted) {
  queries.on_link(5, true, clock.now());
  take();
  EXPECT_EQ(queries.next(), clock.now() + 1ms);
  clock.advance(1ms);
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(take(), PortSet::of(5)) << n;
    sent(PortSet::of(5));
    clock.advance(31s);
  }
  EXPECT_EQ(take(), PortSet{});
}

TEST_F(PortQueriesTest, LossOfLinkEndsTheAskingAndTheNextLinkBeginsAnew) {
  queries.on_link(5, true, clock.now());
  sent(PortSet::of(5));
  queries.on_link(5, false, clock.now());
  EXPECT_EQ(queries.next(), kNever);
  clock.advance(2s);
  queries.on_link(5, true, clock.now());
  EXPECT_EQ(take(), PortSet::of(5));
}

}  // namespace
}  // namespace mcswitch::membership

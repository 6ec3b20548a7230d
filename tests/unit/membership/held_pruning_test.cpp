// SPDX-License-Identifier: BSD-3-Clause
//
// Held pruning: each sentence of its contract. Ports 2, 4, 5, 7; we ask three times, others twice.

#include "membership/held_pruning.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;

const PortSet kPorts{0b1011'0100};
const PortSet kLate = PortSet::of(5);

struct Held : testing::Test {
  PortSet held() const { return pruning.held(kPorts, clock.now()); }
  void query(PortSet ports, Duration response) { pruning.on_general_query(ports, response, clock.now()); }
  // Nothing changes before so much time, and then the set is `after`.
  void expect_change(Duration in, PortSet before, PortSet after) {
    EXPECT_EQ(pruning.next(kPorts, clock.now()), clock.now() + in);
    clock.advance(in - 1ns);
    EXPECT_EQ(held(), before);
    clock.advance(1ns);
    EXPECT_EQ(held(), after);
  }

  ManualClock clock;
  HeldPruning pruning{3, 2};
};

TEST_F(Held, AllPortsAreWithoutAQuerier) {
  for (int n = 0; n < 5; ++n) {
    query(kPorts, 10s);
    clock.advance(1000s);
  }
  EXPECT_TRUE(pruning.is_held());
  EXPECT_EQ(held(), kPorts);
  EXPECT_EQ(pruning.next(kPorts, clock.now()), kNever);
}

TEST_F(Held, OneLostAnswerToAnothersQueryCostsNothing) {
  pruning.on_querier(true, false);
  query(kPorts, 10s);
  EXPECT_EQ(pruning.next(kPorts, clock.now()), kNever);
  clock.advance(125s);
  EXPECT_EQ(held(), kPorts);
  query(kPorts, 10s);
  expect_change(10s + kAnswerGrace, kPorts, {});
  EXPECT_FALSE(pruning.is_held());
  EXPECT_EQ(pruning.next(kPorts, clock.now()), kNever);
}

TEST_F(Held, OurOwnStartupQueriesAreCountedByTheirNumber) {
  pruning.on_querier(true, true);
  query(kPorts, 10s);
  clock.advance(31s);
  query(kPorts, 10s);
  clock.advance(31s);
  EXPECT_EQ(held(), kPorts);
  query(kPorts, 10s);
  expect_change(10s + kAnswerGrace, kPorts, {});
}

TEST_F(Held, QueriesCountWhoeverSendsThem) {
  pruning.on_querier(true, true);
  query(kPorts, 10s);
  clock.advance(11s);
  query(kPorts, 3s);  // of a lower address
  pruning.on_querier(true, false);
  expect_change(3s + kAnswerGrace, kPorts, {});
}

// RFC 9776 section 5.2: a host that has not answered yet answers both by one message. One loss, no report.
TEST_F(Held, AQueryThatComesBeforeTheLastOneIsOverIsNoFurtherChance) {
  pruning.on_querier(true, true);
  query(kPorts, 10s);
  clock.advance(5250ms);  // a port that came up was asked then, and now all are
  query(kPorts, 10s);
  pruning.on_querier(true, false);
  clock.advance(60s);
  EXPECT_EQ(held(), kPorts);
  query(kPorts, 10s);
  expect_change(10s + kAnswerGrace, kPorts, {});
}

TEST_F(Held, MoreQueriesThanAreWantedDoNotPutTheReleaseOff) {
  pruning.on_querier(true, false);
  query(kPorts, 10s);
  clock.advance(1s);
  query(kPorts, 10s);
  clock.advance(9s + kAnswerGrace);
  query(kPorts, 10s);
  clock.advance(500ms);
  query(kPorts, 10s);
  expect_change(9500ms + kAnswerGrace, kPorts, {});
}

// As captured: a first query with 51 minutes.
TEST_F(Held, LaterQueriesWithAShorterResponseIntervalBringTheReleaseForward) {
  pruning.on_querier(true, false);
  query(kPorts, 3072s);
  clock.advance(60s);
  query(kPorts, 10s);
  EXPECT_EQ(pruning.next(kPorts, clock.now()), kNever) << "the second one is no chance yet";
  clock.advance(60s);
  query(kPorts, 10s);
  expect_change(10s + kAnswerGrace, kPorts, {});
}

TEST_F(Held, APortThatComesUpIsUntilItHasBeenAskedAsOften) {
  pruning.on_querier(true, false);
  query(kPorts, 10s);
  clock.advance(20s);
  query(kPorts, 10s);
  clock.advance(60s);
  pruning.on_link(5);
  EXPECT_FALSE(pruning.is_held());
  EXPECT_EQ(held(), kLate);
  EXPECT_EQ(pruning.next(kPorts, clock.now()), kNever) << "nobody has asked";
  query(kLate, 3s);
  clock.advance(60s);
  EXPECT_EQ(held(), kLate);
  query(kPorts, 4s);
  expect_change(4s + kAnswerGrace, kLate, {});
}

// RFC 9776 section 8.14.1. The network may double a message, and then one answer is all that there is.
TEST_F(Held, AQueryThatComesTwiceCountsOnce) {
  pruning.on_querier(true, false);
  query(kPorts, 10s);
  clock.advance(kAnswerGrace - 1ns);
  query(kPorts, 10s);
  clock.advance(60s);
  EXPECT_EQ(held(), kPorts);
  query(kPorts, 10s);
  expect_change(10s + kAnswerGrace, kPorts, {});
}

TEST_F(Held, ACopyDoesNotPutOffTheNextQuery) {
  pruning.on_querier(true, false);
  query(kPorts, 10s);
  clock.advance(kAnswerGrace - 1ns);
  query(kPorts, 10s);
  clock.advance(10s + 1ns);
  query(kPorts, 2s);
  expect_change(2s + kAnswerGrace, kPorts, {});
}

TEST_F(Held, AskedPortsAreReleasedAlone) {
  pruning.on_querier(true, true);
  for (int n = 0; n < 3; ++n) {
    clock.advance(20s);
    query(kLate, 1s);
  }
  expect_change(1s + kAnswerGrace, kPorts, kPorts & ~kLate);
}

TEST_F(Held, WhenTheQuerierGoesAllPortsAreAgainFromTheBeginning) {
  pruning.on_querier(true, false);
  query(kPorts, 10s);
  clock.advance(20s);
  query(kPorts, 10s);
  clock.advance(300s);
  EXPECT_EQ(held(), PortSet{});
  pruning.on_querier(false, false);
  EXPECT_TRUE(pruning.is_held());
  EXPECT_EQ(held(), kPorts);
  pruning.on_querier(true, false);
  query(kPorts, 10s);
  clock.advance(300s);
  EXPECT_EQ(held(), kPorts) << "the queries of the one before do not count";
  query(kPorts, 2s);
  expect_change(2s + kAnswerGrace, kPorts, {});
}

TEST_F(Held, TheQueriesOfADeadQuerierCountForTheOneThatTakesOver) {
  pruning.on_querier(true, false);
  query(kPorts, 10s);
  clock.advance(20s);
  query(kPorts, 10s);
  clock.advance(20s);
  query(kPorts, 10s);
  clock.advance(300s);
  pruning.on_querier(true, true);
  EXPECT_EQ(held(), PortSet{});
}

}  // namespace
}  // namespace mcswitch::membership

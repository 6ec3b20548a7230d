// SPDX-License-Identifier: BSD-3-Clause
//
// Held pruning: each sentence of its contract.

#include "membership/held_pruning.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;

const PortSet kPorts{0b1011'0100};  // 2, 4, 5, 7
const PortSet kLate = PortSet::of(5);

TEST(HeldPruning, HoldsAllWithoutAQuerier) {
  ManualClock clock;
  HeldPruning pruning;
  pruning.on_general_query(kPorts, 10s, clock.now());
  clock.advance(1000s);
  EXPECT_TRUE(pruning.is_held(clock.now()));
  EXPECT_EQ(pruning.held(kPorts, clock.now()), kPorts);
  EXPECT_EQ(pruning.next(kPorts, clock.now()), kNever);
}

TEST(HeldPruning, ReleasesOneQueryResponseIntervalAfterTheQuerierIsKnown) {
  ManualClock clock;
  HeldPruning pruning;
  pruning.on_querier_known(true, 10s, clock.now());
  pruning.on_general_query(kPorts, 10s, clock.now());
  EXPECT_EQ(pruning.next(kPorts, clock.now()), clock.now() + 10s);
  clock.advance(10s - 1ns);
  EXPECT_EQ(pruning.held(kPorts, clock.now()), kPorts);
  clock.advance(1ns);
  EXPECT_FALSE(pruning.is_held(clock.now()));
  EXPECT_TRUE(pruning.held(kPorts, clock.now()).empty());
  EXPECT_EQ(pruning.next(kPorts, clock.now()), kNever);
}

TEST(HeldPruning, FurtherQueriesDoNotProlongIt) {
  ManualClock clock;
  HeldPruning pruning;
  pruning.on_querier_known(true, 10s, clock.now());
  pruning.on_general_query(kPorts, 10s, clock.now());
  clock.advance(9s);
  pruning.on_querier_known(true, 10s, clock.now());
  pruning.on_general_query(kPorts, 10s, clock.now());
  clock.advance(1s);
  EXPECT_TRUE(pruning.held(kPorts, clock.now()).empty());
}

TEST(HeldPruning, APortThatComesUpIsHeldUntilItHasBeenAskedAndHasHadTimeToAnswer) {
  ManualClock clock;
  HeldPruning pruning;
  pruning.on_querier_known(true, 10s, clock.now());
  pruning.on_general_query(kPorts, 10s, clock.now());
  clock.advance(60s);
  pruning.on_link(5);
  EXPECT_FALSE(pruning.is_held(clock.now()));
  EXPECT_EQ(pruning.held(kPorts, clock.now()), kLate);
  clock.advance(60s);  // nobody asks: it stays held
  EXPECT_EQ(pruning.held(kPorts, clock.now()), kLate);
  pruning.on_general_query(kPorts, 3s, clock.now());
  EXPECT_EQ(pruning.next(kPorts, clock.now()), clock.now() + 3s);
  clock.advance(3s - 1ns);
  EXPECT_EQ(pruning.held(kPorts, clock.now()), kLate);
  clock.advance(1ns);
  EXPECT_TRUE(pruning.held(kPorts, clock.now()).empty());
}

TEST(HeldPruning, WhenTheQuerierGoesAllIsHeldAgainAndABareSignOfLifeDoesNotReleaseThePorts) {
  ManualClock clock;
  HeldPruning pruning;
  pruning.on_querier_known(true, 10s, clock.now());
  pruning.on_general_query(kPorts, 10s, clock.now());
  clock.advance(300s);
  pruning.on_querier_known(false, 10s, clock.now());
  EXPECT_EQ(pruning.held(kPorts, clock.now()), kPorts);
  clock.advance(50s);
  pruning.on_querier_known(true, 1s, clock.now());  // a specific query, say
  clock.advance(20s);
  EXPECT_FALSE(pruning.is_held(clock.now()));
  EXPECT_EQ(pruning.held(kPorts, clock.now()), kPorts);
  pruning.on_general_query(kPorts, 10s, clock.now());
  clock.advance(10s);
  EXPECT_TRUE(pruning.held(kPorts, clock.now()).empty());
}

}  // namespace
}  // namespace mcswitch::membership

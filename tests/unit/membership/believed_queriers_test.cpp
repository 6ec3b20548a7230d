// SPDX-License-Identifier: BSD-3-Clause
//
// Whose queries count: of somebody without an address, and specific ones (docs/forwarding.md, "Who is
// believed").

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "membership/querier.hpp"
#include "support/manual_clock.hpp"

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr IpAddress kOurs = Ipv4Address::of(10, 0, 0, 20);
constexpr IpAddress kBelow = Ipv4Address::of(10, 0, 0, 9);
constexpr IpAddress kAbove = Ipv4Address::of(10, 0, 1, 1);
constexpr IpAddress kUnnumbered = kUnspecifiedV4;

HeardQuery heard_from(const IpAddress& source, std::uint8_t version) {
  return {.source = source, .version = version};
}

Querier::Settings asking(const IpAddress& own = kOurs) {
  Querier::Settings settings;
  settings.active = true;
  settings.address = own;
  settings.intervals.version = 2;
  return settings;
}
Querier::Settings listening() {
  Querier::Settings settings;
  settings.intervals.version = 2;
  return settings;
}

// --- without an address (RFC 4541 section 2.1.1(1b)) ----------------------------------------------------

TEST(Querier, From0000AQueryCountsForNothingWhileSomebodyWithAnAddressIsKnown) {
  ManualClock clock;
  Querier querier{listening()};
  querier.start(clock.now());
  EXPECT_TRUE(querier.counts(kUnnumbered));
  querier.on_query(heard_from(kUnnumbered, 2), clock.now());
  EXPECT_TRUE(querier.believes(0, kUnnumbered, clock.now()));
  clock.advance(10s);
  querier.on_query(heard_from(kAbove, 2), clock.now());
  EXPECT_FALSE(querier.counts(kUnnumbered));
  EXPECT_FALSE(querier.believes(0, kUnnumbered, clock.now()));
  clock.advance(100s);
  querier.on_query(heard_from(kUnnumbered, 2), clock.now());
  EXPECT_FALSE(querier.believes(0, kUnnumbered, clock.now()));
  EXPECT_EQ(querier.expires(), clock.now() + 155s);
  clock.advance(155s);
  EXPECT_THAT(querier.on_time(clock.now()), ElementsAre(Effect{RoleChanged{Role::off}}));
  EXPECT_TRUE(querier.counts(kUnnumbered));
}

TEST(Querier, With0000AsItsOwnAddressItLetsAnotherOfThemCount) {
  ManualClock clock;
  Querier numbered{asking()};
  numbered.start(clock.now());
  EXPECT_FALSE(numbered.counts(kUnnumbered));
  Querier unnumbered{asking(kUnnumbered)};
  unnumbered.start(clock.now());
  EXPECT_TRUE(unnumbered.counts(kUnnumbered));
  EXPECT_THAT(unnumbered.on_query(heard_from(kUnnumbered, 2), clock.now()), IsEmpty());
  EXPECT_TRUE(unnumbered.is_querier());
  EXPECT_TRUE(unnumbered.believes(0, kUnnumbered, clock.now()));
  EXPECT_EQ(unnumbered.expires(), kNever);
}

// --- whose specific queries count (RFC 2236 section 10, R2236-81) ---------------------------------------

TEST(Querier, BelievesWhomItHasHeardOnThatPortForAsLongAsThatOneCounts) {
  ManualClock clock;
  Querier querier{asking()};
  querier.start(clock.now());
  EXPECT_FALSE(querier.believes(3, kAbove, clock.now()));
  querier.on_query({.port = 3, .source = kAbove}, clock.now());
  EXPECT_TRUE(querier.is_querier());
  EXPECT_TRUE(querier.believes(3, kAbove, clock.now()));
  EXPECT_FALSE(querier.believes(4, kAbove, clock.now()));
  EXPECT_FALSE(querier.believes(3, kBelow, clock.now()));
  clock.advance(255s - 1ns);
  EXPECT_TRUE(querier.believes(3, kAbove, clock.now()));
  clock.advance(1ns);
  EXPECT_FALSE(querier.believes(3, kAbove, clock.now()));
}

TEST(Querier, ForgetsWhomItHasHeardWithTheLink) {
  ManualClock clock;
  Querier querier{listening()};
  querier.on_query({.port = 3, .source = kBelow}, clock.now());
  querier.on_query({.port = 4, .source = kBelow}, clock.now());
  querier.on_link_down(3);
  EXPECT_FALSE(querier.believes(3, kBelow, clock.now()));
  EXPECT_TRUE(querier.believes(4, kBelow, clock.now()));
}

// What is made up on one port costs nobody elsewhere its place.
TEST(Querier, RemembersEightOfAPort) {
  ManualClock clock;
  Querier querier{listening()};
  querier.on_query({.port = 3, .source = kBelow}, clock.now());
  for (std::uint8_t n = 0; n < 100; ++n) {
    querier.on_query({.port = 4, .source = Ipv4Address::of(10, 0, 9, n)}, clock.now());
    querier.on_query({.port = 4, .source = kAbove}, clock.now());
  }
  EXPECT_TRUE(querier.believes(3, kBelow, clock.now()));
  EXPECT_TRUE(querier.believes(4, kAbove, clock.now()));
  EXPECT_TRUE(querier.believes(4, Ipv4Address::of(10, 0, 9, 93), clock.now()));
  EXPECT_FALSE(querier.believes(4, Ipv4Address::of(10, 0, 9, 92), clock.now()));
}

}  // namespace
}  // namespace mcswitch::membership

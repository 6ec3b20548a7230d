// SPDX-License-Identifier: BSD-3-Clause

#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

TEST(ManualClock, StartsAtATimeThatIsNotZero) { EXPECT_NE(ManualClock{}.now(), TimePoint{}); }

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock;
  const TimePoint start = clock.now();
  EXPECT_EQ(clock.now(), start);
  EXPECT_EQ(clock.advance(31250ms), start + 31250ms);
  EXPECT_EQ(clock.now(), start + 31250ms);
}

}  // namespace
}  // namespace mcswitch::test

// SPDX-License-Identifier: BSD-3-Clause

#include "base/time.hpp"

#include <gtest/gtest.h>

namespace mcswitch {
namespace {

using namespace std::chrono_literals;

TEST(Stamp, IsTheTimeInNanoseconds) {
  const TimePoint t{1h + 7ns};
  EXPECT_EQ(stamp_at(t), 3'600'000'000'007U);
  EXPECT_EQ(time_of(stamp_at(t)), t);
}

TEST(Stamp, RisesWithTime) {
  const TimePoint t{5min};
  EXPECT_LT(stamp_at(t), stamp_at(t + 1ns));
}

TEST(SwitchClock, NeverIsLaterThanAnyTime) { EXPECT_GT(kNever, TimePoint{24h * 365 * 200}); }

}  // namespace
}  // namespace mcswitch

// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/skew_meter.hpp"

#include <gtest/gtest.h>

namespace mcswitch::bench {
namespace {

TEST(BenchSkewMeter, IsTheTimeFromTheFirstReplicaToTheLast) {
  SkewMeter meter{3};
  std::uint64_t skew = 0;
  EXPECT_FALSE(meter.saw(9, 1000, skew));
  EXPECT_FALSE(meter.saw(9, 1030, skew));
  ASSERT_TRUE(meter.saw(9, 1100, skew));
  EXPECT_EQ(skew, 100U);
}

// Bursts go out port by port: all frames by the first port, then all of them by the second.
TEST(BenchSkewMeter, FramesOfABurstAreKeptApart) {
  SkewMeter meter{2};
  std::uint64_t skew = 0;
  for (std::uint64_t number = 0; number < 32; ++number) {
    EXPECT_FALSE(meter.saw(number, 500 + number, skew));
  }
  for (std::uint64_t number = 0; number < 32; ++number) {
    ASSERT_TRUE(meter.saw(number, 700 + 2 * number, skew));
    EXPECT_EQ(skew, 200 + number);
  }
}

TEST(BenchSkewMeter, WithOneReplicaThereIsNone) {
  SkewMeter meter{1};
  std::uint64_t skew = 77;
  ASSERT_TRUE(meter.saw(5, 1000, skew));
  EXPECT_EQ(skew, 0U);
}

TEST(BenchSkewMeter, AFrameThatLacksAReplicaDoesNotMixWithTheOneThatTakesItsSlot) {
  SkewMeter meter{2};
  std::uint64_t skew = 0;
  EXPECT_FALSE(meter.saw(3, 100, skew));
  EXPECT_FALSE(meter.saw(3 + SkewMeter::kWindow, 9000, skew));
  ASSERT_TRUE(meter.saw(3 + SkewMeter::kWindow, 9050, skew));
  EXPECT_EQ(skew, 50U);
}

}  // namespace
}  // namespace mcswitch::bench

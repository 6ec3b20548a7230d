// SPDX-License-Identifier: BSD-3-Clause
//
// The statistics of the times that were measured.

#include "interfaces/samples.hpp"

#include <gtest/gtest.h>

namespace mcswitch::bench::interfaces {
namespace {

// 1 to `count` microseconds, the largest first.
Samples one_to(int count) {
  Samples samples;
  for (int n = count; n > 0; --n) {
    samples.add(n * kMicrosecond);
  }
  return samples;
}

TEST(Samples, PercentileIsAValueThatEnoughOfAllDoNotExceed) {
  Samples samples = one_to(40);
  EXPECT_EQ(samples.percentile(0.5), 20);
  EXPECT_EQ(samples.percentile(0.95), 38);
  EXPECT_EQ(samples.percentile(0.99), 40);
  EXPECT_EQ(samples.percentile(1), 40);
  EXPECT_EQ(samples.percentile(0.001), 1);
}

TEST(Samples, AOneOffCountsInTheMaximumOnly) {
  Samples samples = one_to(1000);
  samples.add(7 * kSecond);
  EXPECT_EQ(samples.percentile(0.999), 1000);
  EXPECT_EQ(samples.percentile(1), 7e6);
}

TEST(Samples, NothingIsKnownOfNone) {
  Samples samples;
  EXPECT_TRUE(std::holds_alternative<std::monostate>(samples.percentile_cell(0.5)));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(samples.summary_cell()));
  EXPECT_TRUE(samples.series("").points.empty());
}

TEST(Samples, ValuesAfterAQuestionCountAsWell) {
  Samples samples = one_to(3);
  EXPECT_EQ(samples.percentile(1), 3);
  samples.add(2 * kMicrosecond);
  samples.add(500);
  EXPECT_EQ(samples.percentile(0.01), 0.5);
  EXPECT_EQ(std::get<Summary>(samples.summary_cell()).count, 5U);
}

}  // namespace
}  // namespace mcswitch::bench::interfaces

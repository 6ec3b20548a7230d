// SPDX-License-Identifier: BSD-3-Clause

#include "report/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace mcswitch::bench {
namespace {

// The definition, over all values.
std::uint64_t true_percentile(std::vector<std::uint64_t> values, double share) {
  std::sort(values.begin(), values.end());
  const auto wanted = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[wanted - 1];
}

TEST(BenchHistogram, SmallValuesAreKnownExactly) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) {
    histogram.record(value);
  }
  EXPECT_EQ(histogram.count(), 100U);
  EXPECT_EQ(histogram.percentile(0.01), 1U);
  EXPECT_EQ(histogram.percentile(0.50), 50U);
  EXPECT_EQ(histogram.percentile(0.99), 99U);
  EXPECT_EQ(histogram.percentile(1.0), 100U);
}

TEST(BenchHistogram, APercentileIsNotBelowTheTrueOneAndAtMostASixtyFourthAbove) {
  std::mt19937_64 random{4};
  const auto histogram = std::make_unique<Histogram>();
  std::vector<std::uint64_t> values;
  for (int n = 0; n < 100'000; ++n) {
    // From tens to 2^40, as many of each length.
    const std::uint64_t value = random() >> (24 + random() % 34);
    values.push_back(value);
    histogram->record(value);
  }
  for (const double share : {0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const std::uint64_t exact = true_percentile(values, share);
    EXPECT_GE(histogram->percentile(share), exact) << share;
    EXPECT_LE(histogram->percentile(share), exact + exact / 64) << share;
  }
}

TEST(BenchHistogram, TheMaximumIsExactAndNoPercentileIsAboveIt) {
  Histogram histogram;
  histogram.record(1'000'000'007);
  histogram.record(3);
  EXPECT_EQ(histogram.maximum(), 1'000'000'007U);
  EXPECT_EQ(histogram.percentile(1.0), 1'000'000'007U);
  EXPECT_EQ(histogram.percentile(0.5), 3U);
}

// One slow frame in a thousand is not in p99 and is in p99.9 only from the second on.
TEST(BenchHistogram, OneOutlierInAThousandIsTheMaximumAndNotTheP999) {
  Histogram histogram;
  for (int n = 0; n < 999; ++n) {
    histogram.record(20);
  }
  histogram.record(50'000);
  EXPECT_EQ(histogram.percentile(0.99), 20U);
  EXPECT_EQ(histogram.percentile(0.999), 20U);
  histogram.record(50'000);
  EXPECT_EQ(histogram.percentile(0.999), 50'000U);
}

TEST(BenchHistogram, TakesTheLargestValueThereIs) {
  Histogram histogram;
  histogram.record(UINT64_MAX);
  EXPECT_EQ(histogram.percentile(0.5), UINT64_MAX);
}

TEST(BenchHistogram, OfNothingEverythingIsZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.percentile(0.5), 0U);
  EXPECT_EQ(histogram.maximum(), 0U);
}

}  // namespace
}  // namespace mcswitch::bench

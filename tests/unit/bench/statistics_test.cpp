// SPDX-License-Identifier: BSD-3-Clause

#include "report/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace mcswitch::bench {
namespace {

// 1 to n, shuffled.
std::vector<double> numbers(std::size_t n) {
  std::vector<double> values;
  for (std::size_t i = 1; i <= n; ++i) {
    values.push_back(static_cast<double>(i));
  }
  std::shuffle(values.begin(), values.end(), std::mt19937{7});
  return values;
}

TEST(BenchStatistics, MedianOfAnOddNumberIsTheMiddleOne) {
  const Summary s = summarize({30, 10, 20});
  EXPECT_EQ(s.minimum, 10);
  EXPECT_EQ(s.median, 20);
  EXPECT_EQ(s.maximum, 30);
  EXPECT_EQ(s.count, 3U);
}

TEST(BenchStatistics, MedianOfAnEvenNumberIsBetweenTheMiddleTwo) {
  EXPECT_EQ(summarize({40, 10, 30, 20}).median, 25);
}

TEST(BenchStatistics, OneValueIsEverything) {
  const Summary s = summarize({7.5});
  EXPECT_EQ(s.minimum, 7.5);
  EXPECT_EQ(s.low, 7.5);
  EXPECT_EQ(s.median, 7.5);
  EXPECT_EQ(s.high, 7.5);
  EXPECT_EQ(s.maximum, 7.5);
}

// Ranks as in tables of the sign test: 95 % or more, and the shortest interval that has it.
TEST(BenchStatistics, IntervalHasTheRanksOfTheSignTest) {
  struct Row {
    std::size_t count;
    double low, high;
  };
  for (const Row& row : {Row{6, 1, 6}, Row{9, 2, 8}, Row{20, 6, 15}, Row{21, 6, 16}, Row{25, 8, 18},
                         Row{40, 14, 27}, Row{100, 40, 61}}) {
    const Summary s = summarize(numbers(row.count));
    EXPECT_EQ(s.low, row.low) << row.count;
    EXPECT_EQ(s.high, row.high) << row.count;
  }
}

TEST(BenchStatistics, BelowSixValuesTheIntervalIsTheWholeRange) {
  for (const std::size_t count : {2UL, 3UL, 5UL}) {
    const Summary s = summarize(numbers(count));
    EXPECT_EQ(s.low, s.minimum) << count;
    EXPECT_EQ(s.high, s.maximum) << count;
  }
}

// Where 2^-count is 0 in a double the ranks come from another formula, which has to agree.
TEST(BenchStatistics, ManyValuesHaveRanksThatFitTheNormalApproximation) {
  const std::size_t exact = values_below_interval(1000);
  EXPECT_NEAR(static_cast<double>(exact), 500 - 0.98 * std::sqrt(1000), 1.5);
  const std::size_t approximate = values_below_interval(2000);
  EXPECT_NEAR(static_cast<double>(approximate), 1000 - 0.98 * std::sqrt(2000), 1.5);
}

// Of medians of samples of 21, the interval misses the true one (0.5) at most five times in a hundred.
TEST(BenchStatistics, IntervalHoldsTheTrueMedianInNinetyFivePercentOfSamples) {
  std::mt19937 random{11};
  std::uniform_real_distribution<double> uniform;
  int missed = 0;
  for (int sample = 0; sample < 2000; ++sample) {
    std::vector<double> values(21);
    std::generate(values.begin(), values.end(), [&] { return uniform(random); });
    const Summary s = summarize(values);
    missed += s.low > 0.5 || s.high < 0.5;
  }
  EXPECT_LE(missed, 100);
  EXPECT_GE(missed, 20);  // 2.7 % are expected: it is not far too long either
}

}  // namespace
}  // namespace mcswitch::bench

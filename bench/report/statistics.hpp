// SPDX-License-Identifier: BSD-3-Clause
//
// The summary of a number of repetitions: minimum, median, maximum, and an interval that holds the median of
// what was sampled with 95 % probability or more, whatever the distribution: from one order statistic to
// another, the ranks by the binomial distribution. Below six values there is no such interval, and the whole
// range is given.

#pragma once

#include <cstddef>
#include <vector>

namespace mcswitch::bench {

struct Summary {
  double minimum = 0;
  double low = 0;  // of the 95 % interval of the median
  double median = 0;
  double high = 0;
  double maximum = 0;
  std::size_t count = 0;
};

// Of one or more values.
Summary summarize(std::vector<double> values);

// How many of `count` sorted values stand outside the interval at each end: values[n] to
// values[count - 1 - n] is the interval.
std::size_t values_below_interval(std::size_t count);

}  // namespace mcswitch::bench

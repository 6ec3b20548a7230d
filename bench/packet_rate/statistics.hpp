// SPDX-License-Identifier: BSD-3-Clause
//
// What is said of a number of repetitions: minimum, median, maximum, and an interval that holds the median
// with 95 % probability whatever the distribution (order statistics of the binomial distribution).

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace mcswitch::bench {

struct Summary {
  double minimum = 0;
  double low = 0;  // of the 95 % interval of the median
  double median = 0;
  double high = 0;
  double maximum = 0;
};

// Of one or more values.
inline Summary summarize(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const double median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  // Normal approximation of the ranks; with few values the whole range.
  const double half = 0.98 * std::sqrt(static_cast<double>(n));
  const double middle = static_cast<double>(n) / 2;
  const auto rank = [&](double r) {
    return static_cast<std::size_t>(std::clamp(r, 0.0, static_cast<double>(n - 1)));
  };
  return {.minimum = values.front(),
          .low = values[rank(std::floor(middle - half))],
          .median = median,
          .high = values[rank(std::ceil(middle + half))],
          .maximum = values.back()};
}

}  // namespace mcswitch::bench

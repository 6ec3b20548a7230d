// SPDX-License-Identifier: BSD-3-Clause

#include "report/statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mcswitch::bench {

std::size_t values_below_interval(std::size_t count) {
  // The median is below the n-th of `count` values with probability P(K <= n - 1), K binomial (count, 1/2).
  constexpr double kTail = 0.025;
  double term = std::pow(0.5, static_cast<double>(count));
  if (term == 0) {
    // More than a thousand: the normal approximation is good to a rank.
    const auto n = static_cast<double>(count);
    return static_cast<std::size_t>(n / 2 - 0.98 * std::sqrt(n)) - 1;
  }
  double below = term;
  std::size_t ranks = 0;
  while (below <= kTail && ranks < (count - 1) / 2) {
    ++ranks;
    term *= static_cast<double>(count - ranks + 1) / static_cast<double>(ranks);
    below += term;
  }
  return ranks == 0 ? 0 : ranks - (below > kTail ? 1 : 0);
}

Summary summarize(std::vector<double> values) {
  assert(!values.empty());
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const std::size_t outside = values_below_interval(n);
  return {.minimum = values.front(),
          .low = values[outside],
          .median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2,
          .high = values[n - 1 - outside],
          .maximum = values.back(),
          .count = n};
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause
//
// Samples: times that were measured, each of them kept, so that their statistics are exact.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "interfaces/clock.hpp"
#include "report/plot.hpp"
#include "report/report.hpp"

namespace mcswitch::bench::interfaces {

// A cell of a table; empty unless the value is known.
inline Cell cell_if(bool is_known, double value) {
  Cell cell;
  if (is_known) {
    cell = value;
  }
  return cell;
}

class Samples {
 public:
  void add(Nanoseconds t) { us_.push_back(to_us(t)); }
  [[nodiscard]] bool empty() const { return us_.empty(); }
  [[nodiscard]] std::size_t count() const { return us_.size(); }

  // Microseconds. Nearest rank: a value that was measured, of which at least the share `p`, above 0 and at
  // most 1, of all values is not larger. Not of no values.
  [[nodiscard]] double percentile(double p) {
    std::ranges::sort(us_);
    const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(us_.size()) - 1e-9));
    return us_[std::max<std::size_t>(rank, 1) - 1];
  }
  // As cells of a table: not known without values.
  [[nodiscard]] Cell percentile_cell(double p) { return cell_if(!empty(), empty() ? 0 : percentile(p)); }
  [[nodiscard]] Cell summary_cell() const { return empty() ? Cell{} : Cell{summarize(us_)}; }

  // For a plot: microseconds over per cent of the samples.
  [[nodiscard]] PlotSeries series(std::string name) {
    PlotSeries series{.name = std::move(name), .points = {}};
    for (const double p : {0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0}) {
      if (!empty()) {
        series.points.push_back({p * 100, exactly(percentile(p))});
      }
    }
    return series;
  }

 private:
  std::vector<double> us_;
};

}  // namespace mcswitch::bench::interfaces

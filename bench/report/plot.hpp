// SPDX-License-Identifier: BSD-3-Clause
//
// Plots as SVG: lines over numbers, or bars over names, each value with a whisker from its minimum to its
// maximum. Pure: a Plot in, a document out.

#pragma once

#include <string>
#include <vector>

#include "report/statistics.hpp"

namespace mcswitch::bench {

struct PlotPoint {
  double x = 0;  // lines: where; bars: number of the name in Plot::names, from 0
  Summary y;     // median drawn, minimum to maximum as whisker
};

struct PlotSeries {
  std::string name;  // in the legend
  std::vector<PlotPoint> points = {};
};

struct Plot {
  std::string title;
  std::string x_label = {};
  std::string y_label = {};
  std::vector<PlotSeries> series = {};  // at most six
  // Not empty: bars, one group for each name.
  std::vector<std::string> names = {};
  bool log_x = false;  // all x above 0
  bool log_y = false;  // all y above 0; else the axis begins at 0
};

// Of one value, without a spread.
inline Summary exactly(double value) { return {value, value, value, value, value, 1}; }

std::string svg_of(const Plot& plot);

}  // namespace mcswitch::bench

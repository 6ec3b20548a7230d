// SPDX-License-Identifier: BSD-3-Clause

#include "report/plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mcswitch::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

TEST(BenchPlot, TextThatIsNoMarkupIsEscaped) {
  const std::string svg = svg_of({.title = "a < b & c", .x_label = "x>y"});
  EXPECT_THAT(svg, HasSubstr("a &lt; b &amp; c"));
  EXPECT_THAT(svg, HasSubstr("x&gt;y"));
}

TEST(BenchPlot, BarsHaveABarForEachValueAndTheNamesBelow) {
  const std::string svg = svg_of(
      {.title = "t",
       .series = {{"one", {{0, exactly(5)}, {1, exactly(7)}}}, {"two", {{0, exactly(2)}, {1, exactly(3)}}}},
       .names = {"left", "right"}});
  // Background, two in the legend, four bars.
  EXPECT_EQ(count_of(svg, "<rect"), 7U);
  EXPECT_THAT(svg, HasSubstr(">left<"));
  EXPECT_THAT(svg, HasSubstr(">right<"));
}

TEST(BenchPlot, AValueWithSpreadHasAWhiskerAndOneWithoutHasNone) {
  const Plot calm{.title = "t", .series = {{"s", {{1, exactly(5)}, {2, exactly(10)}}}}};
  Plot spread = calm;
  spread.series[0].points[0].y.minimum = 1;
  spread.series[0].points[0].y.maximum = 9;
  EXPECT_EQ(count_of(svg_of(spread), "<line"), count_of(svg_of(calm), "<line") + 3);
}

// On a logarithmic axis equal ratios are equal distances: circles at 10, 100, 1000.
TEST(BenchPlot, ALogarithmicAxisHasDecadesAtEqualDistances) {
  const std::string svg =
      svg_of({.title = "t",
              .series = {{"s", {{10, exactly(1)}, {100, exactly(1)}, {1000, exactly(1)}}}},
              .log_x = true});
  EXPECT_THAT(svg, HasSubstr("cx=\"80.0\""));
  EXPECT_THAT(svg, HasSubstr("cx=\"430.0\""));
  EXPECT_THAT(svg, HasSubstr("cx=\"780.0\""));
}

TEST(BenchPlot, OfNothingIsAnEmptyPlotAndNotNonsense) {
  const std::string svg = svg_of({.title = "t", .series = {{"s", {}}}});
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(BenchPlot, ValuesThatAreAllAlikeHaveAnAxis) {
  const std::string svg = svg_of({.title = "t", .series = {{"s", {{3, exactly(0)}, {3, exactly(0)}}}}});
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

}  // namespace
}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include "report/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace mcswitch::bench {
namespace {

constexpr double kWidth = 800;
constexpr double kHeight = 460;
constexpr double kLeft = 80;
constexpr double kRight = 780;
constexpr double kTop = 74;
constexpr double kBottom = 390;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// The palette of Okabe and Ito: readable with colour blindness, too.
constexpr const char* kColors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// 1234567 as "1.2 M".
std::string short_number(double value) {
  for (const auto& [unit, name] : {std::pair{1e9, " G"}, std::pair{1e6, " M"}, std::pair{1e3, " k"}}) {
    if (std::abs(value) >= unit * 10 || (std::abs(value) >= unit && unit > 1e3)) {
      return fmt::format("{:.3g}{}", value / unit, name);
    }
  }
  return fmt::format("{:.4g}", value);
}

// One axis: from values to positions, and where its ticks stand.
class Axis {
 public:
  Axis(double low, double high, bool is_log, double from, double to) : is_log_{is_log}, from_{from}, to_{to} {
    if (is_log) {
      low_ = std::floor(std::log10(low) + 1e-9);
      high_ = std::max(std::ceil(std::log10(high) - 1e-9), low_ + 1);
      for (int n = 0; n <= static_cast<int>(high_ - low_); ++n) {
        ticks_.push_back(std::pow(10, low_ + n));
      }
      return;
    }
    if (high <= low) {
      high = low + 1;
    }
    const double rough = (high - low) / 6;
    const double unit = std::pow(10, std::floor(std::log10(rough)));
    const double step = unit * (rough / unit > 5 ? 10 : rough / unit > 2 ? 5 : rough / unit > 1 ? 2 : 1);
    low_ = std::floor(low / step) * step;
    high_ = std::ceil(high / step - 1e-9) * step;
    for (int n = 0; n <= static_cast<int>(std::lround((high_ - low_) / step)); ++n) {
      ticks_.push_back(low_ + n * step);
    }
  }

  [[nodiscard]] double at(double value) const {
    const double place = is_log_ ? std::log10(value) : value;
    return from_ + (place - low_) / (high_ - low_) * (to_ - from_);
  }
  [[nodiscard]] const std::vector<double>& ticks() const { return ticks_; }

 private:
  bool is_log_;
  double from_;
  double to_;
  double low_ = 0;
  double high_ = 1;
  std::vector<double> ticks_;
};

struct Bounds {
  double low_x = kInfinity;
  double high_x = -kInfinity;
  double low_y = kInfinity;
  double high_y = -kInfinity;
};

Bounds bounds_of(const Plot& plot) {
  Bounds b;
  for (const PlotSeries& series : plot.series) {
    for (const PlotPoint& point : series.points) {
      b.low_x = std::min(b.low_x, point.x);
      b.high_x = std::max(b.high_x, point.x);
      b.low_y = std::min(b.low_y, point.y.minimum);
      b.high_y = std::max(b.high_y, point.y.maximum);
    }
  }
  if (b.high_x < b.low_x) {
    b = {1, 10, 1, 10};
  }
  if (!plot.log_y) {
    b.low_y = std::min(b.low_y, 0.0);
  }
  return b;
}

class Drawing {
 public:
  void line(double x1, double y1, double x2, double y2, std::string_view color, double width = 1) {
    out_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
        x1, y1, x2, y2, color, width);
  }
  void text(double x, double y, std::string_view words, std::string_view anchor = "middle",
            std::string_view more = "") {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor,
                        more, escaped(words));
  }
  void bar(double x, double y, double width, double height, std::string_view color) {
    out_ += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
                        x, y, width, height, color);
  }
  void dot(double x, double y, std::string_view color) {
    out_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"{}\"/>\n", x, y, color);
  }
  // Minimum to maximum; nothing where there is no spread.
  void whisker(double x, double low, double high, std::string_view color) {
    if (std::abs(low - high) > 0.5) {
      line(x, low, x, high, color, 1.5);
      line(x - 5, low, x + 5, low, color, 1.5);
      line(x - 5, high, x + 5, high, color, 1.5);
    }
  }
  [[nodiscard]] std::string finished() const {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"sans-serif\" font-size=\"13\" fill=\"#222222\">\n"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n{2}</svg>\n",
        kWidth, kHeight, out_);
  }

 private:
  std::string out_;
};

void draw_frame(Drawing& drawing, const Plot& plot, const Axis& y) {
  drawing.text(kLeft, 26, plot.title, "start", " font-size=\"16\" font-weight=\"bold\"");
  for (const double tick : y.ticks()) {
    drawing.line(kLeft, y.at(tick), kRight, y.at(tick), "#dddddd");
    drawing.text(kLeft - 8, y.at(tick) + 4, short_number(tick), "end");
  }
  drawing.line(kLeft, kTop, kLeft, kBottom, "#222222");
  drawing.line(kLeft, kBottom, kRight, kBottom, "#222222");
  drawing.text((kLeft + kRight) / 2, kHeight - 16, plot.x_label);
  drawing.text(20, (kTop + kBottom) / 2, plot.y_label, "middle",
               fmt::format(" transform=\"rotate(-90 20 {:.1f})\"", (kTop + kBottom) / 2));
  double x = kLeft;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    drawing.bar(x, 44, 12, 12, kColors[i % std::size(kColors)]);
    drawing.text(x + 18, 55, plot.series[i].name, "start");
    x += 40 + 7.5 * static_cast<double>(plot.series[i].name.size());
  }
}

void draw_bars(Drawing& drawing, const Plot& plot, const Axis& y) {
  const double group = (kRight - kLeft) / static_cast<double>(plot.names.size());
  const double width = std::min(group * 0.8 / static_cast<double>(plot.series.size()), 80.0);
  const double all = width * static_cast<double>(plot.series.size());
  for (std::size_t n = 0; n < plot.names.size(); ++n) {
    // In two lines, where there is a comma to break at.
    const std::string_view name = plot.names[n];
    const std::size_t comma = name.find(", ");
    const double middle = kLeft + group * (static_cast<double>(n) + 0.5);
    drawing.text(middle, kBottom + 20, name.substr(0, comma));
    if (comma != std::string_view::npos) {
      drawing.text(middle, kBottom + 38, name.substr(comma + 2));
    }
  }
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    for (const PlotPoint& point : plot.series[i].points) {
      const double left = kLeft + group * (point.x + 0.5) - all / 2 + width * static_cast<double>(i);
      const double top = y.at(point.y.median);
      drawing.bar(left + 1, top, width - 2, kBottom - top, kColors[i % std::size(kColors)]);
      drawing.whisker(left + width / 2, y.at(point.y.minimum), y.at(point.y.maximum), "#222222");
    }
  }
}

void draw_lines(Drawing& drawing, const Plot& plot, const Axis& x, const Axis& y) {
  for (const double tick : x.ticks()) {
    drawing.line(x.at(tick), kBottom, x.at(tick), kBottom + 5, "#222222");
    drawing.text(x.at(tick), kBottom + 20, short_number(tick));
  }
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const char* color = kColors[i % std::size(kColors)];
    const PlotPoint* last = nullptr;
    for (const PlotPoint& point : plot.series[i].points) {
      if (last != nullptr) {
        drawing.line(x.at(last->x), y.at(last->y.median), x.at(point.x), y.at(point.y.median), color, 2);
      }
      last = &point;
      drawing.whisker(x.at(point.x), y.at(point.y.minimum), y.at(point.y.maximum), color);
      drawing.dot(x.at(point.x), y.at(point.y.median), color);
    }
  }
}

}  // namespace

std::string svg_of(const Plot& plot) {
  const Bounds b = bounds_of(plot);
  const Axis y{b.low_y, b.high_y, plot.log_y, kBottom, kTop};
  Drawing drawing;
  draw_frame(drawing, plot, y);
  if (plot.names.empty()) {
    draw_lines(drawing, plot, Axis{b.low_x, b.high_x, plot.log_x, kLeft, kRight}, y);
  } else {
    draw_bars(drawing, plot, y);
  }
  return drawing.finished();
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/latency_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

constexpr double kSecondsPerRun = 0.02;
constexpr unsigned kThroughputRuns = 3;
// Places in a row.
constexpr std::size_t kWhat = 1;
constexpr std::size_t kLoad = 2;
constexpr std::size_t kBackground = 3;
constexpr std::size_t kP50 = 4;

}  // namespace

Table& latency_table(Report& report, std::string test, std::string_view section, std::string_view about) {
  return report.table(std::move(test), section, about,
                      {text("name", ""), hidden("what"), hidden("load_percent"), hidden("background_percent"),
                       range("p50_ns", "p50", 0), range("p99_ns", "p99", 0), range("p999_ns", "p99.9", 0),
                       range("maximum_ns", "max", 0)});
}

void LatencyRows::Samples::add(const Percentiles& p) {
  p50.push_back(p.p50);
  p99.push_back(p.p99);
  p999.push_back(p.p999);
  maximum.push_back(p.maximum);
}

void LatencyRows::add(const LatencyRun& run) {
  ports_.resize(run.ports.size());
  for (std::size_t n = 0; n < run.ports.size(); ++n) {
    ports_[n].add(run.ports[n]);
  }
  skew_.add(run.skew);
}

void LatencyRows::add_row(Table& table, const std::string& name, const std::string& what, double load_percent,
                          double background_percent, const Samples& samples) {
  table.add({fmt::format("{}, {}", name, what), what, load_percent, background_percent,
             summarize(samples.p50), summarize(samples.p99), summarize(samples.p999),
             summarize(samples.maximum)});
}

void LatencyRows::add_to(Table& table, const std::string& name, double load_percent,
                         double background_percent) const {
  for (std::size_t n = 0; n < ports_.size(); ++n) {
    add_row(table, name, fmt::format("port {}", n + 1), load_percent, background_percent, ports_[n]);
  }
  add_row(table, name, "first to last", load_percent, background_percent, skew_);
}

void LatencyRows::add_last_to(Table& table, const std::string& name, double load_percent) const {
  add_row(table, name, fmt::format("ceiling, port {}", ports_.size()), load_percent, 0, ports_.back());
}

double median_throughput(LatencyBench& bench, const TestOptions& options) {
  const std::uint64_t frames = std::max<std::uint64_t>(options.frames / 4, 5000);
  bench.throughput(frames);
  std::vector<double> rates;
  for (unsigned n = 0; n < kThroughputRuns; ++n) {
    rates.push_back(bench.throughput(frames));
  }
  return summarize(rates).median;
}

std::uint64_t latency_frames(double per_second, const TestOptions& options) {
  return std::min(static_cast<std::uint64_t>(per_second * kSecondsPerRun) + 1000, options.frames);
}

Plot latency_plot(const Table& table, PlotBy by, std::string title, std::string x_label) {
  Plot plot{
      .title = std::move(title), .x_label = std::move(x_label), .y_label = "nanoseconds", .log_y = true};
  plot.series = {{.name = "p50"}, {.name = "p99"}, {.name = "p99.9"}, {.name = "max"}};
  for (const Table::Row& row : table.rows()) {
    if (std::get<std::string>(row[kWhat]) != "port 1") {
      continue;
    }
    const double x = std::get<double>(row[by == PlotBy::load ? kLoad : kBackground]);
    for (std::size_t n = 0; n < plot.series.size(); ++n) {
      plot.series[n].points.push_back({x, std::get<Summary>(row[kP50 + n])});
    }
  }
  return plot;
}

}  // namespace mcswitch::bench

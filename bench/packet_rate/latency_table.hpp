// SPDX-License-Identifier: BSD-3-Clause
//
// How latencies are reported: a row for each egress port and one for the skew, over repetitions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "packet_rate/latency_run.hpp"
#include "packet_rate/test.hpp"

namespace mcswitch::bench {

Table& latency_table(Report& report, std::string test, std::string_view section, std::string_view about);

// Repetitions of one row each.
class LatencyRows {
 public:
  void add(const LatencyRun& run);
  // `load_percent` of the measured stream, `background_percent` of the background stream.
  void add_to(Table& table, const std::string& name, double load_percent, double background_percent) const;
  // The ceiling's: the last port says enough.
  void add_last_to(Table& table, const std::string& name, double load_percent) const;

 private:
  struct Samples {
    std::vector<double> p50;
    std::vector<double> p99;
    std::vector<double> p999;
    std::vector<double> maximum;
    void add(const Percentiles& p);
  };
  static void add_row(Table& table, const std::string& name, const std::string& what, double load_percent,
                      double background_percent, const Samples& samples);

  std::vector<Samples> ports_;
  Samples skew_;
};

// Median of a few runs; ingress frames a second.
double median_throughput(LatencyBench& bench, const TestOptions& options);
// For some 20 ms at this rate, less in quick runs.
std::uint64_t latency_frames(double per_second, const TestOptions& options);

// Of the first egress port, by load, or by background.
enum class PlotBy : std::uint8_t { load, background };
Plot latency_plot(const Table& table, PlotBy by, std::string title, std::string x_label);

}  // namespace mcswitch::bench

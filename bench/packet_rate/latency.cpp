// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "packet_rate/latency_table.hpp"
#include "packet_rate/test.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

struct Options {
  LatencyCase what = {};
  std::vector<unsigned> shares{10, 50, 90};
};

void run(const Options& own, const TestOptions& options, Report& report) {
  LatencyBench bench{own.what, options.worker_lcore};
  const double top = median_throughput(bench, options);
  Table& table = latency_table(
      report, "latency", "RFC 3918 section 5.1",
      fmt::format("{} groups, {} bytes, F={}; shares of {:.1f} M frames/s in; ns from due to sent",
                  own.what.groups, own.what.size + 4, own.what.fan_out, top / 1e6));
  for (const unsigned share : own.shares) {
    LatencyRows rows;
    LatencyRows ceiling;
    for (unsigned n = 0; n < options.pairs; ++n) {
      report.progress().show(fmt::format("latency, {} %: {}/{}", share, n + 1, options.pairs));
      const double rate = top * share / 100;
      rows.add(bench.run(rate, latency_frames(rate, options)));
      ceiling.add(bench.run_ceiling(rate, latency_frames(rate, options)));
    }
    rows.add_to(table, fmt::format("{} %", share), share, 0);
    ceiling.add_last_to(table, fmt::format("{} %", share), share);
  }
  report.plot("latency", latency_plot(table, PlotBy::load, "Forwarding latency, first egress port",
                                      "load, % of throughput"));
}

}  // namespace

Test latency_test() {
  const auto own = std::make_shared<Options>();
  return {.name = "latency",
          .section = "RFC 3918 sections 5.1 and 5.2",
          .about =
              "forwarding latency of each egress port and skew between replicas, at shares of the throughput",
          .run = [own](const TestOptions& options, Report& report) { run(*own, options, report); },
          .add_options =
              [own](CLI::App& app) {
                app.add_option("--fan-out", own->what.fan_out, "egress ports")->check(CLI::Range(1, 31));
                app.add_option("--size", own->what.size, "bytes of a frame without FCS")
                    ->check(CLI::Range(60, 9014));
                app.add_option("--groups", own->what.groups)->check(CLI::Range(1U, 1U << 20));
                app.add_option("--shares", own->shares, "percent of the throughput, with commas between")
                    ->delimiter(',')
                    ->check(CLI::Range(1U, 100U));
              }};
}

}  // namespace mcswitch::bench

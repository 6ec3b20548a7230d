// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include "packet_rate/delay_run.hpp"
#include "packet_rate/latency_table.hpp"
#include "packet_rate/test.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

// Percent of what the worker takes of the background alone.
constexpr unsigned kBackgroundShares[] = {0, 50, 80};
constexpr double kStreamShare = 0.05;
constexpr std::uint32_t kRoundsPerPair = 50;

void run_latency(const TestOptions& options, Report& report) {
  LatencyBench bench{{.with_background = true}, options.worker_lcore};
  const double top = median_throughput(bench, options);
  const double background = bench.background().throughput(std::max<std::uint64_t>(options.frames / 4, 5000));
  Table& table = latency_table(
      report, "load-latency", "RFC 3918 section 8.1",
      fmt::format("as latency, at 5 % of {:.1f} M frames/s; beside it 100 groups from another port to 4 "
                  "others, shares of {:.1f} M frames/s",
                  top / 1e6, background / 1e6));
  for (const unsigned share : kBackgroundShares) {
    LatencyRows rows;
    for (unsigned n = 0; n < options.pairs; ++n) {
      report.progress().show(fmt::format("load, latency beside {} %: {}/{}", share, n + 1, options.pairs));
      const double rate = top * kStreamShare;
      rows.add(bench.run(rate, latency_frames(rate, options), background * share / 100));
    }
    rows.add_to(table, fmt::format("beside {} %", share), kStreamShare * 100, share);
  }
  report.plot("load-latency", latency_plot(table, PlotBy::background, "Latency under load, first egress port",
                                           "other stream, % of its throughput"));
}

void run_join(const TestOptions& options, Report& report) {
  Table& table =
      report.table("load-join-delay", "RFC 3918 section 8.2",
                   "as join-delay, a frame every us, beside 100 groups from another port to 4 others",
                   {text("name", ""), hidden("background_percent"), hidden("rounds"),
                    range("join_delay_ns", "delay ns", 0)});
  for (const unsigned share : kBackgroundShares) {
    report.progress().show(fmt::format("load, join delay beside {} %", share));
    DelayCase what{.script = {.rounds = kRoundsPerPair * options.pairs},
                   .background_share = static_cast<double>(share) / 100};
    const DelayRun run = run_join_delay(what, options.worker_lcore);
    table.add({fmt::format("beside {} %", share), static_cast<double>(share),
               static_cast<double>(what.script.rounds), summarize(run.delays_ns)});
  }
}

void run(const TestOptions& options, Report& report) {
  run_latency(options, report);
  run_join(options, report);
}

}  // namespace

Test load_test() {
  return {.name = "load",
          .section = "RFC 3918 sections 8.1 and 8.2",
          .about = "forwarding latency and group join delay while a stream runs on other ports",
          .run = run};
}

}  // namespace mcswitch::bench

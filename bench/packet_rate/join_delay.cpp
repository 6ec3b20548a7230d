// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include "packet_rate/delay_run.hpp"
#include "packet_rate/test.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

constexpr std::uint32_t kRoundsPerPair = 100;

void run(const TestOptions& options, Report& report) {
  Table& table =
      report.table("join-delay", "RFC 3918 section 6.1",
                   "version 2 report received to first frame sent, the stream running, control thread beside",
                   {text("name", ""), hidden("stream_per_second"), hidden("rounds"),
                    range("join_delay_ns", "delay ns", 0)});
  Plot plot{.title = "Group join delay",
            .x_label = "stream, frames a second",
            .y_label = "nanoseconds",
            .series = {{.name = "report received to first frame sent"}},
            .log_x = true,
            .log_y = true};
  for (const double rate : {1e5, 1e6, 5e6}) {
    report.progress().show(fmt::format("join-delay: {} frames/s", rate));
    DelayCase what{.script = {.rounds = kRoundsPerPair * options.pairs}, .stream_per_second = rate};
    const DelayRun run = run_join_delay(what, options.worker_lcore);
    table.add({fmt::format("a frame every {:.1f} us", 1e6 / rate), rate,
               static_cast<double>(what.script.rounds), summarize(run.delays_ns)});
    plot.series[0].points.push_back({rate, summarize(run.delays_ns)});
  }
  report.plot("join-delay", plot);
}

}  // namespace

Test join_delay_test() {
  return {.name = "join-delay",
          .section = "RFC 3918 section 6.1",
          .about = "group join delay: from a report to the first frame of a stream that is running",
          .run = run};
}

}  // namespace mcswitch::bench

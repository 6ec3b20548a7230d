// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include "packet_rate/delay_run.hpp"
#include "packet_rate/test.hpp"

namespace mcswitch::bench {
namespace {

constexpr std::uint32_t kFastRoundsPerPair = 10;

void run(const TestOptions& options, Report& report) {
  Table& table = report.table(
      "leave-delay", "RFC 3918 section 6.2",
      "version 2 leave received to last frame sent, a frame every us, control thread beside",
      {text("name", ""), hidden("last_member_query_time_ns"), hidden("rounds"),
       range("leave_delay_ns", "delay ns", 0), range("excess_ns", "beyond last member query time ns", 0)});
  report.progress().show("leave-delay: fast leave");
  DelayCase fast{.script = {.rounds = kFastRoundsPerPair * options.pairs}, .fast_leave = true};
  table.add({"fast leave",
             {},
             static_cast<double>(fast.script.rounds),
             summarize(run_leave_delay(fast, options.worker_lcore).delays_ns),
             {}});

  // One round takes as long as the port is being asked; fewer of them say as much.
  DelayCase asked{.script = {.rounds = options.pairs}};
  report.progress().show("leave-delay: the port is asked");
  const DelayRun run = run_leave_delay(asked, options.worker_lcore);
  const auto query_time = static_cast<double>(run.last_member_query_time.count());
  std::vector<double> excess;
  for (const double delay : run.delays_ns) {
    excess.push_back(delay - query_time);
  }
  table.add({fmt::format("asked, {:.0f} ms", query_time / 1e6), query_time,
             static_cast<double>(asked.script.rounds), summarize(run.delays_ns), summarize(excess)});
}

}  // namespace

Test leave_delay_test() {
  return {.name = "leave-delay",
          .section = "RFC 3918 section 6.2",
          .about = "group leave delay: from a leave to the last frame, with and without fast leave",
          .run = run};
}

}  // namespace mcswitch::bench

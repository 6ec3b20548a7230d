// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "packet_rate/background.hpp"
#include "packet_rate/control_rig.hpp"
#include "packet_rate/leave_source.hpp"
#include "packet_rate/test.hpp"

namespace mcswitch::bench {
namespace {

constexpr PortId kMember = 1;
constexpr PortId kStream = 2;
constexpr std::size_t kPorts = kStream + 1 + Background::kFanOut;
constexpr std::uint32_t kGroups = 100'000;

struct Result {
  double per_second = 0;  // millions
  double lost = 0;
};

// `offered`: leaves a second; kUnpaced: as fast as the worker takes them.
Result run_once(const std::vector<Template>& leaves, double offered, bool with_stream,
                const TestOptions& options) {
  const auto groups = static_cast<std::uint32_t>(leaves.size());
  Rig rig{groups + Background::kGroups, kPorts, options.worker_lcore};
  Background stream{rig, kStream};
  const double stream_rate = with_stream ? 0.5 * stream.throughput(200'000) : 0;
  for (std::uint32_t group = 0; group < groups; ++group) {
    rig.join(group, PortSet::of(kMember));
  }
  std::atomic<bool> is_done{false};
  rig.prepare({{kMember, kStream}});
  ControlRig control{rig, {.fast_leave = PortSet::of(kMember)}};
  stream.arm(stream_rate);
  LeaveSource source{rig, kMember, leaves, offered, Background::kGroups, is_done};
  rig.launch();
  control.run(is_done);
  rig.stop();
  const auto lost =
      static_cast<double>(rig.workers().front()->counters()[kMember].events[PortEvent::leaves_lost].value());
  return {.per_second = (static_cast<double>(groups) - lost) * 1e3 / source.nanoseconds(), .lost = lost};
}

void run_leaves(const std::string& name, std::uint32_t groups, double offered, bool with_stream,
                const TestOptions& options, Report& report, Table& table) {
  const std::vector<Template> leaves = leave_frames(groups);
  std::vector<double> rates;
  std::vector<double> lost;
  for (unsigned n = 0; n < options.pairs; ++n) {
    report.progress().show(fmt::format("leaves, {}: {}/{}", name, n + 1, options.pairs));
    const Result result = run_once(leaves, offered, with_stream, options);
    rates.push_back(result.per_second);
    lost.push_back(result.lost);
  }
  table.add({name, static_cast<double>(groups), offered < kUnpaced ? Cell{offered} : Cell{},
             with_stream ? 50.0 : 0.0, summarize(rates), summarize(lost)});
}

void run(const TestOptions& options, Report& report) {
  const std::uint32_t groups = std::min(kGroups, options.max_groups);
  Table& table = report.table(
      "leaves", "",
      fmt::format("{} groups on a fast-leave port, version 2 leaves until all are pruned, control thread "
                  "beside; stream: F=4, half of its throughput",
                  groups),
      {text("name", ""), hidden("groups"), hidden("offered_per_second"), hidden("stream_percent"),
       range("leaves_mps", "leaves M/s", 3), range("lost", "lost", 0)});
  run_leaves("1 M/s", groups, 1e6, false, options, report, table);
  run_leaves("2 M/s", groups, 2e6, false, options, report, table);
  run_leaves("1 M/s, with stream", groups, 1e6, true, options, report, table);
  run_leaves("as fast as they are taken", groups, kUnpaced, false, options, report, table);
}

}  // namespace

Test leaves_test() {
  return {.name = "leaves",
          .section = "",
          .about = "fast leaves to pruned a second: worker, ring, control thread, table",
          .run = run};
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "packet_rate/background.hpp"
#include "packet_rate/control_rig.hpp"
#include "packet_rate/test.hpp"

namespace mcswitch::bench {
namespace {

constexpr PortId kMember = 1;
constexpr PortId kStream = 2;
constexpr std::size_t kPortsWithStream = kStream + 1 + Background::kFanOut;
// Rigs with so many groups take seconds to make: fewer repetitions.
constexpr std::uint32_t kMany = 500'000;
constexpr unsigned kFewRepetitions = 5;

struct Rates {
  double joins = 0;  // millions a second
  double refreshes = 0;
};

// `stream` has been armed, or is nullptr.
double rate_of(Rig& rig, std::span<const Template> reports, std::uint64_t count, const Background* stream) {
  std::atomic<bool> is_done{false};
  rig.port(kMember).arm(reports, kReportSize, count, &is_done);
  rig.prepare({stream != nullptr ? std::vector<PortId>{kMember, kStream} : std::vector<PortId>{kMember}});
  ControlRig control{rig, {}};
  rig.launch();
  control.run(is_done);
  rig.stop();
  const Source& source = rig.port(kMember).source();
  const auto ticks = static_cast<double>(source.ended - source.started);
  return static_cast<double>(count) * ticks_per_second() / ticks / 1e6;
}

Rates run_once(const std::vector<Template>& reports, bool with_stream, const TestOptions& options) {
  const auto groups = static_cast<std::uint32_t>(reports.size());
  // As few ports as there can be: a group's memberships stand side by side.
  Rig rig{groups + Background::kGroups, with_stream ? kPortsWithStream : kMember + 1U, options.worker_lcore};
  std::optional<Background> stream;
  double stream_rate = 0;
  if (with_stream) {
    stream.emplace(rig, kStream);
    stream_rate = 0.5 * stream->throughput(200'000);
  }
  const auto rate = [&](std::uint64_t count) {
    if (stream) {
      stream->arm(stream_rate);
    }
    return rate_of(rig, reports, count, stream ? &*stream : nullptr);
  };
  Rates rates;
  const std::uint32_t before = rig.groups().group_count();
  rates.joins = rate(groups);
  if (rig.groups().group_count() != before + groups) {
    throw std::runtime_error{
        fmt::format("{} of {} groups have been joined", rig.groups().group_count() - before, groups)};
  }
  rates.refreshes = rate(std::max<std::uint64_t>(options.frames, groups));
  return rates;
}

void run_reports(std::uint32_t groups, bool with_stream, const TestOptions& options, Report& report,
                 Table& table) {
  const std::vector<Template> reports = report_frames(groups);
  std::vector<double> joins;
  std::vector<double> refreshes;
  const unsigned repetitions = groups < kMany ? options.pairs : std::min(options.pairs, kFewRepetitions);
  for (unsigned n = 0; n < repetitions; ++n) {
    report.progress().show(fmt::format("reports, {} groups: {}/{}", groups, n + 1, repetitions));
    const Rates rates = run_once(reports, with_stream, options);
    joins.push_back(rates.joins);
    refreshes.push_back(rates.refreshes);
  }
  table.add({fmt::format("{} groups{}", groups, with_stream ? ", with stream" : ""),
             static_cast<double>(groups), with_stream ? 50.0 : 0.0, summarize(joins), summarize(refreshes)});
}

void run(const TestOptions& options, Report& report) {
  Table& table = report.table(
      "reports", "",
      "version 2 reports of one host, control thread beside, 2 ports; stream: 7 ports, F=4, half of its "
      "throughput",
      {text("name", ""), hidden("groups"), hidden("stream_percent"),
       range("new_joins_mps", "new joins M/s", 2), range("refreshes_mps", "refreshes M/s", 2)});
  for (const std::uint32_t groups : {1000U, 100'000U, 1'000'000U}) {
    if (groups <= options.max_groups) {
      run_reports(groups, false, options, report, table);
    }
  }
  run_reports(std::min(100'000U, options.max_groups), true, options, report, table);
}

}  // namespace

Test reports_test() {
  return {.name = "reports",
          .section = "",
          .about = "version 2 reports a second through the whole worker: new joins, refreshes",
          .run = run};
}

}  // namespace mcswitch::bench

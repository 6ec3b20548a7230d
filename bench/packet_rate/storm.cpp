// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>
#include <rte_pause.h>

#include <algorithm>
#include <stdexcept>

#include "packet_rate/paced.hpp"
#include "packet_rate/rig.hpp"
#include "packet_rate/test.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

constexpr PortId kStream = 0;
constexpr std::size_t kFanOut = 4;
constexpr PortId kMember = kFanOut + 1;
constexpr std::uint32_t kStreamGroups = 100;
constexpr std::uint32_t kFirstReported = 1000;
constexpr double kReportsPerSecond = 1e6;
constexpr std::uint16_t kSize = 60;
// The stream of a run lasts so long, more or less.
constexpr double kSecondsPerRun = 0.02;
// Places in a row of the table.
constexpr std::size_t kName = 0;
constexpr std::size_t kWithout = 4;

struct StormCase {
  const char* name;
  bool is_other_worker;
  bool are_new_joins;
  std::uint32_t refreshed;  // groups
};

struct StormRun {
  double stream_mpps = 0;  // egress
  double reports_mps = 0;
};

class Storm {
 public:
  Storm(const StormCase& what, const TestOptions& options)
      : what_{what},
        refreshed_{std::min(what.refreshed, options.max_groups)},
        // With a margin: runs are as long as the machine makes them.
        new_per_run_{static_cast<std::uint32_t>(kReportsPerSecond * kSecondsPerRun * 2)},
        rig_{kFirstReported + refreshed_ + (what.are_new_joins ? new_per_run_ * options.pairs : 0),
             kMember + 1U, options.worker_lcore},
        stream_{data_frames(kStreamGroups, kSize)},
        reports_{report_frames(refreshed_, kFirstReported)} {
    for (std::uint32_t group = 0; group < kStreamGroups; ++group) {
      rig_.join(group, Rig::sinks(kFanOut));
    }
    for (std::uint32_t n = 0; n < refreshed_; ++n) {
      rig_.join(kFirstReported + n, PortSet::of(kMember));
    }
    const Run first = rig_.forward(stream_, kSize, std::max<std::uint64_t>(options.frames / 4, 5000));
    frames_ =
        std::min(static_cast<std::uint64_t>(kSecondsPerRun * 1e9 / first.ns_per_frame()), options.frames);
  }

  StormRun run(bool with_reports);
  // Of the ceiling of these devices, which frees the reports: with against without.
  double ceiling_ratio();

 private:
  const StormCase what_;
  const std::uint32_t refreshed_;
  const std::uint32_t new_per_run_;
  Rig rig_;
  const std::vector<Template> stream_;
  const std::vector<Template> reports_;
  std::uint64_t frames_ = 0;
  std::uint32_t used_ = 0;  // groups that are not new any more
};

double Storm::ceiling_ratio() {
  double rates[2];
  for (const bool with_reports : {false, true}) {
    std::atomic<bool> is_over{false};
    PacedSource reports{rig_.port(kMember),          reports_, kReportSize, kReportsPerSecond,
                        with_reports ? kEndless : 0, false};
    reports.stop_when(&is_over);
    rates[with_reports] =
        rig_.ceiling_beside(kMember, stream_, kSize, frames_, kFanOut, is_over).egress_mpps();
  }
  return rates[1] / rates[0];
}

StormRun Storm::run(bool with_reports) {
  std::vector<Template> fresh;
  if (with_reports && what_.are_new_joins) {
    fresh = report_frames(new_per_run_, kFirstReported + refreshed_ + used_);
  }
  PacedSource reports{rig_.port(kMember),
                      fresh.empty() ? reports_ : fresh,
                      kReportSize,
                      kReportsPerSecond,
                      !with_reports   ? 0
                      : fresh.empty() ? kEndless
                                      : new_per_run_,
                      false};
  if (what_.is_other_worker) {
    rig_.prepare({{kStream}, {kMember}});
  } else {
    rig_.prepare({{kStream, kMember}});
  }
  std::atomic<bool> is_over{false};
  // The second worker ends with the stream.
  std::atomic<bool>& over = what_.is_other_worker ? rig_.workers().back()->stop_ : is_over;
  reports.stop_when(&over);
  rig_.port(kStream).arm(stream_, kSize, frames_, &over);
  const std::uint64_t before = rig_.sent();
  rig_.launch();
  if (what_.is_other_worker) {
    rig_.run_on_main();
  }
  while (!over.load(std::memory_order_acquire)) {
    rte_pause();
  }
  rig_.stop();
  if (rig_.sent() - before != frames_ * kFanOut) {
    throw std::runtime_error{
        fmt::format("storm: {} replicas came out, {} were due", rig_.sent() - before, frames_ * kFanOut)};
  }
  const std::uint64_t handled =
      rig_.workers().back()->counters()[kMember].fates[FrameFate::igmp_report].value();
  if (handled != reports.given()) {
    throw std::runtime_error{fmt::format("storm: {} of {} reports were handled", handled, reports.given())};
  }
  const Source& source = rig_.port(kStream).source();
  const auto seconds = static_cast<double>(source.ended - source.started) / ticks_per_second();
  used_ += fresh.empty() ? 0 : new_per_run_;
  return {.stream_mpps = static_cast<double>(frames_ * kFanOut) / seconds / 1e6,
          .reports_mps = static_cast<double>(reports.given()) / seconds / 1e6};
}

void run_storm(const StormCase& what, const TestOptions& options, Report& report, Table& table) {
  Storm storm{what, options};
  storm.run(false);
  std::vector<double> without;
  std::vector<double> with;
  std::vector<double> ratio;
  std::vector<double> reports;
  std::vector<double> ceiling;
  for (unsigned pair = 0; pair < options.pairs; ++pair) {
    report.progress().show(fmt::format("storm, {}: {}/{}", what.name, pair + 1, options.pairs));
    const bool is_first = pair % 2 == 0;
    const StormRun first = storm.run(is_first);
    const StormRun second = storm.run(!is_first);
    const StormRun& stormy = is_first ? first : second;
    const StormRun& calm = is_first ? second : first;
    with.push_back(stormy.stream_mpps);
    without.push_back(calm.stream_mpps);
    ratio.push_back(stormy.stream_mpps / calm.stream_mpps);
    reports.push_back(stormy.reports_mps);
    if (!what.is_other_worker) {
      ceiling.push_back(storm.ceiling_ratio());
    }
  }
  table.add({what.name, what.is_other_worker ? "other" : "same", what.are_new_joins ? "new" : "refreshing",
             static_cast<double>(what.refreshed), summarize(without), summarize(with), summarize(ratio),
             summarize(reports), ceiling.empty() ? Cell{} : Cell{summarize(ceiling)}});
}

void run(const TestOptions& options, Report& report) {
  Table& table = report.table("storm", "",
                              "a stream (100 groups, 64 bytes, F=4) as fast as it is taken, without and "
                              "with 1 M reports/s on another port",
                              {text("name", ""), hidden("worker"), hidden("reports"), hidden("groups"),
                               range("without_mpps", "without Mpps"), range("with_mpps", "with Mpps"),
                               interval("ratio", "ratio (95 %)"), range("reports_mps", "reports M/s", 2),
                               interval("ceiling_ratio", "ratio of the ceiling")});
  for (const StormCase& what : {StormCase{"same worker, 1 k groups", false, false, 1000},
                                StormCase{"same worker, 100 k groups", false, false, 100'000},
                                StormCase{"same worker, new groups", false, true, 1000},
                                StormCase{"other worker, 100 k groups", true, false, 100'000},
                                StormCase{"other worker, new groups", true, true, 1000}}) {
    run_storm(what, options, report, table);
  }
  Plot plot{.title = "A stream while 1 M reports/s arrive",
            .y_label = "million frames sent a second",
            .series = {{.name = "without"}, {.name = "with"}}};
  for (const Table::Row& row : table.rows()) {
    const auto place = static_cast<double>(plot.names.size());
    plot.names.push_back(std::get<std::string>(row[kName]));
    plot.series[0].points.push_back({place, std::get<Summary>(row[kWithout])});
    plot.series[1].points.push_back({place, std::get<Summary>(row[kWithout + 1])});
  }
  report.plot("storm", plot);
}

}  // namespace

Test storm_test() {
  return {.name = "storm",
          .section = "",
          .about = "rate of a data stream while a million reports a second arrive on another port",
          .run = run};
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// What is reported, by whom.
struct ReportCase {
  enum class Message : std::uint8_t { v2, v3_is_ex, v3_is_in };
  std::uint32_t groups = 0;
  bool with_stream = false;
  Message message = Message::v2;
  std::uint8_t hosts = 1;  // of the port, each a member of every group; each group by all of them in turn

  // In the group table.
  [[nodiscard]] std::uint32_t entries() const { return message == Message::v3_is_in ? 2 * groups : groups; }
  [[nodiscard]] std::string name() const {
    constexpr std::array<std::string_view, 3> kMessages{"", ", IS_EX {}", ", IS_IN of a source"};
    return fmt::format("{} groups{}{}{}", groups, kMessages[static_cast<std::size_t>(message)],
                       hosts > 1 ? fmt::format(", {} hosts", hosts) : "", with_stream ? ", with stream" : "");
  }
};

std::vector<Template> reports_of(const ReportCase& what, std::uint8_t host) {
  switch (what.message) {
    case ReportCase::Message::v3_is_ex:
      return report_v3_frames(Record::is_ex, what.groups, host);
    case ReportCase::Message::v3_is_in:
      return report_v3_frames(Record::is_in, what.groups, host);
    case ReportCase::Message::v2:
      break;
  }
  return report_frames(what.groups, 0, host);
}

// Of the first host, then of all hosts, group by group.
struct Reports {
  std::vector<Template> joins;
  std::vector<Template> refreshes;
};

Reports make_reports(const ReportCase& what) {
  Reports reports{.joins = reports_of(what, kMemberHost), .refreshes = {}};
  std::vector<std::vector<Template>> others;
  for (std::uint8_t n = 1; n < what.hosts; ++n) {
    others.push_back(reports_of(what, kMemberHost + n));
  }
  reports.refreshes.reserve(std::size_t{what.groups} * what.hosts);
  for (std::uint32_t group = 0; group < what.groups; ++group) {
    reports.refreshes.push_back(reports.joins[group]);
    for (const auto& other : others) {
      reports.refreshes.push_back(other[group]);
    }
  }
  return reports;
}

Rates run_once(const ReportCase& what, const Reports& reports, const TestOptions& options) {
  // As few ports as there can be: a group's memberships stand side by side.
  Rig rig{what.entries() + Background::kGroups, what.with_stream ? kPortsWithStream : kMember + 1U,
          options.worker_lcore};
  std::optional<Background> stream;
  double stream_rate = 0;
  if (what.with_stream) {
    stream.emplace(rig, kStream);
    stream_rate = 0.5 * stream->throughput(200'000);
  }
  const auto rate = [&](std::span<const Template> frames, std::uint64_t count) {
    if (stream) {
      stream->arm(stream_rate);
    }
    return rate_of(rig, frames, count, stream ? &*stream : nullptr);
  };
  Rates rates;
  const std::uint32_t before = rig.tables().groups.group_count();
  rates.joins = rate(reports.joins, what.groups);
  if (rig.tables().groups.group_count() != before + what.entries()) {
    throw std::runtime_error{fmt::format("{} of {} entries have been made",
                                         rig.tables().groups.group_count() - before, what.entries())};
  }
  rates.refreshes =
      rate(reports.refreshes, std::max<std::uint64_t>(options.frames, reports.refreshes.size()));
  return rates;
}

void run_reports(const ReportCase& what, const TestOptions& options, Report& report, Table& table) {
  const Reports reports = make_reports(what);
  std::vector<double> joins;
  std::vector<double> refreshes;
  const unsigned repetitions = what.groups < kMany ? options.pairs : std::min(options.pairs, kFewRepetitions);
  for (unsigned n = 0; n < repetitions; ++n) {
    report.progress().show(fmt::format("reports, {}: {}/{}", what.name(), n + 1, repetitions));
    const Rates rates = run_once(what, reports, options);
    joins.push_back(rates.joins);
    refreshes.push_back(rates.refreshes);
  }
  table.add({what.name(), static_cast<double>(what.groups), what.with_stream ? 50.0 : 0.0,
             what.message == ReportCase::Message::v2 ? 2.0 : 3.0, static_cast<double>(what.hosts),
             summarize(joins), summarize(refreshes)});
}

void run(const TestOptions& options, Report& report) {
  using Message = ReportCase::Message;
  Table& table = report.table(
      "reports", "",
      "version 2 reports of one host unless named otherwise, control thread beside, host tracking on, 2 "
      "ports; "
      "stream: 7 ports, F=4, half of its throughput; hosts: each refresh is another host's than the one "
      "before",
      {text("name", ""), hidden("groups"), hidden("stream_percent"), hidden("version"), hidden("hosts"),
       range("new_joins_mps", "new joins M/s", 2), range("refreshes_mps", "refreshes M/s", 2)});
  for (const std::uint32_t groups : {1000U, 100'000U, 1'000'000U}) {
    if (groups <= options.max_groups) {
      run_reports({.groups = groups}, options, report, table);
    }
  }
  const std::uint32_t groups = std::min(100'000U, options.max_groups);
  run_reports({.groups = groups, .with_stream = true}, options, report, table);
  run_reports({.groups = groups, .message = Message::v3_is_ex}, options, report, table);
  run_reports({.groups = groups, .message = Message::v3_is_in}, options, report, table);
  for (const Message message : {Message::v2, Message::v3_is_ex, Message::v3_is_in}) {
    run_reports({.groups = groups, .message = message, .hosts = 4}, options, report, table);
  }
}

}  // namespace

Test reports_test() {
  return {.name = "reports",
          .section = "",
          .about =
              "reports a second through the whole worker: new joins, refreshes; versions 2 and 3, one host "
              "and several",
          .run = run};
}

}  // namespace mcswitch::bench

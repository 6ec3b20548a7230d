// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "packet_rate/rig.hpp"
#include "packet_rate/test.hpp"

namespace mcswitch::bench {
namespace {

constexpr std::uint16_t kSize = 60;
constexpr double kLevel = 0.8;
// Beyond the groups without sources.
constexpr std::uint32_t kFirstGroup = 1U << 20;

struct SourceCase {
  std::string_view name;
  bool include = true;
  std::uint32_t groups = 100;
  std::size_t fan_out = 1;
};

void check(std::string_view name, const Run& run, std::uint64_t replicas) {
  if (run.replicas != replicas) {
    throw std::runtime_error{
        fmt::format("{}: {} replicas came out, {} were due", name, run.replicas, replicas)};
  }
}

void join_groups(Rig& rig, const SourceCase& what) {
  const PortSet members = Rig::sinks(what.fan_out);
  for (std::uint32_t n = 0; n < what.groups; ++n) {
    rig.join(n, members);
    if (what.include) {
      rig.include(kFirstGroup + n, host_address(kSourceHost), members);
    } else {
      rig.exclude(kFirstGroup + n, host_address(kOtherHost), members);
    }
  }
}

void run_case(const SourceCase& what, const TestOptions& options, Report& report, Table& table) {
  const std::string name = fmt::format("{}, F={}, {} groups", what.name, what.fan_out, what.groups);
  // Each group, and with sources its source.
  Rig rig{std::max(3 * what.groups, 1024U), what.fan_out + 1, options.worker_lcore};
  join_groups(rig, what);
  const std::vector<Template> plain = data_frames(what.groups, kSize);
  const std::vector<Template> filtered = data_frames(what.groups, kSize, kFirstGroup);
  // Each group comes at least once.
  const std::uint64_t count = std::max<std::uint64_t>(options.frames / what.fan_out, what.groups);
  const std::uint64_t due = count * what.fan_out;

  // That sources are filtered at all; and not counted: caches and clocks.
  check(name, rig.forward(data_frames(what.groups, kSize, kFirstGroup, kOtherHost), kSize, what.groups), 0);
  rig.forward(plain, kSize, count);
  rig.forward(filtered, kSize, count);
  std::vector<double> without;
  std::vector<double> with;
  std::vector<double> ratio;
  std::vector<double> added;
  for (unsigned pair = 0; pair < options.pairs; ++pair) {
    report.progress().show(fmt::format("{}: {}/{}", name, pair + 1, options.pairs));
    Run reference;
    Run own;
    // The first of a pair is no better off than the second.
    if (pair % 2 == 0) {
      reference = rig.forward(plain, kSize, count);
      own = rig.forward(filtered, kSize, count);
    } else {
      own = rig.forward(filtered, kSize, count);
      reference = rig.forward(plain, kSize, count);
    }
    check(name, reference, due);
    check(name, own, due);
    without.push_back(reference.egress_mpps());
    with.push_back(own.egress_mpps());
    ratio.push_back(own.egress_mpps() / reference.egress_mpps());
    added.push_back(own.ns_per_frame() - reference.ns_per_frame());
  }
  const Summary ratios = summarize(ratio);
  table.add({name, static_cast<double>(what.groups), static_cast<double>(what.fan_out), kSize + 4.0,
             summarize(without), summarize(with), ratios, summarize(added),
             std::string{ratios.median >= kLevel ? "yes" : "no"}});
}

void run(const TestOptions& options, Report& report) {
  Table& table = report.table(
      "sources", "",
      "one ingress, 64 bytes, F egress ports: groups whose members want one source, or all but another one, "
      "against as many groups without sources in the same table",
      {text("name", ""), hidden("groups"), hidden("fan_out"), hidden("frame_size"),
       range("without_mpps", "without, Mpps"), range("with_mpps", "with, Mpps"),
       interval("ratio", "ratio (95 %)"), range("added_ns", "added ns a frame"),
       text("level_reached", "0.8 reached")});
  for (const std::uint32_t groups : {100U, 10'000U}) {
    for (const std::size_t fan_out : {1UL, 4UL}) {
      if (groups <= options.max_groups) {
        run_case({.name = "INCLUDE", .include = true, .groups = groups, .fan_out = fan_out}, options, report,
                 table);
        run_case({.name = "EXCLUDE", .include = false, .groups = groups, .fan_out = fan_out}, options, report,
                 table);
      }
    }
  }
}

}  // namespace

Test sources_test() {
  return {.name = "sources",
          .section = "",
          .about = "groups with source filters (RFC 9776 section 6.3) against groups without",
          .run = run};
}

}  // namespace mcswitch::bench

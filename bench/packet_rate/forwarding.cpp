// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/forwarding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "packet_rate/rig.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

// `count` of the sinks, at random.
PortSet some_sinks(std::mt19937& random, std::size_t count) {
  constexpr std::size_t kSinks = kMaxPorts - 1;
  PortSet set;
  while (set.count() < count) {
    set.add(static_cast<PortId>(Rig::kFirstSink + random() % kSinks));
  }
  return set;
}

}  // namespace

Table& forwarding_table(Report& report, std::string test, std::string_view section, std::string_view about) {
  return report.table(std::move(test), section, about,
                      {text("name", ""), hidden("groups"), hidden("fan_out"), hidden("frame_size"),
                       range("ceiling_mpps", "ceiling Mpps"), range("mcswitch_mpps", "mcswitch Mpps"),
                       interval("ratio", "ratio (95 %)"), range("added_ns", "added ns a frame")});
}

Plot rates_plot(const Table& table, std::string title) {
  Plot plot{.title = std::move(title), .x_label = "", .y_label = "million frames sent a second"};
  plot.series = {{.name = "ceiling", .points = {}}, {.name = "mcswitch", .points = {}}};
  for (std::size_t n = 0; n < table.rows().size(); ++n) {
    const Table::Row& row = table.rows()[n];
    plot.names.push_back(std::get<std::string>(row[0]));
    plot.series[0].points.push_back({static_cast<double>(n), std::get<Summary>(row[4])});
    plot.series[1].points.push_back({static_cast<double>(n), std::get<Summary>(row[5])});
  }
  return plot;
}

void run_forwarding(const ForwardingCase& what, const TestOptions& options, Report& report, Table& table) {
  const std::size_t ports = what.random_ports ? kMaxPorts : what.fan_out + 1;
  Rig rig{std::max<std::uint32_t>(what.groups, 1024), ports, options.worker_lcore};
  std::mt19937 random{17};
  for (std::uint32_t group = 0; group < what.groups; ++group) {
    rig.join(group, what.random_ports ? some_sinks(random, what.fan_out) : Rig::sinks(what.fan_out));
  }
  const std::vector<Template> frames = data_frames(what.groups, what.size);
  // Each group comes at least once.
  const std::uint64_t count = std::max<std::uint64_t>(options.frames / what.fan_out, what.groups);

  // Not counted: caches and clocks.
  rig.ceiling(frames, what.size, count, what.fan_out);
  rig.forward(frames, what.size, count);
  std::vector<double> ceiling;
  std::vector<double> ours;
  std::vector<double> ratio;
  std::vector<double> added;
  for (unsigned pair = 0; pair < options.pairs; ++pair) {
    report.progress().show(fmt::format("{}: {}/{}", what.name, pair + 1, options.pairs));
    Run top;
    Run own;
    // The first of a pair is no better off than the second.
    if (pair % 2 == 0) {
      top = rig.ceiling(frames, what.size, count, what.fan_out);
      own = rig.forward(frames, what.size, count);
    } else {
      own = rig.forward(frames, what.size, count);
      top = rig.ceiling(frames, what.size, count, what.fan_out);
    }
    if (own.replicas != count * what.fan_out || top.replicas != own.replicas) {
      throw std::runtime_error{fmt::format("{}: {} replicas came out, {} were due", what.name, own.replicas,
                                           count * what.fan_out)};
    }
    ceiling.push_back(top.egress_mpps());
    ours.push_back(own.egress_mpps());
    ratio.push_back(own.egress_mpps() / top.egress_mpps());
    added.push_back(own.ns_per_frame() - top.ns_per_frame());
  }
  table.add({what.name, static_cast<double>(what.groups), static_cast<double>(what.fan_out), what.size + 4.0,
             summarize(ceiling), summarize(ours), summarize(ratio), summarize(added)});
}

}  // namespace mcswitch::bench

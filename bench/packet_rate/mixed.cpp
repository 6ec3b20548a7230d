// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "packet_rate/rig.hpp"
#include "packet_rate/test.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

constexpr std::uint32_t kGroups = 100;
constexpr std::uint32_t kHosts = 100;
constexpr std::size_t kFanOut = 4;
constexpr PortId kUnicastPort = 5;
constexpr std::size_t kStreamLength = 1000;
constexpr std::uint16_t kSize = 60;

// One turn of the stream, and where its frames go.
struct Stream {
  std::vector<Template> frames;
  std::vector<PortSet> schedule;
  std::uint64_t replicas = 0;
};

Stream make_stream(unsigned unicast_percent) {
  const std::vector<Template> multicast = data_frames(kGroups, kSize);
  const std::vector<Template> unicast = unicast_frames(kHosts, kSize);
  std::vector<bool> is_unicast(kStreamLength);
  std::fill_n(is_unicast.begin(), kStreamLength * unicast_percent / 100, true);
  std::shuffle(is_unicast.begin(), is_unicast.end(), std::mt19937{17});
  Stream stream;
  for (std::size_t n = 0; n < kStreamLength; ++n) {
    stream.frames.push_back(is_unicast[n] ? unicast[n % kHosts] : multicast[n % kGroups]);
    stream.schedule.push_back(is_unicast[n] ? PortSet::of(kUnicastPort) : Rig::sinks(kFanOut));
    stream.replicas += stream.schedule.back().count();
  }
  return stream;
}

void run_mix(unsigned unicast_percent, const TestOptions& options, Report& report, Table& table) {
  Rig rig{1024, kUnicastPort + 1, options.worker_lcore};
  for (std::uint32_t group = 0; group < kGroups; ++group) {
    rig.join(group, Rig::sinks(kFanOut));
  }
  for (std::uint32_t host = 0; host < kHosts; ++host) {
    rig.learn(unicast_mac(host), kUnicastPort);
  }
  const Stream stream = make_stream(unicast_percent);
  const std::uint64_t turns = std::max<std::uint64_t>(options.frames / stream.replicas, 1);
  const std::uint64_t frames = turns * kStreamLength;
  const auto measure = [&](bool is_ceiling) {
    const Run run = is_ceiling ? rig.ceiling_by(stream.frames, kSize, frames, stream.schedule)
                               : rig.forward(stream.frames, kSize, frames);
    if (run.replicas != turns * stream.replicas) {
      throw std::runtime_error{fmt::format("{} % unicast: {} replicas came out, {} were due", unicast_percent,
                                           run.replicas, turns * stream.replicas)};
    }
    return run;
  };
  // Not counted: caches and clocks.
  measure(true);
  measure(false);
  std::vector<double> ceiling;
  std::vector<double> ours;
  std::vector<double> ratio;
  std::vector<double> added;
  for (unsigned pair = 0; pair < options.pairs; ++pair) {
    report.progress().show(
        fmt::format("mixed, {} % unicast: {}/{}", unicast_percent, pair + 1, options.pairs));
    const bool is_ceiling_first = pair % 2 == 0;
    const Run first = measure(is_ceiling_first);
    const Run second = measure(!is_ceiling_first);
    const Run& top = is_ceiling_first ? first : second;
    const Run& own = is_ceiling_first ? second : first;
    ceiling.push_back(1e3 / top.ns_per_frame());
    ours.push_back(1e3 / own.ns_per_frame());
    ratio.push_back(top.ns_per_frame() / own.ns_per_frame());
    added.push_back(own.ns_per_frame() - top.ns_per_frame());
  }
  table.add({fmt::format("{} % unicast", unicast_percent), static_cast<double>(unicast_percent),
             summarize(ceiling), summarize(ours), summarize(ratio), summarize(added)});
}

void run(const TestOptions& options, Report& report) {
  Table& table = report.table(
      "mixed", "RFC 3918 section 4.1",
      "one stream of multicast (100 groups to 4 ports) and known unicast (100 hosts on 1 port), 64 bytes; "
      "frames in",
      {text("name", ""), hidden("unicast_percent"), range("ceiling_mpps", "ceiling Mpps in"),
       range("mcswitch_mpps", "mcswitch Mpps in"), interval("ratio", "ratio (95 %)"),
       range("added_ns", "added ns a frame")});
  Plot plot{.title = "Mixed class throughput, 64 bytes, multicast to 4 ports",
            .x_label = "% of frames that are unicast",
            .y_label = "million frames received a second",
            .series = {{.name = "ceiling"}, {.name = "mcswitch"}}};
  for (const unsigned percent : {0U, 10U, 50U, 90U, 100U}) {
    run_mix(percent, options, report, table);
    const Table::Row& row = table.rows().back();
    plot.series[0].points.push_back({static_cast<double>(percent), std::get<Summary>(row[2])});
    plot.series[1].points.push_back({static_cast<double>(percent), std::get<Summary>(row[3])});
  }
  report.plot("mixed", plot);
}

}  // namespace

Test mixed_test() {
  return {.name = "mixed",
          .section = "RFC 3918 section 4.1",
          .about = "mixed class throughput: multicast and known unicast in one stream",
          .run = run};
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "packet_rate/rig.hpp"
#include "packet_rate/test.hpp"

namespace mcswitch::bench {
namespace {

constexpr std::uint32_t kGroups = 100;
constexpr std::uint16_t kSize = 60;  // 64 on the wire; in a tag 68

struct KindCase {
  const char* name;
  std::size_t fan_out;
  bool comes_tagged;
  bool leaves_tagged;
  bool is_snooped = true;
};

// A rig whose port 0, or whose sinks, are trunks.
class Kind {
 public:
  Kind(const KindCase& what, const TestOptions& options)
      : fan_out_{what.fan_out},
        size_{static_cast<std::uint16_t>(kSize + (what.comes_tagged ? 4 : 0))},
        rig_{1024, what.fan_out + 1, options.worker_lcore},
        frames_{data_frames(kGroups, kSize)} {
    PortSet trunks;
    if (what.comes_tagged) {
      trunks.add(0);
    }
    if (what.leaves_tagged) {
      trunks |= Rig::sinks(what.fan_out);
    }
    rig_.publish(trunks, what.is_snooped ? table::Snooping::prune : table::Snooping::off);
    for (std::uint32_t group = 0; group < kGroups; ++group) {
      rig_.join(group, Rig::sinks(what.fan_out));
    }
    for (Template& frame : frames_) {
      if (what.comes_tagged) {
        put_tag(frame, Rig::kVlan);
      }
    }
  }

  // Millions of replicas a second.
  double run(std::uint64_t frames) {
    const Run run = rig_.forward(frames_, size_, frames);
    if (run.replicas != frames * fan_out_) {
      throw std::runtime_error{
          fmt::format("kinds: {} replicas came out, {} were due", run.replicas, frames * fan_out_)};
    }
    return run.egress_mpps();
  }

 private:
  const std::size_t fan_out_;
  const std::uint16_t size_;
  Rig rig_;
  std::vector<Template> frames_;
};

void run_kind(const KindCase& what, const TestOptions& options, Report& report, Table& table) {
  const std::uint64_t count = std::max<std::uint64_t>(options.frames / what.fan_out, kGroups);
  std::vector<double> untagged;
  std::vector<double> ours;
  std::vector<double> ratio;
  // One rig at a time has its ports, so each pair makes two, in turn.
  for (unsigned pair = 0; pair < options.pairs; ++pair) {
    report.progress().show(fmt::format("kinds, {}: {}/{}", what.name, pair + 1, options.pairs));
    const KindCase plain{"", what.fan_out, false, false};
    double rates[2];
    for (const bool is_second : {false, true}) {
      const bool is_kind = (pair % 2 == 0) == is_second;
      Kind kind{is_kind ? what : plain, options};
      kind.run(count / 4 + kGroups);  // not counted: caches and clocks
      rates[is_kind] = kind.run(count);
    }
    untagged.push_back(rates[0]);
    ours.push_back(rates[1]);
    ratio.push_back(rates[1] / rates[0]);
  }
  table.add(
      {what.name, static_cast<double>(what.fan_out), summarize(untagged), summarize(ours), summarize(ratio)});
}

void run(const TestOptions& options, Report& report) {
  Table& table = report.table(
      "kinds", "",
      "other kinds of multicast beside untagged multicast of the same fan-out, in turn; 100 groups, "
      "64 bytes, in a tag 68",
      {text("name", ""), hidden("fan_out"), range("untagged_mpps", "untagged Mpps"),
       range("mcswitch_mpps", "this kind Mpps"), interval("ratio", "ratio (95 %)")});
  for (const KindCase& what :
       {KindCase{"trunk to trunk, F=1", 1, true, true}, KindCase{"trunk to trunk, F=4", 4, true, true},
        KindCase{"trunk to trunk, F=15", 15, true, true}, KindCase{"tagged to untagged, F=4", 4, true, false},
        KindCase{"untagged to tagged, F=4", 4, false, true},
        KindCase{"snooping off, F=4", 4, false, false, false}}) {
    run_kind(what, options, report, table);
  }
}

}  // namespace

Test kinds_test() {
  return {.name = "kinds",
          .section = "",
          .about = "multicast in a tag, from, to and between trunks, and where IGMP is not looked at",
          .run = run};
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/delay_run.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "packet_rate/background.hpp"
#include "packet_rate/control_rig.hpp"

namespace mcswitch::bench {
namespace {

constexpr PortId kStream = 0;
constexpr PortId kMember = 1;
constexpr PortId kBackground = 2;
constexpr std::size_t kPorts = kBackground + 1 + Background::kFanOut;
constexpr std::uint16_t kSize = 60;
constexpr std::uint64_t kThroughputFrames = 200'000;

class DelayBench {
 public:
  DelayBench(const DelayCase& what, unsigned worker_lcore)
      : what_{what},
        rig_{std::max(what.script.rounds + Background::kGroups, 1024U), kPorts, worker_lcore},
        background_{rig_, kBackground},
        frames_{data_frames(what.script.rounds, kSize)} {
    if (what.background_share > 0) {
      background_rate_ = what.background_share * background_.throughput(kThroughputFrames);
    }
  }

  Rig& rig() { return rig_; }
  std::atomic<bool>& stop() { return stop_; }

  DelayRun run(const DelayScript& script, PacedSource& stream) {
    stream.choose_by(script.group());
    background_.arm(background_rate_);
    rig_.prepare({{kStream, kMember, kBackground}});
    ControlRig control{rig_,
                       {.fast_leave = what_.fast_leave ? PortSet::of(kMember) : PortSet{},
                        .last_member_query_interval = what_.last_member_query_interval}};
    rig_.launch();
    control.run(stop_);
    rig_.stop();
    if (script.has_given_up()) {
      throw std::runtime_error{fmt::format("round {} of {} did not come to its end",
                                           script.delays_ns().size() + 1, what_.script.rounds)};
    }
    return {.delays_ns = script.delays_ns(), .last_member_query_time = control.last_member_query_time()};
  }

  PacedSource make_stream() {
    return PacedSource{rig_.port(kStream), frames_, kSize, what_.stream_per_second, kEndless, false};
  }

 private:
  const DelayCase what_;
  Rig rig_;
  Background background_;
  const std::vector<Template> frames_;
  double background_rate_ = 0;
  std::atomic<bool> stop_{false};
};

}  // namespace

DelayRun run_join_delay(const DelayCase& what, unsigned worker_lcore) {
  DelayBench bench{what, worker_lcore};
  JoinScript script{bench.rig().port(kMember), what.script, bench.stop()};
  PacedSource stream = bench.make_stream();
  return bench.run(script, stream);
}

DelayRun run_leave_delay(const DelayCase& what, unsigned worker_lcore) {
  DelayBench bench{what, worker_lcore};
  for (std::uint32_t group = 0; group < what.script.rounds; ++group) {
    bench.rig().join(group, PortSet::of(kMember));
  }
  LeaveScript script{bench.rig().port(kMember), what.script, bench.stop()};
  PacedSource stream = bench.make_stream();
  script.watch(stream);
  return bench.run(script, stream);
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause
//
// Leaves on the control thread's side: a ring full of them, taken in turns as lib/engine/control_thread.cpp
// does, with the rest of each turn (ControlCore::run()) in between. 100,000 groups on one port; what workers
// do with a leave is in message_bench.cpp.
//
//   fast   fast-leave port with one host: the membership ends at once, and with it the group
//   asked  we are Querier: one specific query now, a check begun
//
// One item is one leave. `slice_us`: the longest turn.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "micro/control_rig.hpp"

namespace mcswitch::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kGroups = 100'000;
constexpr PortId kPort = 3;
constexpr std::size_t kMessagesPerTurn = 64;

struct Rig : ControlRig {
  std::vector<table::LeaveMessage> leaves;  // what is in the ring

  Rig(std::size_t port_count, bool fast) : ControlRig{config_of(port_count, fast), 1U << 17} {
    const Keys keys{kGroups};
    for (const VlanGroup g : keys.present) {
      groups.join({g.vlan, IpAddress::from(g.group)}, kPort, ports[kPort].next_stamp(now), 2);
    }
    now += 1ms;
    settle();
    for (const VlanGroup g : Keys{kGroups + 1}.present) {  // another order
      table::LeaveMessage leave;
      leave.port = kPort;
      leave.vlan = g.vlan;
      leave.version = 2;
      leave.stamp = ports[kPort].next_stamp(now);
      leave.group = IpAddress::from(g.group);
      leaves.push_back(leave);
    }
    now += 1ms;
  }
  static config::Config config_of(std::size_t ports, bool fast) {
    config::Config config = control_config(ports, fast);
    config.igmp.intervals.version = 2;
    return config;
  }
};

void leaves(benchmark::State& state, bool fast) {
  const auto ports = static_cast<std::size_t>(state.range(0));
  auto most = std::chrono::steady_clock::duration::zero();
  std::uint64_t done = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto rig = std::make_unique<Rig>(ports, fast);
    state.ResumeTiming();
    const std::span<const table::LeaveMessage> all{rig->leaves};
    for (std::size_t at = 0; at < all.size(); at += kMessagesPerTurn) {
      const auto begin = std::chrono::steady_clock::now();
      for (const table::LeaveMessage& leave : all.subspan(at, std::min(kMessagesPerTurn, all.size() - at))) {
        rig->core.on_message(leave, rig->now);
      }
      rig->core.run(rig->now);
      rig->now += 10us;
      most = std::max(most, std::chrono::steady_clock::now() - begin);
    }
    if (fast) {
      rig->settle();
    }
    state.PauseTiming();
    const auto& counters = rig->core.counters();
    done =
        counters[fast ? control::ControlCounter::leaves_fast : control::ControlCounter::leaves_asked].value();
    if (done < kGroups || (fast && rig->groups.group_count() + rig->groups.retired_count() != 0)) {
      state.SkipWithError("not all leaves did what they should");
    }
    rig.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kGroups));
  state.counters["slice_us"] = std::chrono::duration<double, std::micro>(most).count();
}

void fast(benchmark::State& state) { leaves(state, true); }
void asked(benchmark::State& state) { leaves(state, false); }

BENCHMARK(fast)->Name("leaves/fast")->Arg(4)->Arg(32)->Unit(benchmark::kMillisecond);
BENCHMARK(asked)->Name("leaves/asked")->Arg(4)->Arg(32)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause
//
// Group records of version 3 on the control thread's side, on a group that has so many sources already, of
// ports 1 to 3; the record comes on port 3, from another host. What workers do with a record is in
// message_bench.cpp.
//
//   block    BLOCK of a source: one source is asked for
//   exclude  TO_EX of a source: mode EXCLUDE begins, what was requested ends
//   include  TO_IN of nothing: all sources of the port are asked for
//   forget   TO_EX of nothing on a port that excludes 183 sources, the youngest: they end
//
// One item is one record, with the turn of the control thread behind it. It is what other messages wait for,
// so `longest_us`, of all repetitions, is to stay below 500.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "micro/control_rig.hpp"
#include "proto/igmp.hpp"

namespace mcswitch::bench {
namespace {

using namespace std::chrono_literals;
using proto::RecordType;

constexpr PortId kPort = 3;

IpAddress source(std::uint32_t n) { return Ipv4Address{0x0a010001U + n}; }

void record(benchmark::State& state, RecordType type, bool forgets = false) {
  const auto sources = static_cast<std::uint32_t>(state.range(0));
  const table::GroupKey key{kVlan, Ipv4Address::of(232, 1, 1, 1)};
  auto longest = std::chrono::steady_clock::duration::zero();
  for (auto _ : state) {
    config::Config config = control_config(4, false);
    config.sw.max_sources_per_group = table::GroupTable::kMostSources;
    ControlRig rig{config, 1U << 17};
    for (std::uint32_t n = 0; n < sources; ++n) {
      const auto port = static_cast<PortId>(1 + n % 3);
      rig.groups.join_source(key, source(n), port, rig.ports[port].next_stamp(rig.now));
    }
    rig.now += 1ms;
    rig.settle();
    for (std::uint32_t n = 0; forgets && n < 183; ++n) {
      rig.groups.control_join_source(table::EntryKind::excluded, key, source(100'000 - 7 * n), kPort,
                                     rig.ports[kPort].next_stamp(rig.now));
    }
    if (forgets) {
      rig.groups.control_join(key, kPort, rig.ports[kPort].next_stamp(rig.now));
    }
    table::RecordMessage record;
    record.port = kPort;
    record.vlan = kVlan;
    record.version = 3;
    record.type = static_cast<std::uint8_t>(type);
    record.stamp = rig.ports[kPort].next_stamp(rig.now);
    record.group = key.group;
    record.source_address = Ipv4Address::of(10, 0, 0, 7);
    if (type != RecordType::change_to_include_mode && !forgets) {
      const std::array<std::uint8_t, 4> third{0x0a, 0x01, 0x00, 0x03};  // source(2), requested on port 3
      record.sources.set(AddressList::of_v4(third));
    }
    const auto begin = std::chrono::steady_clock::now();
    rig.core.on_message(record, rig.now);
    rig.core.run(rig.now);
    const auto took = std::chrono::steady_clock::now() - begin;
    longest = std::max(longest, took);
    state.SetIterationTime(std::chrono::duration<double>(took).count());
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["longest_us"] = std::chrono::duration<double, std::micro>(longest).count();
}

void block(benchmark::State& state) { record(state, RecordType::block_old_sources); }
void exclude(benchmark::State& state) { record(state, RecordType::change_to_exclude_mode); }
void include(benchmark::State& state) { record(state, RecordType::change_to_include_mode); }
void forget(benchmark::State& state) { record(state, RecordType::change_to_exclude_mode, true); }

void sizes(benchmark::internal::Benchmark* b) {
  for (const int sources : {16, 366, 1024, 4096}) {
    b->Arg(sources);
  }
  b->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(25);
}

BENCHMARK(block)->Name("record/block")->Apply(sizes);
BENCHMARK(exclude)->Name("record/exclude")->Apply(sizes);
BENCHMARK(include)->Name("record/include")->Apply(sizes);
BENCHMARK(forget)->Name("record/forget")->Apply(sizes);

}  // namespace
}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause
//
// Lookups: one at a time and in bursts of 32, of groups that are there and that are not, 1 k to 1 M groups,
// alone and while another thread joins and refreshes. One item is one lookup.

#include <benchmark/benchmark.h>

#include <thread>

#include "micro/tables.hpp"

namespace mcswitch::bench {
namespace {

enum class Wanted { present, absent };

template <typename Table>
void fill(Table& table, const Keys& keys) {
  for (std::size_t n = 0; n < keys.present.size(); ++n) {
    table.join(keys.present[n], static_cast<PortId>(n % 4));
  }
}

template <typename Table, Wanted kWanted>
void find_single(benchmark::State& state) {
  const Keys keys{static_cast<std::size_t>(state.range(0))};
  Table table{keys.present.size()};
  fill(table, keys);
  const auto& wanted = kWanted == Wanted::present ? keys.present : keys.absent;
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.find(wanted[next]));
    next = next + 1 < wanted.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}

template <typename Table>
void look_up_bursts(benchmark::State& state, const Table& table, const std::vector<VlanGroup>& wanted) {
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.find(std::span<const VlanGroup, kBurst>{wanted.data() + next, kBurst}));
    next = next + 2 * kBurst <= wanted.size() ? next + kBurst : 0;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBurst));
}

template <typename Table, Wanted kWanted>
void find_burst(benchmark::State& state) {
  const Keys keys{static_cast<std::size_t>(state.range(0))};
  Table table{keys.present.size()};
  fill(table, keys);
  look_up_bursts(state, table, kWanted == Wanted::present ? keys.present : keys.absent);
}

// Another thread joins ports to the groups that are there meanwhile, one every microsecond or so.
template <typename Table>
void find_burst_beside_writer(benchmark::State& state) {
  const Keys keys{static_cast<std::size_t>(state.range(0))};
  Table table{keys.present.size()};
  fill(table, keys);
  std::atomic<bool> stop{false};
  std::thread writer{[&] {
    for (std::size_t n = 0; !stop.load(std::memory_order_relaxed); n = (n + 1) % keys.present.size()) {
      table.join(keys.present[n], static_cast<PortId>((n + 1) % 4));
      for (int pause = 0; pause < 25; ++pause) {
        rte_pause();
      }
    }
  }};
  look_up_bursts(state, table, keys.present);
  stop = true;
  writer.join();
}

template <typename Table>
void add() {
  const std::string name = Table::kName;
  const auto sized = [](benchmark::internal::Benchmark* b) {
    for (const std::int64_t groups : {1 << 10, 1 << 14, 1 << 17, 1 << 20}) {
      b->Arg(groups);
    }
  };
  sized(
      benchmark::RegisterBenchmark(("find/single/hit/" + name).c_str(), find_single<Table, Wanted::present>));
  sized(
      benchmark::RegisterBenchmark(("find/single/miss/" + name).c_str(), find_single<Table, Wanted::absent>));
  sized(benchmark::RegisterBenchmark(("find/burst/hit/" + name).c_str(), find_burst<Table, Wanted::present>));
  sized(benchmark::RegisterBenchmark(("find/burst/miss/" + name).c_str(), find_burst<Table, Wanted::absent>));
  sized(benchmark::RegisterBenchmark(("find/burst/hit-beside-writer/" + name).c_str(),
                                     find_burst_beside_writer<Table>));
}

const bool added = [] {
  add<McsTable>();
  add<RteHash>();
  add<TbbHashMap>();
  add<TbbUnordered>();
  return true;
}();

}  // namespace
}  // namespace mcswitch::bench

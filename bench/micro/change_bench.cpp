// SPDX-License-Identifier: BSD-3-Clause
//
// Joins of new groups, refreshes of memberships that are there, leaves. One item is one of them.

#include <benchmark/benchmark.h>

#include "micro/tables.hpp"

namespace mcswitch::bench {
namespace {

// A table of `range` groups from empty to full, again and again; making and ending the table is not counted.
template <typename Table>
void join(benchmark::State& state) {
  const Keys keys{static_cast<std::size_t>(state.range(0))};
  for (auto _ : state) {
    state.PauseTiming();
    auto table = std::make_unique<Table>(keys.present.size());
    state.ResumeTiming();
    for (const VlanGroup g : keys.present) {
      table->join(g, 2);
    }
    state.PauseTiming();
    table.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <typename Table>
void refresh(benchmark::State& state) {
  const Keys keys{static_cast<std::size_t>(state.range(0))};
  Table table{keys.present.size()};
  for (const VlanGroup g : keys.present) {
    table.join(g, 2);
  }
  std::size_t next = 0;
  for (auto _ : state) {
    table.join(keys.present[next], 2);
    next = next + 1 < keys.present.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}

class NoReaders final : public table::GracePeriod {
 public:
  std::uint64_t begin() override { return 0; }
  bool has_passed(std::uint64_t) override { return true; }
};

// Each membership ends, and its entry is free again.
void leave(benchmark::State& state) {
  const Keys keys{static_cast<std::size_t>(state.range(0))};
  NoReaders nobody;
  for (auto _ : state) {
    state.PauseTiming();
    auto table = std::make_unique<McsTable>(keys.present.size());
    for (const VlanGroup g : keys.present) {
      table->join(g, 2);
    }
    state.ResumeTiming();
    table::GroupControl& groups = table->table();
    for (const VlanGroup g : keys.present) {
      groups.remove(groups.find_entry({g.vlan, IpAddress::from(g.group)}), 2, INT64_MAX);
    }
    while (groups.retired_count() != 0) {
      groups.reclaim(nobody, 1024);
    }
    state.PauseTiming();
    table.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <typename Table>
void add() {
  const std::string name = Table::kName;
  const auto sized = [](benchmark::internal::Benchmark* b) {
    for (const std::int64_t groups : {1 << 10, 1 << 17, 1 << 20}) {
      b->Arg(groups);
    }
  };
  sized(benchmark::RegisterBenchmark(("join/" + name).c_str(), join<Table>));
  sized(benchmark::RegisterBenchmark(("refresh/" + name).c_str(), refresh<Table>));
}

const bool added = [] {
  add<McsTable>();
  add<RteHash>();
  add<TbbHashMap>();
  add<TbbUnordered>();
  benchmark::RegisterBenchmark("leave/mcswitch", leave)->Arg(1 << 10)->Arg(1 << 17)->Arg(1 << 20);
  return true;
}();

}  // namespace
}  // namespace mcswitch::bench

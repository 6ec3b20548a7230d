// SPDX-License-Identifier: BSD-3-Clause
//
// Sorting the rows of a listing, as `mcsctl groups` does before it prints: (VLAN, group, source, port), a
// member on four ports for each group, in the order in which no table holds them. One item is one row.
//
//   octets    one string of bytes a row, compared by memcmp; all in one piece of memory
//   prefix    its first 16 bytes as two words next to the row's number
//   std::sort and tbb::parallel_sort, which uses as many threads as the affinity mask has processors
//   (run it below `taskset` to see what is left of it where a worker has the other core)

#include <benchmark/benchmark.h>
#include <sched.h>
#include <tbb/info.h>
#include <tbb/parallel_sort.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/net_text.hpp"
#include "telemetry/records.hpp"

namespace mcswitch::bench {
namespace {

const std::string kPortNames[] = {"m1", "m2", "m3", "m4"};
constexpr std::size_t kPorts = std::size(kPortNames);

// Of the program as it was started: DPDK binds the thread to one processor, and TBB's threads would inherit
// it.
const cpu_set_t kProcessors = [] {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  return set;
}();

// Numbers of rows, shuffled.
std::vector<std::uint32_t> shuffled(std::size_t rows) {
  std::vector<std::uint32_t> order(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    order[i] = static_cast<std::uint32_t>(i);
  }
  std::shuffle(order.begin(), order.end(), std::mt19937_64{rows});
  return order;
}
Ipv4Address group_of(std::uint32_t row) {
  return Ipv4Address{0xef80'0000U + static_cast<std::uint32_t>(row / kPorts)};
}

struct Bytes {
  struct Place {
    std::size_t begin;
    std::uint32_t length;
    std::uint32_t row;
  };
  std::string bytes;
  std::vector<Place> places;

  explicit Bytes(std::size_t rows) {
    for (const std::uint32_t row : shuffled(rows)) {
      const std::size_t begin = bytes.size();
      bytes.append("\1\0\0\0\0\0\0\0\7\3", 10);
      std::array<std::uint8_t, 16> address{};
      IpAddress::from(group_of(row)).to_bytes(address.data());
      bytes.append(address.begin(), address.end());
      bytes.append("\2*\0\0\2m", 6);
      bytes += static_cast<char>('1' + row % kPorts);
      bytes.append("\0\0", 2);
      places.push_back({begin, static_cast<std::uint32_t>(bytes.size() - begin), row});
    }
  }
  [[nodiscard]] auto less() const {
    return [all = std::string_view{bytes}](const Place& a, const Place& b) {
      const int order = all.substr(a.begin, a.length).compare(all.substr(b.begin, b.length));
      return order != 0 ? order < 0 : a.row > b.row;
    };
  }
};

struct Prefix {
  struct Place {
    std::uint64_t high;
    std::uint64_t low;
    std::uint32_t tail;
    std::uint32_t row;
  };
  std::vector<Place> places;

  explicit Prefix(std::size_t rows) {
    for (const std::uint32_t row : shuffled(rows)) {
      const std::uint64_t group = group_of(row).bits;
      places.push_back(
          {0x0100'0703'0000'0000ULL | group, 0x022a'0002'6d00'0000ULL | (row % kPorts) << 16, 0, row});
    }
  }
  [[nodiscard]] static auto less() {
    return [](const Place& a, const Place& b) {
      return a.high != b.high ? a.high < b.high : a.low != b.low ? a.low < b.low : a.row > b.row;
    };
  }
};

template <typename Rows, bool kParallel>
void sort(benchmark::State& state) {
  sched_setaffinity(0, sizeof kProcessors, &kProcessors);
  const Rows unsorted{static_cast<std::size_t>(state.range(0))};
  for (auto _ : state) {
    state.PauseTiming();
    auto places = unsorted.places;
    state.ResumeTiming();
    if constexpr (kParallel) {
      tbb::parallel_sort(places.begin(), places.end(), unsorted.less());
    } else {
      std::sort(places.begin(), places.end(), unsorted.less());
    }
    state.PauseTiming();
    if (!std::is_sorted(places.begin(), places.end(), unsorted.less())) {
      state.SkipWithError("not sorted");
    }
    places = {};
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["threads"] = kParallel ? tbb::info::default_concurrency() : 1;
}

// The whole work: what mcsctl does with its rows.
void records(benchmark::State& state) {
  using telemetry::ColumnKind;
  const auto rows = static_cast<std::size_t>(state.range(0));
  const std::vector<std::uint32_t> order = shuffled(rows);
  for (auto _ : state) {
    state.PauseTiming();
    telemetry::Records all{{{"vlan", ColumnKind::number},
                            {"group", ColumnKind::address},
                            {"source", ColumnKind::address},
                            {"port", ColumnKind::text},
                            {"expires_ms", ColumnKind::number}}};
    for (const std::uint32_t row : order) {
      const telemetry::Value values[] = {std::uint64_t{7}, to_string(group_of(row)), "*",
                                         kPortNames[row % kPorts], std::uint64_t{row}};
      all.add(values);
    }
    state.ResumeTiming();
    all.sort(4);
    benchmark::DoNotOptimize(all.value(0, 0));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void sizes(benchmark::internal::Benchmark* b) {
  b->Arg(1'000'000)->Arg(4'000'000)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(sort<Bytes, false>)->Name("sort/octets/std::sort")->Apply(sizes);
BENCHMARK(sort<Bytes, true>)->Name("sort/octets/tbb::parallel_sort")->Apply(sizes);
BENCHMARK(sort<Prefix, false>)->Name("sort/prefix/std::sort")->Apply(sizes);
BENCHMARK(sort<Prefix, true>)->Name("sort/prefix/tbb::parallel_sort")->Apply(sizes);
BENCHMARK(records)->Name("sort/records")->Apply(sizes);

}  // namespace
}  // namespace mcswitch::bench

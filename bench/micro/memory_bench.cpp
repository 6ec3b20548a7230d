// SPDX-License-Identifier: BSD-3-Clause
//
// What the memory itself allows a table: cache lines at random, prefetched in bursts of 32 and then read,
// without a hash, a comparison or a chain. The argument is the memory in MiB; a table of 1 M groups has 32
// MiB of buckets. One item is one line.

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "base/large_array.hpp"

namespace mcswitch::bench {
namespace {

struct alignas(64) Line {
  std::uint64_t value = 1;
};

void random_lines(benchmark::State& state) {
  constexpr std::size_t kBurst = 32;
  const auto count = static_cast<std::size_t>(state.range(0)) * 1024 * 1024 / sizeof(Line);
  const LargeArray<Line> lines = make_large_array<Line>(count);
  std::mt19937_64 random{1};
  std::vector<std::uint32_t> wanted(std::size_t{1} << 20);
  for (std::uint32_t& line : wanted) {
    line = static_cast<std::uint32_t>(random() % count);
  }
  std::size_t next = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBurst; ++i) {
      __builtin_prefetch(&lines[wanted[next + i]], 0, 3);
    }
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kBurst; ++i) {
      sum += lines[wanted[next + i]].value;
    }
    benchmark::DoNotOptimize(sum);
    next = (next + kBurst) % wanted.size();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBurst));
}

BENCHMARK(random_lines)->Name("memory/random-lines")->Arg(1)->Arg(32)->Arg(128);

}  // namespace
}  // namespace mcswitch::bench

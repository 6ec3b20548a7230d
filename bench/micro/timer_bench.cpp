// SPDX-License-Identifier: BSD-3-Clause
//
// A million memberships (262144 groups on four ports): their timers armed, and all of them ending at once.
// One item is one membership. `slice_us`: the longest that one call took, which the control thread makes
// before it looks at its rings again (budgets as in lib/control/control_core.cpp).

#include <benchmark/benchmark.h>

#include <chrono>

#include "control/membership_timers.hpp"
#include "micro/tables.hpp"

namespace mcswitch::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kGroups = 1U << 18;
constexpr std::size_t kPorts = 4;
constexpr std::size_t kFreshPerRun = 64;
constexpr std::size_t kTimersPerRun = 96;
constexpr TimePoint kStart{10s};

struct Memberships {
  table::GroupControl groups{kGroups, kPorts, 1};
  std::unique_ptr<control::TimesTable> times = std::make_unique<control::TimesTable>();
  control::ControlCounters counters;
  control::Memberships memberships{groups, {}};
  control::MembershipTimers timers;

  Memberships() : timers{(fill(), groups), memberships, *times, counters} { timers.start(kStart); }

 private:
  void fill() {
    (*times)[kVlan] = {.group_membership = 260s, .older_host_present = 260s};
    for (std::uint32_t n = 0; n < kGroups; ++n) {
      for (PortId port = 0; port < kPorts; ++port) {
        groups.join({kVlan, IpAddress::from(Ipv4Address{0xef000000U + n})}, port, stamp_at(kStart), 2);
      }
    }
  }
};

// Calls `slice` until it says that nothing is left; the longest call in microseconds.
template <typename Slice>
double longest(Slice&& slice) {
  auto most = std::chrono::steady_clock::duration::zero();
  bool more = true;
  while (more) {
    const auto begin = std::chrono::steady_clock::now();
    more = slice();
    most = std::max(most, std::chrono::steady_clock::now() - begin);
  }
  return std::chrono::duration<double, std::micro>(most).count();
}

void arm(benchmark::State& state) {
  double most = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto all = std::make_unique<Memberships>();
    state.ResumeTiming();
    most = std::max(most, longest([&] { return all->timers.take_fresh(kStart, kFreshPerRun); }));
    state.PauseTiming();
    all.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kGroups * kPorts);
  state.counters["slice_us"] = most;
}

void expire(benchmark::State& state) {
  double most = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto all = std::make_unique<Memberships>();
    while (all->timers.take_fresh(kStart, kFreshPerRun)) {
    }
    state.ResumeTiming();
    most = std::max(most, longest([&] { return all->timers.expire(kStart + 261s, kTimersPerRun); }));
    state.PauseTiming();
    if (all->groups.group_count() != 0) {
      state.SkipWithError("not all have ended");
    }
    all.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kGroups * kPorts);
  state.counters["slice_us"] = most;
}

BENCHMARK(arm)->Name("timers/arm")->Unit(benchmark::kMillisecond);
BENCHMARK(expire)->Name("timers/expire")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mcswitch::bench

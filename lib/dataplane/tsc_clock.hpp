// SPDX-License-Identifier: BSD-3-Clause
//
// The clock of the programs: the time-stamp counter, steered by CLOCK_MONOTONIC. The counter is the same on
// all cores (constant_tsc, nonstop_tsc), so workers and the control thread share one time line. What DPDK
// knows of its frequency is 0.2 % wrong where the CPU does not tell it, as in most virtual machines.
//
// Threads: now() from any thread; follow() from one. Make one clock after rte_eal_init() and hand out copies:
// all have one line.

#pragma once

#include <rte_cycles.h>
#include <time.h>

#include <cstdint>
#include <memory>

#include "base/steered_clock.hpp"
#include "base/time.hpp"

namespace mcswitch::dataplane {

class TscClock {
 public:
  TscClock() : line_{std::make_shared<SteeredClock>(rte_rdtsc(), rte_get_tsc_hz(), monotonic())} {}

  [[nodiscard]] TimePoint now() const noexcept { return line_->at(rte_rdtsc()); }

  // Looks at CLOCK_MONOTONIC if it is time for it. To be called before now() by the thread whose timers run
  // by it, so that they do not meet a jump.
  void follow() const {
    if (line_->needs_to_follow(rte_rdtsc())) {
      look();
    }
  }

 private:
  static Duration monotonic() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return std::chrono::seconds{time.tv_sec} + Duration{time.tv_nsec};
  }

  // A reading of the one between two readings of the other; the closest of three, as the thread may be
  // interrupted in between.
  void look() const {
    std::uint64_t counter = 0;
    std::uint64_t apart = UINT64_MAX;
    Duration reference{};
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t before = rte_rdtsc();
      const Duration between = monotonic();
      const std::uint64_t after = rte_rdtsc();
      if (after - before < apart) {
        apart = after - before;
        counter = before + apart / 2;
        reference = between;
      }
    }
    line_->follow(counter, reference);
  }

  std::shared_ptr<SteeredClock> line_;
};

}  // namespace mcswitch::dataplane

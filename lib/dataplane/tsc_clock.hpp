// SPDX-License-Identifier: BSD-3-Clause
//
// The clock of the programs: the time-stamp counter, as nanoseconds since the clock was made. Constant
// rate and the same on all cores (constant_tsc, nonstop_tsc), so workers and the control thread share
// one time line without sharing anything.
//
// Threads: now() from any thread. Make one clock after rte_eal_init() and hand out copies.

#pragma once

#include <rte_cycles.h>

#include <cstdint>

#include "base/time.hpp"

namespace mcswitch::dataplane {

class TscClock {
 public:
  TscClock()
      : start_{rte_rdtsc()},
        // 2^32 nanoseconds per tick; with a TSC of 1 GHz or more that fits 32 bits and a day is exact
        // to a few microseconds.
        scale_{static_cast<std::uint64_t>(
            (__extension__ static_cast<unsigned __int128>(1'000'000'000) << 32) / rte_get_tsc_hz())} {}

  [[nodiscard]] TimePoint now() const noexcept {
    __extension__ using Wide = unsigned __int128;
    const Wide ns = static_cast<Wide>(rte_rdtsc() - start_) * scale_ >> 32;
    // One second on, so that no TimePoint of the switch is 0: 0 means "never" in a Stamp.
    return TimePoint{std::chrono::seconds{1} + Duration{static_cast<std::int64_t>(ns)}};
  }

 private:
  std::uint64_t start_;
  std::uint64_t scale_;
};

}  // namespace mcswitch::dataplane

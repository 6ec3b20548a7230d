// SPDX-License-Identifier: BSD-3-Clause
//
// Time. Protocol and table code never reads a clock: every function that depends on time takes a
// TimePoint. The programs make TimePoints from the TSC (lib/dataplane/tsc_clock.hpp), tests from a clock that
// only the test moves (tests/support/manual_clock.hpp).

#pragma once

#include <chrono>
#include <cstdint>

namespace mcswitch {

using Duration = std::chrono::nanoseconds;

// The switch's own time line: nanoseconds since an arbitrary start. It has no now() on purpose.
struct SwitchClock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<SwitchClock, Duration>;
  static constexpr bool is_steady = true;
};

using TimePoint = SwitchClock::time_point;

inline constexpr TimePoint kNever = TimePoint::max();

// Order of receipt of membership messages on one port: the time of receipt in nanoseconds, made
// strictly rising per port by the one worker that receives the port's IGMP and MLD. 0 means "never".
// A stamp is therefore also the time of the message, never earlier than the receipt.
using Stamp = std::uint64_t;

constexpr Stamp stamp_at(TimePoint t) { return static_cast<Stamp>(t.time_since_epoch().count()); }
constexpr TimePoint time_of(Stamp s) { return TimePoint{Duration{static_cast<std::int64_t>(s)}}; }

}  // namespace mcswitch

// SPDX-License-Identifier: BSD-3-Clause
//
// The clock of this tester: the one by which the kernel stamps frames that arrive (CLOCK_REALTIME), in
// nanoseconds. It may be set while a test runs; ClockWatch detects that.

#pragma once

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace mcswitch::bench::interfaces {

using Nanoseconds = std::int64_t;

constexpr Nanoseconds kMicrosecond = 1'000;
constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kSecond = 1'000'000'000;

inline Nanoseconds read_clock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

inline Nanoseconds now_ns() { return read_clock(CLOCK_REALTIME); }

inline double to_us(Nanoseconds t) { return static_cast<double>(t) / 1e3; }
inline double to_seconds(Nanoseconds t) { return static_cast<double>(t) / 1e9; }

// Has the clock been set since this was made? A slow correction of its speed does not count.
class ClockWatch {
 public:
  [[nodiscard]] bool was_set() const { return std::llabs(offset() - offset_) > kMillisecond; }

 private:
  static Nanoseconds offset() { return now_ns() - read_clock(CLOCK_MONOTONIC); }
  const Nanoseconds offset_ = offset();
};

}  // namespace mcswitch::bench::interfaces

// SPDX-License-Identifier: BSD-3-Clause
//
// ManualClock: the clock of a test. It stands still until the test moves it.

#pragma once

#include "base/time.hpp"

namespace mcswitch::test {

class ManualClock {
 public:
  // Not zero, and not a round number of anything: code that takes TimePoint{} for "never", or a time
  // since the start for a time, is found out.
  static constexpr TimePoint kStart{std::chrono::hours{1} + Duration{1'234'567}};

  constexpr ManualClock() = default;
  constexpr explicit ManualClock(TimePoint start) : now_{start} {}

  [[nodiscard]] constexpr TimePoint now() const { return now_; }
  // Returns the new time.
  constexpr TimePoint advance(Duration by) { return now_ += by; }

 private:
  TimePoint now_ = kStart;
};

}  // namespace mcswitch::test

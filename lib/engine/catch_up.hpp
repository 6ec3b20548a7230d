// SPDX-License-Identifier: BSD-3-Clause
//
// CatchUp: after a pause of the control thread, timers wait until the workers have looked at what has waited
// in the devices meanwhile. It is over when each worker has found all its queues empty, and after kLongest at
// most: under full load none ever does. Another pause meanwhile does not lengthen it, so that a thread that
// is interrupted all the time still does its work.
//
// Threads: the control thread's.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace mcswitch::engine {

class CatchUp {
 public:
  static constexpr Duration kLongest = std::chrono::milliseconds{100};

  // A pause ends at `now`. `idle_turns`: in how many turns each worker has found nothing so far.
  void begin(std::vector<std::uint64_t> idle_turns, TimePoint now) {
    if (!is_on_) {
      is_on_ = true;
      idle_turns_ = std::move(idle_turns);
      until_ = now + kLongest;
    }
  }

  // Between begin() and end().
  [[nodiscard]] bool is_on() const { return is_on_; }

  [[nodiscard]] bool is_over(const std::vector<std::uint64_t>& idle_turns, TimePoint now) const {
    // The turn that the pause was in may have passed a queue before; the one after it looks at all.
    constexpr std::uint64_t kTurns = 2;
    for (std::size_t worker = 0; worker < idle_turns_.size() && now < until_; ++worker) {
      if (idle_turns[worker] < idle_turns_[worker] + kTurns) {
        return false;
      }
    }
    return true;
  }

  void end() { is_on_ = false; }

 private:
  bool is_on_ = false;
  std::vector<std::uint64_t> idle_turns_;
  TimePoint until_;
};

}  // namespace mcswitch::engine

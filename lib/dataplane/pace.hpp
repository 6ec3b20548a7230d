// SPDX-License-Identifier: BSD-3-Clause
//
// Pace: how many frames of a queue a worker handles before it looks at the other queues. A burst of data
// takes a microsecond or two; a host's report with as many groups or sources as fit into one takes 20 to 70,
// and a burst of those would keep all other ports waiting for milliseconds.
//
// Threads: the worker's own. Pure.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/time.hpp"

namespace mcswitch::dataplane {

// So many frames are taken from a device at once.
inline constexpr std::uint16_t kBurst = 32;

class Pace {
 public:
  // A queue is served in a row for so long, unless a single frame takes longer: as eight bursts of version 2
  // reports of new groups need. With half of that, joins beside a stream were a quarter slower.
  static constexpr Duration kRow = std::chrono::microseconds{100};

  // So many frames at most are to be handled at once; 1 to kBurst.
  [[nodiscard]] std::uint16_t frames() const noexcept { return frames_; }

  // So many frames took so long. What takes too long brings the pace down at once; it rises by doubling.
  void took(std::uint16_t frames, Duration time) noexcept {
    const auto fit = time > kRow ? frames * kRow.count() / time.count() : 2 * frames_;
    frames_ = static_cast<std::uint16_t>(std::clamp<std::int64_t>(fit, 1, kBurst));
  }

 private:
  std::uint16_t frames_ = kBurst;
};

}  // namespace mcswitch::dataplane

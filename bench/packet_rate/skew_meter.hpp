// SPDX-License-Identifier: BSD-3-Clause
//
// SkewMeter: the time from the first replica of a frame to its last one, by the number that its stamp says.
// Knows the last kWindow frames; one of which a replica is missing is forgotten when another takes its slot.

#pragma once

#include <cstdint>
#include <vector>

namespace mcswitch::bench {

class SkewMeter {
 public:
  static constexpr std::size_t kWindow = 4096;

  explicit SkewMeter(std::uint32_t replicas) : replicas_{replicas} {}

  // True if `skew` is that of a frame whose last replica this was.
  bool saw(std::uint64_t number, std::uint64_t now, std::uint64_t& skew) {
    Slot& slot = slots_[number % kWindow];
    if (slot.seen == 0 || slot.number != number) {
      slot = {.number = number, .first = now, .seen = 0};
    }
    if (++slot.seen < replicas_) {
      return false;
    }
    skew = now - slot.first;
    slot.seen = 0;
    return true;
  }

 private:
  struct Slot {
    std::uint64_t number = 0;
    std::uint64_t first = 0;
    std::uint32_t seen = 0;
  };
  const std::uint32_t replicas_;
  std::vector<Slot> slots_ = std::vector<Slot>(kWindow);
};

}  // namespace mcswitch::bench

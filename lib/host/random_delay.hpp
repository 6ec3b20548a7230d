// SPDX-License-Identifier: BSD-3-Clause
//
// Random delays of a host's reports (RFC 2236 section 6, "start timer"): uniform in (0, max]. A parameter
// of the machines, so that a test says what is drawn and a run can be repeated.
//
// One thread; hosts of one thread may share a source.

#pragma once

#include <cassert>
#include <cstdint>
#include <random>

#include "base/time.hpp"

namespace mcswitch::host {

class RandomDelay {
 public:
  virtual ~RandomDelay() = default;
  // More than 0, at most `max`. `max` is more than 0.
  virtual Duration draw(Duration max) = 0;
};

// The generator is SplitMix64: eight bytes of state, so that thousands of hosts may each have their own.
// With the same seed and the same calls it gives the same delays.
class SeededDelay final : public RandomDelay {
 public:
  explicit SeededDelay(std::uint64_t seed) : bits_{seed} {}

  Duration draw(Duration max) override {
    assert(max > Duration::zero());
    return Duration{std::uniform_int_distribution<Duration::rep>{1, max.count()}(bits_)};
  }

 private:
  struct Bits {
    using result_type = std::uint64_t;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return UINT64_MAX; }
    result_type operator()() {
      state += 0x9e37'79b9'7f4a'7c15;
      std::uint64_t z = state;
      z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
      z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
      return z ^ z >> 31;
    }
    std::uint64_t state;
  };

  Bits bits_;
};

}  // namespace mcswitch::host

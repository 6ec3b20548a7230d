// SPDX-License-Identifier: BSD-3-Clause
//
// Random: random numbers for one purpose. All come from the seed of the run, and each purpose has its own, so
// that one more draw here changes nothing there: what is being minimised stays what it was.

#pragma once

#include <cstdint>
#include <random>
#include <string_view>

#include "base/time.hpp"

namespace mcswitch::test::sim {

class Random {
 public:
  Random(std::uint64_t seed, std::string_view purpose) : bits_{mixed(seed, purpose)} {}

  std::uint64_t number() { return bits_(); }
  // 0 to n - 1; n is 1 to 2^31. Not std::uniform_int_distribution, whose numbers are the library's own
  // choice.
  unsigned below(unsigned n) { return static_cast<unsigned>((bits_() >> 33) % n); }
  bool one_in(unsigned n) { return below(n) == 0; }
  // From a microsecond to `most`.
  Duration up_to(Duration most) {
    const auto range = static_cast<std::uint64_t>(most / std::chrono::microseconds{1});
    return std::chrono::microseconds{1 + bits_() % range};
  }

 private:
  // FNV-1a.
  static std::uint64_t mixed(std::uint64_t seed, std::string_view purpose) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325 ^ seed;
    for (const char c : purpose) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
    }
    return hash;
  }

  std::mt19937_64 bits_;
};

}  // namespace mcswitch::test::sim

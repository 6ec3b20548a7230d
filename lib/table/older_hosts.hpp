// SPDX-License-Identifier: BSD-3-Clause
//
// Older hosts of one membership: when a host of version 1 and one of version 2 last reported (RFC 9776
// section 7.3.2, RFC 2236 section 5), and the version of the last report. A value of 64 bits, so that it fits
// into a Membership and is replaced in one store.
//
// They end with the membership, where section 7.3.2 keeps its timers with the group record. That takes
// nothing from an older host: a membership ends when nobody has answered in time, when its only host has
// left, or with the link; so the older host is not there any more, and one that comes reports and is noted
// anew.
//
// Times are kept in ticks of 2^20 ns (1.05 ms), rounded up: an older host counts as present for up to a tick
// longer than its interval. 31 bits of ticks wrap after 26 days; the owner of one of these clears what is
// over long before (without_old()).
//
// Pure.

#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace mcswitch::table {

class OlderHosts {
 public:
  constexpr OlderHosts() = default;
  static constexpr OlderHosts from_bits(std::uint64_t bits) { return OlderHosts{bits}; }
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }

  // 1, 2 or 3; 3 if there was no report.
  [[nodiscard]] constexpr std::uint8_t last_version() const {
    return (bits_ & kVersion) == 0 ? std::uint8_t{3} : static_cast<std::uint8_t>(bits_ & kVersion);
  }

  // A report of `version` 1, 2 or 3 was heard.
  [[nodiscard]] constexpr OlderHosts after_report(std::uint8_t version, Stamp at) const {
    std::uint64_t bits = (bits_ & ~kVersion) | (version & kVersion);
    if (version == 1 || version == 2) {
      bits = (bits & ~(kTick << shift(version))) | tick_of(at) << shift(version);
    }
    return OlderHosts{bits};
  }

  // Does a host of `version` 1 or 2 count as present, for `interval` after its last report?
  [[nodiscard]] constexpr bool is_present(std::uint8_t version, TimePoint now, Duration interval) const {
    const std::uint64_t tick = bits_ >> shift(version) & kTick;
    return tick != 0 && last(tick, now) + interval > now;
  }
  [[nodiscard]] constexpr bool is_any_present(TimePoint now, Duration interval) const {
    return is_present(1, now, interval) || is_present(2, now, interval);
  }
  // Without those that do not count as present any more.
  [[nodiscard]] constexpr OlderHosts without_old(TimePoint now, Duration interval) const {
    std::uint64_t bits = bits_;
    for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
      if (!is_present(version, now, interval)) {
        bits &= ~(kTick << shift(version));
      }
    }
    return OlderHosts{bits};
  }

  friend constexpr bool operator==(OlderHosts, OlderHosts) = default;

 private:
  static constexpr unsigned kTickShift = 20;
  static constexpr std::uint64_t kVersion = 3;
  static constexpr std::uint64_t kTick = 0x7fff'ffff;
  static constexpr std::uint64_t kMostAhead = 4096;

  constexpr explicit OlderHosts(std::uint64_t bits) : bits_{bits} {}
  static constexpr unsigned shift(std::uint8_t version) { return version == 1 ? 2 : 33; }
  // Rounded up, never 0, which stands for "never".
  static constexpr std::uint64_t tick_of(Stamp at) {
    const std::uint64_t tick = (at + (Stamp{1} << kTickShift) - 1) >> kTickShift & kTick;
    return tick == 0 ? 1 : tick;
  }
  static constexpr TimePoint last(std::uint64_t tick, TimePoint now) {
    const std::uint64_t now_tick = (stamp_at(now) + (Stamp{1} << kTickShift) - 1) >> kTickShift;
    const std::uint64_t ahead = (tick - now_tick) & kTick;
    // The caller took its time a moment before the report: seconds at most.
    return time_of((ahead < kMostAhead ? now_tick + ahead : now_tick - (kTick + 1 - ahead)) << kTickShift);
  }

  std::uint64_t bits_ = 0;
};

}  // namespace mcswitch::table

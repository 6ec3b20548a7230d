// SPDX-License-Identifier: BSD-3-Clause
//
// RouterSolicitation: when a switch asks the routers of a VLAN to say that they are there (RFC 4286 section
// 4): on each port that comes up, after a delay that is not the same in two switches, kCount times, kInterval
// apart, or until a router there has answered.
//
// One per VLAN; one thread.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/port_set.hpp"
#include "base/time.hpp"

namespace mcswitch::membership {

class RouterSolicitation {
 public:
  // MAX_SOLICITATION_DELAY, MAX_SOLICITATIONS, SOLICITATION_INTERVAL (RFC 4286 section 9).
  static constexpr Duration kMaxDelay = std::chrono::seconds{1};
  static constexpr std::uint8_t kCount = 3;
  static constexpr Duration kInterval = std::chrono::seconds{3};

  // `seed`: of the delays.
  explicit RouterSolicitation(std::uint64_t seed) : seed_{seed} {}

  void on_link(PortId port, bool up, TimePoint now) {
    asking_.remove(port);
    if (up) {
      asking_.add(port);
      left_[port] = kCount;
      next_[port] = now + delay_of(port);
    }
  }
  // A router behind the port has said that it is there.
  void on_answer(PortId port) { asking_.remove(port); }

  // Ports on which one is due.
  [[nodiscard]] PortSet due(TimePoint now) const {
    PortSet due;
    for (const PortId port : asking_) {
      if (next_[port] <= now) {
        due.add(port);
      }
    }
    return due;
  }
  void sent(PortSet ports, TimePoint now) {
    for (const PortId port : ports& asking_) {
      next_[port] = now + kInterval;
      if (--left_[port] == 0) {
        asking_.remove(port);
      }
    }
  }
  // When one is due; kNever: not before a port comes up.
  [[nodiscard]] TimePoint next() const {
    TimePoint next = kNever;
    for (const PortId port : asking_) {
      next = std::min(next, next_[port]);
    }
    return next;
  }

 private:
  // More than 0, at most kMaxDelay.
  [[nodiscard]] Duration delay_of(PortId port) const {
    std::uint64_t bits = (seed_ + port + 1) * 0x9e37'79b9'7f4a'7c15;
    bits = (bits ^ bits >> 32) * 0xbf58'476d'1ce4'e5b9;
    return Duration{1 +
                    static_cast<Duration::rep>((bits >> 20) % static_cast<std::uint64_t>(kMaxDelay.count()))};
  }

  std::uint64_t seed_;
  PortSet asking_;
  std::array<std::uint8_t, kMaxPorts> left_{};  // these two are valid for asking_
  std::array<TimePoint, kMaxPorts> next_{};
};

}  // namespace mcswitch::membership

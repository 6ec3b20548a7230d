// SPDX-License-Identifier: BSD-3-Clause
//
// Port queries: a port that comes up is asked as often as all ports are when a querier starts, Startup Query
// Count times, one Startup Query Interval apart (RFC 2236 sections 8.6 and 8.7). What is behind it may not
// hear the first query: a bridge that listens, a switch that boots. Queries to all ports count too, unless
// they come while hosts may still have to answer the last one that counts: they answer both by one message
// (membership/held_pruning.hpp).
//
// One per VLAN; one thread.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/port_set.hpp"
#include "base/time.hpp"
#include "membership/intervals.hpp"

namespace mcswitch::membership {

class PortQueries {
 public:
  PortQueries(std::uint8_t count, Duration interval) : count_{count}, interval_{interval} {}

  // The port has gained its link, or lost it.
  void on_link(PortId port, bool up, TimePoint now) {
    left_[port] = up ? count_ : std::uint8_t{0};
    due_[port] = now;
    up ? asking_.add(port) : asking_.remove(port);
    forget_done(port);
  }

  // Ports that are to be asked now. They are not due again before `retry`, in case there is no room.
  PortSet take_due(TimePoint now, TimePoint retry) {
    PortSet due;
    for (const PortId port : asking_) {
      if (due_[port] <= now) {
        due_[port] = retry;
        due.add(port);
      }
    }
    return due;
  }

  // A general query has left on `ports`; hosts answer within `response`.
  void on_sent(PortSet ports, Duration response, TimePoint now) {
    for (const PortId port : ports& asking_) {
      if (left_[port] < count_ && now < answered_[port]) {
        continue;
      }
      --left_[port];
      answered_[port] = now + response + kAnswerGrace;
      due_[port] = std::max(now + interval_, answered_[port]);
      forget_done(port);
    }
  }

  // When take_due() finds one; kNever: not before a port comes up.
  [[nodiscard]] TimePoint next() const {
    TimePoint next = kNever;
    for (const PortId port : asking_) {
      next = std::min(next, due_[port]);
    }
    return next;
  }

 private:
  void forget_done(PortId port) {
    if (left_[port] == 0) {
      asking_.remove(port);
    }
  }

  const std::uint8_t count_;
  const Duration interval_;
  PortSet asking_;
  // Valid for asking_.
  std::array<std::uint8_t, kMaxPorts> left_{};   // queries, at least 1
  std::array<TimePoint, kMaxPorts> due_{};       // of the next
  std::array<TimePoint, kMaxPorts> answered_{};  // from then on another one counts; if there was one
};

}  // namespace mcswitch::membership

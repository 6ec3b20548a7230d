// SPDX-License-Identifier: BSD-3-Clause
//
// Held pruning: where is it too early to leave out ports, because their hosts may not have been asked
// yet? Held means flooded. Asked only where the policy for unregistered groups is automatic.
//
// Nothing is pruned in a VLAN until a querier, another's or our own, has been known there for one query
// response interval; nor on a port until it has been up for that long after a general query. When the
// querier goes, everything is held again: a stream is never lost because of that.
//
// The query response interval is the one of the querier that asked: the Max Response Time of its general
// query (RFC 2236 section 8.3) is what the hosts go by.
//
// One per VLAN; one thread.

#pragma once

#include <algorithm>
#include <array>

#include "base/port_set.hpp"
#include "base/time.hpp"

namespace mcswitch::membership {

class HeldPruning {
 public:
  // Is a querier known now? Call it at every change; `response` is its query response interval.
  void on_querier_known(bool known, Duration response, TimePoint now) {
    if (known && !is_known_) {
      released_ = now + response;
    }
    if (!known) {
      released_ = kNever;
      asked_ = {};
    }
    is_known_ = known;
  }

  // All of `ports` have been sent a general query, or hear that of another; hosts answer within
  // `response`. The first query after a port came up counts.
  void on_general_query(PortSet ports, Duration response, TimePoint now) {
    for (const PortId port : ports & ~asked_) {
      port_released_[port] = now + response;
    }
    asked_ |= ports;
  }

  // The port has gained or lost its link: it has not been asked.
  void on_link(PortId port) { asked_.remove(port); }

  // In the whole VLAN?
  [[nodiscard]] bool is_held(TimePoint now) const { return !is_known_ || now < released_; }

  // Of `ports`, those on which pruning is held.
  [[nodiscard]] PortSet held(PortSet ports, TimePoint now) const {
    if (is_held(now)) {
      return ports;
    }
    const PortSet asked = ports & asked_;
    PortSet held = ports & ~asked_;
    for (const PortId port : asked) {
      if (now < port_released_[port]) {
        held.add(port);
      }
    }
    return held;
  }

  // The next moment after `now` at which the answer changes for one of `ports`; kNever: not before
  // something else happens.
  [[nodiscard]] TimePoint next(PortSet ports, TimePoint now) const {
    if (!is_known_) {
      return kNever;
    }
    const PortSet asked = ports & asked_;
    TimePoint next = released_ > now ? released_ : kNever;
    for (const PortId port : asked) {
      if (port_released_[port] > now) {
        next = std::min(next, port_released_[port]);
      }
    }
    return next;
  }

 private:
  bool is_known_ = false;
  TimePoint released_ = kNever;  // the VLAN; kNever: no querier known
  PortSet asked_;
  std::array<TimePoint, kMaxPorts> port_released_{};  // valid for asked_
};

}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// Membership timers: the timer of a membership ends one Group Membership Interval after its last report (RFC
// 2236 section 7, "timer expired" in Members Present; RFC 9776 section 6.2, group timers and source timers).
// The membership goes kAnswerGrace later: an answer of the last moment may be on its way. That a port
// excludes a source has no timer of its own.
//
// Workers only write stamps. A timer is armed when a membership begins, and looks at the stamp when it
// fires: refreshed meanwhile means armed again for the new end. The wheel cannot take a timer out, so one
// may be left from an earlier life of the same (entry, port); it serves the new one, which is why no timer
// is ever armed for longer than the shortest interval of all VLANs, and the grace.
//
// Control thread only. Each call is bounded by its `limit`.

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "control/control_counters.hpp"
#include "control/memberships.hpp"
#include "control/vlan_control.hpp"
#include "membership/timer_wheel.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class MembershipTimers {
  struct Links {
    table::GroupControl* groups;
    [[nodiscard]] std::uint32_t& link(std::uint32_t index) const { return at(index).timer_link; }
    [[nodiscard]] table::Membership& at(std::uint32_t index) const {
      const auto ports = static_cast<std::uint32_t>(groups->port_count());
      return groups->membership(index / ports, static_cast<PortId>(index % ports));
    }
  };

 public:
  MembershipTimers(table::GroupControl& groups, Memberships& memberships, const TimesTable& times,
                   ControlCounters& counters);

  // Once, before the others.
  void start(TimePoint now);

  // Arms the timers of memberships that are new since the last call, `limit` groups at most. True: there are
  // more.
  bool take_fresh(TimePoint now, std::size_t limit);

  // Ends the memberships whose interval has passed; looks at `limit` timers at most. True: more are due.
  bool expire(TimePoint now, std::size_t limit);

  // Bytes that the constructor takes, without the object itself.
  static constexpr std::size_t memory_size() { return membership::TimerWheel<Links>::kMemory; }

  // When expire() has something to do.
  [[nodiscard]] TimePoint next() const { return wheel_.next(); }

 private:
  // The time for which a timer that fires is armed next.
  TimePoint look_at(std::uint32_t index, TimePoint now);
  // When to look at a membership whose timer ends at `end`.
  [[nodiscard]] TimePoint look_after(TimePoint end, TimePoint now) const;

  table::GroupControl& groups_;
  Memberships& memberships_;
  const TimesTable& times_;
  ControlCounters& counters_;
  Duration shortest_interval_{};
  membership::TimerWheel<Links> wheel_;
};

}  // namespace mcswitch::control

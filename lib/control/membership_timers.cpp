// SPDX-License-Identifier: BSD-3-Clause

#include "control/membership_timers.hpp"

#include <algorithm>

namespace mcswitch::control {

MembershipTimers::MembershipTimers(table::GroupTable& groups, const IntervalTable& intervals,
                                   ControlCounters& counters)
    : groups_{groups}, intervals_{intervals}, counters_{counters}, wheel_{Links{&groups}} {}

void MembershipTimers::start(TimePoint now) {
  shortest_interval_ = decltype(wheel_)::kRange;
  for (const Duration interval : intervals_) {
    if (interval > Duration::zero()) {
      shortest_interval_ = std::min(shortest_interval_, interval);
    }
  }
  wheel_.start(now);
}

TimePoint MembershipTimers::capped(TimePoint end, TimePoint now) const {
  return std::min(end, now + shortest_interval_);
}

bool MembershipTimers::take_fresh(TimePoint now, std::size_t limit) {
  return groups_.drain_fresh(limit, [&](table::EntryId id) {
    const Duration interval = intervals_[groups_.key(id).vlan];
    for (const PortId port : groups_.ports(id)) {
      const table::Membership& m = groups_.membership(id, port);
      if (!m.timer_armed) {
        const TimePoint end = time_of(m.stamp.load(std::memory_order_relaxed)) + interval;
        wheel_.arm(static_cast<std::uint32_t>(id * groups_.port_count() + port), capped(end, now));
      }
    }
  });
}

bool MembershipTimers::expire(TimePoint now, std::size_t limit) {
  return wheel_.advance(now, limit, [&](std::uint32_t index) { return look_at(index, now); });
}

TimePoint MembershipTimers::look_at(std::uint32_t index, TimePoint now) {
  const auto id = static_cast<table::EntryId>(index / groups_.port_count());
  const auto port = static_cast<PortId>(index % groups_.port_count());
  if (!groups_.ports(id).contains(port)) {
    return kNever;
  }
  const table::Membership& m = groups_.membership(id, port);
  const Duration interval = intervals_[groups_.key(id).vlan];
  while (true) {
    const Stamp report = m.stamp.load(std::memory_order_relaxed);
    const TimePoint end = time_of(report) + interval;
    if (end > now) {
      return capped(end, now);
    }
    if (groups_.remove(id, port, report)) {
      counters_[ControlEventCount::memberships_expired].add();
      return kNever;
    }
    // A report came in between: look again.
  }
}

}  // namespace mcswitch::control

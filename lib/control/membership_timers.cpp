// SPDX-License-Identifier: BSD-3-Clause

#include "control/membership_timers.hpp"

#include <algorithm>

namespace mcswitch::control {
namespace {

// Longer than any Older Host Present Interval, whatever a querier may say; and well below the 26 days after
// which the times come round (table/older_hosts.hpp).
constexpr Duration kOlderHostsKept = std::chrono::hours{24 * 10};

}  // namespace

MembershipTimers::MembershipTimers(table::GroupControl& groups, Memberships& memberships,
                                   const TimesTable& times, ControlCounters& counters)
    : groups_{groups},
      memberships_{memberships},
      times_{times},
      counters_{counters},
      wheel_{Links{&groups}} {}

void MembershipTimers::start(TimePoint now) {
  shortest_interval_ = decltype(wheel_)::kRange;
  shortest_interval_ -= membership::kAnswerGrace;
  for (const MembershipTimes& times : times_) {
    if (times.group_membership > Duration::zero()) {
      shortest_interval_ = std::min(shortest_interval_, times.group_membership);
    }
  }
  wheel_.start(now);
}

TimePoint MembershipTimers::look_after(TimePoint end, TimePoint now) const {
  return std::min(end, now + shortest_interval_) + membership::kAnswerGrace;
}

bool MembershipTimers::take_fresh(TimePoint now, std::size_t limit) {
  return groups_.drain_fresh(limit, [&](table::EntryId id) {
    memberships_.begun(id);
    if (groups_.kind(id) == table::EntryKind::excluded) {
      return;
    }
    const MembershipTimes& times = times_[groups_.key(id).vlan];
    for (const PortId port : groups_.ports(id)) {
      const table::Membership& m = groups_.membership(id, port);
      const auto index = static_cast<std::uint32_t>(id * groups_.port_count() + port);
      if (!wheel_.is_armed(index)) {
        wheel_.arm(index, look_after(times.end_after(m.stamp.load(std::memory_order_relaxed)), now));
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
  if (!groups_.ports(id).contains(port) || groups_.kind(id) == table::EntryKind::excluded) {
    return kNever;
  }
  table::Membership& m = groups_.membership(id, port);
  const MembershipTimes& times = times_[groups_.key(id).vlan];
  // Before the ticks in which it is kept wrap.
  std::uint64_t older = m.older.load(std::memory_order_relaxed);
  const std::uint64_t current = table::OlderHosts::from_bits(older).without_old(now, kOlderHostsKept).bits();
  if (current != older) {
    m.older.compare_exchange_strong(older, current, std::memory_order_relaxed);
  }
  while (true) {
    const Stamp report = m.stamp.load(std::memory_order_relaxed);
    const TimePoint end = times.end_after(report);
    if (end > now - membership::kAnswerGrace) {
      return look_after(end, now);
    }
    switch (memberships_.end(id, port, report)) {
      case Memberships::End::ended:
        counters_[ControlCounter::memberships_expired].add();
        return kNever;
      case Memberships::End::pinned:
        return look_after(now + times.group_membership, now);
      case Memberships::End::refreshed:
        break;  // a report came in between: look again
    }
  }
}

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "control/link_sweep.hpp"

#include <algorithm>

namespace mcswitch::control {

void LinkSweep::on_down(PortId port, TimePoint now) {
  ports_[port] = {.not_after = stamp_at(now + kStampLead),
                  .entries_left = groups_.capacity(),
                  .second_walk = now + kSecondWalkAfter};
  walking_.add(port);
  waiting_.add(port);
  macs_.forget_port(port);
}

void LinkSweep::on_up(PortId port) { waiting_.remove(port); }

bool LinkSweep::run(TimePoint now, std::size_t limit) {
  for (const PortId port : waiting_ & ~walking_) {
    Port& p = ports_[port];
    if (p.second_walk <= now) {
      p.not_after += static_cast<Stamp>(kInFlight.count());
      p.entries_left = groups_.capacity();
      waiting_.remove(port);
      walking_.add(port);
      macs_.forget_port(port);
    }
  }

  for (; limit > 0 && !walking_.empty(); --limit) {
    const table::EntryId id = cursor_;
    cursor_ = cursor_ + 1 < groups_.capacity() ? cursor_ + 1 : 0;
    for (const PortId port : walking_) {
      Port& p = ports_[port];
      // The stamp first: most entries have none for the port, and it is one load.
      const Stamp report = groups_.membership(id, port).stamp.load(std::memory_order_relaxed);
      if (report != 0 && report <= p.not_after && groups_.ports(id).contains(port) &&
          groups_.remove(id, port, p.not_after)) {
        counters_[ControlEventCount::memberships_link_lost].add();
      }
      if (--p.entries_left == 0) {
        walking_.remove(port);
      }
    }
  }
  return !walking_.empty();
}

TimePoint LinkSweep::next(TimePoint now) const {
  if (!walking_.empty()) {
    return now;
  }
  TimePoint next = kNever;
  for (const PortId port : waiting_) {
    next = std::min(next, ports_[port].second_walk);
  }
  return next;
}

}  // namespace mcswitch::control

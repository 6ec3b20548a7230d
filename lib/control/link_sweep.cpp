// SPDX-License-Identifier: BSD-3-Clause

#include "control/link_sweep.hpp"

#include <algorithm>

namespace mcswitch::control {

void LinkSweep::on_down(PortId port, TimePoint now) {
  ports_[port].not_after = stamp_at(now + kStampLead);
  ports_[port].second_walk = now + kSecondWalkAfter;
  waiting_.add(port);
  begin_walk(port);
}

void LinkSweep::begin_walk(PortId port) {
  ports_[port].entries_left = groups_.capacity();
  ports_[port].slots_left = macs_.slot_count();
  walking_.add(port);
  mac_walking_.add(port);
}

void LinkSweep::walk_macs() {
  macs_.forget(mac_walking_, mac_cursor_, kSlotsPerRun);
  mac_cursor_ = (mac_cursor_ + kSlotsPerRun) % macs_.slot_count();
  for (const PortId port : mac_walking_) {
    std::size_t& left = ports_[port].slots_left;
    left -= std::min(left, kSlotsPerRun);
    if (left == 0) {
      mac_walking_.remove(port);
    }
  }
}

void LinkSweep::on_up(PortId port) { waiting_.remove(port); }

bool LinkSweep::run(TimePoint now, std::size_t limit) {
  for (const PortId port : waiting_ & ~walking_) {
    Port& p = ports_[port];
    if (p.second_walk <= now) {
      p.not_after += static_cast<Stamp>(kInFlight.count());
      waiting_.remove(port);
      begin_walk(port);
    }
  }

  if (!mac_walking_.empty()) {
    walk_macs();
  }
  for (; limit > 0 && !walking_.empty(); --limit) {
    const table::EntryId id = cursor_;
    cursor_ = cursor_ + 1 < groups_.capacity() ? cursor_ + 1 : 0;
    for (const PortId port : walking_) {
      Port& p = ports_[port];
      // The stamp first: most entries have none for the port, and it is one load.
      const Stamp report = groups_.membership(id, port).stamp.load(std::memory_order_relaxed);
      if (report != 0 && report <= p.not_after && groups_.ports(id).contains(port) &&
          memberships_.end(id, port, p.not_after) == Memberships::End::ended) {
        counters_[ControlCounter::memberships_link_lost].add();
      }
      if (--p.entries_left == 0) {
        walking_.remove(port);
      }
    }
  }
  return !(walking_ | mac_walking_).empty();
}

TimePoint LinkSweep::next(TimePoint now) const {
  if (!(walking_ | mac_walking_).empty()) {
    return now;
  }
  TimePoint next = kNever;
  for (const PortId port : waiting_) {
    next = std::min(next, ports_[port].second_walk);
  }
  return next;
}

}  // namespace mcswitch::control

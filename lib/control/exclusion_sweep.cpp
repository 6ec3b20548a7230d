// SPDX-License-Identifier: BSD-3-Clause

#include "control/exclusion_sweep.hpp"

#include <algorithm>

namespace mcswitch::control {

using table::EntryId;
using table::EntryKind;

void ExclusionSweep::begin(PortId port) {
  entries_left_[port] = groups_.capacity();
  walking_.add(port);
}

bool ExclusionSweep::run(std::size_t limit) {
  while (limit > 0 && !walking_.empty()) {
    const EntryId id = cursor_;
    cursor_ = cursor_ + 1 < groups_.capacity() ? cursor_ + 1 : 0;
    const bool has_sources =
        groups_.is_live(id) && groups_.kind(id) == EntryKind::group && groups_.has_children(id);
    limit -= std::min(limit, 1 + (has_sources ? end_exclusions(id) : 0));
    for (const PortId port : walking_) {
      if (--entries_left_[port] == 0) {
        walking_.remove(port);
      }
    }
  }
  return is_walking();
}

std::size_t ExclusionSweep::end_exclusions(EntryId group) {
  std::size_t looked_at = 0;
  groups_.for_each_child(group, [&](EntryId child) {
    ++looked_at;
    if (groups_.kind(child) != EntryKind::excluded) {
      return;
    }
    for (const PortId port : groups_.ports(child) & groups_.ports(group) & walking_) {
      // The stamp of the group was written before the bit that has begun this walk.
      end_if_older(child, port, groups_.membership(group, port).stamp.load(std::memory_order_relaxed));
    }
  });
  return looked_at;
}

void ExclusionSweep::before_record(EntryId group, PortId port, Stamp last_report) {
  if (!walking_.contains(port) || !groups_.has_children(group)) {
    return;
  }
  groups_.for_each_child(group, [&](EntryId child) {
    if (groups_.kind(child) == EntryKind::excluded && groups_.ports(child).contains(port)) {
      end_if_older(child, port, last_report);
    }
  });
}

void ExclusionSweep::end_if_older(EntryId excluded, PortId port, Stamp last_report) {
  if (groups_.membership(excluded, port).stamp.load(std::memory_order_relaxed) < last_report) {
    memberships_.forget_excluded(excluded, port);
    counters_[ControlCounter::exclusions_ended].add();
  }
}

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// PendingChecks: the checks in progress. For memberships: lowered timers, with their queries if we are the
// one who asks. For groups: the sources that are being asked about. A check ends with its membership. What a
// check does when it is due is in checks.hpp.
//
// Control thread only.

#pragma once

#include "base/net_types.hpp"
#include "control/leave_checks.hpp"
#include "control/memberships.hpp"
#include "control/source_checks.hpp"
#include "membership/filter_rules.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class PendingChecks final : public Memberships::Listener {
 public:
  explicit PendingChecks(const table::GroupControl& groups)
      : of_memberships{groups.capacity()}, groups_{groups} {}
  // Bytes that the constructor takes, for a table of `groups`.
  static std::size_t memory_size(std::size_t groups) { return LeaveChecks::memory_size(groups); }

  void on_end(table::EntryId id, PortId port) override {
    of_memberships.erase({id, port});
    if (groups_.kind(id) == table::EntryKind::requested) {
      forget({groups_.key(id), port}, {groups_.source(id)});
    }
  }

  // No more queries about these sources.
  void forget(const SourceChecks::Key& key, const membership::Sources& sources) {
    if (of_sources.find(key) != nullptr) {
      of_sources.get(key)->forget(sources);
      of_sources.settle(key);
    }
  }

  LeaveChecks of_memberships;
  SourceChecks of_sources;

 private:
  const table::GroupControl& groups_;
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// PortFilters: the filter of a port for a group (RFC 9776 section 6.2) as the group table holds it. Reads it,
// and makes in the table the changes of a record.
//
// When a record comes here, its worker has already joined what it asks for (forwarding/forwarder_igmp.cpp).
// That does not change what the row does, because every row's result contains what was added.
//
// Order of the changes, so that nothing is lost or let through in between:
//
//   requested sources are added             before they are listed as excluded (they would be missed)
//   excluded ones are added                 before "any source" (they would get through)
//   "any source" is added, excluded ones    a grace period before requested ones are ended (they would be
//   are forgotten                           missed by who has read the one and not yet the other)
//
// A report that is newer than the record has another stamp, and what it asked for is left alone.
//
// Control thread only.

#pragma once

#include <cstddef>
#include <vector>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "control/attention.hpp"
#include "control/checks.hpp"
#include "control/context.hpp"
#include "control/membership_state.hpp"
#include "control/pending_removals.hpp"
#include "control/record.hpp"
#include "control/vlan_control.hpp"
#include "membership/filter_rules.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class PortFilters {
 public:
  PortFilters(Context& context, MembershipState& state, Checks& checks, Attention& attention);

  // The configuration has made the port a member of this entry for ever: no record changes that.
  [[nodiscard]] bool is_pinned(table::EntryId id, PortId port) const {
    return memberships_.is_pinned(id, port);
  }
  // `id`: entry of the group; kNoEntry if no port wants anything of it.
  void read(table::EntryId id, PortId port, membership::PortFilter& filter) const;
  // Makes the changes of a record. `before` is what read() gave before it. `effects` keeps what has been
  // done, without the sources for which there was no room. False: a list of mode EXCLUDE had no room, or a
  // newer report has made the record void, and nothing is left of it.
  bool apply(const VlanControl& vlan, const Record& record, const membership::PortFilter& before,
             membership::RecordEffects& effects);

  // Ends `limit` sources at most of those that every reader has seen unlisted. Call it before entries are
  // reclaimed, so that none of their ids is in another use. True: more are waiting.
  bool run(std::size_t limit);

 private:
  [[nodiscard]] TimePoint group_end(const VlanControl& vlan, const Record& record,
                                    const membership::PortFilter& before) const;
  void add_requested(const VlanControl& vlan, const Record& record, TimePoint group_end,
                     membership::RecordEffects& effects);
  bool add_excluded(const VlanControl& vlan, const Record& record, const membership::PortFilter& before,
                    const membership::RecordEffects& effects);
  bool join_group(const VlanControl& vlan, const Record& record);
  bool take_back(PortId port);
  void end_forgotten(const Record& record, membership::RecordEffects& effects);
  bool is_newer(table::EntryId id, const Record& record) const;

  table::GroupControl& groups_;
  table::GracePeriod& grace_period_;
  Memberships& memberships_;
  HostTracking& hosts_;
  PendingChecks& pending_checks_;
  Checks& checks_;
  Attention& attention_;
  PendingRemovals removals_;
  // Of the record that is being handled; kept here for their memory.
  membership::Sources listed_;
  std::vector<table::EntryId> new_entries_;
};

}  // namespace mcswitch::control

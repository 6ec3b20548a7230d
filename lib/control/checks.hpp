// SPDX-License-Identifier: BSD-3-Clause
//
// Checks: does any host behind a port still want a group, or sources of it? Lowers the timers of memberships,
// sends the queries for that, repeats them until a host reports, and ends the memberships for which none
// does. The checks in progress are in PendingChecks; membership/leave_check.hpp and
// membership/source_check.hpp say what one of them does.
//
// Control thread only. Both begin in the call; run() goes on with them.

#pragma once

#include <cstddef>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "control/context.hpp"
#include "control/membership_state.hpp"
#include "control/queries.hpp"
#include "control/vlans.hpp"
#include "membership/filter_rules.hpp"
#include "membership/leave_check.hpp"
#include "membership/source_check.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class Checks {
 public:
  using Key = LeaveChecks::Key;

  Checks(Context& context, const Vlans& vlans, Queries& queries, MembershipState& state);

  // Q(G): lowers the group timer of the port, a member, to the Last Member Query Time, and asks the port.
  // `stamp`: of the leave. Only counts if the port is being asked already, or if there are too many checks.
  void ask_group(const VlanControl& vlan, Key key, Stamp stamp, TimePoint now);
  // Q(G,S), the same for these sources, which the port has requested; `sources` is used up. A querier of
  // version 2 asks for the group; one of version 1 does not ask.
  void ask_sources(const VlanControl& vlan, const SourceChecks::Key& key, Stamp stamp,
                   membership::Sources& sources, TimePoint now);

  // Routers to be asked when the port wants the group, or some source of it, no longer. One that is not the
  // querier ignores leaves, and keeps the group until it hears a query about it (RFC 2236 section 3). None
  // while another port wants anything of the group: such a router would take its silence for the end.
  [[nodiscard]] PortSet routers_to_ask(const VlanControl& vlan, Key group) const;
  // As Querier: what has ended without a query. Asks these once about the group, or about the sources.
  void ask_routers(const VlanControl& vlan, PortSet routers, const IpAddress& group,
                   const membership::Sources* sources);

  // The membership ends as `to` says if that is earlier than it would, and nobody has reported since. True:
  // it has been lowered.
  bool lower(Key key, const membership::LeaveCheck& to, const MembershipTimes& times);
  // When the membership ends whose last report is `report`.
  [[nodiscard]] TimePoint end_of(Key key, Stamp report, const MembershipTimes& times) const;

  // Does what is due: at most `limit` checks of memberships, and as many of sources. True: more are due.
  bool run(TimePoint now, std::size_t limit);
  // When run() has something to do.
  [[nodiscard]] TimePoint next() const;

 private:
  bool put(Key key, const membership::LeaveCheck& check, Stamp report);
  void extend(Key key, TimePoint end);
  void advance(Key key, TimePoint now);
  void query(Key key, membership::LeaveCheck check, Stamp report, TimePoint now);
  void advance_sources(const SourceChecks::Key& key, TimePoint now);
  void query_sources(const SourceChecks::Key& key, table::EntryId group, membership::SourceCheck& check,
                     TimePoint now);
  [[nodiscard]] bool is_asking_about(Key key) const;
  [[nodiscard]] PortSet to_ask(const VlanControl& vlan, Key group) const {
    return PortSet::of(group.port) | routers_to_ask(vlan, group);
  }
  [[nodiscard]] bool is_group_query_due(Key group, TimePoint now) const;
  // The entry of a source of this group, kNoEntry for none.
  [[nodiscard]] table::EntryId requested(table::EntryId group, const IpAddress& source) const;

  Context& context_;
  table::GroupControl& groups_;
  const Vlans& vlans_;
  Queries& queries_;
  Memberships& memberships_;
  PendingChecks& pending_;
  membership::SourceCheck::Queries due_;  // kept for its memory
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// Leaves: what hosts say they no longer want is pruned at once or asked about. A leave of a group on a port
// that is a member (RFC 2236 section 3), in this order:
//
//   newer report behind it                       void
//   version 1 is configured                      ignored (section 4)
//   version 1 host on the port                   ignored (section 5)
//   fast-leave port, no other host behind it     the membership ends; as Querier we ask the other routers,
//                                                which ignore the leave (section 3)
//   we are not Querier                           ignored (section 3); but a proxy asks, as it hides the leave
//   from
//                                                the querier: it has the router's part here (RFC 4605
//                                                section 4.1)
//   being asked already, to end no later         nothing more
//   else                                         Checking Membership (section 7)
//
// Control thread only.

#pragma once

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "control/checks.hpp"
#include "control/context.hpp"
#include "control/fast_leave.hpp"
#include "control/membership_state.hpp"
#include "control/record.hpp"
#include "control/vlan_control.hpp"
#include "membership/filter_rules.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class Leaves {
 public:
  Leaves(Context& context, MembershipState& state, Checks& checks);

  // Q(G) of a record: a leave of version 2, TO_IN({}), or another row that asks for the group.
  void prune_or_ask_group(const VlanControl& vlan, const Record& record, TimePoint now);
  // Q(G,S) of a record; `sources` is used up.
  void prune_or_ask_sources(const VlanControl& vlan, const Record& record, membership::Sources& sources,
                            TimePoint now);

 private:
  [[nodiscard]] bool may_ask(const VlanControl& vlan);

  Context& context_;
  table::GroupControl& groups_;
  HostTracking& hosts_;
  Memberships& memberships_;
  Checks& checks_;
  const FastLeave fast_;
};

}  // namespace mcswitch::control

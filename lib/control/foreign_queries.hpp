// SPDX-License-Identifier: BSD-3-Clause
//
// ForeignQueries: queries that were heard. They change the querier, router ports and held pruning of the
// VLAN, and are answered by its proxy; a specific one lowers the timers of the memberships that it asks
// about, on all ports: to Last Member Query Count times its Max Response Time (RFC 2236 section 3, RFC 9776
// section 6.6.1). That counts only if a general query of its sender was heard on the same port and is still
// valid (RFC 2236 section 10). All of them were sent to where everybody hears them: the workers report no
// others.
//
// Control thread only.

#pragma once

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "control/checks.hpp"
#include "control/context.hpp"
#include "control/membership_state.hpp"
#include "control/vlans.hpp"
#include "membership/filter_rules.hpp"
#include "table/group_control.hpp"
#include "table/worker_message.hpp"

namespace mcswitch::control {

class ForeignQueries {
 public:
  // A query from `switch_mac` is one of our own, come back.
  ForeignQueries(Context& context, Vlans& vlans, MembershipState& state, Checks& checks,
                 MacAddress switch_mac);

  // In a VLAN that Vlans::find() knows. `sources` is a set.
  void on_query(const table::QueryMessage& query, const membership::Sources& sources, TimePoint now);

 private:
  // A group, and the entry that a query asks about: the group's own, or that of a requested source.
  struct Asked {
    table::EntryId group = table::kNoEntry;
    table::EntryId id = table::kNoEntry;
  };

  void lower(const VlanControl& vlan, const table::QueryMessage& query, Asked asked, TimePoint end,
             TimePoint now);

  Context& context_;
  const table::GroupControl& groups_;
  Vlans& vlans_;
  Proxies& proxies_;
  Checks& checks_;
  const MacAddress switch_mac_;
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "control/fast_leave.hpp"

#include <algorithm>

namespace mcswitch::control {

FastLeave::FastLeave(const Context& context, const MembershipState& state)
    : ports_{context.tables.ports}, hosts_{state.hosts}, sweep_{state.sweep} {
  for (PortId port = 0; port < context.config.ports.size(); ++port) {
    if (context.config.ports[port].fast_leave) {
      fast_ports_.add(port);
    }
  }
}

bool FastLeave::may_prune_at_once(const VlanControl& vlan, const Record& record, table::EntryId id,
                                  TimePoint now) const {
  if (!fast_ports_.contains(record.port)) {
    return false;
  }
  const TimePoint since = sweep_.last_loss(record.port);
  return ports_[record.port].has_single_host(since) ||
         (record.version == 3 && vlan.settings().igmp.host_tracking &&
          hosts_.is_only_host(record, id, std::max(now - vlan.times().group_membership, since)));
}

}  // namespace mcswitch::control

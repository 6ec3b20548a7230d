// SPDX-License-Identifier: BSD-3-Clause
//
// FastLeave: may the membership of a leave end without asking the port? On fast-leave ports, if no other host
// behind the port can want it.
//
// Control thread only.

#pragma once

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "control/context.hpp"
#include "control/membership_state.hpp"
#include "control/record.hpp"
#include "control/vlan_control.hpp"

namespace mcswitch::control {

class FastLeave {
 public:
  FastLeave(const Context& context, const MembershipState& state);

  // `id`: what the record takes away, of which its port is a member.
  [[nodiscard]] bool may_prune_at_once(const VlanControl& vlan, const Record& record, table::EntryId id,
                                       TimePoint now) const;

 private:
  const table::PortTable& ports_;
  const HostTracking& hosts_;
  const LinkSweep& sweep_;
  PortSet fast_ports_;
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// MembershipState: the memberships, everything that the control thread keeps for each of them, and what ends
// them without a message. The order of the parts is that of their calls: a part calls those above it, and
// `memberships` notifies its listeners.
//
// Control thread only.

#pragma once

#include <cstddef>

#include "control/context.hpp"
#include "control/exclusion_sweep.hpp"
#include "control/host_tracking.hpp"
#include "control/link_sweep.hpp"
#include "control/membership_timers.hpp"
#include "control/memberships.hpp"
#include "control/pending_checks.hpp"
#include "control/proxies.hpp"
#include "control/vlans.hpp"

namespace mcswitch::control {

struct MembershipState {
  MembershipState(Context& context, const Vlans& vlans, MacAddress switch_mac, FrameSink& sink)
      : checks{context.tables.groups},
        hosts{context, vlans.times()},
        proxies{context, vlans, switch_mac, sink},
        memberships{context.tables.groups, {&checks, &hosts, &proxies}},
        timers{context.tables.groups, memberships, vlans.times(), context.counters},
        sweep{context.tables.groups, memberships, context.tables.macs, context.counters},
        exclusions{context.tables.groups, memberships, context.counters} {}
  // Bytes that the constructor takes.
  static std::size_t memory_size(const config::Config& config) {
    return PendingChecks::memory_size(config.sw.max_groups) + MembershipTimers::memory_size() +
           HostTracking::memory_size(config);
  }
  MembershipState(const MembershipState&) = delete;
  MembershipState& operator=(const MembershipState&) = delete;

  PendingChecks checks;
  HostTracking hosts;
  Proxies proxies;
  Memberships memberships;
  MembershipTimers timers;
  LinkSweep sweep;
  ExclusionSweep exclusions;
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// Static groups of the configuration: memberships like others, except that they never end.
//
// Control thread only, before any worker runs.

#pragma once

#include <vector>

#include "base/time.hpp"
#include "control/context.hpp"
#include "control/memberships.hpp"
#include "control/snapshot.hpp"
#include "control/vlans.hpp"

namespace mcswitch::control {

// Joins and pins them. Returns those that found room, by VLAN, group and source.
std::vector<StaticRow> add_static_groups(Context& context, const Vlans& vlans, Memberships& memberships,
                                         TimePoint now);

}  // namespace mcswitch::control

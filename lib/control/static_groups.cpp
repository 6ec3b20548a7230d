// SPDX-License-Identifier: BSD-3-Clause

#include "control/static_groups.hpp"

#include <algorithm>
#include <tuple>

namespace mcswitch::control {
namespace {

// The ports on which the group, or its source, has found room.
PortSet add(Context& context, Memberships& memberships, VlanId vlan, const config::StaticGroup& entry,
            TimePoint now) {
  table::GroupControl& groups = context.tables.groups;
  const table::GroupKey key{vlan, entry.group};
  PortSet pinned;
  for (const PortId port : entry.ports) {
    const auto joined = entry.source ? groups.control_join_source(table::EntryKind::requested, key,
                                                                  *entry.source, port, stamp_at(now))
                                     : groups.control_join(key, port, stamp_at(now));
    if (joined.id == table::kNoEntry) {
      context.count(ControlCounter::joins_refused);
      context.log(LogLevel::warning,
                  "a static group was not added: max-groups of the switch or of its port is reached");
      continue;
    }
    memberships.pin(joined.id, port);
    pinned.add(port);
  }
  return pinned;
}

}  // namespace

std::vector<StaticRow> add_static_groups(Context& context, const Vlans& vlans, Memberships& memberships,
                                         TimePoint now) {
  std::vector<StaticRow> rows;
  for (const config::Vlan& vlan : context.config.vlans) {
    const VlanControl* carried = vlans.find(vlan.id);
    if (carried == nullptr || !carried->settings().is_snooped()) {
      continue;  // everything is flooded there
    }
    for (const config::StaticGroup& entry : vlan.static_groups) {
      const PortSet pinned = add(context, memberships, vlan.id, entry, now);
      if (!pinned.empty()) {
        rows.push_back({.vlan = vlan.id,
                        .group = entry.group,
                        .source = entry.source.value_or(IpAddress{}),
                        .ports = pinned});
      }
    }
  }
  const auto place = [](const StaticRow& row) { return std::tie(row.vlan, row.group, row.source); };
  std::sort(rows.begin(), rows.end(),
            [&](const StaticRow& a, const StaticRow& b) { return place(a) < place(b); });
  return rows;
}

}  // namespace mcswitch::control

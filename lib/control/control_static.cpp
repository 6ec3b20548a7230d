// SPDX-License-Identifier: BSD-3-Clause
//
// What the configuration adds to the protocol: static groups, and reports of our own for the hosts of a VLAN.

#include <algorithm>
#include <tuple>

#include "control/control_core.hpp"

namespace mcswitch::control {

using table::EntryId;
using table::EntryKind;

// Before any worker runs. They are memberships like others, but for their end.
void ControlCore::add_static_groups(const config::Config& config, TimePoint now) {
  for (const config::Vlan& vlan : config.vlans) {
    const Vlan* carried = find_vlan(vlan.id);
    if (carried == nullptr || !carried->control.settings().is_snooped()) {
      continue;  // everything is flooded there
    }
    for (const config::StaticGroup& entry : vlan.static_groups) {
      const table::GroupKey key{vlan.id, IpAddress::from(entry.group)};
      PortSet pinned;
      for (const PortId port : entry.ports) {
        const auto joined =
            entry.source ? groups_.control_join_source(EntryKind::requested, key,
                                                       IpAddress::from(*entry.source), port, stamp_at(now))
                         : groups_.control_join(key, port, stamp_at(now));
        if (joined.id == table::kNoEntry) {
          count(ControlEventCount::joins_refused);
          log_(LogLevel::warning,
               "a static group found no room: see max-groups of the switch and of its ports");
          continue;
        }
        memberships_.pin(joined.id, port);
        pinned.add(port);
      }
      if (!pinned.empty()) {
        static_rows_.push_back({.vlan = vlan.id,
                                .group = key.group,
                                .source = entry.source ? IpAddress::from(*entry.source) : IpAddress{},
                                .ports = pinned});
      }
    }
  }
  const auto place = [](const StaticRow& row) { return std::tie(row.vlan, row.group, row.source); };
  std::sort(static_rows_.begin(), static_rows_.end(),
            [&](const StaticRow& a, const StaticRow& b) { return place(a) < place(b); });
}

void ControlCore::note_change(EntryId id) {
  if (proxies_.empty()) {
    return;
  }
  const table::GroupKey key = groups_.key(id);
  for (ProxyReports& proxy : proxies_) {
    if (proxy.vlan() == key.vlan) {
      proxy.note_change(key.group.v4());
    }
  }
}

void ControlCore::run_proxies(TimePoint now) {
  // Some at a time, so that hundreds of them take no longer.
  constexpr std::size_t kProxiesPerRun = 4;
  for (std::size_t n = 0; n < std::min(kProxiesPerRun, proxies_.size()); ++n) {
    next_proxy_ = (next_proxy_ + 1) % proxies_.size();
    ProxyReports& proxy = proxies_[next_proxy_];
    const Vlan* vlan = find_vlan(proxy.vlan());
    const PortSet routers = vlan->control.router_ports().ports() & vlan->control.up();
    const std::size_t sent = proxy.run(groups_, routers, sink_, now);
    counters_[ControlEventCount::proxy_reports_sent].add(sent);
  }
}

// The Group Membership Interval of a VLAN has changed. Timers look at it when they fire; none is armed for
// longer than the shortest configured one, and another querier's values only make it longer. When these go
// with their querier, its hosts have last reported as often as it asked: they get one interval of ours to
// answer our own queries before that counts. A timer that is armed then may fire late by as much.
void ControlCore::set_interval(Vlan& vlan, TimePoint now) {
  if (!vlan.control.settings().is_snooped()) {
    return;
  }
  Duration& interval = (*intervals_)[vlan.control.settings().vlan];
  const Duration wanted = vlan.control.group_membership_interval();
  if (wanted >= interval || vlan.shrinks_at <= now) {
    interval = wanted;
    vlan.shrinks_at = kNever;
    is_changed_ = true;
  } else if (vlan.shrinks_at == kNever) {
    vlan.shrinks_at = now + wanted;
  }
}

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "control/proxies.hpp"

#include <algorithm>

namespace mcswitch::control {

Proxies::Proxies(Context& context, const Vlans& vlans, MacAddress switch_mac, FrameSink& sink)
    : context_{context}, vlans_{vlans}, sink_{sink} {
  for (const VlanSettings& vlan : vlan_settings(context.config)) {
    if (vlan.is_snooped() && vlan.mode == config::SnoopingMode::prune &&
        vlan.igmp.report_mode == config::ReportMode::proxy) {
      proxies_.emplace_back(vlan, switch_mac, context.tables.groups.seed());
    }
  }
}

void Proxies::on_change(table::EntryId id) {
  if (proxies_.empty()) {
    return;
  }
  const table::GroupKey key = context_.tables.groups.key(id);
  for (ProxyReports& proxy : proxies_) {
    if (proxy.vlan() == key.vlan) {
      proxy.note_change(key.group);
    }
  }
}

void Proxies::on_query(const table::QueryMessage& query, const membership::Sources& sources, TimePoint now) {
  for (ProxyReports& proxy : proxies_) {
    if (proxy.vlan() == query.vlan && vlans_.find(query.vlan)->router_ports().contains(query.port)) {
      proxy.on_query(query, sources, now);
    }
  }
}

void Proxies::run(TimePoint now) {
  // Some at a time, so that hundreds of them take no longer.
  constexpr std::size_t kProxiesPerRun = 4;
  for (std::size_t n = 0; n < std::min(kProxiesPerRun, proxies_.size()); ++n) {
    next_ = (next_ + 1) % proxies_.size();
    ProxyReports& proxy = proxies_[next_];
    const VlanControl& vlan = *vlans_.find(proxy.vlan());
    const PortSet routers = vlan.router_ports().ports() & vlan.up();
    context_.count(ControlCounter::proxy_reports_sent,
                   proxy.run(context_.tables.groups, routers, sink_, now));
  }
}

TimePoint Proxies::next() const {
  TimePoint next = kNever;
  for (const ProxyReports& proxy : proxies_) {
    next = std::min(next, proxy.next());
  }
  return next;
}

}  // namespace mcswitch::control

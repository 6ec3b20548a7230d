// SPDX-License-Identifier: BSD-3-Clause

#include "control/proxies.hpp"

#include <algorithm>

namespace mcswitch::control {

Proxies::Proxies(Context& context, const Vlans& vlans, MacAddress switch_mac, FrameSink& sink)
    : context_{context}, vlans_{vlans}, sink_{sink} {
  for (const VlanSettings& vlan : vlan_settings(context.config)) {
    if (vlan.is_proxy()) {
      proxies_.push_back({ProxyReports{vlan, switch_mac, context.tables.groups.seed()}});
    }
  }
}

void Proxies::on_change(table::EntryId id) {
  if (proxies_.empty()) {
    return;
  }
  const table::GroupKey key = context_.tables.groups.key(id);
  for (auto& [proxy, known] : proxies_) {
    if (proxy.vlan() == key.vlan) {
      proxy.note_change(key.group);
    }
  }
}

void Proxies::on_query(const table::QueryMessage& query, const membership::Sources& sources, TimePoint now) {
  for (auto& [proxy, known] : proxies_) {
    if (proxy.vlan() == query.vlan && vlans_.find(query.vlan)->router_ports().contains(query.port)) {
      proxy.on_query(query, sources, now);
    }
  }
}

void Proxies::notice_routers(TimePoint now) {
  for (auto& [proxy, known] : proxies_) {
    const Vlans::Routers routers = vlans_.routers(proxy.vlan());
    if (routers.queries != known.queries) {
      proxy.on_own_query(*vlans_.find(proxy.vlan()), now);
    }
    if (!(routers.ports & ~known.ports).empty() || routers.arrivals != known.arrivals) {
      proxy.report_all(now);
    }
    known = routers;
  }
}

void Proxies::run(TimePoint now) {
  if (vlans_.router_changes() != router_changes_) {
    router_changes_ = vlans_.router_changes();
    notice_routers(now);
  }
  // Some at a time, so that hundreds of them take no longer.
  constexpr std::size_t kProxiesPerRun = 4;
  for (std::size_t n = 0; n < std::min(kProxiesPerRun, proxies_.size()); ++n) {
    next_ = (next_ + 1) % proxies_.size();
    auto& [proxy, known] = proxies_[next_];
    context_.count(ControlCounter::proxy_reports_sent,
                   proxy.run(context_.tables.groups, known.ports, sink_, now));
  }
}

TimePoint Proxies::next() const {
  TimePoint next = kNever;
  for (const auto& [proxy, known] : proxies_) {
    next = std::min(next, proxy.next());
  }
  return next;
}

}  // namespace mcswitch::control

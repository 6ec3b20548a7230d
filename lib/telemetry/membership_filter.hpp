// SPDX-License-Identifier: BSD-3-Clause
//
// vlan=, group= and port= of the commands that list memberships or who is behind them.
//
// Threads: values; no shared state.

#pragma once

#include <optional>

#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

struct MembershipFilter {
  std::optional<VlanId> vlan;
  std::optional<IpAddress> group;
  PortSet ports;

  [[nodiscard]] bool takes(const table::GroupKey& key) const {
    return (!vlan || *vlan == key.vlan) && (!group || *group == key.group);
  }
};

// nullopt: there is no port of that name (no_such_port() says so).
inline std::optional<MembershipFilter> membership_filter(const config::Config& config,
                                                         const Request& request) {
  MembershipFilter filter{request.vlan, request.group, PortSet::first(config.ports.size())};
  if (request.port) {
    const auto port = find_port(config, *request.port);
    if (!port) {
      return std::nullopt;
    }
    filter.ports = PortSet::of(*port);
  }
  return filter;
}

// The source as rows show it: "*" for any.
std::string source_text(const table::GroupTable::EntryView& entry);

}  // namespace mcswitch::telemetry

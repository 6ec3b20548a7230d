// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/ports: one row a port, in the order of the configuration; its position is that.

#include <algorithm>
#include <array>

#include "base/net_text.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

namespace {

using GroupCounts = std::array<std::uint32_t, kMaxPorts>;

// Groups that each port is a member of, by walking the table in short sections. False: no reader slot.
bool count_groups(const Sources& sources, GroupCounts& counts) {
  const table::GroupTable& table = sources.groups();
  for (std::size_t begin = 0; begin < table.capacity(); begin += kSlotsPerSection) {
    const std::size_t end = std::min<std::size_t>(begin + kSlotsPerSection, table.capacity());
    if (!in_section(sources, [&] {
          for (std::size_t id = begin; id < end; ++id) {
            table::GroupKey key;
            PortSet ports;
            if (table.snapshot(static_cast<table::EntryId>(id), key, ports)) {
              for (const PortId port : ports) {
                ++counts[port];
              }
            }
          }
        })) {
      return false;
    }
  }
  return true;
}

}  // namespace

Reply list_ports(const Sources& sources, const Request& request) {
  GroupCounts groups{};
  if (!count_groups(sources, groups)) {
    return busy();
  }
  const config::Config& config = sources.config();
  ListReply list{
      "port,device,driver,link,rx_packets,tx_packets,rx_bytes,tx_bytes,tx_dropped,groups,speed_mbps,mac",
      request};
  for (std::size_t i = request.after; i < config.ports.size(); ++i) {
    const auto port = static_cast<PortId>(i);
    const PortStatus status = sources.port_status(port);
    const PortTotals totals = sources.port_totals(port);
    Row row;
    row.text(config.ports[i].name).text(config.ports[i].device).text(status.driver);
    row.text(status.link_up ? "up" : "down");
    row.number(totals.rx_packets).number(totals.tx_packets).number(totals.rx_bytes);
    row.number(totals.tx_bytes).number(totals.tx_dropped()).number(groups[port]);
    if (status.speed_mbps != 0) {
      row.number(status.speed_mbps);
    } else {
      row.none();
    }
    row.text(to_string(status.mac));
    if (!list.add(i, row)) {
      break;
    }
  }
  return std::move(list).finish(config.ports.size());
}

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/ports: one row a port, in the order of the configuration; its position is that.

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/net_text.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

namespace {

using GroupCounts = std::array<std::uint32_t, kMaxPorts>;

// Groups that each port is a member of, by walking the table in short sections. False: no reader slot.
bool count_groups(const SwitchView& view, GroupCounts& counts) {
  const table::GroupTable& table = view.tables().groups;
  for (std::size_t begin = 0; begin < table.capacity(); begin += kSlotsPerSection) {
    const std::size_t end = std::min<std::size_t>(begin + kSlotsPerSection, table.capacity());
    if (!in_section(view, [&] {
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

// VLAN ids as ranges: "10 100-199".
std::string ranges_text(const std::vector<VlanId>& rising) {
  std::string text;
  for (std::size_t i = 0; i < rising.size();) {
    std::size_t last = i;
    while (last + 1 < rising.size() && rising[last + 1] == rising[last] + 1) {
      ++last;
    }
    text += text.empty() ? "" : " ";
    text += std::to_string(rising[i]);
    if (last > i) {
      text += "-" + std::to_string(rising[last]);
    }
    i = last + 1;
  }
  return text;
}

// Who polls the port, as "queue:core" for each receive queue: "0:3 1:5".
std::string pollers_text(const std::vector<WorkerStatus>& workers, PortId port) {
  std::map<std::uint16_t, unsigned> cores;
  for (const WorkerStatus& worker : workers) {
    for (const WorkerStatus::Queue& queue : worker.queues) {
      if (queue.port == port) {
        cores[queue.queue] = worker.core;
      }
    }
  }
  std::string text;
  for (const auto& [queue, core] : cores) {
    text += text.empty() ? "" : " ";
    text += std::to_string(queue) + ":" + std::to_string(core);
  }
  return text;
}

#define X(name, text) "," #name
constexpr const char* kColumns =
    "port,device,driver,link,rx_packets,tx_packets,rx_bytes,tx_bytes,tx_dropped,groups,speed_mbps,mac,"
    "vlan,tagged_vlans,rx_queues,tx_queues,workers" MCSWITCH_TX_DROPS(X);
#undef X

}  // namespace

Reply list_ports(const SwitchView& view, const Request& request) {
  GroupCounts groups{};
  if (!count_groups(view, groups)) {
    return busy();
  }
  const config::Config& config = view.config();
  const std::vector<WorkerStatus> workers = view.workers();
  ListReply list{kColumns, request};
  for (std::size_t i = request.after; i < config.ports.size(); ++i) {
    const auto port = static_cast<PortId>(i);
    const config::Port& settings = config.ports[i];
    const PortStatus status = view.port_status(port);
    const PortTotals totals = view.port_totals(port);
    Row row;
    row.text(settings.name).text(settings.device).text(status.driver).text(status.link_up ? "up" : "down");
    row.number(totals.rx_packets).number(totals.tx_packets).number(totals.rx_bytes);
    row.number(totals.tx_bytes).number(totals.tx_dropped()).number(groups[port]);
    if (status.speed_mbps != 0) {
      row.number(status.speed_mbps);
    } else {
      row.none();
    }
    row.text(to_string(status.mac)).number(settings.vlan).text(ranges_text(settings.tagged_vlans));
    row.number(status.rx_queues).number(status.tx_queues).text(pollers_text(workers, port));
    for (const std::uint64_t drops : totals.tx_drops) {
      row.number(drops);
    }
    if (!list.add(i, row)) {
      break;
    }
  }
  return std::move(list).finish(config.ports.size());
}

}  // namespace mcswitch::telemetry

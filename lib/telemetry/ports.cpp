// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/ports: one row a port, in the order of the configuration; its position is that.

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/net_text.hpp"
#include "base/ranges.hpp"
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

PortsRow row_of(const config::Port& settings, const PortStatus& status, const PortTotals& totals,
                std::uint32_t groups, const std::string& workers) {
  std::optional<std::uint64_t> speed_mbps;
  if (status.speed_mbps != 0) {
    speed_mbps = status.speed_mbps;
  }
#define DROPS(name, text) \
  , .name = Number { totals.tx_drops[static_cast<std::size_t>(TxDrop::name)] }
#define LOSSES(name, text) \
  , .name = Number { status.losses[static_cast<std::size_t>(DeviceLoss::name)] }
  return {.port = Text{settings.name},
          .device = Text{settings.device},
          .driver = Text{status.driver},
          .link = Text{status.link_up ? "up" : "down"},
          .rx_packets = Number{totals.rx_packets},
          .tx_packets = Number{totals.tx_packets},
          .rx_bytes = Number{totals.rx_bytes},
          .tx_bytes = Number{totals.tx_bytes},
          .tx_dropped = Number{totals.tx_dropped()},
          .groups = Number{groups},
          .speed_mbps = Number{speed_mbps},
          .mac = Text{to_string(status.mac)},
          .vlan = Number{settings.vlan},
          .tagged_vlans = Text{ranges_text(settings.tagged_vlans, " ")},
          .rx_queues = Number{status.rx_queues},
          .tx_queues = Number{status.tx_queues},
          .workers = Text{workers} MCSWITCH_TX_DROPS(DROPS),
          .rx_dropped = Number{totals.rx_dropped()} MCSWITCH_DEVICE_LOSSES(LOSSES)};
#undef DROPS
#undef LOSSES
}

}  // namespace

Reply list_ports(const SwitchView& view, const Request& request) {
  GroupCounts groups{};
  if (!count_groups(view, groups)) {
    return busy();
  }
  const config::Config& config = view.config();
  const std::vector<WorkerStatus> workers = view.workers();
  ListReply<PortsRow> list{request};
  for (std::size_t i = request.after; i < config.ports.size(); ++i) {
    const auto port = static_cast<PortId>(i);
    if (!list.add(i, row_of(config.ports[i], view.port_status(port), view.port_totals(port), groups[port],
                            pollers_text(workers, port)))) {
      break;
    }
  }
  return std::move(list).finish(config.ports.size());
}

}  // namespace mcswitch::telemetry

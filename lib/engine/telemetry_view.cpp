// SPDX-License-Identifier: BSD-3-Clause

#include "engine/telemetry_view.hpp"

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "dataplane/port_family.hpp"

namespace mcswitch::engine {

TelemetryView::TelemetryView(Switch& the_switch, bool hugepages, telemetry::BuildInfo build)
    : switch_{the_switch},
      hugepages_{hugepages},
      build_{std::move(build)},
      started_{the_switch.clock().now()} {}

telemetry::ProcessStatus TelemetryView::process_status() const {
  return {.started = started_,
          .hugepages = hugepages_,
          .mbufs = switch_.pool()->populated_size,
          .mbufs_free = rte_mempool_avail_count(switch_.pool())};
}

std::shared_ptr<const control::Snapshot> TelemetryView::control() const { return switch_.core().snapshot(); }

telemetry::ControlStatus TelemetryView::control_status() const {
  const ControlStats& stats = switch_.control_stats();
  return {.turns = stats.turns.value(),
          .events = stats.events.value(),
          .longest_pause = Duration{stats.longest_pause_ns.load(std::memory_order_relaxed)},
          .longest_turn = Duration{stats.longest_turn_ns.load(std::memory_order_relaxed)}};
}

telemetry::PortStatus TelemetryView::port_status(PortId port) const {
  dataplane::Port& p = *switch_.ports()[port];
  rte_eth_dev_info info{};
  const bool known = rte_eth_dev_info_get(p.ethdev(), &info) == 0;
  const bool up = switch_.tables().link_up.load().contains(port);
  const dataplane::PortQueues queues = p.queues();
  return {.driver = known ? info.driver_name : std::string{p.family().name},
          .link_up = up,
          .speed_mbps = up ? p.link_speed() : 0,
          .mac = p.mac(),
          .rx_queues = queues.rx,
          .tx_queues = queues.tx,
          .losses = p.losses()};
}

telemetry::PortTotals TelemetryView::port_totals(PortId port) const {
  telemetry::PortTotals totals;
  for (const auto& worker : switch_.workers()) {
    totals += worker->counters()[port];
  }
  return totals;
}

std::vector<telemetry::WorkerStatus> TelemetryView::workers() const {
  std::vector<telemetry::WorkerStatus> all;
  for (const auto& worker : switch_.workers()) {
    telemetry::WorkerStatus status;
    status.core = worker->setup().core;
    for (const auto& receive : worker->setup().receives) {
      status.queues.push_back({receive.port, receive.queue});
    }
    for (std::size_t i = 0; i < status.counters.size(); ++i) {
      status.counters[i] = worker->stats()[static_cast<WorkerCounter>(i)].value();
    }
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace mcswitch::engine

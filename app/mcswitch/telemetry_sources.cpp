// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry_sources.hpp"

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>
#include <rte_version.h>

#include "version.hpp"

namespace mcswitch::app {

TelemetrySources::TelemetrySources(Switch& the_switch, bool hugepages)
    : switch_{the_switch}, hugepages_{hugepages}, started_{the_switch.clock().now()} {}

telemetry::Identity TelemetrySources::identity() const {
  return {.version = std::string{kVersion},
          .dpdk_version = rte_version(),
          .build = build_flags(),
          .started = started_,
          .hugepages = hugepages_,
          .mbufs = switch_.pool()->populated_size,
          .mbufs_free = rte_mempool_avail_count(switch_.pool())};
}

std::shared_ptr<const control::Snapshot> TelemetrySources::control() const {
  return switch_.core().snapshot();
}

telemetry::PortStatus TelemetrySources::port_status(PortId port) const {
  const dataplane::Port& p = *switch_.ports()[port];
  rte_eth_dev_info info{};
  const bool known = rte_eth_dev_info_get(p.ethdev(), &info) == 0;
  const bool up = switch_.link_up().contains(port);
  return {.driver = known ? info.driver_name : std::string{p.family()},
          .link_up = up,
          .speed_mbps = up ? p.link_speed() : 0,
          .mac = p.mac()};
}

telemetry::PortTotals TelemetrySources::port_totals(PortId port) const {
  telemetry::PortTotals totals;
  for (const auto& worker : switch_.workers()) {
    totals += worker->counters()[port];
  }
  return totals;
}

std::vector<telemetry::WorkerStatus> TelemetrySources::workers() const {
  std::vector<telemetry::WorkerStatus> all;
  for (const auto& worker : switch_.workers()) {
    telemetry::WorkerStatus status;
    status.core = worker->setup().core;
    for (const auto& receive : worker->setup().receives) {
      status.ports.add(receive.port);
    }
    status.polls = worker->stats().polls.value();
    status.busy_polls = worker->stats().busy_polls.value();
    status.frames = worker->stats().frames.value();
    all.push_back(status);
  }
  return all;
}

}  // namespace mcswitch::app

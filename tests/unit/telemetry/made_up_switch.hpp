// SPDX-License-Identifier: BSD-3-Clause
//
// A switch for tests of telemetry: real tables, and what else the test sets. Ports are named p0, p2, p4 ...:
// names unlike positions. Its time is frozen at a value that is no multiple of a second.

#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/net_text.hpp"
#include "control/snapshot.hpp"
#include "table/host_table.hpp"
#include "telemetry/switch_view.hpp"

namespace mcswitch::telemetry {

// Counts sections; gives none away while `closed`.
class CountingSections : public ReaderSections {
 public:
  bool enter(unsigned& slot) override {
    if (closed.load()) {
      return false;
    }
    slot = kSlot;
    ++inside;
    ++entered;
    return true;
  }
  void leave(unsigned slot) override {
    if (slot != kSlot) {
      ++strange_leaves;
    }
    --inside;
  }

  static constexpr unsigned kSlot = 7;
  std::atomic<bool> closed{false};
  std::atomic<int> inside{0};
  std::atomic<int> entered{0};
  std::atomic<int> strange_leaves{0};
};

class MadeUpSwitch : public SwitchView {
 public:
  explicit MadeUpSwitch(std::size_t port_count = 5, std::uint32_t max_groups = 8192)
      : shared{{.max_groups = max_groups,
                .max_macs = 1000,
                .ports = port_count,
                .seed = 0x1234'5678'9abc'def1}} {
    settings.sw.name = "lab";
    settings.sw.worker_cores = {3, 5};
    for (std::size_t i = 0; i < port_count; ++i) {
      config::Port port;
      port.name = "p" + std::to_string(2 * i);
      port.device = "net_ring" + std::to_string(i);
      settings.ports.push_back(port);
    }
  }

  void join(VlanId vlan, Ipv4Address group, PortId port, std::uint8_t version = 2) {
    join_at(vlan, group, port, kNow - std::chrono::seconds{10}, version);
  }
  void join_at(VlanId vlan, Ipv4Address group, PortId port, TimePoint when, std::uint8_t version = 2) {
    shared.groups.join({vlan, IpAddress::from(group)}, port, stamp_at(when), version);
  }

  // Of version 3, 10 s ago.
  table::EntryId join_source(VlanId vlan, Ipv4Address group, Ipv4Address source, PortId port,
                             table::EntryKind kind = table::EntryKind::requested) {
    return shared.groups
        .control_join_source(kind, {vlan, IpAddress::from(group)}, IpAddress::from(source), port,
                             stamp_at(kNow - std::chrono::seconds{10}))
        .id;
  }
  // A host that has reported the group `ago`, for the first time.
  void track(table::EntryId entry, PortId port, const table::Host& host, Duration ago) {
    const Stamp at = stamp_at(kNow - ago);
    host_table->seen(entry, port, host, at, 0);
  }

  // In rising order of VLAN.
  void add_vlan(VlanId vlan, Duration group_membership_interval) {
    control::VlanRow row;
    row.vlan = vlan;
    row.group_membership_interval = group_membership_interval;
    picture.vlans.push_back(row);
  }

  [[nodiscard]] const config::Config& config() const override { return settings; }
  [[nodiscard]] BuildInfo build_info() const override { return build; }
  [[nodiscard]] ProcessStatus process_status() const override { return process; }
  [[nodiscard]] TimePoint now() const override { return kNow; }
  [[nodiscard]] const table::Tables& tables() const override { return shared; }
  [[nodiscard]] ReaderSections& reader_sections() const override { return sections; }
  [[nodiscard]] std::shared_ptr<const control::Snapshot> control() const override {
    return std::make_shared<const control::Snapshot>(picture);
  }
  [[nodiscard]] const control::ControlCounters& control_counters() const override { return control_events; }
  [[nodiscard]] const table::HostTable* hosts() const override { return host_table.get(); }
  [[nodiscard]] ControlStatus control_status() const override { return control_thread; }
  [[nodiscard]] PortStatus port_status(PortId port) const override {
    // Every other port has a link.
    return {.driver = "net_ring",
            .link_up = port % 2 == 1,
            .speed_mbps = port % 2 == 1 ? 2500U : 0U,
            .mac = MacAddress{0x020000000000ULL + port},
            .rx_queues = static_cast<std::uint16_t>(port + 1),
            .tx_queues = static_cast<std::uint16_t>(port + 10),
            .losses = losses.at(port)};
  }
  [[nodiscard]] PortTotals port_totals(PortId port) const override { return totals.at(port); }
  [[nodiscard]] std::vector<WorkerStatus> workers() const override { return worker_rows; }

  static constexpr TimePoint kNow{std::chrono::milliseconds{1'000'123'457}};

  config::Config settings;
  BuildInfo build{"1.2.3", "DPDK 22.11", "release"};
  ProcessStatus process{kNow - std::chrono::milliseconds{65'432}, false, 4096, 4000};
  table::Tables shared;
  std::unique_ptr<table::HostTable> host_table;  // nullptr: none is tracked
  mutable CountingSections sections;
  control::Snapshot picture;
  control::ControlCounters control_events;
  ControlStatus control_thread{987'654, 321, std::chrono::nanoseconds{1'650'001},
                               std::chrono::nanoseconds{34'500}};
  std::array<PortTotals, kMaxPorts> totals{};
  std::array<DeviceLosses, kMaxPorts> losses{};
  std::vector<WorkerStatus> worker_rows;
};

}  // namespace mcswitch::telemetry

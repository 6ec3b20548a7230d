// SPDX-License-Identifier: BSD-3-Clause
//
// The configuration as values. load.hpp makes it from a TOML file; every key is explained in
// config/reference.toml.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "membership/intervals.hpp"

namespace mcswitch::config {

enum class Hugepages : std::uint8_t { automatic, required, off };
enum class MulticastRouter : std::uint8_t { automatic, always, never };
enum class SnoopingMode : std::uint8_t { prune, observe, off };
enum class Unregistered : std::uint8_t { automatic, flood, router_ports, drop };

// Each worker is a row of the tables that workers share, and the control thread is one more.
inline constexpr std::size_t kMaxWorkers = 63;

struct Switch {
  std::string name = "mcswitch";
  unsigned main_core = 0;
  std::vector<unsigned> worker_cores{1};
  Hugepages hugepages = Hugepages::automatic;
  std::optional<std::uint32_t> mbufs;  // absent: auto
  std::uint32_t max_groups = 65536;
  std::uint32_t max_macs = 65536;
  Duration mac_aging_time = std::chrono::seconds{300};
  std::vector<std::string> eal_args;
};

struct Port {
  std::string name;
  std::string device;
  VlanId vlan = 1;  // VLAN of untagged frames; 0: untagged frames are dropped
  // VLANs carried with an IEEE 802.1Q tag: rising, none twice, never `vlan`.
  std::vector<VlanId> tagged_vlans;
  std::uint16_t mtu = 1500;
  std::optional<std::uint16_t> rx_queues;       // absent: auto
  std::optional<std::uint16_t> rx_descriptors;  // absent: auto
  std::optional<std::uint16_t> tx_descriptors;  // absent: auto
  MulticastRouter multicast_router = MulticastRouter::automatic;
  bool fast_leave = false;
  bool block_queries = false;
  bool flood_unregistered = false;
};

struct Snooping {
  SnoopingMode mode = SnoopingMode::prune;
  Unregistered unregistered = Unregistered::automatic;
};

struct Igmp {
  bool enabled = true;
  bool querier = false;
  Ipv4Address querier_address;
  bool require_router_alert = false;
  bool ignore_v1_reports = false;
  membership::Intervals intervals;  // with the version
};

// A [[vlan]]: what it does not set itself is as in [snooping] and [igmp].
struct Vlan {
  VlanId id = 0;
  std::string name;
  Snooping snooping;
  Igmp igmp;
};

struct Config {
  Switch sw;
  std::vector<Port> ports;
  Snooping snooping;
  Igmp igmp;
  std::vector<Vlan> vlans;  // rising by id; those that have a [[vlan]]

  // The [[vlan]] of `id`, or nullptr.
  [[nodiscard]] const Vlan* find_vlan(VlanId id) const {
    for (const Vlan& vlan : vlans) {
      if (vlan.id == id) {
        return &vlan;
      }
    }
    return nullptr;
  }
  [[nodiscard]] const Snooping& snooping_of(VlanId id) const {
    const Vlan* vlan = find_vlan(id);
    return vlan == nullptr ? snooping : vlan->snooping;
  }
  [[nodiscard]] const Igmp& igmp_of(VlanId id) const {
    const Vlan* vlan = find_vlan(id);
    return vlan == nullptr ? igmp : vlan->igmp;
  }
};

}  // namespace mcswitch::config

// SPDX-License-Identifier: BSD-3-Clause
//
// The configuration as values. load.hpp makes it from a TOML file; every key is explained in
// config/reference.toml.

#pragma once

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

struct Config {
  Switch sw;
  std::vector<Port> ports;
  Snooping snooping;
  Igmp igmp;
};

}  // namespace mcswitch::config

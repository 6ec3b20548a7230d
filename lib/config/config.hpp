// SPDX-License-Identifier: BSD-3-Clause
//
// The configuration as values. load.hpp makes it from a TOML file; every key is explained in
// config/reference.toml.

#pragma once

#include <algorithm>
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
// From the most important down, in the order of syslog(3).
enum class LogLevel : std::uint8_t { error, warning, notice, info, debug };
enum class MulticastRouter : std::uint8_t { automatic, always, never };
enum class SnoopingMode : std::uint8_t { prune, observe, off };
enum class Unregistered : std::uint8_t { automatic, flood, router_ports, drop };
enum class ReportMode : std::uint8_t { transparent, proxy };

// Each worker is a row of the tables that workers share, and the control thread is one more.
inline constexpr std::size_t kMaxWorkers = 63;

struct Switch {
  std::string name = "mcswitch";
  unsigned main_core = 0;
  std::vector<unsigned> worker_cores{1};
  Hugepages hugepages = Hugepages::automatic;
  std::optional<std::uint32_t> mbufs;  // absent: auto
  std::uint32_t max_groups = 65536;
  std::uint16_t max_sources_per_group = 1024;
  std::optional<std::uint32_t> max_hosts;  // absent: auto, see tracked_hosts()
  std::uint32_t max_macs = 65536;
  Duration mac_aging_time = std::chrono::seconds{300};
  LogLevel log_level = LogLevel::info;  // the least important that is logged
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
  // Memberships of (group) and of (group, source) at one time; 0: no limit of its own.
  std::uint32_t max_groups = 0;
  bool block_queries = false;
  bool flood_unregistered = false;
  bool all_multicast = false;  // gets all multicast data of its VLANs
  bool take_over = false;      // may take an interface that the machine uses otherwise
};

// Is everything flooded until hosts have been asked?
inline constexpr std::int64_t kMaxHoldQueries = 10;

struct HoldPruning {
  bool is_on = true;
  // After so many general queries a port is released; none: as many as RFC 9776 makes robust against losses
  // (Startup Query Count of our own, Robustness Variable of another's).
  std::optional<std::uint8_t> queries;  // 1 to 10

  friend bool operator==(const HoldPruning&, const HoldPruning&) = default;
};

struct Snooping {
  SnoopingMode mode = SnoopingMode::prune;
  Unregistered unregistered = Unregistered::automatic;
  std::optional<HoldPruning> written_hold_pruning;

  // In force: what is written, else by `unregistered`.
  [[nodiscard]] HoldPruning hold_pruning() const {
    return written_hold_pruning.value_or(
        HoldPruning{.is_on = unregistered == Unregistered::automatic, .queries = {}});
  }
};

// Prefixes of [igmp] ssm-range.
inline constexpr std::size_t kMaxSsmRanges = 4;
// Prefixes of [igmp] allowed-queriers, and of report-sources.
inline constexpr std::size_t kMaxSourcePrefixes = 16;

struct Igmp {
  bool enabled = true;
  bool querier = false;
  IpAddress querier_address = kUnspecifiedV4;
  // Source of proxy reports; may be unspecified (RFC 9776 section 4.2.13).
  IpAddress proxy_address = kUnspecifiedV4;
  bool require_router_alert = false;
  bool ignore_v1_reports = false;
  bool ignore_v2_reports = false;  // and leaves (RFC 9776 section 9.2)
  // Whose queries count, and from where reports and leaves do (RFC 2236 section 10): at most
  // kMaxSourcePrefixes; empty: whose ever, from anywhere.
  std::vector<Ipv4Prefix> allowed_queriers;
  std::vector<Ipv4Prefix> report_sources;
  ReportMode report_mode = ReportMode::transparent;
  bool host_tracking = true;
  // Groups that are joined with sources only (RFC 4604): at most kMaxSsmRanges, multicast, none of them with
  // groups of 224.0.0.0/24. In the order of the file.
  std::vector<Ipv4Prefix> ssm_range;
  membership::Intervals intervals;  // with the version

  [[nodiscard]] bool allows_querier(const IpAddress& source) const {
    return allowed_queriers.empty() ||
           std::any_of(allowed_queriers.begin(), allowed_queriers.end(),
                       [&](Ipv4Prefix prefix) { return prefix.contains(source.v4()); });
  }
  [[nodiscard]] bool is_source_specific(const IpAddress& group) const {
    for (const Ipv4Prefix prefix : ssm_range) {
      if (group.is_v4() && prefix.contains(group.v4())) {
        return true;
      }
    }
    return false;
  }
};

// A membership that no host has to report, and that never ends.
struct StaticGroup {
  IpAddress group;                  // multicast, not of 224.0.0.0/24
  std::optional<IpAddress> source;  // unicast; absent: any source
  PortSet ports;                    // not empty; each carries the VLAN
  friend bool operator==(const StaticGroup&, const StaticGroup&) = default;
};

// A [[vlan]]. Keys that it does not set have the values of [snooping] and [igmp].
struct Vlan {
  VlanId id = 0;
  std::string name;
  Snooping snooping;
  Igmp igmp;
  // Rising by group, then any source, then by source; none twice.
  std::vector<StaticGroup> static_groups = {};
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

// Hosts that memory is taken for at start: none if no VLAN that a port carries tracks them, else
// [switch] max-hosts; for "auto" two for each group, at most kMostHostsByDefault.
inline constexpr std::uint32_t kMostHostsByDefault = 1'048'576;
inline std::uint32_t tracked_hosts(const Config& config) {
  const auto tracks = [&](VlanId vlan) {
    const Igmp& igmp = config.igmp_of(vlan);
    return igmp.enabled && igmp.host_tracking;
  };
  const bool is_wanted = std::any_of(config.ports.begin(), config.ports.end(), [&](const Port& port) {
    return (port.vlan != 0 && tracks(port.vlan)) ||
           std::any_of(port.tagged_vlans.begin(), port.tagged_vlans.end(), tracks);
  });
  if (!is_wanted) {
    return 0;
  }
  // max_groups has 24 bits.
  return config.sw.max_hosts.value_or(std::min(2 * config.sw.max_groups, kMostHostsByDefault));
}

}  // namespace mcswitch::config

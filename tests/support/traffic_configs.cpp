// SPDX-License-Identifier: BSD-3-Clause
//
// The configurations of the random walk and of the fuzzer.

#include <fmt/format.h>

#include <chrono>

#include "support/traffic.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

// One of the sources of the traffic.
constexpr Ipv4Address kSource = Ipv4Address::of(10, 9, 9, 1);

config::Config basic_config() {
  config::Config config;
  for (std::size_t i = 0; i < kTrafficPorts; ++i) {
    config::Port port;
    port.name = fmt::format("p{}", i);
    port.vlan = i == 0 || i == 7 || i == 9 ? 20 : i == 8 ? 0 : 10;
    config.ports.push_back(port);
  }
  config.ports[3].multicast_router = config::MulticastRouter::always;
  config.ports[4].multicast_router = config::MulticastRouter::never;
  config.ports[5].block_queries = true;
  config.ports[6].flood_unregistered = true;
  config.ports[2].fast_leave = config.ports[6].fast_leave = true;
  config.sw.max_groups = 3000;
  config.sw.max_macs = 400;
  config.sw.mac_aging_time = 40s;
  config.igmp.intervals.version = 2;
  // Of which hosts the switch has been notified in time is not compared; sources_and_hosts_test.cpp looks at
  // that.
  config.igmp.host_tracking = false;
  config.igmp.intervals.query_interval = 5s;
  config.igmp.intervals.query_response_interval = 1s;
  config.igmp.intervals.last_member_query_interval = 300ms;
  // As it would be derived. What is adopted from another querier would change that, and how soon running
  // timers follow when it becomes shorter again is not compared.
  config.igmp.intervals.set_group_membership_interval = 11s;
  return config;
}

config::Config querier_config() {
  config::Config config = basic_config();
  config.igmp.querier = true;
  config.igmp.querier_address = Ipv4Address::of(10, 0, 0, 10);
  return config;
}

config::Config version_3_config() {
  config::Config config = querier_config();
  config.ports[9].all_multicast = true;
  config.igmp.intervals.version = 3;
  config.igmp.intervals.set_group_membership_interval = 12s;
  return config;
}

// Against forged messages. Some queriers of the traffic are not allowed, some hosts are not of this network.
void set_defences(config::Igmp& igmp) {
  igmp.require_router_alert = true;
  igmp.ignore_v1_reports = true;
  igmp.allowed_queriers = {{Ipv4Address::of(10, 0, 0, 0), 28}};
  igmp.report_sources = {{Ipv4Address::of(10, 0, 2, 0), 29}, {Ipv4Address{}, 32}};
}

// A [[vlan]] that has what it does not set itself from `config`.
config::Vlan vlan_of(const config::Config& config, VlanId id) {
  config::Vlan vlan;
  vlan.id = id;
  vlan.snooping = config.snooping;
  vlan.igmp = config.igmp;
  return vlan;
}

std::vector<NamedConfig> make_configs() {
  std::vector<NamedConfig> configs;
  const auto add = [&](const char* name, const config::Config& from, auto change) {
    configs.push_back({name, from});
    change(configs.back().config);
  };
  add("querier, held pruning", querier_config(),
      [](auto& c) { c.igmp.intervals.set_startup_query_count = std::uint8_t{4}; });
  add("no querier of its own, held pruning", basic_config(), [](auto&) {});
  add("querier, default times, unregistered to router ports", querier_config(), [](auto& c) {
    c.snooping.unregistered = config::Unregistered::router_ports;
    c.igmp.intervals = {};
    c.igmp.intervals.set_group_membership_interval = 270s;
    c.sw.mac_aging_time = 300s;
  });
  add("version 1, a table that is too small", querier_config(), [](auto& c) {
    c.igmp.intervals.version = 1;
    c.sw.max_groups = 16;
  });
  add("querier 0.0.0.0, unregistered flooded", querier_config(), [](auto& c) {
    c.igmp.querier_address = kUnspecifiedV4;
    c.snooping.unregistered = config::Unregistered::flood;
  });
  add("only some addresses, Router Alert required, version 1 reports ignored, unregistered dropped",
      basic_config(), [](auto& c) {
        set_defences(c.igmp);
        c.snooping.unregistered = config::Unregistered::drop;
      });
  add("fast leave everywhere, five queries, odd intervals", querier_config(), [](auto& c) {
    for (config::Port& port : c.ports) {
      port.fast_leave = true;
    }
    membership::Intervals& i = c.igmp.intervals;
    i.version = 3;
    i.robustness_variable = 3;
    i.query_interval = 7s;
    i.query_response_interval = 2500ms;
    i.last_member_query_interval = 700ms;
    i.set_last_member_query_count = std::uint8_t{5};
    i.set_startup_query_count = std::uint8_t{1};
    i.set_group_membership_interval = 2900ms;
    i.set_other_querier_present_interval = 4s;
    i.set_router_port_interval = 6s;
  });
  add("fast leave, no querier of its own", basic_config(), [](auto& c) {
    for (config::Port& port : c.ports) {
      port.fast_leave = true;
    }
    c.igmp.intervals.set_group_membership_interval = 4s;
    c.sw.mac_aging_time = 5s;
  });
  add("observe", version_3_config(), [](auto& c) { c.snooping.mode = config::SnoopingMode::observe; });
  add("snooping off", querier_config(), [](auto& c) { c.snooping.mode = config::SnoopingMode::off; });
  add("trunks, VLANs of their own kind", querier_config(), [](auto& c) {
    c.ports[0].tagged_vlans = {10};
    c.ports[1].tagged_vlans = {20, 30};
    c.ports[7].vlan = 0;
    c.ports[7].tagged_vlans = {10, 20};
    c.ports[8].tagged_vlans = {30};
    config::Vlan twenty = vlan_of(c, 20);
    twenty.snooping.unregistered = config::Unregistered::drop;
    twenty.igmp.querier = false;
    twenty.igmp.require_router_alert = true;
    twenty.igmp.intervals.set_group_membership_interval = 3s;
    config::Vlan thirty = vlan_of(c, 30);
    thirty.igmp.intervals.version = 3;
    thirty.snooping.mode = config::SnoopingMode::observe;
    thirty.igmp.ignore_v2_reports = true;
    thirty.igmp.intervals.query_interval = 2s;
    c.vlans = {twenty, thirty};
  });
  add("IGMP not enabled", querier_config(), [](auto& c) { c.igmp.enabled = false; });
  add("version 3", version_3_config(), [](auto&) {});
  add("version 3, fast leave everywhere", version_3_config(), [](auto& c) {
    for (config::Port& port : c.ports) {
      port.fast_leave = true;
    }
    c.igmp.intervals.set_last_member_query_count = std::uint8_t{3};
  });
  add("version 3, no querier of its own, hosts tracked", basic_config(), [](auto& c) {
    c.igmp.intervals.version = 3;
    c.igmp.intervals.set_group_membership_interval = 12s;
    c.igmp.host_tracking = true;
    for (config::Port& port : c.ports) {
      port.fast_leave = false;
    }
  });
  add("version 3, few memberships on a port, a table that is too small", version_3_config(), [](auto& c) {
    c.ports[1].max_groups = 4;
    c.ports[7].max_groups = 7;
    c.sw.max_groups = 24;
  });
  add("version 3, few sources in a group", version_3_config(), [](auto& c) {
    c.sw.max_sources_per_group = 3;
    c.ports[2].max_groups = 5;
  });
  add("version 3, SSM ranges, static groups", version_3_config(), [](auto& c) {
    c.igmp.ssm_range = {{.address = Ipv4Address::of(232, 0, 0, 0), .length = 8},
                        {.address = Ipv4Address::of(239, 129, 0, 0), .length = 16},
                        {.address = Ipv4Address::of(239, 7, 7, 8), .length = 32}};
    config::Vlan ten = vlan_of(c, 10);
    ten.static_groups = {
        {.group = Ipv4Address::of(225, 1, 2, 3), .source = {}, .ports = PortSet::of(4)},
        {.group = Ipv4Address::of(239, 1, 2, 3), .source = {}, .ports = PortSet::of(2)},
        {.group = Ipv4Address::of(239, 129, 2, 3),
         .source = kSource,
         .ports = PortSet::of(1) | PortSet::of(6)},
    };
    c.vlans = {ten};
  });
  add("version 2, SSM range", querier_config(),
      [](auto& c) { c.igmp.ssm_range = {{.address = Ipv4Address::of(239, 128, 0, 0), .length = 9}}; });
  return configs;
}

}  // namespace

const std::vector<NamedConfig>& traffic_configs() {
  static const std::vector<NamedConfig> configs = make_configs();
  return configs;
}

}  // namespace mcswitch::test

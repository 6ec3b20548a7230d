// SPDX-License-Identifier: BSD-3-Clause
//
// The control thread without a thread: its core over tables of its own, and no readers.

#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "control/control_core.hpp"
#include "micro/tables.hpp"
#include "support/simple_grace_period.hpp"

namespace mcswitch::bench {

class NoFrames final : public control::FrameSink {
 public:
  bool send(PortSet ports, VlanId /*vlan*/, std::span<const std::uint8_t> frame) override {
    sum += ports.bits() + frame.size();
    return true;
  }
  std::uint64_t sum = 0;
};

// `ports` of VLAN kVlan, of which we are Querier.
inline config::Config control_config(std::size_t ports, bool fast_leave) {
  config::Config config;
  for (std::size_t port = 0; port < ports; ++port) {
    config.ports.push_back({});
    config.ports.back().vlan = kVlan;
    config.ports.back().fast_leave = fast_leave;
  }
  config.snooping.unregistered = config::Unregistered::router_ports;
  config.igmp.querier = true;
  config.igmp.querier_address = Ipv4Address::of(10, 0, 0, 20);
  return config;
}

struct ControlRig {
  table::Tables tables;
  table::GroupControl& groups = tables.groups;
  table::PortTable& ports = tables.ports;
  NoFrames sink;
  test::SimpleGracePeriod grace;
  TimePoint now{std::chrono::seconds{1000}};
  control::ControlCore core;

  ControlRig(const config::Config& config, std::uint32_t max_groups)
      : tables{{.max_groups = max_groups,
                .max_macs = 1024,
                .ports = config.ports.size(),
                .seed = 0x5eed'0000'5eed'1111ULL}},
        core{config,
             MacAddress{0x02'00'00'00'99'01},
             tables,
             {.sink = sink, .grace_period = grace},
             [](control::LogLevel, const std::string&) {}} {
    grace.pass_always();
    core.start(now);
    for (PortId port = 0; port < config.ports.size(); ++port) {
      core.on_link(port, true, now);
    }
  }
  void settle() {
    while (core.run(now) <= now) {
    }
  }
};

}  // namespace mcswitch::bench

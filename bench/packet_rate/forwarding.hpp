// SPDX-License-Identifier: BSD-3-Clause
//
// Forwarding tests against the ceiling: RFC 3918 section 4.2 (scaled group forwarding matrix) and section 4.3
// (aggregated multicast throughput), without loss search: a switch that is polled takes what it can.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "packet_rate/statistics.hpp"

namespace mcswitch::bench {

struct ForwardingCase {
  std::string name;
  std::uint32_t groups = 100;
  std::size_t fan_out = 1;
  std::uint16_t size = 60;    // octets without FCS: 64 on the wire
  bool random_ports = false;  // each group has another half of the ports
};

struct ForwardingResult {
  ForwardingCase what;
  Summary ceiling_mpps;   // egress
  Summary mcswitch_mpps;  // egress
  Summary ratio;          // of egress rates, pair by pair
  Summary added_ns;       // per ingress frame, pair by pair
};

struct ForwardingOptions {
  unsigned pairs = 21;
  std::uint64_t frames = 2'000'000;  // ingress frames a run at fan-out 1; fewer with more replicas
  unsigned worker_lcore = 1;
};

using Progress = std::function<void(const std::string&)>;

ForwardingResult run_forwarding(const ForwardingCase& what, const ForwardingOptions& options,
                                const Progress& progress);

}  // namespace mcswitch::bench

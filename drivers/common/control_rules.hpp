// SPDX-License-Identifier: BSD-3-Clause
//
// Flow rules that bring IGMP and MLD of a device to its first receive queue, so that one worker sees all of
// them in order while data is spread over several queues.
//
// IGMP is IPv4 with protocol 2 (RFC 2236 section 2); MLD is IPv6 whose first next header is hop-by-hop
// options, which hold the Router Alert that every MLD message has (RFC 2710 section 3, RFC 9777 section 5).
// Each with and without an IEEE 802.1Q tag.
//
// Threads: main only. The device has to be started: nearly all devices of DPDK take rules only then, and many
// forget them when they stop.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct rte_flow;

namespace mcswitch::drivers {

class ControlRules {
 public:
  // Does the driver of the device know flow rules at all? May be asked before the device is started.
  static bool are_known(std::uint16_t ethdev);

  // All of them, or none. Empty when the device has accepted them, else what it refused.
  std::string create(std::uint16_t ethdev);
  void destroy(std::uint16_t ethdev);

 private:
  std::vector<rte_flow*> rules_;
};

}  // namespace mcswitch::drivers

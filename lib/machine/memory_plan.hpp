// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory the switch takes, all of it at start.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "dataplane/port_family.hpp"

namespace mcswitch::machine {

struct MemoryPlan {
  std::uint32_t mbufs = 0;
  std::uint32_t mbuf_data_room = 0;  // bytes of payload a buffer holds, without headroom
  std::uint32_t mbuf_cache = 0;      // buffers that a core keeps for itself
  // Of ports with buffers of their own, by port; 0: it has none. Enough for all that other ports and workers
  // can keep of them at a time.
  std::vector<std::uint32_t> own_buffers;
  std::uint16_t rx_descriptors = 0;
  std::uint16_t tx_descriptors = 0;
  std::size_t packet_memory = 0;  // bytes, from DPDK
  std::size_t device_memory = 0;  // likewise, of ports with buffers of their own
  std::size_t ring_memory = 0;    // likewise, of the rings by which workers hand frames over
  std::size_t group_memory = 0;
  std::size_t mac_memory = 0;
  std::size_t control_memory = 0;  // timers and checks
  std::size_t worker_memory = 0;   // rings and counters

  // What DPDK has to be given, in megabytes: the packet memory, the rings and what DPDK needs for itself.
  [[nodiscard]] std::size_t eal_megabytes() const;
  // What is taken besides, in megabytes.
  [[nodiscard]] std::size_t table_megabytes() const;
};

// For the maximum number of queues that the ports may get (queue_bounds.hpp): they are not open yet.
// `data_room`: the largest that a port's device asks for.
MemoryPlan plan_memory(const config::Config& config, dataplane::PortFamilies families,
                       std::uint32_t data_room);

// One line per part, for --check.
std::vector<std::string> describe(const MemoryPlan& plan);

}  // namespace mcswitch::machine

// SPDX-License-Identifier: BSD-3-Clause
//
// Which worker polls which receive queue, and which one sends by which transmit queue. Decided once, at
// start. No DPDK here.
//
//   Receive   A queue goes to a worker on the NUMA node of its device, where there is one, and of those to
//             the one with the fewest queues so far; queues of one port go to different workers as far as
//             there are any. The worker of queue 0 handles IGMP and MLD of the port (its owner).
//   Transmit  With a queue for each worker, worker n has queue n. A device with fewer: each queue has one
//             worker that sends by it, the port's owner first, and the other workers hand their frames over
//             to one of these (lib/dataplane/handover.hpp).

#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace mcswitch::dataplane {

struct PlanPort {
  std::uint16_t rx_queues = 1;
  std::uint16_t tx_queues = 1;
  int node = -1;  // NUMA node; -1: none in particular
};

struct PlanWorker {
  int node = -1;
};

struct PortPlan {
  // Worker of each receive queue, by queue.
  std::vector<unsigned> rx_worker;
  struct Transmit {
    unsigned worker = 0;      // the sender; another worker than this one: hand over
    std::uint16_t queue = 0;  // by which queue of the device
  };
  // By worker.
  std::vector<Transmit> tx;

  [[nodiscard]] unsigned owner() const { return rx_worker.front(); }
};

// At least one worker; each port has at least one queue each way. One PortPlan a port, in their order.
std::vector<PortPlan> plan_queues(std::span<const PlanPort> ports, std::span<const PlanWorker> workers);

// Pairs of workers of which the first hands frames over to the second, each once: to be sent, or because the
// second handles the port's IGMP.
std::vector<std::pair<unsigned, unsigned>> handovers(std::span<const PortPlan> plans);

}  // namespace mcswitch::dataplane

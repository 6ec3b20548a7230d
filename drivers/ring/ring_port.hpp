// SPDX-License-Identifier: BSD-3-Clause
//
// A ring in memory as a port (DPDK's net_ring): what is sent into it comes back out of it, unless the
// program that made the ring holds the other end. For tests and benchmarks; needs nothing at all.

#pragma once

#include "common/ethdev_port.hpp"

namespace mcswitch::drivers {

class RingPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  [[nodiscard]] std::string_view family() const override { return "ring"; }

 protected:
  // Buffers travel through it as they are. Of its 16 pairs of queues one is used: what went into another
  // one would never come out.
  [[nodiscard]] Traits traits() const override {
    return {.chains_buffers = true, .max_rx_queues = 1, .max_tx_queues = 1};
  }
};

}  // namespace mcswitch::drivers

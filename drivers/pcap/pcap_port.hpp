// SPDX-License-Identifier: BSD-3-Clause
//
// Capture files as a port: received from one, sent into another (DPDK's net_pcap).

#pragma once

#include "common/ethdev_port.hpp"

namespace mcswitch::drivers {

class PcapPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  [[nodiscard]] std::string_view family() const override { return "pcap"; }
  Problem check() override;

 protected:
  // Chained buffers pass, although the device of 22.11 does not announce it.
  [[nodiscard]] Traits traits() const override {
    return {.chains_buffers = true, .max_rx_queues = 1, .max_tx_queues = 1};
  }
};

}  // namespace mcswitch::drivers

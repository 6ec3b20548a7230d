// SPDX-License-Identifier: BSD-3-Clause
//
// Memory shared with another process on the machine (DPDK's net_memif): VPP, another switch, any program that
// speaks memif.

#pragma once

#include "common/ethdev_port.hpp"
#include "memif/guarded_bursts.hpp"

namespace mcswitch::drivers {

class MemifPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  [[nodiscard]] std::string_view family() const override { return "memif"; }
  Problem check() override;
  Problem start(const dataplane::StartRequest& request) override;
  void stop() override;

 protected:
  // The other side may have fewer rings than we, and what went into the others would never come out.
  [[nodiscard]] Traits traits() const override {
    return {.chains_buffers = true, .own_mtu = true, .max_rx_queues = 1, .max_tx_queues = 1};
  }

 private:
  GuardedBursts bursts_;
};

}  // namespace mcswitch::drivers

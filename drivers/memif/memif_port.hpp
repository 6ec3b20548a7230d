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
  Problem check() override;
  Problem start(const dataplane::StartRequest& request) override;
  void stop() override;

 private:
  GuardedBursts bursts_;
};

}  // namespace mcswitch::drivers

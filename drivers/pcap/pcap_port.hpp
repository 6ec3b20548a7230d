// SPDX-License-Identifier: BSD-3-Clause
//
// Capture files as a port: received from one, sent into another (DPDK's net_pcap).

#pragma once

#include "common/ethdev_port.hpp"

namespace mcswitch::drivers {

class PcapPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  Problem check() override;
};

}  // namespace mcswitch::drivers

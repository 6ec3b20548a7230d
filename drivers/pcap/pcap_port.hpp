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
  // Chained buffers pass, although the device of 22.11 does not announce it.
  [[nodiscard]] dataplane::PortLimits limits() const override;
};

}  // namespace mcswitch::drivers

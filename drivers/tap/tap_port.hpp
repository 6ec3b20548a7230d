// SPDX-License-Identifier: BSD-3-Clause
//
// An interface of the kernel that the switch makes itself (DPDK's net_tap): the machine's own network stack
// is the station behind the port.

#pragma once

#include "common/ethdev_port.hpp"

namespace mcswitch::drivers {

class TapPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  [[nodiscard]] std::string_view family() const override { return "tap"; }
  Problem check() override;

 protected:
  // The kernel chooses the queue of what it sends; nobody could bring IGMP and MLD to one of several.
  [[nodiscard]] Traits traits() const override { return {.max_rx_queues = 1, .max_tx_queues = 1}; }
};

}  // namespace mcswitch::drivers

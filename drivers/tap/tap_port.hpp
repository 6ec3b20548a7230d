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
  Problem check() override;
  // Not that of the interface: what the machine sends by it would be taken for the switch's own.
  [[nodiscard]] MacAddress mac() const override;
};

}  // namespace mcswitch::drivers

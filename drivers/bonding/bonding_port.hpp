// SPDX-License-Identifier: BSD-3-Clause
//
// Several devices as one port (DPDK's net_bonding):
// "net_bonding0,mode=1,slave=0000:03:00.0,slave=0000:03:00.1". A member is a PCI address, or the name of a
// virtual device: one that needs no options, or one that was made with --vdev in switch.eal-args.

#pragma once

#include <vector>

#include "common/ethdev_port.hpp"

namespace mcswitch::drivers {

class BondingPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  Problem check() override;
  [[nodiscard]] dataplane::PortLimits limits() const override;
  Problem open() override;
  void stop() override;

 private:
  Problem open_member(const std::string& member);

  std::vector<std::string> opened_;  // the members that were not there before
};

}  // namespace mcswitch::drivers

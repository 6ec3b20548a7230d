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
  [[nodiscard]] std::string_view family() const override { return "bonding"; }
  Problem check() override;
  Problem open() override;
  void stop() override;

 protected:
  // DPDK tells how many queues the members have, but not which numbers each of them takes; one they all take.
  [[nodiscard]] Traits traits() const override { return {.max_rx_queues = 1, .max_tx_queues = 1}; }

 private:
  Problem open_member(const std::string& member);

  std::vector<std::string> opened_;  // the members that were not there before
};

}  // namespace mcswitch::drivers

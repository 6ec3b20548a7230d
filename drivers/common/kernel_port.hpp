// SPDX-License-Identifier: BSD-3-Clause
//
// What ports on an interface of the kernel (AF_PACKET, AF_XDP) have in common: the interface is prepared on
// open() and put back on stop(), its MTU is the interface's, and its link is watched through the kernel,
// because these devices of DPDK 22.11 say "up" for ever.

#pragma once

#include "common/ethdev_port.hpp"
#include "common/kernel_interface.hpp"
#include "common/link_monitor.hpp"

namespace mcswitch::drivers {

class KernelPort : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  Problem open() override;
  void stop() override;
  bool poll_link() override { return monitor_.poll(); }

 protected:
  KernelInterface interface_;

 private:
  LinkMonitor monitor_;
};

}  // namespace mcswitch::drivers

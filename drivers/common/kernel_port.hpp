// SPDX-License-Identifier: BSD-3-Clause
//
// What ports on an interface of the kernel (AF_PACKET, AF_XDP) have in common: the interface is prepared on
// open() and put back on stop(), its MTU is the interface's, its link is watched through the kernel,
// because these devices of DPDK 22.11 say "up" for ever, and frames that hosts on the same machine left
// unfinished are finished on reception.

#pragma once

#include "common/ethdev_port.hpp"
#include "common/finished_bursts.hpp"
#include "common/kernel_interface.hpp"
#include "common/link_monitor.hpp"

namespace mcswitch::drivers {

class KernelPort : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  Problem open() override;
  Problem start(const dataplane::StartRequest& request) override;
  void stop() override;
  bool poll_link() override { return monitor_.poll(); }
  std::optional<dataplane::PortNews> take_news() override;

 protected:
  KernelInterface interface_;

 private:
  LinkMonitor monitor_;
  FinishedBursts bursts_;
  bool too_long_was_reported_ = false;
};

}  // namespace mcswitch::drivers

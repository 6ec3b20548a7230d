// SPDX-License-Identifier: BSD-3-Clause
//
// Memory shared with another process on the machine (DPDK's net_memif): VPP, another switch, any program that
// speaks memif.
//
// DPDK's client connects once, when it is started. So it is stopped and started again, every second as long
// as there is no connection, by an alarm in DPDK's interrupt thread, which is the thread that takes
// connections apart.

#pragma once

#include <atomic>

#include "common/ethdev_port.hpp"
#include "memif/guarded_bursts.hpp"
#include "memif/memif_socket.hpp"

namespace mcswitch::drivers {

class MemifPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  Problem check() override;
  Problem open() override;
  Problem start(const dataplane::StartRequest& request) override;
  void stop() override;
  [[nodiscard]] std::uint16_t burst_ethdev() const override { return bursts_.ethdev(); }

 private:
  static void connect_again(void* port);
  void set_alarm();

  GuardedBursts bursts_;
  MemifSocket socket_;
  std::atomic<bool> has_alarm_{false};
};

}  // namespace mcswitch::drivers

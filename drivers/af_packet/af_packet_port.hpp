// SPDX-License-Identifier: BSD-3-Clause
//
// A kernel interface through DPDK's AF_PACKET device: needs nothing of the machine but CAP_NET_RAW and
// CAP_NET_ADMIN. README.md beside this file says what it needs, what it cannot do, and how it can stall.

#pragma once

#include <optional>

#include "common/ethdev_port.hpp"
#include "common/link_monitor.hpp"

namespace mcswitch::drivers {

class AfPacketPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;

  [[nodiscard]] std::string_view family() const override { return "af_packet"; }
  Problem check() override;
  [[nodiscard]] dataplane::PortLimits limits() const override;
  // Sets the interface up, gives it the configured MTU if its own is smaller, and switches IPv6 of the
  // interface itself off; stop() puts back what IPv6 was.
  Problem open() override;
  void stop() override;
  bool poll_link() override { return monitor_.poll(); }

 private:
  Problem prepare_interface();

  std::string interface_;
  unsigned long frame_size_ = 0;
  std::optional<char> ipv6_was_disabled_;
  LinkMonitor monitor_;
};

}  // namespace mcswitch::drivers

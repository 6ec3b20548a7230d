// SPDX-License-Identifier: BSD-3-Clause
//
// A kernel interface through DPDK's AF_PACKET device: needs nothing of the machine but CAP_NET_RAW and
// CAP_NET_ADMIN. README.md in this folder says what it needs, what it cannot do, and how it can stall.

#pragma once

#include "common/kernel_port.hpp"

namespace mcswitch::drivers {

class AfPacketPort final : public KernelPort {
 public:
  using KernelPort::KernelPort;

  Problem check() override;
  [[nodiscard]] dataplane::PortLimits limits() const override;

 private:
  unsigned long frame_size_ = 0;
};

}  // namespace mcswitch::drivers

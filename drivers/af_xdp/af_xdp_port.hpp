// SPDX-License-Identifier: BSD-3-Clause
//
// A kernel interface through an AF_XDP socket (DPDK's net_af_xdp). README.md beside this file says what it
// needs and what it cannot do.
//
// The port has packet buffers of its own. DPDK 22.11 hands the kernel one range of memory that it takes to be
// filled with buffers without a gap, of which none may be larger than a page; the switch's pool is neither in
// general, and a buffer outside the range would be lost in silence. So frames that came in by another port
// are copied once more on transmit.

#pragma once

#include "common/kernel_port.hpp"

struct rte_memzone;

namespace mcswitch::drivers {

class AfXdpPort final : public KernelPort {
 public:
  using KernelPort::KernelPort;
  // After every port has been stopped: frames that came in here may be on their way out of another one.
  ~AfXdpPort() override;

  [[nodiscard]] std::string_view family() const override { return "af_xdp"; }
  Problem check() override;
  [[nodiscard]] dataplane::PortLimits limits() const override;
  Problem open() override;
  Problem start(const dataplane::StartRequest& request) override;

 protected:
  [[nodiscard]] Traits traits() const override;

 private:
  Problem check_queues() const;
  Problem make_pool();

  rte_mempool* pool_ = nullptr;
  const rte_memzone* memory_ = nullptr;
};

}  // namespace mcswitch::drivers

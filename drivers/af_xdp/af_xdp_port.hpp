// SPDX-License-Identifier: BSD-3-Clause
//
// A kernel interface through an AF_XDP socket (DPDK's net_af_xdp). README.md in this folder says what it
// needs and what it cannot do.
//
// The port has packet buffers of its own. DPDK 22.11 hands the kernel one range of memory that it takes to be
// filled with buffers without a gap, of which none may be larger than a page; the switch's pool is neither in
// general, and a buffer outside the range would be lost silently. So frames that came in by another port are
// copied once more on transmit.

#pragma once

#include <cstddef>
#include <cstdint>

#include "common/kernel_port.hpp"
#include "dataplane/port_family.hpp"

struct rte_memzone;

namespace mcswitch::drivers {

class AfXdpPort final : public KernelPort {
 public:
  // A buffer fills a page: the largest that the kernel takes, and pages leave no gaps between them.
  static constexpr std::uint32_t kBuffer = 4096;
  // DPDK's device keeps 2048 buffers in the kernel's hands for reception and up to as many that are being
  // sent.
  static constexpr std::uint32_t kInKernel = 2048;
  // Of the pool, for each core. It may keep half as many again, and has a few bursts at work.
  static constexpr std::uint32_t kCache = 256;
  // As long as a single burst cannot be allocated the device receives nothing at all, not even what has
  // arrived (DPDK 22.11, net_af_xdp); so whatever others may keep of its buffers comes to these.
  static constexpr dataplane::PortFamily::OwnBuffers kOwnBuffers{
      .in_device = 2 * kInKernel, .per_core = kCache + kCache / 2 + 128, .size = kBuffer + 64};

  using KernelPort::KernelPort;
  // After every port has been stopped: frames that came in here may be on their way out of another one.
  ~AfXdpPort() override;

  Problem check() override;
  [[nodiscard]] dataplane::PortLimits limits() const override;
  Problem open() override;
  Problem start(const dataplane::StartRequest& request) override;

 private:
  Problem check_queues() const;
  Problem make_pool(std::uint32_t buffers);

  rte_mempool* pool_ = nullptr;
  const rte_memzone* memory_ = nullptr;
};

}  // namespace mcswitch::drivers

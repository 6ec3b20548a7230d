// SPDX-License-Identifier: BSD-3-Clause
//
// Bursts of a device whose frames may be unfinished (unfinished_frames.hpp): a receive function in front of
// the device's own completes checksums, and counts datagrams that are longer than the MTU. One that is cut
// off, because it did not fit, is dropped here: nobody could use it.
//
// It takes the place of the device's function in DPDK's table, so that ports of other families do not pass
// it.
//
// Threads: attach() main, before the first burst; the receiving worker writes the counters, any thread reads
// them.

#pragma once

#include <rte_ethdev.h>

#include <cstdint>

#include "base/counters.hpp"

namespace mcswitch::drivers {

// Of a device with one receive queue.
class FinishedBursts {
 public:
  FinishedBursts() = default;
  FinishedBursts(const FinishedBursts&) = delete;
  FinishedBursts& operator=(const FinishedBursts&) = delete;

  // After rte_eth_dev_start(). Stopping the device ends it.
  void attach(std::uint16_t ethdev, std::uint16_t mtu);

  // Datagrams longer than the MTU since the start.
  [[nodiscard]] std::uint64_t too_long() const { return too_long_.value(); }

 private:
  static std::uint16_t receive(void* queue, rte_mbuf** mbufs, std::uint16_t count);
  // False: of no use, and to be freed.
  bool finish(rte_mbuf* m);

  eth_rx_burst_t burst_ = nullptr;  // the device's own
  void* device_queue_ = nullptr;
  std::uint32_t mtu_ = 0;
  void* self_ = this;  // what DPDK takes the queue's address from
  Counter too_long_;
};

}  // namespace mcswitch::drivers

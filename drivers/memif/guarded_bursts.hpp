// SPDX-License-Identifier: BSD-3-Clause
//
// Bursts of a memif that do nothing while DPDK's interrupt thread is changing its connection.
//
// DPDK's memif device (22.11) unmaps the memory and frees the regions of a connection in its interrupt thread
// when the other side goes away, and sets them up there when another one comes, without regard to a worker
// that is inside a burst of the same device. So a burst enters a gate, which callbacks_outside_bursts.cpp
// shuts around what memif does in that thread. A burst that finds it shut receives or sends nothing, as if
// the queue were empty or full.
//
// There is one gate for all memifs, because from outside one cannot see which of them a callback is about.
//
// Workers do not go by the device's row of DPDK's table of burst functions but by one that no device has:
// stopping and starting the device, which is how it connects again, changes its own row in several steps.

#pragma once

#include <rte_ethdev.h>

#include <cstdint>

#include "memif/gate.hpp"

namespace mcswitch::drivers {

Gate& memif_gate();

// Of a device with one queue each way.
class GuardedBursts {
 public:
  GuardedBursts() = default;
  GuardedBursts(const GuardedBursts&) = delete;
  GuardedBursts& operator=(const GuardedBursts&) = delete;
  ~GuardedBursts() { release(); }

  // After rte_eth_dev_start() and before the first burst.
  void guard(std::uint16_t ethdev);
  // The number by which bursts are guarded: not the device's, unless DPDK's table is full.
  [[nodiscard]] std::uint16_t ethdev() const { return ethdev_; }
  // When the device has been stopped. Does no harm if there was no guard().
  void release();

 private:
  template <typename Burst>
  struct Queue {
    Gate::Visitor visitor;
    Burst burst = nullptr;
    void* device_queue = nullptr;
    Gate* gate = &memif_gate();
    void* self = this;  // What DPDK takes the queue's address from.
  };

  static std::uint16_t receive(void* queue, rte_mbuf** mbufs, std::uint16_t count);
  static std::uint16_t transmit(void* queue, rte_mbuf** mbufs, std::uint16_t count);

  Queue<eth_rx_burst_t> rx_;
  Queue<eth_tx_burst_t> tx_;
  bool is_guarding_ = false;
  std::uint16_t ethdev_ = 0;
};

}  // namespace mcswitch::drivers

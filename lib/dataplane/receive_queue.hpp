// SPDX-License-Identifier: BSD-3-Clause
//
// ReceiveQueue: one receive queue of a device, with what is left of its last burst.
//
// The device is always asked for a whole burst, because vector drivers give nothing if asked for fewer frames
// than 4 or 8 (DPDK, guides of ixgbe, i40e and ice). Frames that the pace does not allow yet stay here, and
// come first when the queue is served again.
//
// Threads: the worker's own.

#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "dataplane/pace.hpp"
#include "dataplane/worker.hpp"

namespace mcswitch::dataplane {

class ReceiveQueue {
 public:
  explicit ReceiveQueue(const WorkerSetup::Receive& from) : from_{from} {}

  [[nodiscard]] PortId port() const { return from_.port; }

  // The next frames, in the order of their arrival, as many as the pace allows; none: there are none now. The
  // caller owns them. The array is good until the next call.
  [[nodiscard]] std::span<rte_mbuf*> next() {
    if (next_ == count_) {
      next_ = 0;
      count_ = rte_eth_rx_burst(from_.ethdev, from_.queue, mbufs_.data(), kBurst);
      was_full_ = count_ == kBurst;
    }
    const auto count = std::min<std::uint16_t>(pace_.frames(), static_cast<std::uint16_t>(count_ - next_));
    const std::span frames{mbufs_.data() + next_, count};
    next_ = static_cast<std::uint16_t>(next_ + count);
    return frames;
  }

  // What next() gave took so long.
  void took(std::size_t frames, Duration time) { pace_.took(static_cast<std::uint16_t>(frames), time); }

  // Frames that next() will give without asking the device.
  [[nodiscard]] bool has_left_over() const { return next_ != count_; }
  // There is probably more: left over, or behind a full burst.
  [[nodiscard]] bool expects_more() const { return was_full_ || has_left_over(); }

 private:
  // Twice as long as a burst: pick() (fan_out.hpp) loads kBurst entries from wherever the frames begin.
  std::array<rte_mbuf*, std::size_t{2} * kBurst> mbufs_{};
  WorkerSetup::Receive from_;
  Pace pace_;
  std::uint16_t next_ = 0;   // of mbufs_
  std::uint16_t count_ = 0;  // likewise: behind the last one
  bool was_full_ = false;
};

}  // namespace mcswitch::dataplane

// SPDX-License-Identifier: BSD-3-Clause
//
// A port that gives leaves at a rate, and then waits until none of its groups is left in the table, or until
// nothing has changed for a while (leaves that were lost end with their interval).
//
// Threads: the worker that polls the port; main makes it and reads, while no worker runs.

#pragma once

#include <atomic>
#include <span>

#include "packet_rate/paced.hpp"
#include "packet_rate/rig.hpp"

namespace mcswitch::bench {

class LeaveSource {
 public:
  // `others`: groups in the table that do not belong to the port. `stop` is set at the end.
  LeaveSource(Rig& rig, PortId port, std::span<const Template> leaves, double per_second,
              std::uint32_t others, std::atomic<bool>& stop);
  LeaveSource(const LeaveSource&) = delete;
  LeaveSource& operator=(const LeaveSource&) = delete;

  // From the first leave to the last change of the table.
  [[nodiscard]] double nanoseconds() const;

 private:
  static std::uint16_t receive(void* self, rte_mbuf** mbufs, std::uint16_t wanted);
  std::uint16_t give(rte_mbuf** mbufs, std::uint16_t wanted);
  void look_at_table(std::uint64_t now);

  rte_mempool* const pool_;
  const table::GroupTable& groups_;
  const std::span<const Template> leaves_;
  const double per_tick_;
  const std::uint32_t others_;
  std::atomic<bool>& stop_;
  std::size_t given_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t changed_ = 0;
  std::uint32_t count_ = 0;
  bool is_over_ = false;
};

}  // namespace mcswitch::bench

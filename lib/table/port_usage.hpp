// SPDX-License-Identifier: BSD-3-Clause
//
// Port usage: how many memberships each port has, and how many it may have.
//
// Threads
//   any      reserve(), release(), is_full(), count(). None blocks.
//   control  set_limit(), before any worker runs.
//
// A thread that makes a port a member reserves before it writes anything, and releases if the join fails; a
// thread that ends a membership releases afterwards. So a port never has more memberships than its limit. Two
// threads that reserve the last one at the same moment may both be refused: a count passes the limit for an
// instant, by one for each thread at most.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/net_types.hpp"
#include "base/port_set.hpp"

namespace mcswitch::table {

class PortUsage {
 public:
  // 0: no limit.
  void set_limit(PortId port, std::uint32_t limit) noexcept { ports_[port].limit = limit; }

  // False, and nothing is reserved, if the port has all that it may have.
  [[nodiscard]] bool reserve(PortId port) noexcept {
    Port& usage = ports_[port];
    // A number by itself: nothing else is ordered by it.
    const std::uint32_t before = usage.count.fetch_add(1, std::memory_order_relaxed);
    if (usage.limit == 0 || before < usage.limit) {
      return true;
    }
    release(port);
    return false;
  }
  // For each reserve() that gave true, once.
  void release(PortId port) noexcept { ports_[port].count.fetch_sub(1, std::memory_order_relaxed); }

  // A moment's answer.
  [[nodiscard]] bool is_full(PortId port) const noexcept {
    return ports_[port].limit != 0 && count(port) >= ports_[port].limit;
  }
  [[nodiscard]] std::uint32_t count(PortId port) const noexcept {
    return ports_[port].count.load(std::memory_order_relaxed);
  }

 private:
  struct alignas(64) Port {
    std::atomic<std::uint32_t> count{0};  // any thread adds, subtracts and reads
    std::uint32_t limit = 0;              // control sets before any worker runs, then constant
  };
  std::array<Port, kMaxPorts> ports_{};
};

}  // namespace mcswitch::table

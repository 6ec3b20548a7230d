// SPDX-License-Identifier: BSD-3-Clause
//
// AtomicPortSet: a set of ports in one word that one thread stores and others load; or to which several add.
//
// The word is true by itself: nothing depends on another one being of the same moment, so relaxed order is
// enough.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/port_set.hpp"

namespace mcswitch::table {

class AtomicPortSet {
 public:
  [[nodiscard]] PortSet load() const noexcept { return PortSet{bits_.load(std::memory_order_relaxed)}; }
  void store(PortSet ports) noexcept { bits_.store(ports.bits(), std::memory_order_relaxed); }
  // Safe beside other calls of these two.
  void add(PortId port) noexcept { bits_.fetch_or(PortSet::of(port).bits(), std::memory_order_relaxed); }
  void remove(PortId port) noexcept { bits_.fetch_and(~PortSet::of(port).bits(), std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> bits_{0};
};

}  // namespace mcswitch::table

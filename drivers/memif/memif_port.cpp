// SPDX-License-Identifier: BSD-3-Clause

#include "memif/memif_port.hpp"

#include <fmt/format.h>

#include <bit>

#include "common/device_string.hpp"

namespace mcswitch::drivers {
namespace {

constexpr unsigned long kDefaultBufferSize = 2048;
// Ethernet header and two VLAN tags.
constexpr unsigned long kLinkHeader = 14 + 2 * 4;

}  // namespace

// A frame of several buffers of the shared memory leaves a mark in its ring that DPDK 22.11 does not take
// away when the ring has gone round: a short frame in that place would be taken for the beginning of a long
// one.
dataplane::Port::Problem MemifPort::check() {
  const unsigned long size = device_number(settings().device, "bsize").value_or(kDefaultBufferSize);
  const unsigned long need = settings().mtu + kLinkHeader;
  if (size < need) {
    return fmt::format(
        "an MTU of {} does not fit its buffers: the limit with bsize={} is {}; add bsize={}, on both sides",
        settings().mtu, size, size < kLinkHeader ? 0 : size - kLinkHeader, std::bit_ceil(need));
  }
  return std::nullopt;
}

}  // namespace mcswitch::drivers

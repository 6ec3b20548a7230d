// SPDX-License-Identifier: BSD-3-Clause

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/net_types.hpp"
#include "interfaces/clock.hpp"

namespace mcswitch::bench::interfaces {

// A frame of the stream has come in.
struct Arrival {
  std::size_t receiver = 0;
  Ipv4Address group;
  std::uint32_t sequence = 0;
  Nanoseconds sent = 0;  // just before the system call that sent it
  Nanoseconds received = 0;
  [[nodiscard]] Nanoseconds delay() const { return received - sent; }
};

}  // namespace mcswitch::bench::interfaces

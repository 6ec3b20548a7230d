// SPDX-License-Identifier: BSD-3-Clause
//
// Where the control thread's own frames go: in the programs the rings to the workers, in tests a
// recorder.

#pragma once

#include <cstdint>
#include <span>

#include "base/net_types.hpp"
#include "base/port_set.hpp"

namespace mcswitch::control {

class FrameSink {
 public:
  virtual ~FrameSink() = default;

  // Takes a finished Ethernet frame, untagged, to be sent on all of `ports` in `vlan`. Control thread
  // only; never blocks. False: no room, nothing was taken, and the caller offers it again later.
  virtual bool send(PortSet ports, VlanId vlan, std::span<const std::uint8_t> frame) = 0;
};

}  // namespace mcswitch::control

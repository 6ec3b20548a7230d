// SPDX-License-Identifier: BSD-3-Clause

#include "ring/ring_port.hpp"

namespace mcswitch::drivers {

// Buffers travel through it as they are.
dataplane::PortLimits RingPort::limits() const { return {.multi_segment_transmit = true}; }

}  // namespace mcswitch::drivers

// SPDX-License-Identifier: BSD-3-Clause
//
// The ceiling: what the devices themselves allow. Takes a burst, sets each reference count to the fan-out,
// and sends the same buffers to that many ports; no parsing, no lookup.

#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "base/port_set.hpp"

namespace mcswitch::bench {

// On the calling thread until `stop`; the last turn comes after it was seen.
void run_ceiling(std::uint16_t from, std::span<const std::uint16_t> to, const std::atomic<bool>& stop);

// The same, and what comes on `also` is taken and freed.
void run_ceiling_beside(std::uint16_t from, std::span<const std::uint16_t> to, std::uint16_t also,
                        const std::atomic<bool>& stop);

// The same where not all frames go to the same ports: the n-th frame goes to schedule[n], cyclically. Frames
// are staged for their ports, and each port gets its own once a burst. `ethdevs` by port.
void run_ceiling_by(std::uint16_t from, std::span<const PortSet> schedule,
                    std::span<const std::uint16_t> ethdevs, const std::atomic<bool>& stop);

}  // namespace mcswitch::bench

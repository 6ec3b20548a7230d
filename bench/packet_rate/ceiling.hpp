// SPDX-License-Identifier: BSD-3-Clause
//
// The ceiling: what the devices themselves allow. Takes a burst, sets each reference count to the fan-out,
// and sends the same buffers to that many ports; no parsing, no lookup.

#pragma once

#include <atomic>
#include <cstdint>
#include <span>

namespace mcswitch::bench {

// On the calling thread until `stop`; the last turn comes after it was seen.
void run_ceiling(std::uint16_t from, std::span<const std::uint16_t> to, const std::atomic<bool>& stop);

}  // namespace mcswitch::bench

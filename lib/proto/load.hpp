// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as messages hold them: most significant byte first, at any address.
//
// Pure.

#pragma once

#include <cstdint>

namespace mcswitch::proto {

// The two bytes at `o`.
inline std::uint16_t load16(const std::uint8_t* o) { return static_cast<std::uint16_t>(o[0] << 8 | o[1]); }

}  // namespace mcswitch::proto

// SPDX-License-Identifier: BSD-3-Clause
//
// What a source writes into the UDP payload of a frame, and sinks read: when it arrived, and its number.
// Sixteen bytes behind the headers of an untagged frame of 60 bytes or more; the switch changes none of
// them.

#pragma once

#include <cstdint>
#include <cstring>

namespace mcswitch::bench {

struct Stamped {
  std::uint64_t at = 0;      // time-stamp counter
  std::uint64_t number = 0;  // of the stream, from 0
};

// Ethernet 14, IPv4 20, UDP 8.
inline constexpr std::size_t kStampOffset = 42;
static_assert(kStampOffset + sizeof(Stamped) <= 60);

inline void write_stamp(std::uint8_t* frame, Stamped stamp) {
  std::memcpy(frame + kStampOffset, &stamp, sizeof(stamp));
}
inline Stamped read_stamp(const std::uint8_t* frame) {
  Stamped stamp;
  std::memcpy(&stamp, frame + kStampOffset, sizeof(stamp));
  return stamp;
}

}  // namespace mcswitch::bench

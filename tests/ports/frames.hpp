// SPDX-License-Identifier: BSD-3-Clause
//
// Frames of the port tests: multicast data with a running number, so that order and loss can be read from
// them, and the way from bytes to packet buffers and back.

#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <span>
#include <vector>

namespace mcswitch::ports {

using Frame = std::vector<std::uint8_t>;

inline constexpr std::size_t kHeader = 14 + 20 + 8;
inline constexpr std::uint16_t kVlan = 2043;

// An IPv4 UDP datagram to 239.77.3.x; `size` are all bytes of the frame, without the tag.
Frame data_frame(std::uint32_t number, std::size_t size);
// The same frame with an 802.1Q tag of kVlan and priority 5.
Frame with_tag(const Frame& frame);
// The running number; UINT32_MAX if the frame is none of ours (or if its length was changed).
std::uint32_t number_of(const Frame& frame);
std::vector<std::uint32_t> numbers_of(const std::vector<Frame>& frames);

// In as many buffers as it takes; nullptr if the pool is empty.
rte_mbuf* to_mbuf(rte_mempool* pool, const Frame& frame);
// What the switch makes of a shared frame: `head` bytes in a buffer of their own, the rest in another one
// that has a second owner. `rest` is that one; the caller frees it in the end.
rte_mbuf* to_chain(rte_mempool* pool, const Frame& frame, std::size_t head, rte_mbuf** rest);
// Bytes of all segments; a tag that the device took out is put back in its place.
Frame from_mbuf(const rte_mbuf* mbuf);

}  // namespace mcswitch::ports

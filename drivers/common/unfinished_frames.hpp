// SPDX-License-Identifier: BSD-3-Clause
//
// Frames that a kernel leaves unfinished because it takes the next device for one that finishes them: what
// hosts behind a veth pair send, in containers and network namespaces.
//
// * Checksum offload: the checksum field of UDP (RFC 768) and TCP (RFC 9293 section 3.1) holds the folded sum
//   of the pseudo header, and nobody has added the rest.
// * Segmentation offload: an IP datagram is longer than the link's MTU. A ring slot or a packet buffer holds
//   only the beginning of it.
//
// Where the kernel marks such frames (PACKET_VNET_HDR, TP_STATUS_CSUMNOTREADY), DPDK's devices do not pass
// the mark on, so a checksum is taken for unfinished by its value. A finished one that happens to have that
// value does not change: the field is then the complement of the sum of all else, pseudo header included,
// which is what it is completed to.
//
// Pure; any thread.

#pragma once

#include <cstdint>

namespace mcswitch::drivers {

// What the IP header of a frame says about its length.
struct Datagram {
  std::uint32_t offset = 0;  // of the IP header in the frame
  std::uint32_t length = 0;  // bytes, its header included; 0: no IP datagram, or one that does not say

  [[nodiscard]] std::uint32_t end() const { return offset + length; }
};

// `frame` has `size` bytes, from the destination MAC address on, and up to two VLAN tags.
[[nodiscard]] Datagram find_datagram(const std::uint8_t* frame, std::uint32_t size);

// Completes the checksum of UDP or TCP if it is the sum of the pseudo header alone. True if it was.
// Fragments, and datagrams that are not whole in the frame, stay as they are.
bool complete_checksum(std::uint8_t* frame, std::uint32_t size, const Datagram& datagram);

}  // namespace mcswitch::drivers

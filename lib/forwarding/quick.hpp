// SPDX-License-Identifier: BSD-3-Clause
//
// The frames that a multicast switch is there for, recognised in a few instructions: IPv4 multicast data
// without a tag and without IP options. Says yes only where classify() says FrameKind::ipv4_multicast, with
// the same source and group; says no whenever it is not sure, and then classify() decides. Whatever says yes
// here has had its IP header verified (RFC 4541 section 2.1.2(6)).
//
// Pure. Octets are read in words of the machine's order, which is little endian here; elsewhere it always
// says no.

#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/net_types.hpp"
#include "forwarding/classify.hpp"
#include "proto/igmp.hpp"

namespace mcswitch::forwarding {

struct QuickFrame {
  MacAddress source;
  Ipv4Address group;
};

namespace quick {

template <typename Word>
inline Word load(const std::uint8_t* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Octets 0 to 7: 01:00:5e, the bit behind it clear (RFC 1112 section 6.4), whatever follows.
inline constexpr std::uint64_t kGroupMacMask = 0x0000'0000'80ff'ffff;
inline constexpr std::uint64_t kGroupMac = 0x0000'0000'005e'0001;
// Octets 8 to 15: EtherType 0x0800, then version 4 and a header of five words.
inline constexpr std::uint64_t kPlainIpMask = 0x00ff'ffff'0000'0000;
inline constexpr std::uint64_t kPlainIp = 0x0045'0008'0000'0000;

}  // namespace quick

inline bool read_quick(const Frame& frame, QuickFrame& out) noexcept {
  if constexpr (std::endian::native != std::endian::little) {
    return false;
  }
  constexpr std::uint32_t kHeaders = 14 + 20;
  const std::uint8_t* p = frame.data;
  if (frame.contiguous < kHeaders || frame.has_stripped_tag) {
    return false;
  }
  const auto first = quick::load<std::uint64_t>(p);
  const auto second = quick::load<std::uint64_t>(p + 8);
  if ((first & quick::kGroupMacMask) != quick::kGroupMac ||
      (second & quick::kPlainIpMask) != quick::kPlainIp) {
    return false;
  }
  // The IP header: octets 14 to 33. The sum with its checksum in it is all ones (RFC 1071), in any byte
  // order.
  const auto a = quick::load<std::uint64_t>(p + 14);
  const auto b = quick::load<std::uint64_t>(p + 22);
  const auto c = quick::load<std::uint32_t>(p + 30);
  std::uint64_t sum = (a & 0xffff'ffff) + (a >> 32) + (b & 0xffff'ffff) + (b >> 32) + c;
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  const std::uint32_t total_length = __builtin_bswap16(static_cast<std::uint16_t>(a >> 16));
  const auto protocol = static_cast<std::uint8_t>(b >> 8);
  const Ipv4Address group{__builtin_bswap32(c)};
  const MacAddress source{__builtin_bswap64(first >> 48 | second << 16) >> 16};
  if (sum != 0xffff || total_length < 20 || total_length + 14 > frame.length ||
      protocol == proto::kIpProtocolIgmp || protocol == proto::kIpProtocolPim || !group.is_multicast() ||
      group.is_link_local_multicast()) {
    return false;
  }
  out = {source, group};
  return true;
}

}  // namespace mcswitch::forwarding

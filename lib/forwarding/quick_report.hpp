// SPDX-License-Identifier: BSD-3-Clause
//
// Membership reports of version 2 as hosts send them (RFC 2236 section 2: untagged, TTL 1, Router Alert and
// no other option, nothing behind the message), recognised and verified in a few instructions. Says yes only
// where classify() and proto::parse_igmp() find a right report of version 2 with the same source and group;
// says no whenever it is not sure.
//
// Pure. Bytes are read in words of the machine's order, which is little endian here; elsewhere it always
// says no.

#pragma once

#include <bit>
#include <cstdint>

#include "base/net_types.hpp"
#include "forwarding/classify.hpp"
#include "forwarding/quick.hpp"
#include "proto/checksum.hpp"

namespace mcswitch::forwarding {

struct QuickReport {
  MacAddress source;
  Ipv4Address address;  // IP source
  Ipv4Address group;    // to be filtered: not of 224.0.0.0/24
};

inline bool read_quick_report(const Frame& frame, QuickReport& out) noexcept {
  constexpr std::uint32_t kIp = 14;
  constexpr std::uint32_t kIgmp = kIp + 24;
  if (std::endian::native != std::endian::little || frame.contiguous < kIgmp + 8 || frame.has_stripped_tag) {
    return false;
  }
  const std::uint8_t* p = frame.data;
  const auto word = [p](std::uint32_t at) { return quick::load<std::uint64_t>(p + at); };
  const std::uint64_t ip[3] = {word(kIp), word(kIp + 8), word(kIp + 16)};
  const std::uint64_t igmp = word(kIgmp);
  // Behind the addresses: EtherType, version 4 and a header of six words; a datagram of 32 bytes that is no
  // fragment; TTL and protocol; a group as destination; Router Alert (RFC 2113); the type.
  constexpr std::uint64_t kTypeVersion = 0x0046'0008'0000'0000;
  constexpr std::uint64_t kLengthFragmentMask = 0xff3f'0000'ffff'0000;
  constexpr std::uint64_t kLength = 0x0000'0000'2000'0000;
  constexpr std::uint64_t kTtlProtocol = 0x0201;
  constexpr std::uint64_t kToGroupMask = 0xffff'ffff'0000'00f0;
  constexpr std::uint64_t kToGroup = 0x0000'0494'0000'00e0;
  constexpr std::uint64_t kReport = 0x16;
  const std::uint64_t wrong = ((word(0) & quick::kGroupMacMask) ^ quick::kGroupMac) |
                              ((word(8) & quick::kPlainIpMask) ^ kTypeVersion) |
                              ((ip[0] & kLengthFragmentMask) ^ kLength) | ((ip[1] & 0xffff) ^ kTtlProtocol) |
                              ((ip[2] & kToGroupMask) ^ kToGroup) | ((igmp & 0xff) ^ kReport);
  const auto halves = [](std::uint64_t w) { return (w & 0xffff'ffff) + (w >> 32); };
  const Ipv4Address address{__builtin_bswap32(static_cast<std::uint32_t>(ip[1] >> 32))};
  const Ipv4Address group{__builtin_bswap32(static_cast<std::uint32_t>(igmp >> 32))};
  if (wrong != 0 || proto::fold_checksum(halves(ip[0]) + halves(ip[1]) + halves(ip[2])) != 0xffff ||
      proto::fold_checksum(halves(igmp)) != 0xffff || !group.is_multicast() ||
      group.is_link_local_multicast() || !address.is_source()) {
    return false;
  }
  out = {quick::source(p), address, group};
  return true;
}

}  // namespace mcswitch::forwarding

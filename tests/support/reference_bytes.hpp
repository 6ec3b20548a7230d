// SPDX-License-Identifier: BSD-3-Clause
//
// Reading bytes, for the reference switch: written without lib/proto, so that the two do not share a
// mistake.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/net_types.hpp"

namespace mcswitch::test {

using ByteSpan = std::span<const std::uint8_t>;

inline unsigned number(ByteSpan bytes, std::size_t at, std::size_t size) {
  unsigned value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value * 256 + bytes[at + i];
  }
  return value;
}

inline Ipv4Address address(ByteSpan bytes, std::size_t at) { return Ipv4Address{number(bytes, at, 4)}; }

// RFC 1071: the one's complement sum with the checksum in it is all ones.
inline bool checksum_is_right(ByteSpan bytes) {
  unsigned long sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += bytes[i] * 256UL + (i + 1 < bytes.size() ? bytes[i + 1] : 0UL);
  }
  while (sum > 0xffff) {
    sum = sum % 0x10000 + sum / 0x10000;
  }
  return sum == 0xffff;
}

// 224.0.0.0 to 239.255.255.255 (RFC 1112 section 4), 224.0.0.0 to 224.0.0.255 (RFC 4541 section 2.1.2(2)).
inline bool is_multicast(const IpAddress& a) { return a.v4().bits >> 28 == 0xe; }
inline bool is_link_local(const IpAddress& a) { return a.v4().bits >> 8 == 0xe00000; }
// RFC 1122 section 3.2.1.3: not this network, not loopback, neither multicast nor what is above it.
inline bool can_be_a_hosts(Ipv4Address a) {
  const unsigned network = a.bits / 0x1000000;
  return network >= 1 && network <= 223 && network != 127;
}
// The same, and 0.0.0.0, which a host uses that has no address yet.
inline bool can_send(const IpAddress& a) { return a.is_unspecified() || can_be_a_hosts(a.v4()); }
// RFC 1112 section 6.4.
inline MacAddress mac_of_group(const IpAddress& a) {
  return MacAddress{0x01005e000000UL + a.v4().bits % 0x800000UL};
}

}  // namespace mcswitch::test

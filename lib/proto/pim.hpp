// SPDX-License-Identifier: BSD-3-Clause
//
// PIM version 2: of its messages a switch needs the Hello (RFC 7761 section 4.9.2), which says that a
// multicast router is there, and for how long. No state, no clock; any thread.

#pragma once

#include <cstdint>
#include <span>

#include "base/net_types.hpp"
#include "base/time.hpp"

namespace mcswitch::proto {

inline constexpr std::uint8_t kIpProtocolPim = 103;
inline constexpr Ipv4Address kAllPimRouters = Ipv4Address::of(224, 0, 0, 13);

enum class PimKind : std::uint8_t {
  hello,
  wrong_hello,  // its checksum is wrong, or its options run over
  other,        // any other message, or of another version: nothing of it is looked at
};

struct PimMessage {
  // Default_Hello_Holdtime (RFC 7761 section 4.11).
  static constexpr Duration kDefaultHoldtime = std::chrono::seconds{105};
  static constexpr Duration kForever = Duration::max();  // holdtime 65535 (section 4.9.2)

  PimKind kind = PimKind::other;
  // Hello: how long its sender is to be taken for present. 0: it is going.
  Duration holdtime = kDefaultHoldtime;
};

// Parses the payload of an IPv4 datagram of protocol 103, of the length that the IP header says. Of a Hello
// the checksum is verified over all of it, and its options are walked through to the end. Up to three bytes
// behind the last option are ignored.
[[nodiscard]] PimMessage parse_pim(std::span<const std::uint8_t> payload);

}  // namespace mcswitch::proto

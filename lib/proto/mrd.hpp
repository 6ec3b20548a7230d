// SPDX-License-Identifier: BSD-3-Clause
//
// Multicast Router Discovery (RFC 4286), over IGMP: how routers say to snooping switches that they are there.
// No state, no clock; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/net_types.hpp"
#include "base/time.hpp"

namespace mcswitch::proto {

// First byte of a message (RFC 4286 section 7).
inline constexpr std::uint8_t kTypeMrdAdvertisement = 0x30;
inline constexpr std::uint8_t kTypeMrdSolicitation = 0x31;
inline constexpr std::uint8_t kTypeMrdTermination = 0x32;
// Where advertisements and terminations go.
inline constexpr Ipv4Address kAllSnoopers = Ipv4Address::of(224, 0, 0, 106);

enum class MrdKind : std::uint8_t {
  advertisement,
  solicitation,
  termination,
  wrong,  // one of these, but too short, or with a wrong checksum
  other,  // an IGMP message of another type
};

struct MrdMessage {
  MrdKind kind = MrdKind::other;
  // Advertisement: for how long its sender is to be taken for present, three of its Advertisement Intervals.
  // A router that says 0, which none may, is taken to advertise as often as is usual: each 20 s.
  Duration lifetime{};
};

// Parses the payload of an IP datagram of IGMP. Nothing but the type is looked at if it is another one; else
// the checksum is verified over all of the message. Bytes behind what the type defines are ignored.
[[nodiscard]] MrdMessage parse_mrd(std::span<const std::uint8_t> payload);

// What a switch sends to hear of the routers: a whole Ethernet frame, as those of igmp.hpp are, to 224.0.0.2.
inline constexpr std::size_t kMrdSolicitationFrameSize = 60;
std::size_t build_mrd_solicitation(MacAddress source_mac, const IpAddress& source,
                                   std::span<std::uint8_t> frame);

}  // namespace mcswitch::proto

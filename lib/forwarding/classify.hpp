// SPDX-License-Identifier: BSD-3-Clause
//
// What is this frame? The whole answer, for every frame. The fast paths read some fields of the most common
// frames themselves: read_quick() and quick::is_likely() for data, read_quick_report() for version 2 reports,
// Forwarder::fetch_memberships() only to prefetch. Where they decide, they decide as classify() does; the
// tests compare them. Pure: no state, no table, no clock.

#pragma once

#include <cstdint>
#include <span>

#include "base/net_types.hpp"
#include "proto/parse_error.hpp"

namespace mcswitch::forwarding {

inline constexpr std::uint16_t kVidMask = 0x0fff;  // of a tag's control information

// A frame as the device gave it. The bytes from `data` on are contiguous for `contiguous` bytes; the
// frame has `length`. A VLAN tag that the device has taken out of the frame is in `stripped_tci`.
struct Frame {
  const std::uint8_t* data = nullptr;
  std::uint32_t contiguous = 0;
  std::uint32_t length = 0;
  bool has_stripped_tag = false;
  std::uint16_t stripped_tci = 0;
};

enum class FrameKind : std::uint8_t {
  runt,               // shorter than an Ethernet header
  reserved,           // 01:80:c2:00:00:00 to 0f
  malformed,          // `error` says how
  truncated,          // cut off by the device
  igmp,               // not in unicast; `payload_offset`, `payload_length`, `ttl`, `has_router_alert`
  multicast_control,  // PIM
  ipv4_link_local,    // to 224.0.0.0/24
  ipv4_multicast,     // to another group: `group`
  ipv6_multicast,     // to a group of more than link-local scope; MLD is not implemented yet
  ipv6_link_local,    // ff00::/16 to ff02::/16
  other_multicast,
  broadcast,
  unicast,
};

// The outer tag that a frame came with.
enum class TagForm : std::uint8_t {
  none,
  stripped,  // the device took it out of the frame
  priority,  // in the bytes behind the MAC addresses, as those below: VID 0
  tagged,
};

struct Classified {
  FrameKind kind = FrameKind::runt;
  proto::ParseError error = proto::ParseError::none;
  bool has_router_alert = false;
  // multicast_control: to all PIM routers of the link, as hellos are; its payload is as that of igmp.
  bool is_link_pim = false;
  // Type Hello of PIM, to a group or to everybody; all else of it may be wrong, its version too.
  bool is_pim_hello = false;
  std::uint8_t ttl = 0;
  TagForm tag = TagForm::none;
  // IGMP is in it, but behind a second tag, in LLC and SNAP (RFC 1042), in PPPoE (RFC 2516), or in unicast
  // VXLAN (RFC 7348): none of ours. `kind` says what it is in.
  bool encapsulates_igmp = false;
  // Control information of the outer tag, wherever it was: priority, DEI, VID (IEEE 802.1Q section 9.6); 0
  // if there was none. VID 0 is no VLAN but the port's own.
  std::uint16_t tci = 0;
  MacAddress destination;
  MacAddress source;
  Ipv4Address ip_source;
  Ipv4Address group;                 // IPv4 destination of igmp and multicast kinds
  std::uint32_t payload_offset = 0;  // igmp, pim: from the start of the frame
  std::uint32_t payload_length = 0;  // igmp, pim: of the length that the IP header says

  // All members of `wanted` hear it: both destinations are the group's.
  [[nodiscard]] bool is_sent_to(Ipv4Address wanted) const {
    return group == wanted && destination == multicast_mac(wanted);
  }
};

// What the IP header says decides, not the MAC address, and never the length of the frame: Ethernet pads
// (RFC 2236 section 2.5). An IP header is verified where the frame is multicast, or broadcast and carries
// IGMP (RFC 4541 section 2.1.2(6)); unicast is none of a bridge's business, IGMP in it neither.
Classified classify(const Frame& frame) noexcept;

}  // namespace mcswitch::forwarding

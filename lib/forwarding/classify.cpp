// SPDX-License-Identifier: BSD-3-Clause

#include "forwarding/classify.hpp"

#include "proto/checksum.hpp"
#include "proto/igmp.hpp"
#include "proto/pim.hpp"

namespace mcswitch::forwarding {
namespace {

using proto::ParseError;

constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr std::uint16_t kEtherTypeVlan = 0x8100;   // IEEE 802.1Q C-tag
constexpr std::uint16_t kEtherTypeSVlan = 0x88a8;  // IEEE 802.1Q S-tag
constexpr std::uint16_t kEtherTypePppoe = 0x8864;  // session stage (RFC 2516 section 4)
constexpr std::uint16_t kPppIpv4 = 0x0021;
constexpr std::uint32_t kPppoeHeader = 8;    // with the protocol of PPP
constexpr std::uint16_t kLongestLlc = 1500;  // what is less is a length, and no EtherType (IEEE 802.3)
constexpr std::uint32_t kSnapHeader = 8;     // with the EtherType
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint16_t kPortVxlan = 4789;
constexpr std::uint32_t kEthernetHeader = 14;
constexpr std::uint32_t kTag = 4;
constexpr std::uint32_t kMinIpv4Header = 20;
constexpr std::uint64_t kReservedPrefix = 0x0180c2000000ULL;  // IEEE 802.1Q section 8.6.3
constexpr std::uint16_t kFragmentMask = 0x3fff;   // More Fragments and offset (RFC 791 section 3.1)
constexpr std::uint8_t kOptionRouterAlert = 148;  // RFC 2113
constexpr std::uint8_t kOptionEnd = 0;
constexpr std::uint8_t kOptionNop = 1;

std::uint16_t read16(const std::uint8_t* p) { return static_cast<std::uint16_t>(p[0] << 8 | p[1]); }
std::uint32_t read32(const std::uint8_t* p) { return std::uint32_t{read16(p)} << 16 | read16(p + 2); }

bool router_alert_in(const std::uint8_t* options, std::uint32_t length) {
  for (std::uint32_t i = 0; i < length;) {
    const std::uint8_t type = options[i];
    if (type == kOptionRouterAlert) {
      return true;
    }
    if (type == kOptionEnd) {
      return false;
    }
    if (type == kOptionNop) {
      ++i;
      continue;
    }
    if (i + 1 >= length || options[i + 1] < 2) {
      return false;
    }
    i += options[i + 1];
  }
  return false;
}

void malformed(Classified& c, ParseError error) {
  c.kind = FrameKind::malformed;
  c.error = error;
}

FrameKind kind_by_mac(MacAddress destination) {
  if (!destination.is_group()) {
    return FrameKind::unicast;
  }
  return destination.is_broadcast() ? FrameKind::broadcast : FrameKind::other_multicast;
}

// IGMP in what is not opened. `at` is behind the EtherType.
bool encapsulates_igmp(const Frame& frame, std::uint16_t type, std::uint32_t at) {
  const auto has = [&](std::uint32_t size) { return at + size <= frame.contiguous; };
  while ((type == kEtherTypeVlan || type == kEtherTypeSVlan) && has(kTag)) {
    type = read16(frame.data + at + 2);
    at += kTag;
  }
  if (type <= kLongestLlc && has(kSnapHeader) && read32(frame.data + at) == 0xaaaa0300 &&
      read16(frame.data + at + 4) == 0) {
    type = read16(frame.data + at + 6);
    at += kSnapHeader;
  } else if (type == kEtherTypePppoe && has(kPppoeHeader) && read16(frame.data + at + 6) == kPppIpv4) {
    type = kEtherTypeIpv4;
    at += kPppoeHeader;
  }
  return type == kEtherTypeIpv4 && has(kMinIpv4Header) && frame.data[at] >> 4 == 4 &&
         frame.data[at + 9] == proto::kIpProtocolIgmp;
}

// IGMP in VXLAN; `at` is the offset of the outer IP header. As tunnels send it: without IP options.
bool vxlan_encapsulates_igmp(const Frame& frame, std::uint32_t at) {
  constexpr std::uint32_t kInner = kMinIpv4Header + 8 + 8;
  return at + kInner + kEthernetHeader <= frame.contiguous && frame.data[at] == 0x45 &&
         read16(frame.data + at + kMinIpv4Header + 2) == kPortVxlan &&
         encapsulates_igmp(frame, read16(frame.data + at + kInner + 12), at + kInner + kEthernetHeader);
}

// `at` is the offset of the IP header of a datagram of PIM, which may be malformed. Of fragments the first
// one has the type (RFC 7761 section 4.9).
bool is_pim_hello(const Frame& frame, std::uint32_t at) {
  constexpr std::uint16_t kFragmentOffset = 0x1fff;
  constexpr std::uint8_t kType = 0x0f;
  constexpr std::uint8_t kHello = 0;
  const std::uint8_t* ip = frame.data + at;
  const std::uint32_t header_length = (ip[0] & 0x0fU) * 4;
  return (read16(ip + 6) & kFragmentOffset) == 0 && read16(ip + 2) > header_length &&
         at + header_length < frame.contiguous && (ip[header_length] & kType) == kHello;
}

// `at` is the offset of the IP header.
void classify_ipv4(const Frame& frame, std::uint32_t at, Classified& c) {
  const bool multicast = c.destination.is_group() && !c.destination.is_broadcast();
  c.kind = kind_by_mac(c.destination);
  const std::uint8_t* ip = frame.data + at;
  if (at + kMinIpv4Header > frame.contiguous) {
    if (multicast) {
      malformed(c, ParseError::ip_header_truncated);
    }
    return;
  }
  const std::uint8_t protocol = ip[9];
  c.is_pim_hello =
      protocol == proto::kIpProtocolPim && c.kind != FrameKind::unicast && is_pim_hello(frame, at);
  // IGMP between two stations is nobody else's.
  if (c.kind == FrameKind::unicast || (!multicast && protocol != proto::kIpProtocolIgmp)) {
    c.encapsulates_igmp = protocol == kProtocolUdp && vxlan_encapsulates_igmp(frame, at);
    return;
  }
  const std::uint32_t header_length = (ip[0] & 0x0fU) * 4;
  const std::uint32_t total_length = read16(ip + 2);
  if (ip[0] >> 4 != 4 || header_length < kMinIpv4Header || total_length < header_length) {
    malformed(c, ParseError::ip_header_malformed);
    return;
  }
  if (at + header_length > frame.contiguous) {
    malformed(c, ParseError::ip_header_truncated);
    return;
  }
  if (!proto::ipv4_header_checksum_ok(ip, header_length)) {
    malformed(c, ParseError::ip_checksum_wrong);
    return;
  }
  // Behind the checksum the length is the sender's word: a frame that is shorter lost its end on the way.
  if (at + total_length > frame.length) {
    if (protocol == proto::kIpProtocolIgmp) {
      malformed(c, ParseError::ip_header_truncated);
    } else {
      c.kind = FrameKind::truncated;
    }
    return;
  }
  c.ip_source = Ipv4Address{read32(ip + 12)};
  c.group = Ipv4Address{read32(ip + 16)};
  if (protocol == proto::kIpProtocolIgmp) {
    if ((read16(ip + 6) & kFragmentMask) != 0) {
      malformed(c, ParseError::igmp_fragment);
      return;
    }
    c.kind = FrameKind::igmp;
    c.ttl = ip[8];
    c.has_router_alert = router_alert_in(ip + kMinIpv4Header, header_length - kMinIpv4Header);
    c.payload_offset = at + header_length;
    c.payload_length = total_length - header_length;
  } else if (protocol == proto::kIpProtocolPim) {
    // RFC 7761 section 4.9: hellos go to all PIM routers, with TTL 1.
    const bool is_to_all = c.group == proto::kAllPimRouters && c.destination == multicast_mac(c.group);
    const bool is_whole = (read16(ip + 6) & kFragmentMask) == 0;
    c.kind = FrameKind::multicast_control;
    c.is_link_pim = is_to_all && is_whole && ip[8] == 1;
    c.payload_offset = at + header_length;
    c.payload_length = total_length - header_length;
  } else if (c.group.is_link_local_multicast()) {
    c.kind = FrameKind::ipv4_link_local;
  } else if (c.group.is_multicast()) {
    c.kind = FrameKind::ipv4_multicast;
  }
}

void classify_ipv6(const Frame& frame, std::uint32_t at, Classified& c) {
  c.kind = kind_by_mac(c.destination);
  constexpr std::uint32_t kIpv6Header = 40;
  constexpr std::uint32_t kDestination = 24;
  if (c.kind != FrameKind::other_multicast || at + kIpv6Header > frame.contiguous) {
    return;
  }
  const std::uint8_t* destination = frame.data + at + kDestination;
  if (destination[0] == 0xff) {
    // The scope is the low half of the second byte (RFC 4291 section 2.7); 2 is link-local.
    c.kind = (destination[1] & 0x0f) <= 2 ? FrameKind::ipv6_link_local : FrameKind::ipv6_multicast;
  }
}

}  // namespace

Classified classify(const Frame& frame) noexcept {
  Classified c;
  if (frame.contiguous < kEthernetHeader) {
    return c;
  }
  c.destination = MacAddress::from_bytes(frame.data);
  c.source = MacAddress::from_bytes(frame.data + 6);
  std::uint32_t at = 12;
  std::uint16_t type = read16(frame.data + at);
  if (frame.has_stripped_tag) {
    c.tci = frame.stripped_tci;  // a tag that is still there is an inner one
    c.tag = TagForm::stripped;
  } else if (type == kEtherTypeVlan || type == kEtherTypeSVlan) {
    if (frame.contiguous < kEthernetHeader + kTag) {
      return c;
    }
    c.tci = read16(frame.data + at + 2);
    c.tag = (c.tci & kVidMask) == 0 ? TagForm::priority : TagForm::tagged;
    at += kTag;
    type = read16(frame.data + at);
  }
  at += 2;
  if ((c.destination.bits & ~std::uint64_t{0x0f}) == kReservedPrefix) {
    c.kind = FrameKind::reserved;
  } else if (type == kEtherTypeIpv4) {
    classify_ipv4(frame, at, c);
  } else if (type == kEtherTypeIpv6) {
    classify_ipv6(frame, at, c);
  } else {
    c.kind = kind_by_mac(c.destination);
    c.encapsulates_igmp = encapsulates_igmp(frame, type, at);
  }
  return c;
}

}  // namespace mcswitch::forwarding

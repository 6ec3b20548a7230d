// SPDX-License-Identifier: BSD-3-Clause
//
// Frames for tests, right ones and wrong ones. A frame without options is as its RFC wants it; each
// deviation is a named option, so that a test shows exactly what it makes wrong:
//
//   v2_report(ip("239.1.2.3"), {.source = ip("10.0.0.7"), .ttl = 2})
//
// Written without lib/proto, so that building and parsing do not share a mistake.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/net_types.hpp"

namespace mcswitch::test {

using Bytes = std::vector<std::uint8_t>;

// Throw std::invalid_argument when `text` is not an address.
Ipv4Address ip(std::string_view text);
MacAddress mac(std::string_view text);

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;

// Designators are given in this order. An empty optional means: as the kind of frame wants it.
struct FrameOptions {
  MacAddress source_mac{0x02'00'00'00'07'01};
  std::optional<MacAddress> destination_mac{};  // from the IP destination
  Ipv4Address source = Ipv4Address::of(10, 0, 0, 7);
  std::optional<Ipv4Address> destination{};  // IGMP: what RFC 2236 section 9 and RFC 9776 say

  // 802.1Q tag with this VLAN (0: a priority tag). `outer_vlan` is a second tag in front of it.
  std::optional<VlanId> vlan{};
  std::uint8_t priority = 0;
  std::optional<VlanId> outer_vlan{};

  std::optional<std::uint8_t> ttl{};   // IGMP and PIM 1, data 8
  std::optional<std::uint8_t> tos{};   // IGMP and PIM 0xc0, data 0
  std::optional<bool> router_alert{};  // IGMP yes, else no
  Bytes ip_options{};                  // behind Router Alert; filled up to whole words with 0
  std::uint16_t fragment = 0;          // flags and offset as in the header: 0x2000 more fragments
  std::uint8_t ip_version = 4;
  std::optional<std::uint8_t> header_words{};   // a header length that is not true
  std::optional<std::uint16_t> total_length{};  // a total length that is not true
  bool wrong_ip_checksum = false;
  bool wrong_igmp_checksum = false;

  Bytes trailing{};         // behind the message, in datagram and checksum
  std::size_t pad_to = 60;  // zeros behind the datagram; 0: none (as captured by a sender, SEED-7)
};

// --- IGMP messages: what an IP datagram carries ---------------------------------------------------

// Writes the right checksum into bytes 2 and 3. `message` has at least 4 bytes.
Bytes sealed(Bytes message);

// Version 1 and 2 (RFC 2236 section 2): any type.
Bytes igmp_message(std::uint8_t type, const IpAddress& group, std::uint8_t code = 0);

struct V3Query {
  IpAddress group = kUnspecifiedV4;
  std::uint8_t code = 100;
  bool suppress_router_processing = false;
  std::uint8_t qrv = 2;
  std::uint8_t qqic = 125;
  std::vector<IpAddress> sources{};
  std::optional<std::uint16_t> source_count{};  // a count that is not true
};
Bytes v3_query_message(const V3Query& query);

struct V3Record {
  std::uint8_t type = 4;  // CHANGE_TO_EXCLUDE_MODE
  IpAddress group = kUnspecifiedV4;
  std::vector<IpAddress> sources{};
  Bytes aux_data{};                             // whole words
  std::optional<std::uint16_t> source_count{};  // a count that is not true
  std::optional<std::uint8_t> aux_words{};      // a count that is not true
};
// `record_count`: a count that is not true.
Bytes v3_report_message(const std::vector<V3Record>& records, std::optional<std::uint16_t> record_count = {});

// The payload of the IPv4 datagram in an untagged frame, of the length that its header says (RFC 2236
// section 2.5). The header's lengths are true.
std::span<const std::uint8_t> ip_payload(std::span<const std::uint8_t> frame);

// --- frames ---------------------------------------------------------------------------------------

// Any payload; of the options only addresses of the Ethernet header, tags and padding count.
Bytes ethernet_frame(MacAddress destination, std::uint16_t ether_type, std::span<const std::uint8_t> payload,
                     const FrameOptions& options = {});
// Any IP protocol. `ttl`, `tos`, `router_alert` default to 8, 0, no.
Bytes ipv4_frame(Ipv4Address destination, std::uint8_t protocol, std::span<const std::uint8_t> payload,
                 const FrameOptions& options = {});
// An IGMP message as it is. `trailing` is added and the checksum made anew, right or wrong.
Bytes igmp_frame(const IpAddress& destination, Bytes message, const FrameOptions& options = {});

Bytes v1_report(const IpAddress& group, const FrameOptions& options = {});
Bytes v2_report(const IpAddress& group, const FrameOptions& options = {});
Bytes leave(const IpAddress& group, const FrameOptions& options = {});
Bytes v3_report(const std::vector<V3Record>& records, const FrameOptions& options = {},
                std::optional<std::uint16_t> record_count = {});
Bytes v1_query(const FrameOptions& options = {});
// `group` 0.0.0.0: general. `code`: Max Response Time in tenths of a second.
Bytes v2_query(const IpAddress& group = kUnspecifiedV4, std::uint8_t code = 100,
               const FrameOptions& options = {});
Bytes v3_query(const V3Query& query, const FrameOptions& options = {});
// A type that membership knows nothing of, e.g. 0x30, a Multicast Router Advertisement (RFC 4286), to
// 224.0.0.1 unless told otherwise.
Bytes other_igmp(std::uint8_t type, const FrameOptions& options = {});
// PIM version 2 Hello (RFC 7761 section 4.9.2); no holdtime: without the option.
Bytes pim_hello(const FrameOptions& options = {}, std::optional<std::uint16_t> holdtime = std::uint16_t{105});
// Multicast router discovery (RFC 4286 sections 3 to 5). `interval` in seconds.
Bytes mrd_advertisement(std::uint8_t interval = 20, const FrameOptions& options = {});
Bytes mrd_solicitation(const FrameOptions& options = {});
Bytes mrd_termination(const FrameOptions& options = {});

// UDP over IPv4 with `size` bytes of data, to a multicast or (with .destination_mac) unicast address.
Bytes udp(Ipv4Address destination, const FrameOptions& options = {}, std::size_t size = 64);
// UDP over IPv4 to 10.0.0.9 at this MAC address.
Bytes unicast(MacAddress destination, const FrameOptions& options = {}, std::size_t size = 64);
// An ARP request: broadcast.
Bytes arp_request(Ipv4Address wanted, const FrameOptions& options = {});
// UDP over IPv6 to ff0e::1:3, with its group MAC address.
Bytes ipv6_multicast(const FrameOptions& options = {});

}  // namespace mcswitch::test

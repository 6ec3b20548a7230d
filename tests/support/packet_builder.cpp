// SPDX-License-Identifier: BSD-3-Clause

#include "support/packet_builder.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string>

#include "base/net_text.hpp"

namespace mcswitch::test {
namespace {

constexpr Ipv4Address kAllPimRouters = Ipv4Address::of(224, 0, 0, 13);
constexpr Ipv4Address kAllSnoopers = Ipv4Address::of(224, 0, 0, 106);
constexpr Ipv4Address kAllV3Routers = Ipv4Address::of(224, 0, 0, 22);

void put8(Bytes& to, unsigned value) { to.push_back(static_cast<std::uint8_t>(value)); }

void put16(Bytes& to, unsigned value) {
  put8(to, value >> 8);
  put8(to, value);
}

void put(Bytes& to, const IpAddress& address) {
  put16(to, address.v4().bits >> 16);
  put16(to, address.v4().bits & 0xffff);
}

void put(Bytes& to, MacAddress address) {
  std::uint8_t bytes[6];
  address.to_bytes(bytes);
  to.insert(to.end(), std::begin(bytes), std::end(bytes));
}

void put(Bytes& to, std::span<const std::uint8_t> bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

// RFC 1071, word by word.
std::uint16_t naive_checksum(std::span<const std::uint8_t> bytes) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? unsigned{bytes[i]} << 8 : unsigned{bytes[i]};
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

void write_checksum(Bytes& bytes, std::size_t at, std::uint16_t spoil) {
  bytes.at(at) = bytes.at(at + 1) = 0;
  const unsigned sum = naive_checksum(bytes) ^ spoil;
  bytes[at] = static_cast<std::uint8_t>(sum >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(sum);
}

Bytes udp_datagram(std::size_t size) {
  Bytes datagram;
  put16(datagram, 5001);
  put16(datagram, 5002);
  put16(datagram, static_cast<unsigned>(8 + size));
  put16(datagram, 0);  // no checksum (RFC 768)
  for (std::size_t i = 0; i < size; ++i) {
    put8(datagram, static_cast<unsigned>(i * 7 + 1));
  }
  return datagram;
}

}  // namespace

Ipv4Address ip(std::string_view text) {
  if (const auto address = parse_ipv4(text)) {
    return *address;
  }
  throw std::invalid_argument{std::string{text} + " is no IPv4 address"};
}

MacAddress mac(std::string_view text) {
  if (const auto address = parse_mac(text)) {
    return *address;
  }
  throw std::invalid_argument{std::string{text} + " is no MAC address"};
}

std::span<const std::uint8_t> ip_payload(std::span<const std::uint8_t> frame) {
  constexpr std::size_t kEthernetSize = 14;
  const auto datagram = frame.subspan(kEthernetSize);
  const std::size_t header_size = (datagram[0] & 0x0fU) * 4;
  const std::size_t total_length = std::size_t{datagram[2]} << 8 | datagram[3];
  return datagram.first(total_length).subspan(header_size);
}

Bytes sealed(Bytes message) {
  write_checksum(message, 2, 0);
  return message;
}

Bytes igmp_message(std::uint8_t type, const IpAddress& group, std::uint8_t code) {
  Bytes message{type, code, 0, 0};
  put(message, group);
  return sealed(message);
}

Bytes v3_query_message(const V3Query& query) {
  Bytes message{0x11, query.code, 0, 0};
  put(message, query.group);
  put8(message, (query.suppress_router_processing ? 0x08U : 0U) | (query.qrv & 0x07U));
  put8(message, query.qqic);
  put16(message, query.source_count.value_or(static_cast<std::uint16_t>(query.sources.size())));
  for (const IpAddress& source : query.sources) {
    put(message, source);
  }
  return sealed(message);
}

Bytes v3_report_message(const std::vector<V3Record>& records, std::optional<std::uint16_t> record_count) {
  Bytes message{0x22, 0, 0, 0, 0, 0};
  put16(message, record_count.value_or(static_cast<std::uint16_t>(records.size())));
  for (const V3Record& record : records) {
    put8(message, record.type);
    put8(message, record.aux_words.value_or(static_cast<std::uint8_t>(record.aux_data.size() / 4)));
    put16(message, record.source_count.value_or(static_cast<std::uint16_t>(record.sources.size())));
    put(message, record.group);
    for (const IpAddress& source : record.sources) {
      put(message, source);
    }
    put(message, record.aux_data);
  }
  return sealed(message);
}

Bytes ethernet_frame(MacAddress destination, std::uint16_t ether_type, std::span<const std::uint8_t> payload,
                     const FrameOptions& options) {
  Bytes frame;
  put(frame, options.destination_mac.value_or(destination));
  put(frame, options.source_mac);
  for (const auto& tag : {options.outer_vlan, options.vlan}) {
    if (tag) {
      put16(frame, 0x8100);
      put16(frame, static_cast<unsigned>(options.priority << 13 | *tag));
    }
  }
  put16(frame, ether_type);
  put(frame, payload);
  if (frame.size() < options.pad_to) {
    frame.resize(options.pad_to);
  }
  return frame;
}

Bytes ipv4_frame(Ipv4Address destination, std::uint8_t protocol, std::span<const std::uint8_t> payload,
                 const FrameOptions& options) {
  Bytes ip_options;
  if (options.router_alert.value_or(false)) {
    ip_options = {0x94, 0x04, 0x00, 0x00};  // RFC 2113 section 2.1
  }
  put(ip_options, options.ip_options);
  ip_options.resize((ip_options.size() + 3) / 4 * 4);
  const std::size_t header_size = 20 + ip_options.size();
  const Ipv4Address to = options.destination.value_or(destination);

  Bytes datagram;
  put8(datagram, unsigned{options.ip_version} << 4 |
                     options.header_words.value_or(static_cast<std::uint8_t>(header_size / 4)));
  put8(datagram, options.tos.value_or(0));
  put16(datagram, options.total_length.value_or(static_cast<std::uint16_t>(header_size + payload.size())));
  put16(datagram, 0x1d0f);
  put16(datagram, options.fragment);
  put8(datagram, options.ttl.value_or(8));
  put8(datagram, protocol);
  put16(datagram, 0);
  put(datagram, options.source);
  put(datagram, to);
  put(datagram, ip_options);
  write_checksum(datagram, 10, options.wrong_ip_checksum ? 0x5555 : 0);
  put(datagram, payload);
  return ethernet_frame(multicast_mac(to), kEtherTypeIpv4, datagram, options);
}

Bytes igmp_frame(const IpAddress& destination, Bytes message, const FrameOptions& options) {
  put(message, options.trailing);
  if (message.size() >= 4) {
    write_checksum(message, 2, options.wrong_igmp_checksum ? 0x1234 : 0);
  }
  FrameOptions igmp = options;
  igmp.ttl = options.ttl.value_or(1);
  igmp.tos = options.tos.value_or(0xc0);
  igmp.router_alert = options.router_alert.value_or(true);
  return ipv4_frame(destination.v4(), 2, message, igmp);
}

Bytes v1_report(const IpAddress& group, const FrameOptions& options) {
  return igmp_frame(group, igmp_message(0x12, group), options);
}

Bytes v2_report(const IpAddress& group, const FrameOptions& options) {
  return igmp_frame(group, igmp_message(0x16, group), options);
}

Bytes leave(const IpAddress& group, const FrameOptions& options) {
  return igmp_frame(kAllRouters, igmp_message(0x17, group), options);
}

Bytes v3_report(const std::vector<V3Record>& records, const FrameOptions& options,
                std::optional<std::uint16_t> record_count) {
  return igmp_frame(kAllV3Routers, v3_report_message(records, record_count), options);
}

Bytes v1_query(const FrameOptions& options) {
  return igmp_frame(kAllSystems, igmp_message(0x11, Ipv4Address{}, 0), options);
}

Bytes v2_query(const IpAddress& group, std::uint8_t code, const FrameOptions& options) {
  return igmp_frame(group.is_unspecified() ? kAllSystems : group, igmp_message(0x11, group, code), options);
}

Bytes v3_query(const V3Query& query, const FrameOptions& options) {
  return igmp_frame(query.group.is_unspecified() ? kAllSystems : query.group, v3_query_message(query),
                    options);
}

Bytes other_igmp(std::uint8_t type, const FrameOptions& options) {
  return igmp_frame(kAllSystems, igmp_message(type, Ipv4Address::of(0, 125, 0, 2), 20), options);
}

Bytes pim_hello(const FrameOptions& options, std::optional<std::uint16_t> holdtime) {
  Bytes message{0x20, 0, 0, 0};
  if (holdtime) {
    for (const unsigned holdtime_option : {1U, 2U, unsigned{*holdtime}}) {
      put16(message, holdtime_option);
    }
  }
  FrameOptions pim = options;
  pim.ttl = options.ttl.value_or(1);
  pim.tos = options.tos.value_or(0xc0);
  return ipv4_frame(kAllPimRouters, 103, sealed(message), pim);
}

Bytes mrd_advertisement(std::uint8_t interval, const FrameOptions& options) {
  return igmp_frame(kAllSnoopers, Bytes{0x30, interval, 0, 0, 0, 125, 0, 2}, options);
}

Bytes mrd_solicitation(const FrameOptions& options) {
  return igmp_frame(Ipv4Address::of(224, 0, 0, 2), Bytes{0x31, 0, 0, 0}, options);
}

Bytes mrd_termination(const FrameOptions& options) {
  return igmp_frame(kAllSnoopers, Bytes{0x32, 0, 0, 0}, options);
}

Bytes udp(Ipv4Address destination, const FrameOptions& options, std::size_t size) {
  if (!destination.is_multicast() && !options.destination_mac) {
    throw std::invalid_argument{"a unicast destination needs .destination_mac"};
  }
  Bytes payload = udp_datagram(size);
  put(payload, options.trailing);
  return ipv4_frame(destination, 17, payload, options);
}

Bytes unicast(MacAddress destination, const FrameOptions& options, std::size_t size) {
  FrameOptions to_host = options;
  to_host.destination_mac = destination;
  return udp(Ipv4Address::of(10, 0, 0, 9), to_host, size);
}

Bytes arp_request(Ipv4Address wanted, const FrameOptions& options) {
  Bytes request{0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01};  // RFC 826
  put(request, options.source_mac);
  put(request, options.source);
  put(request, MacAddress{});
  put(request, wanted);
  return ethernet_frame(MacAddress{0xffff'ffff'ffff}, kEtherTypeArp, request, options);
}

Bytes ipv6_multicast(const FrameOptions& options) {
  const Bytes datagram = udp_datagram(24);
  Bytes packet{0x60, 0, 0, 0};
  put16(packet, static_cast<unsigned>(datagram.size()));
  put8(packet, 17);
  put8(packet, options.ttl.value_or(8));
  put(packet, Bytes{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7});
  put(packet, Bytes{0xff, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3});
  put(packet, datagram);
  return ethernet_frame(MacAddress{0x3333'0001'0003}, kEtherTypeIpv6, packet, options);
}

}  // namespace mcswitch::test

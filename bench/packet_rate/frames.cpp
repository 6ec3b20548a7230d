// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/frames.hpp"

#include <algorithm>

#include "proto/igmp.hpp"

namespace mcswitch::bench {
namespace {

constexpr unsigned kIp = 14;
constexpr std::uint8_t kUdp = 17;
constexpr Ipv4Address kUnicastDestination = Ipv4Address::of(10, 0, 1, 1);

void put16(std::uint8_t* to, unsigned value) {
  to[0] = static_cast<std::uint8_t>(value >> 8);
  to[1] = static_cast<std::uint8_t>(value);
}
void put32(std::uint8_t* to, std::uint32_t value) {
  put16(to, value >> 16);
  put16(to + 2, value & 0xffff);
}

// RFC 1071.
unsigned checksum(const std::uint8_t* bytes, std::size_t size) {
  unsigned sum = 0;
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    sum += static_cast<unsigned>(bytes[i] << 8 | bytes[i + 1]);
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return ~sum & 0xffff;
}

Template ethernet(MacAddress destination, std::uint8_t host) {
  Template frame{};
  destination.to_bytes(frame.data());
  host_mac(host).to_bytes(frame.data() + 6);
  put16(frame.data() + 12, 0x0800);
  return frame;
}

Template udp(MacAddress mac, Ipv4Address destination, std::uint16_t size, std::uint8_t host) {
  Template frame = ethernet(mac, host);
  std::uint8_t* ip = frame.data() + kIp;
  ip[0] = 0x45;
  put16(ip + 2, size - kIp);
  ip[8] = 16;
  ip[9] = kUdp;
  put32(ip + 12, host_address(host).bits);
  put32(ip + 16, destination.bits);
  put16(ip + 10, checksum(ip, 20));
  put16(ip + 20, 5000);
  put16(ip + 22, 5000);
  put16(ip + 24, size - kIp - 20);
  return frame;
}

// An IGMP message of `size` bytes, whose checksum is right when seal() has been called.
constexpr unsigned kIgmp = kIp + 24;
Template igmp(std::uint8_t type, unsigned size, Ipv4Address destination, std::uint8_t host) {
  Template frame = ethernet(multicast_mac(destination), host);
  std::uint8_t* ip = frame.data() + kIp;
  ip[0] = 0x46;
  ip[1] = 0xc0;
  put16(ip + 2, 24 + size);
  ip[8] = 1;
  ip[9] = 2;
  put32(ip + 12, host_address(host).bits);
  put32(ip + 16, destination.bits);
  put32(ip + 20, 0x94040000);  // Router Alert (RFC 2113)
  put16(ip + 10, checksum(ip, 24));
  ip[24] = type;
  return frame;
}

void seal(Template& frame, unsigned size) {
  put16(frame.data() + kIgmp + 2, checksum(frame.data() + kIgmp, size));
}

// Version 2: a report to its group, a leave to all routers (RFC 2236 section 9).
Template igmp_v2(std::uint8_t type, Ipv4Address group, Ipv4Address destination, std::uint8_t host) {
  Template frame = igmp(type, 8, destination, host);
  put32(frame.data() + kIgmp + 4, group.bits);
  seal(frame, 8);
  return frame;
}

// RFC 9776 section 4.2: one record, with a source if it is IS_IN.
Template igmp_v3(Record record, Ipv4Address group, std::uint8_t host) {
  const unsigned sources = record == Record::is_in ? 1 : 0;
  const unsigned size = 16 + 4 * sources;
  Template frame = igmp(0x22, size, proto::kAllV3Routers, host);
  std::uint8_t* message = frame.data() + kIgmp;
  put16(message + 6, 1);
  message[8] = static_cast<std::uint8_t>(record);
  put16(message + 10, sources);
  put32(message + 12, group.bits);
  if (sources != 0) {
    put32(message + 16, host_address(kSourceHost).bits);
  }
  seal(frame, size);
  return frame;
}

}  // namespace

std::vector<Template> data_frames(std::uint32_t groups, std::uint16_t size, std::uint32_t first_group,
                                  std::uint8_t host) {
  std::vector<Template> frames;
  frames.reserve(groups);
  for (std::uint32_t n = 0; n < groups; ++n) {
    const Ipv4Address group = group_address(first_group + n);
    frames.push_back(udp(multicast_mac(group), group, size, host));
  }
  return frames;
}

void put_tag(Template& frame, VlanId vlan) {
  constexpr std::size_t kAddresses = 12;
  std::copy_backward(frame.begin() + kAddresses, frame.end() - 4, frame.end());
  put16(frame.data() + kAddresses, 0x8100);
  put16(frame.data() + kAddresses + 2, vlan);
}

std::vector<Template> unicast_frames(std::uint32_t count, std::uint16_t size) {
  std::vector<Template> frames;
  frames.reserve(count);
  for (std::uint32_t n = 0; n < count; ++n) {
    frames.push_back(udp(unicast_mac(n), kUnicastDestination, size, kSourceHost));
  }
  return frames;
}

std::vector<Template> report_frames(std::uint32_t groups, std::uint32_t first_group, std::uint8_t host) {
  std::vector<Template> frames;
  frames.reserve(groups);
  for (std::uint32_t n = 0; n < groups; ++n) {
    const Ipv4Address group = group_address(first_group + n);
    frames.push_back(igmp_v2(0x16, group, group, host));
  }
  return frames;
}

std::vector<Template> leave_frames(std::uint32_t groups, std::uint32_t first_group) {
  std::vector<Template> frames;
  frames.reserve(groups);
  for (std::uint32_t n = 0; n < groups; ++n) {
    frames.push_back(igmp_v2(0x17, group_address(first_group + n), kAllRouters, kMemberHost));
  }
  return frames;
}

std::vector<Template> report_v3_frames(Record record, std::uint32_t groups, std::uint8_t host) {
  std::vector<Template> frames;
  frames.reserve(groups);
  for (std::uint32_t n = 0; n < groups; ++n) {
    frames.push_back(igmp_v3(record, group_address(n), host));
  }
  return frames;
}

std::vector<LongFrame> largest_reports(Record record, std::uint32_t groups, std::uint32_t sources) {
  constexpr std::uint32_t kLongest = 1500 - 24 - 8;  // records
  constexpr Ipv4Address kFirstSource = Ipv4Address::of(10, 1, 0, 0);
  const std::uint32_t record_size = 8 + 4 * sources;
  const std::uint32_t most = kLongest / record_size;
  std::vector<LongFrame> frames;
  for (std::uint32_t first = 0; first < groups; first += most) {
    const std::uint32_t records = std::min(most, groups - first);
    const std::uint32_t size = 8 + records * record_size;
    const Template head = igmp(0x22, size, proto::kAllV3Routers, kMemberHost);
    LongFrame& frame = frames.emplace_back(head.begin(), head.begin() + kIgmp + 8);
    frame.resize(kIgmp + size);
    std::uint8_t* message = frame.data() + kIgmp;
    put16(message + 6, records);
    std::uint8_t* at = message + 8;
    for (std::uint32_t n = 0; n < records; ++n, at += record_size) {
      at[0] = static_cast<std::uint8_t>(record);
      put16(at + 2, sources);
      put32(at + 4, group_address(first + n).bits);
      for (std::uint32_t source = 0; source < sources; ++source) {
        put32(at + 8 + 4 * source, kFirstSource.bits + source);
      }
    }
    put16(message + 2, checksum(message, size));
  }
  return frames;
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/frames.hpp"

namespace mcswitch::bench {
namespace {

constexpr unsigned kIp = 14;
constexpr MacAddress kHost{0x02'00'00'00'00'77};
constexpr Ipv4Address kHostAddress = Ipv4Address::of(10, 0, 0, 77);

void put16(std::uint8_t* to, unsigned value) {
  to[0] = static_cast<std::uint8_t>(value >> 8);
  to[1] = static_cast<std::uint8_t>(value);
}
void put32(std::uint8_t* to, std::uint32_t value) {
  put16(to, value >> 16);
  put16(to + 2, value & 0xffff);
}

// RFC 1071.
unsigned checksum(const std::uint8_t* octets, std::size_t size) {
  unsigned sum = 0;
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    sum += static_cast<unsigned>(octets[i] << 8 | octets[i + 1]);
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return ~sum & 0xffff;
}

Template ethernet(Ipv4Address group) {
  Template frame{};
  multicast_mac(group).to_octets(frame.data());
  kHost.to_octets(frame.data() + 6);
  put16(frame.data() + 12, 0x0800);
  return frame;
}

}  // namespace

std::vector<Template> data_frames(std::uint32_t groups, std::uint16_t size) {
  std::vector<Template> frames;
  frames.reserve(groups);
  for (std::uint32_t n = 0; n < groups; ++n) {
    Template& frame = frames.emplace_back(ethernet(group_address(n)));
    std::uint8_t* ip = frame.data() + kIp;
    ip[0] = 0x45;
    put16(ip + 2, size - kIp);
    ip[8] = 16;
    ip[9] = 17;
    put32(ip + 12, kHostAddress.bits);
    put32(ip + 16, group_address(n).bits);
    put16(ip + 10, checksum(ip, 20));
    put16(ip + 20, 5000);
    put16(ip + 22, 5000);
    put16(ip + 24, size - kIp - 20);
  }
  return frames;
}

std::vector<Template> report_frames(std::uint32_t groups) {
  std::vector<Template> frames;
  frames.reserve(groups);
  for (std::uint32_t n = 0; n < groups; ++n) {
    const Ipv4Address group = group_address(n);
    Template& frame = frames.emplace_back(ethernet(group));
    std::uint8_t* ip = frame.data() + kIp;
    ip[0] = 0x46;
    ip[1] = 0xc0;
    put16(ip + 2, 32);
    ip[8] = 1;
    ip[9] = 2;
    put32(ip + 12, kHostAddress.bits);
    put32(ip + 16, group.bits);
    put32(ip + 20, 0x94040000);  // Router Alert (RFC 2113)
    put16(ip + 10, checksum(ip, 24));
    ip[24] = 0x16;
    put32(ip + 28, group.bits);
    put16(ip + 26, checksum(ip + 24, 8));
  }
  return frames;
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include "interfaces/frames.hpp"

#include <algorithm>
#include <cstring>

#include "proto/checksum.hpp"

namespace mcswitch::bench::interfaces {
namespace {

constexpr std::size_t kIp = 14;
constexpr std::size_t kUdp = kIp + 20;
constexpr std::size_t kMark = kUdp + 8;
constexpr std::size_t kMarkSize = 16;
constexpr std::uint8_t kUdpProtocol = 17;
static_assert(kMark + kMarkSize <= kSmallestFrame && kMark + 40 + kMarkSize <= kReadBytes);

void put16(std::uint8_t* to, std::size_t value) {
  to[0] = static_cast<std::uint8_t>(value >> 8);
  to[1] = static_cast<std::uint8_t>(value);
}
void put32(std::uint8_t* to, std::uint32_t value) {
  put16(to, value >> 16);
  put16(to + 2, value & 0xffff);
}
std::uint16_t get16(const std::uint8_t* from) { return static_cast<std::uint16_t>(from[0] << 8 | from[1]); }
std::uint32_t get32(const std::uint8_t* from) { return std::uint32_t{get16(from)} << 16 | get16(from + 2); }

// Bytes of the IP header if the frame is IPv4 with all of it, else 0.
std::size_t ip_header_size(std::span<const std::uint8_t> frame) {
  if (frame.size() < kIp + 20 || get16(&frame[12]) != 0x0800 || frame[kIp] >> 4 != 4) {
    return 0;
  }
  const std::size_t size = (frame[kIp] & 0x0fU) * 4U;
  return size >= 20 && frame.size() >= kIp + size ? size : 0;
}

}  // namespace

StreamFrame::StreamFrame(std::size_t size, MacAddress source_mac, Ipv4Address source) : bytes_(size) {
  source_mac.to_bytes(&bytes_[6]);
  put16(&bytes_[12], 0x0800);
  std::uint8_t* ip = &bytes_[kIp];
  ip[0] = 0x45;
  put16(ip + 2, size - kIp);
  put16(ip + 6, 0x4000);
  ip[8] = 16;
  ip[9] = kUdpProtocol;
  put32(ip + 12, source.bits);
  put16(&bytes_[kUdp], kStreamPort);
  put16(&bytes_[kUdp + 2], kStreamPort);
  put16(&bytes_[kUdp + 4], size - kUdp);
}

void StreamFrame::set_group(Ipv4Address group) {
  multicast_mac(group).to_bytes(bytes_.data());
  std::uint8_t* ip = &bytes_[kIp];
  put32(ip + 16, group.bits);
  put16(ip + 10, 0);
  put16(ip + 10, proto::internet_checksum({ip, 20}));
}

void StreamFrame::set_mark(const StreamMark& mark) {
  std::uint8_t* to = &bytes_[kMark];
  const auto sent = static_cast<std::uint64_t>(mark.sent_ns);
  put32(to, mark.run);
  put32(to + 4, mark.sequence);
  put32(to + 8, static_cast<std::uint32_t>(sent >> 32));
  put32(to + 12, static_cast<std::uint32_t>(sent));
}

bool read_stream_frame(std::span<const std::uint8_t> frame, Ipv4Address& group, StreamMark& mark) {
  const std::size_t header = ip_header_size(frame);
  const std::size_t udp = kIp + header;
  if (header == 0 || frame[kIp + 9] != kUdpProtocol || frame.size() < udp + 8 + kMarkSize ||
      get16(&frame[udp + 2]) != kStreamPort) {
    return false;
  }
  const std::uint8_t* from = &frame[udp + 8];
  group = Ipv4Address{get32(&frame[kIp + 16])};
  mark = {.run = get32(from),
          .sequence = get32(from + 4),
          .sent_ns = static_cast<std::int64_t>(std::uint64_t{get32(from + 8)} << 32 | get32(from + 12))};
  return true;
}

std::span<const std::uint8_t> igmp_payload(std::span<const std::uint8_t> frame) {
  const std::size_t header = ip_header_size(frame);
  if (header == 0 || frame[kIp + 9] != proto::kIpProtocolIgmp) {
    return {};
  }
  const std::size_t total = get16(&frame[kIp + 2]);
  if (total <= header || frame.size() < kIp + total) {
    return {};
  }
  return frame.subspan(kIp + header, total - header);
}

}  // namespace mcswitch::bench::interfaces

// SPDX-License-Identifier: BSD-3-Clause

#include "common/unfinished_frames.hpp"

#include <netinet/in.h>
#include <rte_ip.h>

#include <cstring>

namespace mcswitch::drivers {
namespace {

constexpr std::uint32_t kMacAddresses = 12;
constexpr std::uint32_t kTag = 4;
constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86dd;
constexpr std::uint16_t kCustomerTag = 0x8100;
constexpr std::uint16_t kServiceTag = 0x88a8;
constexpr std::uint32_t kIpv4Header = 20;
constexpr std::uint32_t kIpv6Header = 40;

std::uint16_t word_at(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }

// The transport's part of a datagram.
struct Segment {
  std::uint32_t offset = 0;  // in the frame
  std::uint32_t length = 0;
  std::uint8_t protocol = 0;
  std::uint32_t addresses = 0;  // sum of both IP addresses, in 16-bit words of the machine's byte order
};

// False: a fragment, or not a header that can be read.
bool find_ipv4(const std::uint8_t* frame, const Datagram& datagram, Segment& segment) {
  constexpr std::uint16_t kMoreFragmentsAndOffset = 0x3fff;
  const std::uint8_t* header = frame + datagram.offset;
  const std::uint32_t header_length = (header[0] & 0x0fU) * 4U;
  if (header_length < kIpv4Header || header_length > datagram.length ||
      (word_at(header + 6) & kMoreFragmentsAndOffset) != 0) {
    return false;
  }
  segment = {.offset = datagram.offset + header_length,
             .length = datagram.length - header_length,
             .protocol = header[9],
             .addresses = __rte_raw_cksum(header + 12, 8, 0)};
  return true;
}

// Steps over hop-by-hop and destination options (RFC 8200 section 4). With a routing header the destination
// of the pseudo header is another one than the datagram's, and no such frame is touched.
bool find_ipv6(const std::uint8_t* frame, const Datagram& datagram, Segment& segment) {
  const std::uint8_t* header = frame + datagram.offset;
  std::uint8_t next = header[6];
  std::uint32_t offset = datagram.offset + kIpv6Header;
  while (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS) {
    if (offset + 8 > datagram.end()) {
      return false;
    }
    next = frame[offset];
    offset += (frame[offset + 1] + 1U) * 8U;
  }
  if (offset > datagram.end()) {
    return false;
  }
  segment = {.offset = offset,
             .length = datagram.end() - offset,
             .protocol = next,
             .addresses = __rte_raw_cksum(header + 8, 32, 0)};
  return true;
}

}  // namespace

Datagram find_datagram(const std::uint8_t* frame, std::uint32_t size) {
  std::uint32_t at = kMacAddresses;
  for (int tags = 0; tags < 2 && at + kTag + 2 <= size; ++tags) {
    if (const std::uint16_t type = word_at(frame + at); type != kCustomerTag && type != kServiceTag) {
      break;
    }
    at += kTag;
  }
  if (at + 2 + kIpv4Header > size) {
    return {};
  }
  const std::uint16_t type = word_at(frame + at);
  at += 2;
  if (type == kIpv4 && frame[at] >> 4 == 4) {
    return {.offset = at, .length = word_at(frame + at + 2)};
  }
  if (type == kIpv6 && frame[at] >> 4 == 6 && at + kIpv6Header <= size) {
    // 0: a jumbogram (RFC 2675), or a datagram of segmentation offload that is too long for the field.
    const std::uint32_t payload = word_at(frame + at + 4);
    return {.offset = at, .length = payload == 0 ? 0 : kIpv6Header + payload};
  }
  return {};
}

bool complete_checksum(std::uint8_t* frame, std::uint32_t size, const Datagram& datagram) {
  if (datagram.length < kIpv4Header || datagram.end() > size) {
    return false;
  }
  Segment segment;
  if (!(frame[datagram.offset] >> 4 == 4 ? find_ipv4(frame, datagram, segment)
                                         : find_ipv6(frame, datagram, segment))) {
    return false;
  }
  const bool is_udp = segment.protocol == IPPROTO_UDP;
  const std::uint32_t field_offset = is_udp ? 6 : 16;
  if ((!is_udp && segment.protocol != IPPROTO_TCP) || segment.length < field_offset + 2) {
    return false;
  }
  // The rest of the pseudo header (RFC 768, RFC 8200 section 8.1) as words of the network's byte order.
  const std::uint32_t rest = htons(static_cast<std::uint16_t>(segment.length)) + htons(segment.protocol);
  const std::uint16_t pseudo_header = __rte_raw_cksum_reduce(segment.addresses + rest);
  std::uint8_t* const start = frame + segment.offset;
  std::uint16_t field = 0;
  std::memcpy(&field, start + field_offset, sizeof field);
  if (field != pseudo_header) {
    return false;
  }
  const auto sum = static_cast<std::uint16_t>(~rte_raw_cksum(start, segment.length));
  // 0 would mean that UDP has no checksum (RFC 768); TCP has the same value for both.
  field = sum == 0 ? std::uint16_t{0xffff} : sum;
  std::memcpy(start + field_offset, &field, sizeof field);
  return true;
}

}  // namespace mcswitch::drivers

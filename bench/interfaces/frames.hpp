// SPDX-License-Identifier: BSD-3-Clause
//
// Frames of this tester: those of its streams, which carry when they were sent, and where the message is in
// those of others. No state outside of the objects, no clock.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/net_types.hpp"
#include "proto/igmp.hpp"

namespace mcswitch::bench::interfaces {

// Bytes without FCS.
constexpr std::size_t kSmallestFrame = 60;
constexpr std::size_t kLargestFrame = 9014;
constexpr std::uint16_t kStreamPort = 19779;  // UDP, source and destination
// As much of a frame as must be kept to read it: the Ethernet header, the longest IP header, and what
// follows in messages that are understood here.
constexpr std::size_t kReadBytes = 160;
// Sources of a query of which all is kept.
constexpr std::size_t kMostReadSources = (kReadBytes - 14 - 24 - 12) / proto::kSourceBytes;

// What a frame of a stream carries.
struct StreamMark {
  std::uint32_t run = 0;  // of the tester: others' frames are not counted
  std::uint32_t sequence = 0;
  std::int64_t sent_ns = 0;
  friend bool operator==(const StreamMark&, const StreamMark&) = default;
};

// A frame of a stream: UDP over IPv4, TTL 16, from a source that is not a host of any receiver. The UDP
// checksum is left out (RFC 768).
class StreamFrame {
 public:
  // `size`: kSmallestFrame to kLargestFrame.
  StreamFrame(std::size_t size, MacAddress source_mac, Ipv4Address source);
  void set_group(Ipv4Address group);
  void set_mark(const StreamMark& mark);
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

// Reads a frame of a stream, of which the beginning is enough. False if it is none.
bool read_stream_frame(std::span<const std::uint8_t> frame, Ipv4Address& group, StreamMark& mark);

// The IGMP message in a frame; empty if there is none.
std::span<const std::uint8_t> igmp_payload(std::span<const std::uint8_t> frame);

}  // namespace mcswitch::bench::interfaces

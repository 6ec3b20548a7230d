// SPDX-License-Identifier: BSD-3-Clause
//
// Checksums that a host has left to the device (RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1), and
// datagrams that it has left unsegmented.

#include "common/unfinished_frames.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace mcswitch::drivers {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

// One's complement sum of big-endian words, folded: the long way round.
std::uint16_t sum_of(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

void append(Bytes& to, const Bytes& bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }
Bytes word(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

// A frame of one datagram, with the checksum field as the kernel leaves it.
struct Made {
  Bytes frame;
  std::size_t segment = 0;  // where UDP or TCP begins
  std::size_t field = 0;    // where its checksum is
  std::size_t length = 0;   // of the segment
  Bytes pseudo_header{};

  [[nodiscard]] std::uint16_t checksum() const {
    return static_cast<std::uint16_t>(frame[field] << 8 | frame[field + 1]);
  }
  void set_checksum(std::uint16_t value) {
    frame[field] = static_cast<std::uint8_t>(value >> 8);
    frame[field + 1] = static_cast<std::uint8_t>(value);
  }
  bool complete() {
    const auto size = static_cast<std::uint32_t>(frame.size());
    return complete_checksum(frame.data(), size, find_datagram(frame.data(), size));
  }
  // As the receiving host judges it.
  [[nodiscard]] bool is_right() const {
    Bytes all = pseudo_header;
    const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(segment);
    all.insert(all.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
    return sum_of(all) == 0xffff;
  }
};

Bytes segment_of(std::uint8_t protocol, std::size_t payload) {
  Bytes segment(protocol == kUdp ? 8 : 20);
  std::iota(segment.begin(), segment.end(), std::uint8_t{0x31});
  if (protocol == kUdp) {
    segment[4] = static_cast<std::uint8_t>((payload + 8) >> 8);
    segment[5] = static_cast<std::uint8_t>(payload + 8);
  }
  for (std::size_t i = 0; i < payload; ++i) {
    segment.push_back(static_cast<std::uint8_t>(i * 37 + 11));
  }
  return segment;
}

void finish(Made& made, std::uint8_t protocol) {
  made.field = made.segment + (protocol == kUdp ? 6 : 16);
  made.set_checksum(sum_of(made.pseudo_header));
}

Bytes link_header(unsigned tags, std::size_t type) {
  Bytes header{1, 0, 0x5e, 1, 2, 3, 2, 0, 0, 0, 0, 7};
  for (unsigned i = 0; i < tags; ++i) {
    append(header, i + 1 < tags ? Bytes{0x88, 0xa8, 0, 20} : Bytes{0x81, 0, 0x60, 10});
  }
  append(header, word(type));
  return header;
}

Made ipv4(std::uint8_t protocol, std::size_t payload, unsigned tags = 0, std::size_t options = 0) {
  const Bytes segment = segment_of(protocol, payload);
  Made made{.frame = link_header(tags, 0x0800)};
  const Bytes addresses{10, 77, 0, 1, 239, 1, 2, 3};
  append(made.frame, {static_cast<std::uint8_t>(0x45 + options / 4), 0});
  append(made.frame, word(20 + options + segment.size()));
  append(made.frame, {0, 9, 0x40, 0, 8, protocol, 0, 0});  // "don't fragment" is no fragment
  append(made.frame, addresses);
  append(made.frame, Bytes(options, 1));
  made.segment = made.frame.size();
  made.length = segment.size();
  append(made.frame, segment);
  made.pseudo_header = addresses;
  append(made.pseudo_header, {0, protocol});
  append(made.pseudo_header, word(segment.size()));
  finish(made, protocol);
  return made;
}

// `extension`: bytes between the IPv6 header and the segment; their first one is filled in.
Made ipv6(std::uint8_t protocol, std::size_t payload, std::uint8_t first = 0, Bytes extension = {}) {
  const Bytes segment = segment_of(protocol, payload);
  Made made{.frame = link_header(0, 0x86dd)};
  Bytes addresses(32);
  std::iota(addresses.begin(), addresses.end(), std::uint8_t{0xe7});
  append(made.frame, {0x60, 0, 0, 0});
  append(made.frame, word(extension.size() + segment.size()));
  append(made.frame, {extension.empty() ? protocol : first, 64});
  append(made.frame, addresses);
  if (!extension.empty()) {
    extension[0] = protocol;
  }
  append(made.frame, extension);
  made.segment = made.frame.size();
  made.length = segment.size();
  append(made.frame, segment);
  made.pseudo_header = addresses;
  append(made.pseudo_header, {0, 0});
  append(made.pseudo_header, word(segment.size()));
  append(made.pseudo_header, {0, 0, 0, protocol});
  finish(made, protocol);
  return made;
}

std::vector<Made> unfinished() {
  std::vector<Made> all;
  for (const std::uint8_t protocol : {kUdp, kTcp}) {
    for (const std::size_t payload : {0U, 1U, 2U, 555U, 1400U}) {
      for (const unsigned tags : {0U, 1U, 2U}) {
        all.push_back(ipv4(protocol, payload, tags));
      }
      all.push_back(ipv4(protocol, payload, 1, 8));
      all.push_back(ipv6(protocol, payload));
      all.push_back(ipv6(protocol, payload, 0, {0, 0, 5, 2, 0, 0, 0, 0}));  // hop-by-hop: Router Alert
      all.push_back(ipv6(protocol, payload, 60, {0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    }
  }
  return all;
}

TEST(UnfinishedFrame, IsCompletedToWhatItsReceiverChecks) {
  std::size_t number = 0;
  for (Made& made : unfinished()) {
    EXPECT_TRUE(made.complete()) << number;
    EXPECT_TRUE(made.is_right()) << number;
    EXPECT_FALSE(made.complete()) << number << ": it is finished now";
    ++number;
  }
}

TEST(UnfinishedFrame, PaddingIsNoPartOfTheSum) {
  Made made = ipv4(kUdp, 3);
  made.frame.resize(60, 0xee);
  EXPECT_TRUE(made.complete());
  EXPECT_TRUE(made.is_right());
}

// The payload's first two bytes are so chosen that all but the pseudo header sums up to 0.
TEST(UnfinishedFrame, AFinishedOneThatOnlyLooksSoKeepsItsValue) {
  for (Made made : {ipv4(kUdp, 100), ipv4(kTcp, 101), ipv6(kUdp, 102), ipv6(kTcp, 7)}) {
    const std::uint16_t pseudo_header = made.checksum();
    made.set_checksum(0);
    const std::size_t tuned = made.segment + (made.length > 100 ? 40 : 20);
    made.frame[tuned] = made.frame[tuned + 1] = 0;
    Bytes all = made.pseudo_header;
    all.insert(all.end(), made.frame.begin() + static_cast<std::ptrdiff_t>(made.segment), made.frame.end());
    // What has to be added so that the checksum, the complement of the sum, becomes pseudo_header.
    const std::uint32_t missing = (0xffffU - pseudo_header) + (0xffffU - sum_of(all));
    const std::uint32_t folded = (missing & 0xffff) + (missing >> 16);
    made.frame[tuned] = static_cast<std::uint8_t>(folded >> 8);
    made.frame[tuned + 1] = static_cast<std::uint8_t>(folded);
    made.set_checksum(pseudo_header);
    ASSERT_TRUE(made.is_right());
    const Bytes before = made.frame;
    EXPECT_TRUE(made.complete());
    EXPECT_EQ(made.frame, before);
  }
}

TEST(UnfinishedFrame, WrongAndMissingChecksumsStayAsTheyAre) {
  for (const std::uint16_t value : {std::uint16_t{0}, std::uint16_t{0x1234}, std::uint16_t{0xffff}}) {
    Made made = ipv4(kUdp, 40);
    made.set_checksum(value);
    EXPECT_FALSE(made.complete());
    EXPECT_EQ(made.checksum(), value);
  }
}

TEST(UnfinishedFrame, AFragmentIsNotTouched) {
  for (const std::uint8_t flags :
       {std::uint8_t{0x20}, std::uint8_t{0x01}}) {  // the first one, and one behind it
    Made made = ipv4(kUdp, 40);
    made.frame[14 + 6] = flags;
    EXPECT_FALSE(made.complete());
  }
  Made made = ipv6(kUdp, 40, 44, {0, 0, 0, 1, 0, 0, 0, 9});
  EXPECT_FALSE(made.complete());
}

// The destination of the pseudo header is in the routing header then.
TEST(UnfinishedFrame, AnIpv6DatagramWithARoutingHeaderIsNotTouched) {
  Made made = ipv6(kUdp, 40, 43, Bytes(24));
  EXPECT_FALSE(made.complete());
}

TEST(UnfinishedFrame, FramesOfEveryLengthAreReadWithinTheirBytes) {
  for (const Made& whole : unfinished()) {
    for (std::size_t size = 0; size < whole.frame.size(); size += size < 120 ? 1 : 97) {
      // A copy of its own, so that a sanitizer sees what is read behind it.
      Made made = whole;
      made.frame.resize(size);
      made.frame.shrink_to_fit();
      EXPECT_FALSE(made.complete()) << size;
    }
  }
}

TEST(UnfinishedFrame, TheLengthOfADatagramIsWhatItsHeaderSays) {
  Made made = ipv4(kTcp, 100, 1);
  made.frame[18 + 2] = 0xff;
  const Datagram datagram = find_datagram(made.frame.data(), static_cast<std::uint32_t>(made.frame.size()));
  EXPECT_EQ(datagram.offset, 18U);
  EXPECT_EQ(datagram.length, 0xff00U + 140U);
  EXPECT_FALSE(made.complete()) << "it is not all there";
}

}  // namespace
}  // namespace mcswitch::drivers

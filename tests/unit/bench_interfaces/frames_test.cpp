// SPDX-License-Identifier: BSD-3-Clause
//
// Frames of the tester: what is read is what was written.

#include "interfaces/frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "proto/checksum.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::bench::interfaces {
namespace {

using namespace std::chrono_literals;
using test::ip;

const MacAddress kMac{0x02'4d'42'00'03'07};
const Ipv4Address kSource = ip("198.18.3.7");
// They share a MAC address, so that a mix-up shows.
const Ipv4Address kGroup = ip("239.65.2.3");
const Ipv4Address kOther = ip("239.193.2.3");
const StreamMark kMark{.run = 0xc0ffee11, .sequence = 0xfedcba98, .sent_ns = 0x1122'3344'5566'7788};

StreamFrame stream_frame(std::size_t size) {
  StreamFrame frame{size, kMac, kSource};
  frame.set_group(kOther);
  frame.set_group(kGroup);
  frame.set_mark(kMark);
  return frame;
}

TEST(StreamFrame, IsReadAsItWasWrittenAtEverySize) {
  for (const std::size_t size : {kSmallestFrame, std::size_t{61}, std::size_t{1514}, kLargestFrame}) {
    const StreamFrame frame = stream_frame(size);
    ASSERT_EQ(frame.bytes().size(), size);
    Ipv4Address group;
    StreamMark mark;
    // What the socket keeps of it is enough.
    ASSERT_TRUE(read_stream_frame(frame.bytes().first(std::min(size, kReadBytes)), group, mark)) << size;
    EXPECT_EQ(group, kGroup);
    EXPECT_EQ(mark, kMark);
  }
}

TEST(StreamFrame, HasAGoodIpHeaderAndTheMacAddressOfItsGroup) {
  const StreamFrame frame = stream_frame(200);
  EXPECT_TRUE(proto::ipv4_header_checksum_ok(&frame.bytes()[14], 20));
  EXPECT_EQ(MacAddress::from_bytes(frame.bytes().data()), multicast_mac(kGroup));
  EXPECT_EQ(frame.bytes()[16] << 8 | frame.bytes()[17], 200 - 14);
}

TEST(StreamFrame, IsNoneWhenItIsCutOrOfAnotherPort) {
  const StreamFrame frame = stream_frame(kSmallestFrame);
  Ipv4Address group;
  StreamMark mark;
  for (std::size_t size = 0; size < 58; ++size) {
    EXPECT_FALSE(read_stream_frame(frame.bytes().first(size), group, mark)) << size;
  }
  std::vector<std::uint8_t> other{frame.bytes().begin(), frame.bytes().end()};
  ++other[14 + 20 + 3];
  EXPECT_FALSE(read_stream_frame(other, group, mark));
}

TEST(IgmpPayload, IsEmptyForOtherFramesAndForCutOnes) {
  EXPECT_TRUE(igmp_payload(stream_frame(100).bytes()).empty());
  std::array<std::uint8_t, kSmallestFrame> frame{};
  const proto::ReportRecord record{proto::RecordType::mode_is_exclude, kGroup, {}};
  ASSERT_EQ(proto::build_v3_report({kMac, kSource, {&record, 1}}, frame), kSmallestFrame);
  EXPECT_EQ(igmp_payload(frame).size(), 16U);
  for (std::size_t size = 0; size < 14 + 24 + 16; ++size) {
    EXPECT_TRUE(igmp_payload(std::span{frame}.first(size)).empty()) << size;
  }
}

TEST(IgmpPayload, IsWholeForAQueryOfAsManySourcesAsAreRead) {
  std::array<std::uint8_t, proto::kMaxQueryFrameSize> frame{};
  const std::vector<IpAddress> sources(kMostReadSources + 1, kSource);
  const auto size_of = [&](std::size_t count) {
    return proto::build_query({.source_mac = kMac,
                               .source = kSource,
                               .group = kGroup,
                               .version = 3,
                               .max_resp_time = 1s,
                               .sources = std::span{sources}.first(count)},
                              frame);
  };
  const auto read = [&](std::size_t size) { return std::span{frame}.first(std::min(size, kReadBytes)); };
  proto::IgmpMessage message;
  ASSERT_EQ(proto::parse_igmp(igmp_payload(read(size_of(kMostReadSources))), message),
            proto::ParseError::none);
  EXPECT_EQ(message.sources.size(), kMostReadSources);
  EXPECT_TRUE(igmp_payload(read(size_of(kMostReadSources + 1))).empty());
}

}  // namespace
}  // namespace mcswitch::bench::interfaces

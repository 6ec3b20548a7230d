// SPDX-License-Identifier: BSD-3-Clause

#include <gtest/gtest.h>

#include <algorithm>

#include "proto/checksum.hpp"
#include "proto/igmp.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::proto::build_report_test {
namespace {

using test::Bytes;
using test::ip;
using test::mac;

// Room behind the frame shows whether anything is written there.
constexpr std::uint8_t kUntouched = 0xee;
constexpr std::size_t kIpHeader = 14;
constexpr std::size_t kIpHeaderSize = 24;

const MacAddress kHostMac = mac("02:00:00:00:07:01");
const Ipv4Address kHost = ip("10.0.0.7");
// Neither its first byte nor the upper bit of its second is in the MAC address.
const Ipv4Address kGroup = ip("225.129.2.3");

Bytes built_report(Ipv4Address group, std::uint8_t version) {
  Bytes frame(kReportFrameSize + 8, kUntouched);
  frame.resize(
      build_report({.source_mac = kHostMac, .source = kHost, .group = group, .version = version}, frame));
  return frame;
}

Bytes built_leave(Ipv4Address group) {
  Bytes frame(kLeaveFrameSize + 8, kUntouched);
  frame.resize(build_leave({.source_mac = kHostMac, .source = kHost, .group = group}, frame));
  return frame;
}

IgmpMessage parsed(const Bytes& frame) {
  IgmpMessage message;
  EXPECT_EQ(parse_igmp(test::ip_payload(frame), message), ParseError::none);
  return message;
}

// The identification is the sender's own choice, and the header checksum differs with it: it is verified
// apart.
Bytes without_identification(Bytes frame) {
  EXPECT_TRUE(ipv4_header_checksum_ok(frame.data() + kIpHeader, kIpHeaderSize));
  for (const std::size_t at : {4, 5, 10, 11}) {
    frame[kIpHeader + at] = 0;
  }
  return frame;
}

// As the packet builder of the tests writes it, which shares no code with the builder.
const test::FrameOptions kDontFragment{.source_mac = kHostMac, .source = kHost, .fragment = 0x4000};

// Made by hand, byte by byte: R2236-1, -2, -3, -5, -59, R1112-1.
TEST(BuildReport, Version2ReportIsTheseBytes) {
  const Bytes expected{
      0x01, 0x00, 0x5e, 0x01, 0x02, 0x03,              // to the group's MAC address
      0x02, 0x00, 0x00, 0x00, 0x07, 0x01, 0x08, 0x00,  //
      0x46, 0xc0, 0x00, 0x20, 0x00, 0x00, 0x40, 0x00,  // header of 6 words, internetwork control
      0x01, 0x02, 0xf6, 0x8c,                          // TTL 1, IGMP
      0x0a, 0x00, 0x00, 0x07, 0xe1, 0x81, 0x02, 0x03,  // to the group (RFC 2236 section 9)
      0x94, 0x04, 0x00, 0x00,                          // Router Alert
      0x16, 0x00, 0x06, 0x7b, 0xe1, 0x81, 0x02, 0x03,  // no Max Response Time
      0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0};
  EXPECT_EQ(built_report(kGroup, 2), expected);
}

// R2236-42, -59.
TEST(BuildReport, ReportsOfBothVersionsAreAsThePacketBuilderWritesThem) {
  for (const char* group : {"224.0.0.9", "224.0.1.1", "225.129.2.3", "232.1.2.3", "239.255.255.255"}) {
    EXPECT_EQ(without_identification(built_report(ip(group), 1)),
              without_identification(test::v1_report(ip(group), kDontFragment)))
        << group;
    EXPECT_EQ(without_identification(built_report(ip(group), 2)),
              without_identification(test::v2_report(ip(group), kDontFragment)))
        << group;
  }
}

TEST(BuildReport, ParsesAsWhatWasBuilt) {
  for (const char* group : {"224.0.0.9", "225.129.2.3", "239.255.255.255"}) {
    for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
      const IgmpMessage message = parsed(built_report(ip(group), version));
      EXPECT_EQ(message.kind, IgmpKind::report);
      EXPECT_EQ(message.version, version);
      EXPECT_EQ(message.group, ip(group));
    }
  }
}

// R2236-59, -56: to 224.0.0.2 and its MAC address, and the group in the message alone.
TEST(BuildLeave, LeaveGoesToAllRoutersAndNamesTheGroup) {
  const Bytes frame = built_leave(kGroup);
  EXPECT_EQ(MacAddress::from_bytes(frame.data()), mac("01:00:5e:00:00:02"));
  EXPECT_EQ(Ipv4Address::of(frame[30], frame[31], frame[32], frame[33]), kAllRouters);
  const IgmpMessage message = parsed(frame);
  EXPECT_EQ(message.kind, IgmpKind::leave);
  EXPECT_EQ(message.group, kGroup);
}

TEST(BuildLeave, LeaveIsAsThePacketBuilderWritesIt) {
  for (const char* group : {"224.0.1.1", "225.129.2.3", "239.255.255.255"}) {
    EXPECT_EQ(without_identification(built_leave(ip(group))),
              without_identification(test::leave(ip(group), kDontFragment)))
        << group;
  }
}

TEST(BuildReport, ReportAndLeaveAreSixtyBytesAndNotOneMore) {
  for (const bool is_leave : {false, true}) {
    Bytes frame(kReportFrameSize + 8, kUntouched);
    const std::size_t size =
        is_leave ? build_leave({.source_mac = kHostMac, .source = kHost, .group = kGroup}, frame)
                 : build_report({.source_mac = kHostMac, .source = kHost, .group = kGroup}, frame);
    EXPECT_EQ(size, 60U);
    EXPECT_TRUE(std::all_of(frame.begin() + 46, frame.begin() + 60, [](std::uint8_t o) { return o == 0; }));
    EXPECT_TRUE(std::all_of(frame.begin() + 60, frame.end(), [](std::uint8_t o) { return o == kUntouched; }));
  }
}

// R4541-5: a host without an address yet.
TEST(BuildReport, SourceMayBeUnspecified) {
  Bytes frame(kReportFrameSize);
  build_report({.source_mac = kHostMac, .source = {}, .group = kGroup}, frame);
  EXPECT_EQ(Ipv4Address::of(frame[26], frame[27], frame[28], frame[29]), Ipv4Address{});
  EXPECT_TRUE(ipv4_header_checksum_ok(frame.data() + kIpHeader, kIpHeaderSize));
}

}  // namespace
}  // namespace mcswitch::proto::build_report_test

// SPDX-License-Identifier: BSD-3-Clause

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "proto/checksum.hpp"
#include "proto/igmp.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::proto::build_v3_report_test {
namespace {

using test::Bytes;
using test::ip;
using test::mac;

// Room behind the frame shows whether anything is written there.
constexpr std::uint8_t kUntouched = 0xee;
constexpr std::size_t kMessage = 14 + 24;

const MacAddress kHostMac = mac("02:00:00:00:07:01");
const Ipv4Address kHost = ip("10.0.0.7");

using Sources = std::vector<IpAddress>;

Sources addresses(std::size_t count) {
  Sources list;
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back(Ipv4Address{static_cast<std::uint32_t>(0x0a00'00ff + 0x101 * i)});
  }
  return list;
}

Bytes built(std::span<const ReportRecord> records) {
  Bytes frame(kMaxV3ReportFrameSize + 8, kUntouched);
  const std::size_t size =
      build_v3_report({.source_mac = kHostMac, .source = kHost, .records = records}, frame);
  EXPECT_TRUE(std::all_of(frame.begin() + static_cast<std::ptrdiff_t>(size), frame.end(),
                          [](std::uint8_t o) { return o == kUntouched; }));
  frame.resize(size);
  return frame;
}

IgmpMessage parsed(const Bytes& frame) {
  IgmpMessage message;
  EXPECT_EQ(parse_igmp(test::ip_payload(frame), message), ParseError::none);
  return message;
}

// Made by hand, byte by byte: R9776-1, -11, -14.
TEST(BuildV3Report, TwoRecordsAreTheseBytes) {
  const Sources sources{ip("10.0.0.9"), ip("192.0.2.255")};
  const ReportRecord records[] = {
      {.type = RecordType::block_old_sources, .group = ip("232.1.2.3"), .sources = sources},
      {.type = RecordType::change_to_exclude_mode, .group = ip("225.129.2.3")}};
  const Bytes expected{0x01, 0x00, 0x5e, 0x00, 0x00, 0x16,              // all routers of version 3
                       0x02, 0x00, 0x00, 0x00, 0x07, 0x01, 0x08, 0x00,  //
                       0x46, 0xc0, 0x00, 0x38, 0x00, 0x00, 0x40, 0x00,  // 24 + 32 bytes
                       0x01, 0x02, 0xf9, 0xe2,                          // TTL 1, IGMP
                       0x0a, 0x00, 0x00, 0x07, 0xe0, 0x00, 0x00, 0x16,  // to 224.0.0.22
                       0x94, 0x04, 0x00, 0x00,                          // Router Alert
                       0x22, 0x00, 0x39, 0x69, 0x00, 0x00, 0x00, 0x02,  // two records
                       0x06, 0x00, 0x00, 0x02, 0xe8, 0x01, 0x02, 0x03,  // BLOCK of two sources
                       0x0a, 0x00, 0x00, 0x09, 0xc0, 0x00, 0x02, 0xff,  //
                       0x04, 0x00, 0x00, 0x00, 0xe1, 0x81, 0x02, 0x03};
  EXPECT_EQ(built(records), expected);
}

// Which shares no code with the builder.
TEST(BuildV3Report, IsAsThePacketBuilderWritesIt) {
  for (std::uint8_t type = 1; type <= 6; ++type) {
    for (const std::size_t count : {0U, 1U, 2U, 180U}) {
      const Sources sources = addresses(count);
      const ReportRecord records[] = {
          {.type = static_cast<RecordType>(type), .group = ip("225.129.2.3"), .sources = sources},
          {.type = RecordType::mode_is_include, .group = ip("232.1.2.3"), .sources = sources}};
      const Bytes expected = test::v3_report({{.type = type, .group = ip("225.129.2.3"), .sources = sources},
                                              {.type = 1, .group = ip("232.1.2.3"), .sources = sources}});
      const Bytes frame = built(records);
      EXPECT_EQ(Bytes(frame.begin() + kMessage, frame.end()),
                Bytes(expected.begin() + kMessage, expected.end()))
          << int{type} << ", " << count;
    }
  }
}

TEST(BuildV3Report, OneRecordWithoutSourcesIsPaddedToSixtyBytes) {
  const ReportRecord record{.type = RecordType::change_to_include_mode, .group = ip("225.129.2.3")};
  const Bytes frame = built({&record, 1});
  ASSERT_EQ(frame.size(), 60U);
  EXPECT_EQ(test::ip_payload(frame).size(), 16U);
  EXPECT_TRUE(std::all_of(frame.begin() + kMessage + 16, frame.end(), [](std::uint8_t o) { return o == 0; }));
}

TEST(BuildV3Report, OneRecordOfAsManySourcesAsFitIsADatagramOf1500Bytes) {
  const Sources sources = addresses(kMaxReportSources);
  const ReportRecord record{
      .type = RecordType::mode_is_exclude, .group = ip("225.129.2.3"), .sources = sources};
  ASSERT_EQ(kMaxReportSources, 365U);
  const Bytes frame = built({&record, 1});
  EXPECT_EQ(frame.size(), 14U + 1500U);
  EXPECT_EQ(frame[16] << 8 | frame[17], 1500);
  EXPECT_TRUE(ipv4_header_checksum_ok(frame.data() + 14, 24));
  GroupRecords left{parsed(frame)};
  GroupRecord read;
  ASSERT_TRUE(left.next(read));
  EXPECT_EQ(read.sources.size(), 365U);
}

TEST(BuildV3Report, RecordsWithoutSourcesFillAReportToItsLastByteButFour) {
  const std::vector<ReportRecord> records(kMaxReportBytes / report_record_bytes(0),
                                          {.type = RecordType::mode_is_exclude, .group = ip("239.1.2.3")});
  EXPECT_EQ(records.size(), 183U);
  const Bytes frame = built(records);
  EXPECT_EQ(frame.size(), 14U + 1496U);
  EXPECT_EQ(parsed(frame).record_count, 183U);
}

// R9776-13: a host without an address yet.
TEST(BuildV3Report, SourceMayBeUnspecified) {
  const ReportRecord record{.type = RecordType::change_to_exclude_mode, .group = ip("225.129.2.3")};
  Bytes frame(kMaxV3ReportFrameSize);
  frame.resize(build_v3_report({.source_mac = kHostMac, .source = {}, .records = {&record, 1}}, frame));
  EXPECT_EQ(Ipv4Address::of(frame[26], frame[27], frame[28], frame[29]), Ipv4Address{});
  EXPECT_TRUE(ipv4_header_checksum_ok(frame.data() + 14, 24));
  EXPECT_EQ(parsed(frame).kind, IgmpKind::v3_report);
}

TEST(BuildV3Report, ParsesAsWhatWasBuilt) {
  const Sources one = addresses(1);
  const Sources many = addresses(100);
  const ReportRecord records[] = {
      {.type = RecordType::mode_is_include, .group = ip("225.129.2.3"), .sources = one},
      {.type = RecordType::mode_is_exclude, .group = ip("226.1.2.3"), .sources = many},
      {.type = RecordType::change_to_include_mode, .group = ip("227.1.2.3")},
      {.type = RecordType::change_to_exclude_mode, .group = ip("228.1.2.3"), .sources = many},
      {.type = RecordType::allow_new_sources, .group = ip("239.255.255.255"), .sources = one},
      {.type = RecordType::block_old_sources, .group = ip("225.1.2.3"), .sources = one}};
  const Bytes frame = built(records);
  EXPECT_EQ(MacAddress::from_bytes(frame.data() + 6), kHostMac);
  const IgmpMessage message = parsed(frame);
  ASSERT_EQ(message.kind, IgmpKind::v3_report);
  ASSERT_EQ(message.record_count, std::size(records));
  GroupRecords left{message};
  GroupRecord read;
  for (const ReportRecord& record : records) {
    ASSERT_TRUE(left.next(read));
    EXPECT_EQ(read.type, static_cast<std::uint8_t>(record.type));
    EXPECT_EQ(read.group, record.group);
    ASSERT_EQ(read.sources.size(), record.sources.size());
    for (std::size_t i = 0; i < record.sources.size(); ++i) {
      EXPECT_EQ(read.sources[i], record.sources[i]);
    }
  }
  EXPECT_FALSE(left.next(read));
}

}  // namespace
}  // namespace mcswitch::proto::build_v3_report_test

// SPDX-License-Identifier: BSD-3-Clause
//
// Version 3: RFC 9776 section 4.

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "proto/igmp.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::proto::igmp_v3_parse_test {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::ip;
using test::V3Record;

const Ipv4Address kGroup = ip("232.1.2.3");

std::uint8_t wire(RecordType type) { return static_cast<std::uint8_t>(type); }

// The records of `bytes`, which have to be a right report.
struct Read {
  std::uint8_t type;
  IpAddress group;
  std::vector<IpAddress> sources;
  bool operator==(const Read&) const = default;
};
std::vector<IpAddress> addresses(AddressList sources) { return {sources.begin(), sources.end()}; }
std::vector<Read> records_of(const Bytes& bytes) {
  IgmpMessage message;
  EXPECT_EQ(parse_igmp(bytes, message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::v3_report);
  EXPECT_EQ(message.version, 3);
  std::vector<Read> list;
  GroupRecords records{message};
  for (GroupRecord record; records.next(record);) {
    list.push_back({record.type, record.group, addresses(record.sources)});
  }
  return list;
}

// --- queries -----------------------------------------------------------------------------------

TEST(IgmpV3Query, EveryFieldIsRead) {
  IgmpMessage message;
  const Bytes bytes = test::v3_query_message({.group = kGroup,
                                              .code = 42,
                                              .suppress_router_processing = true,
                                              .qrv = 3,
                                              .qqic = 20,
                                              .sources = {ip("10.0.0.1"), ip("10.0.0.9")}});
  ASSERT_EQ(parse_igmp(bytes, message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::query);
  EXPECT_EQ(message.version, 3);
  EXPECT_EQ(message.group, kGroup);
  EXPECT_EQ(message.max_resp_time, 4200ms);
  EXPECT_TRUE(message.suppress_router_processing);
  EXPECT_EQ(message.robustness_variable, 3);
  EXPECT_EQ(message.query_interval, 20s);
  EXPECT_EQ(addresses(message.sources), (std::vector<IpAddress>{ip("10.0.0.1"), ip("10.0.0.9")}));
}

TEST(IgmpV3Query, SFlagAndRobustnessDoNotMix) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(test::v3_query_message({.qrv = 7}), message), ParseError::none);
  EXPECT_FALSE(message.suppress_router_processing);
  EXPECT_EQ(message.robustness_variable, 7);
  ASSERT_EQ(parse_igmp(test::v3_query_message({.suppress_router_processing = true, .qrv = 0}), message),
            ParseError::none);
  EXPECT_TRUE(message.suppress_router_processing);
  EXPECT_EQ(message.robustness_variable, 0);
}

// RFC 9776 section 4.1.4, R9776-4: "ignored on reception". RFC 9279 uses one of the bits.
TEST(IgmpV3Query, ReservedBitsAreIgnored) {
  IgmpMessage message;
  Bytes bytes = test::v3_query_message({.qrv = 2});
  bytes[8] |= 0xf0;
  ASSERT_EQ(parse_igmp(test::sealed(bytes), message), ParseError::none);
  EXPECT_FALSE(message.suppress_router_processing);
  EXPECT_EQ(message.robustness_variable, 2);
}

// RFC 9776 sections 4.1.1 and 4.1.7, R9776-2; SEED-12: up to 3174.4 s.
TEST(IgmpV3Query, CodesFrom128AreFloatingPoint) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(test::v3_query_message({.code = 255, .qqic = 255}), message), ParseError::none);
  EXPECT_EQ(message.max_resp_time, 3174400ms);
  EXPECT_EQ(message.query_interval, 31744s);
  ASSERT_EQ(parse_igmp(test::v3_query_message({.code = 127, .qqic = 128}), message), ParseError::none);
  EXPECT_EQ(message.max_resp_time, 12700ms);
  EXPECT_EQ(message.query_interval, 128s);
}

// By its length it is version 3 (RFC 9776 section 7.1), so the code 0 is no mark of version 1.
TEST(IgmpV3Query, CodeZeroIsNoTimeAndNotVersion1) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(test::v3_query_message({.code = 0, .qqic = 0}), message), ParseError::none);
  EXPECT_EQ(message.version, 3);
  EXPECT_EQ(message.max_resp_time, 0s);
  EXPECT_EQ(message.query_interval, 0s);
}

// RFC 9776 section 4.1.8, R9776-8: 366 sources fit into 1500 bytes; the count is checked.
TEST(IgmpV3Query, SourceCountIsCheckedAgainstTheLength) {
  IgmpMessage message;
  const std::vector<IpAddress> sources(366, ip("10.9.8.7"));
  ASSERT_EQ(parse_igmp(test::v3_query_message({.group = kGroup, .sources = sources}), message),
            ParseError::none);
  EXPECT_EQ(message.sources.size(), 366U);
  for (const std::uint16_t count : std::vector<std::uint16_t>{367, 368, 0x8000, 0xffff}) {
    const Bytes lying = test::v3_query_message({.group = kGroup, .sources = sources, .source_count = count});
    EXPECT_EQ(parse_igmp(lying, message), ParseError::igmp_query_sources_truncated) << count;
  }
}

// RFC 9776 section 4.1.10, R9776-9: data behind the sources is in the checksum, and otherwise ignored.
TEST(IgmpV3Query, BytesBehindTheSourcesAreIgnored) {
  IgmpMessage message;
  Bytes bytes = test::v3_query_message({.group = kGroup, .sources = {ip("10.0.0.1")}});
  bytes.insert(bytes.end(), {9, 9, 9, 9, 9});
  EXPECT_EQ(parse_igmp(bytes, message), ParseError::igmp_checksum_wrong);
  bytes = test::sealed(bytes);
  ASSERT_EQ(parse_igmp(bytes, message), ParseError::none);
  EXPECT_EQ(addresses(message.sources), std::vector<IpAddress>{ip("10.0.0.1")});
}

TEST(IgmpV3Query, FewerSourcesThanThereIsRoomForAreTaken) {
  IgmpMessage message;
  const Bytes bytes = test::v3_query_message(
      {.group = kGroup, .sources = {ip("10.0.0.1"), ip("10.0.0.2")}, .source_count = std::uint16_t{1}});
  ASSERT_EQ(parse_igmp(bytes, message), ParseError::none);
  EXPECT_EQ(addresses(message.sources), std::vector<IpAddress>{ip("10.0.0.1")});
}

// --- reports -----------------------------------------------------------------------------------

TEST(IgmpV3Report, RecordsAreReadInOrder) {
  const auto records = records_of(test::v3_report_message({
      {.type = wire(RecordType::change_to_exclude_mode), .group = kGroup},
      {.type = wire(RecordType::allow_new_sources),
       .group = ip("232.0.0.8"),
       .sources = {ip("10.0.0.1"), ip("10.0.0.2")}},
      {.type = wire(RecordType::change_to_include_mode), .group = ip("239.1.2.3")},
  }));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0], (Read{4, kGroup, {}}));
  EXPECT_EQ(records[1], (Read{5, ip("232.0.0.8"), {ip("10.0.0.1"), ip("10.0.0.2")}}));
  EXPECT_EQ(records[2], (Read{3, ip("239.1.2.3"), {}}));
}

// RFC 9776 section 4.2.12.
TEST(IgmpV3Report, RecordTypesHaveTheNumbersOfTheRfc) {
  EXPECT_EQ(wire(RecordType::mode_is_include), 1);
  EXPECT_EQ(wire(RecordType::mode_is_exclude), 2);
  EXPECT_EQ(wire(RecordType::change_to_include_mode), 3);
  EXPECT_EQ(wire(RecordType::change_to_exclude_mode), 4);
  EXPECT_EQ(wire(RecordType::allow_new_sources), 5);
  EXPECT_EQ(wire(RecordType::block_old_sources), 6);
}

// RFC 9776 section 4.2.6, R9776-11: "in units of 32-bit words". Read as bytes, or not stepped over at
// all, the second record would be taken from the auxiliary data: it looks like one.
TEST(IgmpV3Report, AuxiliaryDataIsSteppedOverInWords) {
  const Bytes looks_like_a_record{4, 0, 0, 0, 239, 9, 9, 9};
  const auto records = records_of(test::v3_report_message({
      {.type = 2, .group = kGroup, .sources = {ip("10.0.0.1")}, .aux_data = looks_like_a_record},
      {.type = 1, .group = ip("232.0.0.8"), .sources = {ip("10.0.0.2")}},
  }));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0], (Read{2, kGroup, {ip("10.0.0.1")}}));
  EXPECT_EQ(records[1], (Read{1, ip("232.0.0.8"), {ip("10.0.0.2")}}));
}

TEST(IgmpV3Report, LargestAuxiliaryDataIsSteppedOver) {
  const auto records = records_of(test::v3_report_message({
      {.type = 2, .group = kGroup, .aux_data = Bytes(255 * 4, 0x5a)},
      {.type = 4, .group = ip("232.0.0.8")},
  }));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1], (Read{4, ip("232.0.0.8"), {}}));
}

// RFC 9776 section 4.2.12, R9776-12: "Unrecognized Record Type values MUST be silently ignored", the
// record and not the report.
TEST(IgmpV3Report, RecordsOfUnknownTypeAreHandedOnAndHideNoOther) {
  const auto records = records_of(test::v3_report_message({
      {.type = 0, .group = kGroup},
      {.type = 7, .group = kGroup, .sources = {ip("10.0.0.1")}, .aux_data = Bytes(4, 0xff)},
      {.type = 255, .group = kGroup},
      {.type = 4, .group = ip("239.1.2.3")},
  }));
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[1].type, 7);
  EXPECT_EQ(records[3], (Read{4, ip("239.1.2.3"), {}}));
}

// The reader of the records skips and counts it; the others of the report are good.
TEST(IgmpV3Report, ARecordForNoMulticastAddressIsNoError) {
  const auto records = records_of(test::v3_report_message({
      {.type = 4, .group = ip("10.1.2.3")},
      {.type = 4, .group = ip("239.1.2.3")},
  }));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].group, ip("10.1.2.3"));
  EXPECT_EQ(records[1].group, ip("239.1.2.3"));
}

TEST(IgmpV3Report, WithoutRecordsIsValidAndEmpty) {
  EXPECT_TRUE(records_of(test::v3_report_message({})).empty());
}

// RFC 9776 section 4.2.11, R9776-9.
TEST(IgmpV3Report, BytesBehindTheLastRecordAreIgnored) {
  Bytes bytes = test::v3_report_message({{.type = 4, .group = kGroup}});
  bytes.insert(bytes.end(), {4, 0, 0, 0, 239, 9, 9, 9, 1});
  bytes = test::sealed(bytes);
  EXPECT_EQ(records_of(bytes), (std::vector{Read{4, kGroup, {}}}));
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(bytes, message), ParseError::none);
  EXPECT_EQ(message.records.size(), 8U);
}

TEST(IgmpV3Report, RejectsReportWhoseRecordCountExceedsItsLength) {
  IgmpMessage message;
  const std::vector<V3Record> records{{.type = 4, .group = kGroup}, {.type = 4, .group = ip("239.1.2.3")}};
  for (const std::uint16_t count : std::vector<std::uint16_t>{3, 4, 0x7fff, 0xffff}) {
    const Bytes lying = test::v3_report_message(records, count);
    EXPECT_EQ(parse_igmp(lying, message), ParseError::igmp_records_truncated) << count;
  }
}

// A message is taken whole or not at all: the fault is in the last record, the first is perfect.
TEST(IgmpV3Report, RejectsReportWhoseLastRecordAnnouncesMoreSourcesThanThereAre) {
  IgmpMessage message;
  for (const std::uint16_t count : std::vector<std::uint16_t>{2, 0x4000, 0xffff}) {
    const Bytes bytes = test::v3_report_message({
        {.type = 4, .group = kGroup},
        {.type = 5, .group = ip("232.0.0.8"), .sources = {ip("10.0.0.1")}, .source_count = count},
    });
    EXPECT_EQ(parse_igmp(bytes, message), ParseError::igmp_record_sources_truncated) << count;
  }
}

TEST(IgmpV3Report, RejectsReportWhoseRecordAnnouncesMoreAuxiliaryDataThanThereIs) {
  IgmpMessage message;
  for (const std::uint8_t words : std::vector<std::uint8_t>{2, 64, 255}) {
    const Bytes bytes =
        test::v3_report_message({{.type = 4, .group = kGroup, .aux_data = Bytes(4, 0), .aux_words = words}});
    EXPECT_EQ(parse_igmp(bytes, message), ParseError::igmp_record_sources_truncated) << int{words};
  }
}

// The largest report there is: a datagram of 65535 bytes without IP options.
TEST(IgmpV3Report, AsManyRecordsAsADatagramHoldsAreRead) {
  constexpr std::size_t kCount = (65535 - 20 - 8) / 8;
  const std::vector<V3Record> records(kCount, V3Record{.type = 2, .group = kGroup});
  EXPECT_EQ(records_of(test::v3_report_message(records)).size(), kCount);
}

TEST(IgmpV3Report, ExhaustedReaderStaysExhausted) {
  IgmpMessage message;
  const Bytes bytes = test::v3_report_message({{.type = 4, .group = kGroup}});
  ASSERT_EQ(parse_igmp(bytes, message), ParseError::none);
  GroupRecords records{message};
  GroupRecord record;
  EXPECT_TRUE(records.next(record));
  EXPECT_FALSE(records.next(record));
  EXPECT_FALSE(records.next(record));
}

}  // namespace
}  // namespace mcswitch::proto::igmp_v3_parse_test

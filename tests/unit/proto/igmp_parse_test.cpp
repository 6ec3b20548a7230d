// SPDX-License-Identifier: BSD-3-Clause
//
// Versions 1 and 2: RFC 1112 appendix I, RFC 2236 section 2; unknown types. Version 3 is in
// igmp_v3_parse_test.cpp, truncation in igmp_truncation_test.cpp.

#include <gtest/gtest.h>

#include <chrono>

#include "proto/igmp.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::proto::igmp_parse_test {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::igmp_message;
using test::ip;

const Ipv4Address kGroup = ip("239.1.2.3");

bool is_known(unsigned type) {
  return type == 0x11 || type == 0x12 || type == 0x16 || type == 0x17 || type == 0x22;
}

// RFC 2236 section 2.1, R2236-3.
TEST(IgmpParse, ReadsAVersion2Report) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(igmp_message(0x16, kGroup), message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::report);
  EXPECT_EQ(message.version, 2);
  EXPECT_EQ(message.group, kGroup);
}

// RFC 2236 section 2.1: "for backwards-compatibility with IGMPv1".
TEST(IgmpParse, ReadsAVersion1Report) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(igmp_message(0x12, kGroup), message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::report);
  EXPECT_EQ(message.version, 1);
  EXPECT_EQ(message.group, kGroup);
}

TEST(IgmpParse, ReadsALeave) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(igmp_message(0x17, kGroup), message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::leave);
  EXPECT_EQ(message.version, 2);
  EXPECT_EQ(message.group, kGroup);
}

// RFC 2236 section 2.4, R2236-7: group 0 is a general query.
TEST(IgmpParse, ReadsAGeneralQueryWithoutAGroup) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(igmp_message(0x11, ip("0.0.0.0"), 100), message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::query);
  EXPECT_EQ(message.version, 2);
  EXPECT_TRUE(message.group.is_unspecified());
  EXPECT_EQ(message.max_resp_time, 10s);
}

TEST(IgmpParse, ReadsTheGroupOfAGroupSpecificQuery) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(igmp_message(0x11, kGroup, 7), message), ParseError::none);
  EXPECT_EQ(message.version, 2);
  EXPECT_EQ(message.group, kGroup);
  EXPECT_EQ(message.max_resp_time, 700ms);
}

// SEED-1: tcpdump's "max resp time 10" is one second, RFC 2236 section 2.2: "in units of 1/10 second".
TEST(IgmpParse, MaxRespTimeTenIsOneSecond) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(igmp_message(0x11, kGroup, 10), message), ParseError::none);
  EXPECT_EQ(message.max_resp_time, 1s);
}

// SEED-12. The byte is no floating-point code before version 3: 255 is 25.5 s, not 3174.4 s.
TEST(IgmpParse, LargestMaxRespTimeOfVersion2Is25Point5Seconds) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(igmp_message(0x11, ip("0.0.0.0"), 255), message), ParseError::none);
  EXPECT_EQ(message.max_resp_time, 25500ms);
  ASSERT_EQ(parse_igmp(igmp_message(0x11, ip("0.0.0.0"), 0x81), message), ParseError::none);
  EXPECT_EQ(message.max_resp_time, 12900ms);
}

// RFC 2236 section 4, R2236-40: "a Max Response Time of 0 ... MUST be treated as ... 100 (10 seconds)".
TEST(IgmpParse, QueryWithoutMaxRespTimeIsVersion1AndMeansTenSeconds) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(igmp_message(0x11, ip("0.0.0.0"), 0), message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::query);
  EXPECT_EQ(message.version, 1);
  EXPECT_EQ(message.max_resp_time, 10s);
}

// RFC 1112 appendix I: "In a Host Membership Query message, the group address field is zeroed when sent,
// ignored when received." Whatever stands there, the query is general.
TEST(IgmpParse, GroupOfAVersion1QueryIsIgnored) {
  IgmpMessage message;
  for (const char* group : {"239.1.2.3", "10.0.0.1"}) {
    ASSERT_EQ(parse_igmp(igmp_message(0x11, ip(group), 0), message), ParseError::none) << group;
    EXPECT_EQ(message.version, 1);
    EXPECT_TRUE(message.group.is_unspecified()) << group;
  }
}

// RFC 2236 section 2.2, R2236-5: ignored in all messages but queries.
TEST(IgmpParse, MaxRespTimeOfReportsAndLeavesIsIgnored) {
  IgmpMessage message;
  for (const std::uint8_t type : {kTypeV1Report, kTypeV2Report, kTypeLeave}) {
    ASSERT_EQ(parse_igmp(igmp_message(type, kGroup, 77), message), ParseError::none) << int{type};
    EXPECT_EQ(message.group, kGroup);
    EXPECT_EQ(message.max_resp_time, 0s);
  }
}

// A worker has one IgmpMessage for all frames.
TEST(IgmpParse, NothingOfAnEarlierMessageIsLeft) {
  IgmpMessage message;
  const Bytes query = test::v3_query_message(
      {.group = kGroup, .suppress_router_processing = true, .qrv = 5, .sources = {ip("10.0.0.1")}});
  ASSERT_EQ(parse_igmp(query, message), ParseError::none);
  ASSERT_EQ(parse_igmp(igmp_message(0x16, ip("232.1.1.1")), message), ParseError::none);
  EXPECT_EQ(message.max_resp_time, 0s);
  EXPECT_FALSE(message.suppress_router_processing);
  EXPECT_EQ(message.robustness_variable, 0);
  EXPECT_EQ(message.query_interval, 0s);
  EXPECT_TRUE(message.sources.empty());

  const Bytes report = test::v3_report_message({{.group = kGroup}});
  ASSERT_EQ(parse_igmp(report, message), ParseError::none);
  ASSERT_EQ(parse_igmp(igmp_message(0x17, kGroup), message), ParseError::none);
  EXPECT_EQ(message.record_count, 0);
  EXPECT_TRUE(message.records.empty());
}

// --- unknown types -----------------------------------------------------------------------------

// RFC 2236 section 2.1 and RFC 4541 section 2.1.1(3), R2236-4: ignored here, flooded by the switch.
TEST(IgmpParse, EveryOtherTypeIsOther) {
  IgmpMessage message;
  for (unsigned type = 0; type < 256; ++type) {
    if (is_known(type)) {
      continue;
    }
    ASSERT_EQ(parse_igmp(igmp_message(static_cast<std::uint8_t>(type), kGroup), message), ParseError::none)
        << type;
    ASSERT_EQ(message.kind, IgmpKind::other) << type;
  }
}

// RFC 4541 section 2.1.1(3): nothing behind the network-layer header of such a message is used.
TEST(IgmpParse, NothingButTheTypeOfAnUnknownTypeIsLookedAt) {
  IgmpMessage message;
  EXPECT_EQ(parse_igmp(Bytes{0x30}, message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::other);
  const Bytes wrong_checksum{0x31, 0x00, 0xde, 0xad, 1, 2, 3, 4};
  EXPECT_EQ(parse_igmp(wrong_checksum, message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::other);
}

// SEED-11: a list of types that ends at 0x17 is older than version 3.
TEST(IgmpParse, TheTypeOfVersion3ReportsIsKnown) {
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(test::v3_report_message({}), message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::v3_report);
}

TEST(IgmpParse, AnEmptyPayloadIsTooShort) {
  IgmpMessage message;
  EXPECT_EQ(parse_igmp({}, message), ParseError::igmp_too_short);
}

// --- checksum ----------------------------------------------------------------------------------

// RFC 2236 section 2.3, R2236-6: "the whole IP payload", so also what is behind the 8 bytes.
TEST(IgmpParse, EveryWrongBitOfThePayloadIsNoticed) {
  IgmpMessage message;
  for (const std::uint8_t type : {kTypeQuery, kTypeV1Report, kTypeV2Report, kTypeLeave, kTypeV3Report}) {
    Bytes bytes = igmp_message(type, kGroup, 100);
    bytes.insert(bytes.end(), {1, 2, 3, 4, 5, 6, 7});
    bytes = test::sealed(bytes);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << bit % 8);
      bytes[bit / 8] ^= mask;
      if (is_known(bytes[0])) {
        ASSERT_EQ(parse_igmp(bytes, message), ParseError::igmp_checksum_wrong)
            << "type " << int{type} << " bit " << bit;
      }
      bytes[bit / 8] ^= mask;
    }
  }
}

// R2236-6: "verified before any processing": of several faults it is the checksum that is reported.
TEST(IgmpParse, ChecksumIsVerifiedBeforeAnythingElse) {
  IgmpMessage message;
  Bytes report = igmp_message(0x16, ip("10.1.1.1"));
  report[3] ^= 1;
  EXPECT_EQ(parse_igmp(report, message), ParseError::igmp_checksum_wrong);
  Bytes query = igmp_message(0x11, kGroup, 100);
  query.insert(query.end(), {0xaa, 0xbb});
  EXPECT_EQ(parse_igmp(query, message), ParseError::igmp_checksum_wrong);
}

// --- lengths -----------------------------------------------------------------------------------

// RFC 2236 section 2.5, R2236-8: "process the first 8 octets ... ignore the rest".
TEST(IgmpParse, BytesBehindReportsAndLeavesAreIgnored) {
  IgmpMessage message;
  for (const std::uint8_t type : {kTypeV1Report, kTypeV2Report, kTypeLeave}) {
    Bytes bytes = igmp_message(type, kGroup);
    for (std::uint8_t extra = 1; extra < 40; ++extra) {
      bytes.push_back(extra);
      bytes = test::sealed(bytes);
      ASSERT_EQ(parse_igmp(bytes, message), ParseError::none) << int{type} << " and " << int{extra};
      ASSERT_EQ(message.group, kGroup);
      ASSERT_NE(message.version, 3);
    }
  }
}

// RFC 9776 section 7.1, R9776-35: neither version 2 nor 3.
TEST(IgmpParse, QueriesOf9To11BytesAreInvalid) {
  IgmpMessage message;
  Bytes bytes = igmp_message(0x11, kGroup, 100);
  for (int length = 9; length <= 11; ++length) {
    bytes.push_back(0);
    EXPECT_EQ(parse_igmp(test::sealed(bytes), message), ParseError::igmp_query_length_invalid) << length;
  }
  bytes.push_back(0);
  EXPECT_EQ(parse_igmp(test::sealed(bytes), message), ParseError::none);
  EXPECT_EQ(message.version, 3);
}

// RFC 2236 section 2.5, R2236-9. The zeros behind a short frame leave the checksum right, so only the
// length of the IP header keeps a version 2 query from being read as version 3.
TEST(IgmpParse, EthernetPaddingWouldMakeAVersion2QueryVersion3) {
  const Bytes frame = test::v2_query(kGroup, 0x81);
  ASSERT_EQ(frame.size(), 60U);
  IgmpMessage message;
  ASSERT_EQ(parse_igmp(test::ip_payload(frame), message), ParseError::none);
  EXPECT_EQ(message.version, 2);
  EXPECT_EQ(message.max_resp_time, 12900ms);

  const auto with_padding = std::span{frame}.subspan(14 + 24);
  ASSERT_EQ(parse_igmp(with_padding, message), ParseError::none);
  EXPECT_EQ(message.version, 3);
  EXPECT_EQ(message.max_resp_time, 13600ms);
}

// SEED-2 and SEED-7: queries of 42 bytes without Router Alert, reports of 46 with it, as captured by
// their sender before padding.
TEST(IgmpParse, ReadsTheFramesOfTheTranscript) {
  const Bytes query = test::v2_query({}, 100, {.router_alert = false, .pad_to = 0});
  const Bytes report = test::v2_report(ip("225.1.2.3"), {.tos = 0, .pad_to = 0});
  ASSERT_EQ(query.size(), 42U);
  ASSERT_EQ(report.size(), 46U);
  IgmpMessage message;
  EXPECT_EQ(parse_igmp(test::ip_payload(query), message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::query);
  EXPECT_EQ(message.version, 2);
  EXPECT_EQ(parse_igmp(test::ip_payload(report), message), ParseError::none);
  EXPECT_EQ(message.kind, IgmpKind::report);
  EXPECT_EQ(message.group, ip("225.1.2.3"));
}

// --- groups ------------------------------------------------------------------------------------

// RFC 2236 section 2.4, RFC 1112 section 4 (R1112-4): 224.0.0.0 to 239.255.255.255.
TEST(IgmpParse, GroupsOfReportsAndLeavesAreMulticastAddresses) {
  IgmpMessage message;
  for (const std::uint8_t type : {kTypeV1Report, kTypeV2Report, kTypeLeave}) {
    for (const char* group : {"0.0.0.0", "10.1.2.3", "223.255.255.255", "240.0.0.0", "255.255.255.255"}) {
      EXPECT_EQ(parse_igmp(igmp_message(type, ip(group)), message), ParseError::igmp_group_invalid)
          << int{type} << " " << group;
    }
    for (const char* group : {"224.0.0.1", "224.0.1.0", "239.255.255.255"}) {
      EXPECT_EQ(parse_igmp(igmp_message(type, ip(group)), message), ParseError::none)
          << int{type} << " " << group;
    }
  }
}

// R2236-31: "a query also needs group = 0 or a valid multicast address".
TEST(IgmpParse, GroupOfAQueryIsNoneOrAMulticastAddress) {
  IgmpMessage message;
  for (const char* group : {"10.1.2.3", "223.255.255.255", "240.0.0.0", "0.0.0.1"}) {
    const Bytes v2 = igmp_message(0x11, ip(group), 10);
    const Bytes v3 = test::v3_query_message({.group = ip(group)});
    EXPECT_EQ(parse_igmp(v2, message), ParseError::igmp_group_invalid) << group;
    EXPECT_EQ(parse_igmp(v3, message), ParseError::igmp_group_invalid) << group;
  }
}

}  // namespace
}  // namespace mcswitch::proto::igmp_parse_test

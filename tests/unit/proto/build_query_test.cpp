// SPDX-License-Identifier: BSD-3-Clause

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "proto/checksum.hpp"
#include "proto/igmp.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::proto::build_query_test {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::ip;
using test::mac;

// Room behind the frame shows whether anything is written there.
constexpr std::uint8_t kUntouched = 0xee;

Bytes built(const QueryFrame& query) {
  Bytes frame(kQueryFrameSize + 8, kUntouched);
  frame.resize(build_query(query, frame));
  return frame;
}

QueryFrame group_specific() {
  return {.source_mac = mac("02:00:00:00:07:01"),
          .source = ip("10.0.0.7"),
          .group = ip("239.1.2.3"),
          .version = 2,
          .max_resp_time = 1s};
}

IgmpMessage parsed(const Bytes& frame) {
  IgmpMessage message;
  EXPECT_EQ(parse_igmp(test::ip_payload(frame), message), ParseError::none);
  return message;
}

// Made by hand, byte by byte, R2236-1, R2236-17, R9776-1.
TEST(BuildQuery, GroupSpecificQueryIsTheseBytes) {
  const Bytes expected{
      0x01, 0x00, 0x5e, 0x01, 0x02, 0x03,              // to the group's MAC address
      0x02, 0x00, 0x00, 0x00, 0x07, 0x01, 0x08, 0x00,  //
      0x46, 0xc0, 0x00, 0x20, 0x00, 0x00, 0x40, 0x00,  // header of 6 words, internetwork control
      0x01, 0x02, 0xe9, 0x0c,                          // TTL 1, IGMP
      0x0a, 0x00, 0x00, 0x07, 0xef, 0x01, 0x02, 0x03,  // to the group (RFC 2236 section 9)
      0x94, 0x04, 0x00, 0x00,                          // Router Alert
      0x11, 0x0a, 0xfd, 0xf0, 0xef, 0x01, 0x02, 0x03,  // ten tenths of a second
      0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0};
  EXPECT_EQ(built(group_specific()), expected);
}

// RFC 2236 section 9, R2236-15.
TEST(BuildQuery, GeneralQueryGoesToAllSystemsAndNamesNoGroup) {
  QueryFrame query = group_specific();
  query.group = {};
  query.max_resp_time = 10s;
  const Bytes frame = built(query);
  EXPECT_EQ(MacAddress::from_bytes(frame.data()), mac("01:00:5e:00:00:01"));
  EXPECT_EQ(Ipv4Address::of(frame[30], frame[31], frame[32], frame[33]), kAllSystems);
  const IgmpMessage message = parsed(frame);
  EXPECT_TRUE(message.group.is_unspecified());
  EXPECT_EQ(message.max_resp_time, 10s);
}

// RFC 2236 section 4, R2236-45: Max Response Time 0, whatever interval is configured.
TEST(BuildQuery, Version1QueryHasNoMaxRespTime) {
  QueryFrame query = group_specific();
  query.group = {};
  query.version = 1;
  query.max_resp_time = 3s;
  const Bytes frame = built(query);
  EXPECT_EQ(frame[14 + 24 + 1], 0);
  EXPECT_EQ(parsed(frame).version, 1);
}

// A code of 0 would make it a version 1 query; more than 255 does not fit (SEED-12).
TEST(BuildQuery, MaxRespTimeIsRoundedDownAndKeptWithinOneAnd255Tenths) {
  QueryFrame query = group_specific();
  const struct {
    Duration asked;
    Duration sent;
  } rows[] = {{0s, 100ms},        {1ns, 100ms},       {99ms, 100ms},       {199ms, 100ms},
              {200ms, 200ms},     {12800ms, 12800ms}, {25499ms, 25400ms},  {25500ms, 25500ms},
              {25600ms, 25500ms}, {26s, 25500ms},     {3174400ms, 25500ms}};
  for (const auto& row : rows) {
    query.max_resp_time = row.asked;
    const IgmpMessage message = parsed(built(query));
    EXPECT_EQ(message.version, 2) << row.asked.count();
    EXPECT_EQ(message.max_resp_time, row.sent) << row.asked.count();
  }
}

TEST(BuildQuery, WritesSixtyBytesAndNotOneMore) {
  Bytes frame(kQueryFrameSize + 8, kUntouched);
  EXPECT_EQ(build_query(group_specific(), frame), kQueryFrameSize);
  EXPECT_TRUE(std::all_of(frame.begin() + 14 + 24 + 8, frame.begin() + kQueryFrameSize,
                          [](std::uint8_t o) { return o == 0; }));
  EXPECT_TRUE(std::all_of(frame.begin() + kQueryFrameSize, frame.end(),
                          [](std::uint8_t o) { return o == kUntouched; }));
}

TEST(BuildQuery, ParsesAsWhatWasBuilt) {
  for (const char* group : {"0.0.0.0", "224.0.1.1", "225.1.2.3", "232.129.2.3", "239.255.255.255"}) {
    for (const char* source : {"0.0.0.0", "10.0.0.7", "192.168.255.254"}) {
      for (int tenths = 1; tenths <= 255; ++tenths) {
        const QueryFrame query{.source_mac = mac("02:00:00:00:07:01"),
                               .source = ip(source),
                               .group = ip(group),
                               .version = 2,
                               .max_resp_time = tenths * 100ms};
        const Bytes frame = built(query);
        ASSERT_TRUE(ipv4_header_checksum_ok(frame.data() + 14, 24));
        ASSERT_EQ(MacAddress::from_bytes(frame.data() + 6), query.source_mac);
        ASSERT_EQ(Ipv4Address::of(frame[26], frame[27], frame[28], frame[29]), query.source);
        const IgmpMessage message = parsed(frame);
        ASSERT_EQ(message.kind, IgmpKind::query);
        ASSERT_EQ(message.version, 2);
        ASSERT_EQ(message.group, query.group);
        ASSERT_EQ(message.max_resp_time, query.max_resp_time);
      }
    }
  }
}

// --- version 3 (RFC 9776 section 4.1) --------------------------------------------------------------

// The frame from behind Router Alert on.
constexpr std::size_t kMessage = 14 + 24;

Bytes built_v3(const QueryFrame& query) {
  Bytes frame(kMaxQueryFrameSize + 8, kUntouched);
  const std::size_t size = build_query(query, frame);
  EXPECT_TRUE(std::all_of(frame.begin() + static_cast<std::ptrdiff_t>(size), frame.end(),
                          [](std::uint8_t o) { return o == kUntouched; }));
  frame.resize(size);
  return frame;
}

QueryFrame version_3() {
  QueryFrame query = group_specific();
  query.version = 3;
  query.robustness_variable = 3;
  query.query_interval = 125s;
  return query;
}

std::vector<IpAddress> addresses(std::size_t count) {
  std::vector<IpAddress> list;
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back(Ipv4Address{static_cast<std::uint32_t>(0x0a00'00ff + 0x101 * i)});
  }
  return list;
}

std::vector<IpAddress> read(AddressList sources) { return {sources.begin(), sources.end()}; }

// Made by hand, byte by byte, R9776-1, -2, -4, -5, -6, -7, -10.
TEST(BuildV3Query, GroupAndSourceSpecificQueryIsTheseBytes) {
  QueryFrame query = version_3();
  const std::vector<IpAddress> sources{ip("10.0.0.9"), ip("10.0.2.1"), ip("192.0.2.255")};
  query.suppress_router_processing = true;
  query.max_resp_time = 12900ms;  // 129 tenths are coded as 128
  query.query_interval = 130s;    // and so are 130 seconds
  query.sources = sources;
  const Bytes expected{0x01, 0x00, 0x5e, 0x01, 0x02, 0x03,              // to the group's MAC address
                       0x02, 0x00, 0x00, 0x00, 0x07, 0x01, 0x08, 0x00,  //
                       0x46, 0xc0, 0x00, 0x30, 0x00, 0x00, 0x40, 0x00,  // 24 + 24 bytes
                       0x01, 0x02, 0xe8, 0xfc,                          // TTL 1, IGMP
                       0x0a, 0x00, 0x00, 0x07, 0xef, 0x01, 0x02, 0x03,  // to the group
                       0x94, 0x04, 0x00, 0x00,                          // Router Alert
                       0x11, 0x80, 0x18, 0xee, 0xef, 0x01, 0x02, 0x03,  //
                       0x0b, 0x80, 0x00, 0x03,                          // S and QRV 3, QQIC, three sources
                       0x0a, 0x00, 0x00, 0x09, 0x0a, 0x00, 0x02, 0x01, 0xc0, 0x00,  //
                       0x02, 0xff};
  EXPECT_EQ(built_v3(query), expected);
}

// As the packet builder of the tests writes it, which shares no code with the builder.
TEST(BuildV3Query, IsAsThePacketBuilderWritesIt) {
  for (const std::size_t count : {0U, 1U, 2U, 3U, 100U, 366U}) {
    for (const bool suppress : {false, true}) {
      QueryFrame query = version_3();
      const auto sources = addresses(count);
      query.sources = sources;
      query.suppress_router_processing = suppress;
      const Bytes expected = test::v3_query({.group = query.group.v4(),
                                             .code = 10,
                                             .suppress_router_processing = suppress,
                                             .qrv = 3,
                                             .qqic = 125,
                                             .sources = sources});
      const Bytes frame = built_v3(query);
      EXPECT_EQ(Bytes(frame.begin() + kMessage, frame.end()),
                Bytes(expected.begin() + kMessage, expected.end()))
          << count << suppress;
    }
  }
}

TEST(BuildV3Query, GeneralQueryGoesToAllSystemsWithoutSourcesInSixtyBytes) {
  QueryFrame query = version_3();
  query.group = {};
  query.max_resp_time = 10s;
  const Bytes frame = built(query);  // in the room of a query without sources
  ASSERT_EQ(frame.size(), kQueryFrameSize);
  EXPECT_EQ(MacAddress::from_bytes(frame.data()), mac("01:00:5e:00:00:01"));
  EXPECT_EQ(Ipv4Address::of(frame[30], frame[31], frame[32], frame[33]), kAllSystems);
  EXPECT_EQ(test::ip_payload(frame).size(), 12U);
  EXPECT_TRUE(std::all_of(frame.begin() + kMessage + 12, frame.end(), [](std::uint8_t o) { return o == 0; }));
}

// R9776-8: the list ends where a datagram of 1500 bytes does.
TEST(BuildV3Query, AsManySourcesAsFitMakeADatagramOf1500Bytes) {
  QueryFrame query = version_3();
  const auto sources = addresses(kMaxQuerySources);
  query.sources = sources;
  const Bytes frame = built_v3(query);
  EXPECT_EQ(kMaxQuerySources, 366U);
  EXPECT_EQ(frame.size(), 14U + 1500U);
  EXPECT_EQ(frame[16] << 8 | frame[17], 1500);
  EXPECT_TRUE(ipv4_header_checksum_ok(frame.data() + 14, 24));
  EXPECT_EQ(read(parsed(frame).sources), sources);
}

// 14 + 24 + 12 bytes, so two sources fit in the smallest frame and end in the middle of its padding.
TEST(BuildV3Query, IsPaddedUpToTwoSourcesAndLongerFromThree) {
  const std::size_t sizes[] = {60, 60, 60, 62, 66};
  for (std::size_t count = 0; count < std::size(sizes); ++count) {
    QueryFrame query = version_3();
    const auto sources = addresses(count);
    query.sources = sources;
    EXPECT_EQ(built_v3(query).size(), sizes[count]) << count;
  }
}

// R9776-2: rounded down to what the code can say, at least one tenth.
TEST(BuildV3Query, MaxRespTimeGoesUpTo31744Tenths) {
  const struct {
    Duration asked;
    Duration sent;
  } rows[] = {{0s, 100ms},
              {99ms, 100ms},
              {12799ms, 12700ms},
              {12800ms, 12800ms},
              {13500ms, 12800ms},
              {13600ms, 13600ms},
              {25600ms, 25600ms},
              {26s, 25600ms},
              {3174399ms, 3072000ms},
              {3174400ms, 3174400ms},
              {3174500ms, 3174400ms},
              {500h, 3174400ms}};
  for (const auto& row : rows) {
    QueryFrame query = version_3();
    query.max_resp_time = row.asked;
    const IgmpMessage message = parsed(built_v3(query));
    EXPECT_EQ(message.version, 3) << row.asked.count();
    EXPECT_EQ(message.max_resp_time, row.sent) << row.asked.count();
  }
}

// R9776-7: 0 says that it is not given, so no interval may become 0.
TEST(BuildV3Query, QueryIntervalIsRoundedDownAndOnlyZeroIsNotGiven) {
  const struct {
    Duration asked;
    Duration sent;
  } rows[] = {{0s, 0s},         {1ns, 1s},        {999ms, 1s},      {1999ms, 1s},
              {2s, 2s},         {127s, 127s},     {128s, 128s},     {135s, 128s},
              {31743s, 30720s}, {31744s, 31744s}, {31745s, 31744s}, {500h, 31744s}};
  for (const auto& row : rows) {
    QueryFrame query = version_3();
    query.query_interval = row.asked;
    EXPECT_EQ(parsed(built_v3(query)).query_interval, row.sent) << row.asked.count();
  }
}

// R9776-6. 8 has the bit of the S flag.
TEST(BuildV3Query, RobustnessAboveSevenIsNotGiven) {
  for (unsigned robustness = 0; robustness < 256; ++robustness) {
    for (const bool suppress : {false, true}) {
      QueryFrame query = version_3();
      query.robustness_variable = static_cast<std::uint8_t>(robustness);
      query.suppress_router_processing = suppress;
      const IgmpMessage message = parsed(built_v3(query));
      EXPECT_EQ(message.robustness_variable, robustness <= 7 ? robustness : 0) << robustness;
      EXPECT_EQ(message.suppress_router_processing, suppress) << robustness;
    }
  }
}

// What version 3 alone can say leaves the bytes of a query of version 2 as they are.
TEST(BuildV3Query, ItsFieldsAreNotInAQueryOfVersion2) {
  QueryFrame query = version_3();
  query.version = 2;
  query.suppress_router_processing = true;
  EXPECT_EQ(built(query), built(group_specific()));
}

TEST(BuildV3Query, ParsesAsWhatWasBuilt) {
  for (const char* group : {"224.0.1.1", "225.129.2.3", "239.255.255.255"}) {
    for (const std::size_t count : {0U, 1U, 7U, 365U}) {
      for (const Duration max_resp_time : {Duration{100ms}, Duration{1s}, Duration{25600ms}}) {
        QueryFrame query = version_3();
        const auto sources = addresses(count);
        query.group = ip(group);
        query.max_resp_time = max_resp_time;
        query.sources = sources;
        query.suppress_router_processing = count % 2 == 1;
        const Bytes frame = built_v3(query);
        ASSERT_TRUE(ipv4_header_checksum_ok(frame.data() + 14, 24));
        ASSERT_EQ(MacAddress::from_bytes(frame.data()), multicast_mac(query.group.v4()));
        ASSERT_EQ(Ipv4Address::of(frame[30], frame[31], frame[32], frame[33]), query.group);
        const IgmpMessage message = parsed(frame);
        ASSERT_EQ(message.kind, IgmpKind::query);
        ASSERT_EQ(message.version, 3);
        ASSERT_EQ(message.group, query.group);
        ASSERT_EQ(message.max_resp_time, max_resp_time);
        ASSERT_EQ(message.suppress_router_processing, query.suppress_router_processing);
        ASSERT_EQ(message.robustness_variable, 3);
        ASSERT_EQ(message.query_interval, 125s);
        ASSERT_EQ(read(message.sources), sources);
      }
    }
  }
}

}  // namespace
}  // namespace mcswitch::proto::build_query_test

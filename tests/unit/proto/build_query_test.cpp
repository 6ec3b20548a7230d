// SPDX-License-Identifier: BSD-3-Clause

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "proto/checksum.hpp"
#include "proto/igmp.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::proto {
namespace {

using namespace std::chrono_literals;
using test::ip;
using test::mac;
using test::Octets;

// Room behind the frame shows whether anything is written there.
constexpr std::uint8_t kUntouched = 0xee;

Octets built(const QueryFrame& query) {
  Octets frame(kQueryFrameSize + 8, kUntouched);
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

IgmpMessage parsed(const Octets& frame) {
  IgmpMessage message;
  EXPECT_EQ(parse_igmp(test::ip_payload(frame), message), ParseError::none);
  return message;
}

// Made by hand, octet by octet, R2236-1, R2236-17, R9776-1.
TEST(BuildQuery, GroupSpecificQueryIsTheseOctets) {
  const Octets expected{
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
  const Octets frame = built(query);
  EXPECT_EQ(MacAddress::from_octets(frame.data()), mac("01:00:5e:00:00:01"));
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
  const Octets frame = built(query);
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

TEST(BuildQuery, WritesSixtyOctetsAndNotOneMore) {
  Octets frame(kQueryFrameSize + 8, kUntouched);
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
        const Octets frame = built(query);
        ASSERT_TRUE(ipv4_header_checksum_ok(frame.data() + 14, 24));
        ASSERT_EQ(MacAddress::from_octets(frame.data() + 6), query.source_mac);
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

}  // namespace
}  // namespace mcswitch::proto

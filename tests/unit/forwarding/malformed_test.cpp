// SPDX-License-Identifier: BSD-3-Clause
//
// Row 2: what is malformed goes nowhere, is counted by its reason, and changes no state (R4541-11, -18;
// R2236-6, -31).

#include <algorithm>
#include <map>
#include <string>

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

using proto::ParseError;

struct Wrong {
  std::string what;
  ParseError error;
  Bytes frame;
};

Bytes cut(Bytes frame, std::size_t size) {
  frame.resize(size);
  return frame;
}

// An IGMP message of `size` bytes whose checksum is right.
Bytes short_message(unsigned type, std::size_t size) {
  Bytes message(std::max<std::size_t>(size, 4));
  message[0] = static_cast<std::uint8_t>(type);
  message = test::sealed(message);
  message.resize(size);
  return test::igmp_frame(kGroup, message);
}

// Everything comes from an unknown station, for a group that would be new.
const Ipv4Address kNewGroup = ip("239.9.9.9");
constexpr MacAddress kStranger{0x02'00'00'00'66'66};

std::vector<Wrong> wrong_frames() {
  const test::FrameOptions plain{.source_mac = kStranger};
  const auto with = [&](auto change) {
    test::FrameOptions options = plain;
    change(options);
    return options;
  };
  const auto bad_ip_sum = with([](auto& o) { o.wrong_ip_checksum = true; });
  const auto bad_sum = with([](auto& o) { o.wrong_igmp_checksum = true; });
  std::vector<Wrong> frames;
  const auto add = [&](std::string what, ParseError error, Bytes frame) {
    frames.push_back({std::move(what), error, std::move(frame)});
  };

  // IP header.
  add("multicast without an IP header", ParseError::ip_header_truncated,
      cut(test::udp(kNewGroup, plain), 33));
  add("options cut off", ParseError::ip_header_truncated, cut(test::v2_report(kNewGroup, plain), 14 + 22));
  add("IGMP cut off", ParseError::ip_header_truncated,
      cut(test::v2_report(kNewGroup, with([](auto& o) { o.pad_to = 0; })), 45));
  add("IP version 6 in EtherType 0800", ParseError::ip_header_malformed,
      test::udp(kNewGroup, with([](auto& o) { o.ip_version = 6; })));
  add("header of 16 bytes", ParseError::ip_header_malformed,
      test::v2_report(kNewGroup, with([](auto& o) { o.header_words = 4; })));
  add("datagram shorter than its header", ParseError::ip_header_malformed,
      test::v2_report(kNewGroup, with([](auto& o) { o.total_length = 23; })));
  add("data, header checksum", ParseError::ip_checksum_wrong, test::udp(kNewGroup, bad_ip_sum));
  add("data for 224.0.0.x, header checksum", ParseError::ip_checksum_wrong,
      test::udp(ip("224.0.0.5"), bad_ip_sum));
  add("PIM, header checksum", ParseError::ip_checksum_wrong, test::pim_hello(bad_ip_sum));
  add("report, header checksum", ParseError::ip_checksum_wrong, test::v2_report(kNewGroup, bad_ip_sum));
  add("query, header checksum", ParseError::ip_checksum_wrong, test::v2_query({}, 100, bad_ip_sum));

  // IGMP.
  for (const unsigned fragment : {0x2000U, 0x0001U, 0x3fffU}) {
    add("fragment", ParseError::igmp_fragment,
        test::v2_report(kNewGroup,
                        with([&](auto& o) { o.fragment = static_cast<std::uint16_t>(fragment); })));
  }
  add("no IGMP at all", ParseError::igmp_too_short, test::igmp_frame(kNewGroup, Bytes{}, plain));
  for (const unsigned type : {0x11U, 0x12U, 0x16U, 0x17U, 0x22U}) {
    add("seven bytes", ParseError::igmp_too_short, [&] {
      Bytes frame = short_message(type, 7);
      kStranger.to_bytes(frame.data() + 6);
      return frame;
    }());
  }
  add("v1 report, checksum", ParseError::igmp_checksum_wrong, test::v1_report(kNewGroup, bad_sum));
  add("v2 report, checksum", ParseError::igmp_checksum_wrong, test::v2_report(kNewGroup, bad_sum));
  add("v2 report, checksum over bytes behind it", ParseError::igmp_checksum_wrong,
      test::v2_report(kNewGroup,
                      with([](auto& o) { o.wrong_igmp_checksum = true, o.trailing = Bytes(5, 7); })));
  add("leave, checksum", ParseError::igmp_checksum_wrong, test::leave(kGroup, bad_sum));
  add("query, checksum", ParseError::igmp_checksum_wrong, test::v2_query({}, 100, bad_sum));
  add("v3 report, checksum", ParseError::igmp_checksum_wrong,
      test::v3_report({{.type = 4, .group = kNewGroup}}, bad_sum));
  for (const unsigned ttl : {0U, 2U, 64U, 255U}) {
    const auto far = with([&](auto& o) { o.ttl = static_cast<std::uint8_t>(ttl); });
    add("report, TTL", ParseError::igmp_ttl_not_1, test::v2_report(kNewGroup, far));
    add("leave, TTL", ParseError::igmp_ttl_not_1, test::leave(kGroup, far));
    add("query, TTL", ParseError::igmp_ttl_not_1, test::v2_query({}, 100, far));
    add("v3 report, TTL", ParseError::igmp_ttl_not_1,
        test::v3_report({{.type = 4, .group = kNewGroup}}, far));
  }
  for (const char* group : {"0.0.0.0", "10.1.2.3", "240.0.0.1"}) {
    const auto to = with([](auto& o) { o.destination = kNewGroup; });
    add("report for no group", ParseError::igmp_group_invalid, test::v2_report(ip(group), to));
    add("leave of no group", ParseError::igmp_group_invalid, test::leave(ip(group), to));
  }
  add("query for a unicast address", ParseError::igmp_group_invalid,
      test::v2_query(ip("10.1.2.3"), 10, with([](auto& o) { o.destination = kNewGroup; })));
  for (const std::size_t size : {9U, 10U, 11U}) {
    add("query of 9 to 11 bytes", ParseError::igmp_query_length_invalid,
        test::v2_query({}, 100, with([&](auto& o) { o.trailing = Bytes(size - 8); })));
  }
  add("query with fewer sources", ParseError::igmp_query_sources_truncated,
      test::v3_query({.group = kGroup, .sources = {ip("10.1.1.1")}, .source_count = std::uint16_t{2}},
                     plain));
  add("report with fewer records", ParseError::igmp_records_truncated,
      test::v3_report({{.type = 4, .group = kNewGroup}}, plain, std::uint16_t{2}));
  add("report without records that says one", ParseError::igmp_records_truncated,
      test::v3_report({}, plain, std::uint16_t{1}));
  add("record with fewer sources", ParseError::igmp_record_sources_truncated,
      test::v3_report({{.type = 4, .group = kNewGroup},
                       {.type = 1, .group = kNewGroup, .source_count = std::uint16_t{1}}},
                      plain));
  add("record with less auxiliary data", ParseError::igmp_record_sources_truncated,
      test::v3_report({{.type = 4, .group = kNewGroup, .aux_words = std::uint8_t{1}}}, plain));
  return frames;
}

// And: RFC 1122 section 3.2.1.3, RFC 1112 section 4: no host can have these addresses.
std::vector<Wrong> more_wrong_frames() {
  const test::FrameOptions to_all{
      .source_mac = kStranger, .destination_mac = mac("ff:ff:ff:ff:ff:ff"), .pad_to = 0};
  std::vector<Wrong> frames{{"IGMP to everybody, cut off", ParseError::ip_header_truncated,
                             cut(test::v2_report(kNewGroup, to_all), 45)}};
  for (const char* source : {"0.0.0.1", "0.255.255.255", "127.0.0.1", "127.255.255.255", "224.0.0.1",
                             "239.255.255.255", "240.0.0.1", "255.255.255.255"}) {
    const test::FrameOptions from{.source_mac = kStranger, .source = ip(source)};
    const Bytes all[] = {test::v1_report(kNewGroup, from),
                         test::v2_report(kNewGroup, from),
                         test::leave(kGroup, from),
                         test::v1_query(from),
                         test::v2_query(kUnspecifiedV4, 100, from),
                         test::v3_query({}, from),
                         test::v3_report({{.type = 4, .group = kNewGroup}}, from)};
    for (const Bytes& frame : all) {
      frames.push_back({source, ParseError::igmp_source_invalid, frame});
    }
  }
  return frames;
}

std::vector<Wrong> all_wrong_frames() {
  std::vector<Wrong> frames = wrong_frames();
  for (Wrong& wrong : more_wrong_frames()) {
    frames.push_back(std::move(wrong));
  }
  return frames;
}

// On the way there are members, a known station and a check that could go wrong.
void furnish(Bench& bench) {
  bench.receive(2, test::v2_report(kGroup));
  bench.receive(5, test::v1_report(kGroup));
  bench.receive(3, test::v2_report(kSameMac, {.source_mac = host(3)}));
  bench.take_messages();
}

TEST(Malformed, GoesNowhereIsCountedByItsReasonAndChangesNothing) {
  for (const Wrong& wrong : all_wrong_frames()) {
    SCOPED_TRACE(wrong.what);
    Bench bench;
    furnish(bench);
    const Bench::State before = bench.state();
    EXPECT_EQ(bench.receive(5, wrong.frame), kNowhere);
    EXPECT_TRUE(bench.state() == before);
    EXPECT_EQ(bench.count(5, FrameFate::malformed), 1U);
    EXPECT_EQ(bench.count(5, wrong.error), 1U);
    EXPECT_EQ(bench.sum_of_errors(5), 1U);
  }
}

// The list above leaves out none but the one that a setting makes (below).
TEST(Malformed, EveryReasonIsReached) {
  std::map<ParseError, int> seen;
  for (const Wrong& wrong : all_wrong_frames()) {
    ++seen[wrong.error];
  }
  EXPECT_EQ(seen.size(), proto::kParseErrorCount - 1);
  EXPECT_EQ(seen.count(ParseError::igmp_no_router_alert), 0U);
}

// require-router-alert (R2236-83, SEED-2): off, both are taken; on, what has none "never" goes anywhere.
TEST(Malformed, WithoutRouterAlertOnlyWhereItIsRequired) {
  const test::FrameOptions bare{.router_alert = false};
  const Bytes frames[] = {test::v2_report(kGroup, bare), test::v2_query({}, 100, bare),
                          test::v3_report({{.type = 4, .group = kGroup}}, bare)};
  Bench tolerant;
  for (const Bytes& frame : frames) {
    EXPECT_NE(tolerant.receive(2, frame), kNowhere);
  }
  EXPECT_EQ(tolerant.sum_of_errors(2), 0U);

  Bench strict;
  strict.vlans[10].igmp_rules = table::kRequireRouterAlert;
  furnish(strict);
  const Bench::State before = strict.state();
  for (const Bytes& frame : frames) {
    EXPECT_EQ(strict.receive(5, frame), kNowhere);
  }
  EXPECT_TRUE(strict.state() == before);
  EXPECT_EQ(strict.count(5, ParseError::igmp_no_router_alert), 3U);
  // RFC 2113: anywhere among the options, behind others and padding.
  const Bytes behind{0x01, 0x44, 0x04, 0x05, 0x00, 0x94, 0x04, 0x00, 0x00};
  EXPECT_EQ(strict.receive(2, test::v2_report(kGroup, {.router_alert = false, .ip_options = behind})),
            ports({5}));
  // Not behind the end of the list, and not inside another option.
  const Bytes after_end{0x00, 0x94, 0x04, 0x00, 0x00};
  const Bytes inside{0x44, 0x08, 0x94, 0x04, 0x00, 0x00, 0x00, 0x00};
  EXPECT_EQ(strict.receive(2, test::v2_report(kGroup, {.router_alert = false, .ip_options = after_end})),
            kNowhere);
  EXPECT_EQ(strict.receive(2, test::v2_report(kGroup, {.router_alert = false, .ip_options = inside})),
            kNowhere);
}

// An option of length 0 or 1 would hold a careless reader for ever.
TEST(Malformed, OptionsWithAnImpossibleLengthAreReadToThatPoint) {
  Bench bench;
  bench.vlans[10].igmp_rules = table::kRequireRouterAlert;
  for (const bool one : {false, true}) {
    const Bytes options{0x44, one, 0x94, 0x04};
    EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.router_alert = false, .ip_options = options})),
              kNowhere);
  }
  const Bytes last{0x01, 0x01, 0x01, 0x44};  // its length is no longer there
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.router_alert = false, .ip_options = last})), kNowhere);
  EXPECT_EQ(bench.count(2, ParseError::igmp_no_router_alert), 3U);
}

// SEED-7, R2236-9: padding is no part of the message, whatever is in it.
TEST(Malformed, EthernetPaddingIsNoPartOfTheMessage) {
  Bench bench;
  Bytes query = test::v2_query({}, 100, {.router_alert = false, .pad_to = 0});
  ASSERT_EQ(query.size(), 42U);
  query.resize(60, 0xa5);  // 26 bytes behind the IP header: taken for its length, a query of version 3
  EXPECT_EQ(bench.receive(8, query), ports({2, 3, 5}));
  EXPECT_EQ(bench.count(8, PortEvent::igmp_v2_queries), 1U);
  Bytes report = test::v2_report(kGroup, {.pad_to = 0});
  report.resize(60, 0x5a);
  EXPECT_EQ(bench.receive(2, report), ports({5}));
  EXPECT_EQ(bench.members(kGroup), ports({2}));
  EXPECT_EQ(bench.sum_of_errors(2) + bench.sum_of_errors(8), 0U);
}

// A wrong IP header in a frame for one station or for all is not the switch's to judge, nor is anything of
// IGMP in one for a station.
TEST(Malformed, IsOnlyWhatIsMulticastOrIgmpForAll) {
  Bench bench;
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.destination_mac = host(7),
                                                      .fragment = 0x2000,
                                                      .wrong_ip_checksum = true,
                                                      .wrong_igmp_checksum = true})),
            ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::unicast(host(7), {.wrong_ip_checksum = true})), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::unicast(host(7), {.header_words = std::uint8_t{3}})), ports({3, 5, 8}));
  const MacAddress everyone = mac("ff:ff:ff:ff:ff:ff");
  EXPECT_EQ(bench.receive(2, test::udp(kGroup, {.destination_mac = everyone, .wrong_ip_checksum = true})),
            ports({3, 5, 8}));
  EXPECT_EQ(bench.sum_of_errors(2), 0U);
}

}  // namespace
}  // namespace mcswitch::forwarding

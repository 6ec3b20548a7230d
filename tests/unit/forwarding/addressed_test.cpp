// SPDX-License-Identifier: BSD-3-Clause
//
// To whom IGMP is sent, and from whom: what not everybody hears changes nothing (docs/forwarding.md, "Who is
// believed").

#include "unit/forwarding/record_bench.hpp"

namespace mcswitch::forwarding {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Ipv4Address kNoGroupOfIts = Ipv4Address::of(239, 200, 200, 200);
const MacAddress kEveryone = mac("ff:ff:ff:ff:ff:ff");

// RFC 2236 section 9, RFC 9776 sections 4.1.12 and 9.1: a general query goes to 224.0.0.1, a specific one to
// its group. A host that does not hear it does not answer, so it may not take anything from that host.
TEST(Addressed, AQueryThatNotEverybodyHearsIsForwardedAndCountedAndNothingElse) {
  const Bytes queries[] = {
      // In a frame for somebody else, or for all.
      test::v2_query({}, 1, {.destination_mac = kEveryone}),
      test::v2_query({}, 1, {.destination_mac = mac("01:00:5e:00:00:02")}),
      test::v2_query({}, 1, {.destination_mac = mac("01:1b:19:00:00:00")}),
      test::v2_query(kGroup, 1, {.destination_mac = kEveryone}),
      test::v2_query(kGroup, 1, {.destination_mac = mac("01:00:5e:00:00:01")}),
      // To another IP address, with the MAC address that belongs to it.
      test::v1_query({.destination = ip("239.9.9.9")}),
      test::v2_query({}, 1, {.destination = ip("239.9.9.9")}),
      test::v2_query({}, 1, {.destination = ip("224.0.0.2")}),
      test::v2_query(kGroup, 1, {.destination = kNoGroupOfIts}),
      test::v2_query(kGroup, 1, {.destination = ip("224.0.0.1")}),
      test::v3_query({}, {.destination = kGroup}),
      test::v3_query({.group = kGroup, .sources = {kA}}, {.destination = ip("224.0.0.1")}),
      // To another one that shares the MAC address.
      test::v2_query(kGroup, 1, {.destination = kSameMac}),
      test::v2_query({}, 1, {.destination = ip("224.128.0.1")}),
      // To one host, in a frame for the group.
      test::v2_query({}, 1, {.destination_mac = mac("01:00:5e:00:00:01"), .destination = ip("10.0.0.3")}),
      test::v2_query(kGroup, 1, {.destination_mac = multicast_mac(kGroup), .destination = ip("10.0.0.3")}),
  };
  for (const Bytes& query : queries) {
    Bench bench;
    const Stamp last = bench.port_table[8].last_stamp;
    EXPECT_EQ(bench.receive(8, query), ports({2, 3, 5}));
    EXPECT_THAT(bench.take_messages(), IsEmpty());
    EXPECT_EQ(bench.port_table[8].last_stamp, last);
    EXPECT_EQ(bench.count(8, FrameFate::igmp_query), 1U);
    EXPECT_EQ(bench.count(8, PortEvent::queries_misaddressed), 1U);
  }
}

TEST(Addressed, AQueryThatEverybodyHearsIsReportedToTheControlThread) {
  Bench bench;
  bench.receive(8, {test::v1_query(), test::v2_query(), test::v2_query(kGroup, 10), test::v3_query({}),
                    test::v3_query({.group = kSameMac, .sources = {kA}}),
                    test::v2_query({}, 100, {.source = ip("0.0.0.0")})});
  EXPECT_THAT(bench.take_all<QueryMessage>(), SizeIs(6));
  EXPECT_EQ(bench.count(8, PortEvent::queries_misaddressed), 0U);
}

// IEEE 802.1Q section 8.8; RFC 4541 section 2.1.1(3) is about multicast. mtrace, mrinfo, a query or a report
// from one station to another are theirs alone, whatever is wrong with them.
TEST(Addressed, IgmpInAUnicastFrameIsUnicast) {
  Bench bench;
  bench.receive(8, test::arp_request(ip("10.0.0.1"), {.source_mac = host(8)}));
  const test::FrameOptions to_8{.destination_mac = host(8), .destination = ip("10.0.0.8")};
  const test::FrameOptions routed{
      .destination_mac = host(8), .destination = ip("10.0.0.8"), .ttl = std::uint8_t{64}};
  const Bytes frames[] = {
      test::v2_report(kGroup, to_8),
      test::v2_report(kGroup, routed),
      test::v1_report(kGroup, {.destination_mac = host(8)}),
      test::v3_report({{.type = 4, .group = kGroup}}, to_8),
      test::leave(kGroup, to_8),
      test::v2_query({}, 1, to_8),
      test::v2_query(kGroup, 1, {.destination_mac = host(8)}),
      test::other_igmp(0x13, routed),
      test::other_igmp(0x1e, to_8),
  };
  for (const Bytes& frame : frames) {
    EXPECT_EQ(bench.receive(2, frame), ports({8}));
  }
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.destination_mac = host(77)})), ports({3, 5, 8}));
  EXPECT_EQ(bench.count(2, FrameFate::unicast_known), std::size(frames));
  EXPECT_EQ(bench.count(2, FrameFate::unicast_unknown), 1U);
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_THAT(bench.take_messages(), IsEmpty());
}

// Row 3 is about reports to a group. A datagram to one host in a multicast frame is what others like it are
// (rule 10); nobody may take it (RFC 1122 section 3.3.6), so it makes no member.
TEST(Addressed, AReportToOneHostInAMulticastFrameIsNobodysReport) {
  Bench bench;
  const test::FrameOptions to_one{.destination_mac = multicast_mac(kGroup), .destination = ip("10.0.0.9")};
  const test::FrameOptions to_all{.destination_mac = kEveryone, .destination = ip("255.255.255.255")};
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, to_one)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::v3_report({{.type = 4, .group = kGroup}}, to_one)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::leave(kGroup, to_one)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, to_all)), ports({3, 5, 8}));
  EXPECT_EQ(bench.count(2, FrameFate::multicast_other), 3U);
  EXPECT_EQ(bench.count(2, FrameFate::broadcast), 1U);
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_THAT(bench.take_messages(), IsEmpty());
}

// RFC 9776 section 4.2.9: "IP unicast addresses". The rest of the list counts.
TEST(Addressed, SourcesThatNoHostCanHaveTakeNoEntry) {
  const std::vector<IpAddress> odd{ip("0.0.0.0"),   ip("0.0.0.1"),         ip("127.0.0.1"),
                                   ip("224.0.0.1"), ip("255.255.255.255"), ip("240.0.0.1")};
  std::vector<IpAddress> mixed = odd;
  mixed.push_back(kA);
  RecordBench bench;
  bench.report(RecordType::mode_is_include, odd);
  bench.report(RecordType::allow_new_sources, odd);
  bench.report(RecordType::block_old_sources, odd);
  EXPECT_EQ(bench.entries(), 0U);
  EXPECT_THAT(bench.take_all<RecordMessage>(), IsEmpty());
  EXPECT_EQ(bench.count(kPort, PortEvent::igmp_sources_skipped), 3 * odd.size());
  bench.report(RecordType::allow_new_sources, mixed);
  EXPECT_EQ(bench.requested(kA), ports({kPort}));
  EXPECT_EQ(bench.entries(), 2U);
  // TO_IN(none of them) is TO_IN({}), and TO_EX(none of them) is TO_EX({}).
  bench.take_messages();
  bench.report(RecordType::change_to_include_mode, odd);
  EXPECT_THAT(bench.take_all<RecordMessage>(), SizeIs(1));
  bench.report(RecordType::change_to_exclude_mode, odd, 5);
  EXPECT_EQ(bench.members(kGroup), ports({5}));
}

}  // namespace
}  // namespace mcswitch::forwarding

// SPDX-License-Identifier: BSD-3-Clause
//
// "Forwarding rules", row by row, in their order. Each word of a VLAN is another set of ports (bench.hpp).

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

// Rows are those of docs/forwarding.md. Row 1: 01:80:c2:00:00:00 to 0f (IEEE 802.1Q section 8.6.3, R8021Q-1).
TEST(ForwardReservedMac, GoesNowhereFromTheFirstToTheLastAddress) {
  Bench bench;
  for (unsigned last = 0; last < 16; ++last) {
    const Bytes frame = test::ethernet_frame(MacAddress{0x0180c2000000U + last}, 0x88cc, Bytes(50));
    EXPECT_EQ(bench.receive(3, frame), kNowhere) << last;
  }
  EXPECT_EQ(bench.count(3, FrameFate::reserved_mac), 16U);
  EXPECT_EQ(bench.macs.count(), 0U);
}

TEST(ForwardReservedMac, IsSixteenAddressesLong) {
  Bench bench;
  for (const char* outside : {"01:80:c2:00:00:10", "01:80:c2:00:01:00", "01:80:c1:ff:ff:ff"}) {
    EXPECT_EQ(bench.receive(3, test::ethernet_frame(mac(outside), 0x88cc, Bytes(50))), ports({2, 5, 8}))
        << outside;
  }
  EXPECT_EQ(bench.count(3, FrameFate::multicast_other), 3U);
}

// Row 1 comes before row 2: what is in the frame is not looked at.
TEST(ForwardReservedMac, ComesBeforeWhatIsInTheFrame) {
  Bench bench;
  bench.receive(3, test::v2_report(kGroup, {.destination_mac = mac("01:80:c2:00:00:0e")}));
  bench.receive(
      3, test::v2_report(kGroup, {.destination_mac = mac("01:80:c2:00:00:0e"), .wrong_ip_checksum = true}));
  EXPECT_EQ(bench.count(3, FrameFate::reserved_mac), 2U);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

// Row 3 (RFC 4541 section 2.1.1(1), R4541-1): never to ports with hosts only.
TEST(ForwardReport, GoesToRouterPortsOfItsVlanOnly) {
  Bench bench;
  const Bytes frames[] = {test::v1_report(kGroup), test::v2_report(kGroup),
                          test::v3_report({{.type = 4, .group = kGroup}})};
  for (const Bytes& frame : frames) {
    EXPECT_EQ(bench.receive(2, frame), ports({5}));
    EXPECT_EQ(bench.receive(7, frame), ports({6}));
  }
  EXPECT_EQ(bench.count(2, FrameFate::igmp_report), 3U);
  EXPECT_EQ(bench.count(7, FrameFate::igmp_report), 3U);
}

TEST(ForwardReport, FromARouterPortDoesNotGoBack) {
  Bench bench;
  EXPECT_EQ(bench.receive(5, test::v2_report(kGroup)), kNowhere);
  EXPECT_EQ(bench.receive(5, test::leave(kGroup)), kNowhere);
}

TEST(ForwardLeave, GoesToRouterPortsOfItsVlanOnly) {
  Bench bench;
  EXPECT_EQ(bench.receive(3, test::leave(kGroup)), ports({5}));
  EXPECT_EQ(bench.receive(4, test::leave(kGroup)), ports({6}));
  EXPECT_EQ(bench.count(3, FrameFate::igmp_leave), 1U);
}

// Row 3, "to any multicast address": R2236-28, R9776-14; in broadcast frames, too.
TEST(ForwardReport, IsFoundWhateverGroupItIsSentTo) {
  Bench bench;
  const Bytes odd[] = {
      test::v2_report(kGroup, {.destination_mac = mac("ff:ff:ff:ff:ff:ff")}),
      test::v2_report(kGroup, {.destination = ip("224.0.0.1")}),
      test::v2_report(kGroup, {.destination = ip("239.77.7.7")}),
      test::leave(kGroup, {.destination = kGroup}),
      test::leave(kGroup, {.destination_mac = mac("ff:ff:ff:ff:ff:ff")}),
  };
  for (const Bytes& frame : odd) {
    EXPECT_EQ(bench.receive(2, frame), ports({5}));
  }
  EXPECT_EQ(bench.count(2, FrameFate::igmp_report), 3U);
  EXPECT_EQ(bench.count(2, FrameFate::igmp_leave), 2U);
  EXPECT_EQ(bench.members(kGroup), ports({2}));
}

// Row 4.
TEST(ForwardQuery, GoesToEveryPortOfItsVlan) {
  Bench bench;
  const Bytes queries[] = {test::v1_query(), test::v2_query(), test::v2_query(kGroup, 10),
                           test::v3_query({.group = kGroup, .sources = {ip("10.1.1.1")}})};
  for (const Bytes& query : queries) {
    EXPECT_EQ(bench.receive(8, query), ports({2, 3, 5}));
    EXPECT_EQ(bench.receive(4, query), ports({6, 7}));
  }
  EXPECT_EQ(bench.count(8, FrameFate::igmp_query), 4U);
}

TEST(ForwardQuery, OfAPortWithBlockQueriesGoesNowhereAndIsNotToldOf) {
  Bench bench{{.block_queries = ports({5})}};
  EXPECT_EQ(bench.receive(5, test::v2_query()), kNowhere);
  EXPECT_EQ(bench.receive(5, test::v2_query(kGroup, 10)), kNowhere);
  EXPECT_TRUE(bench.take_messages().empty());
  EXPECT_EQ(bench.count(5, FrameFate::igmp_query_blocked), 2U);
  EXPECT_EQ(bench.receive(2, test::v2_query()), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(5, test::v2_report(kGroup)), kNowhere);  // 5 is the only router port
  EXPECT_EQ(bench.members(kGroup), ports({5}));
}

// Row 5: PIM, MRD (RFC 4286), unknown types (RFC 4541 section 2.1.1(3), R4541-6): "flooded", whatever else
// is wrong behind the type.
TEST(ForwardUnknownControl, GoesToEveryPortOfItsVlan) {
  Bench bench;
  const Bytes frames[] = {
      test::pim_hello(),
      test::other_igmp(0x30),
      test::other_igmp(0x13),
      test::other_igmp(0x32, {.ttl = 9, .router_alert = false}),
      test::other_igmp(0x30, {.wrong_igmp_checksum = true}),
      test::igmp_frame(ip("224.0.0.106"), Bytes{0x31}),
  };
  for (const Bytes& frame : frames) {
    EXPECT_EQ(bench.receive(2, frame), ports({3, 5, 8}));
  }
  EXPECT_EQ(bench.receive(6, test::pim_hello()), ports({4, 7}));
  EXPECT_EQ(bench.count(2, FrameFate::multicast_control), 6U);
}

// Row 6 (R4541-14): by the IP address. 224.128.0.5 has the MAC address of 224.0.0.5 and is not meant.
TEST(ForwardLinkLocal, GoesToEveryPortOfItsVlanByTheIpAddress) {
  Bench bench;
  EXPECT_EQ(bench.receive(3, test::udp(ip("224.0.0.5"))), ports({2, 5, 8}));
  EXPECT_EQ(bench.receive(3, test::udp(ip("224.0.0.255"))), ports({2, 5, 8}));
  EXPECT_EQ(bench.receive(3, test::udp(ip("224.0.0.251"), {.destination_mac = mac("01:00:5e:7f:00:01")})),
            ports({2, 5, 8}));
  EXPECT_EQ(bench.count(3, FrameFate::multicast_link_local), 3U);
  EXPECT_EQ(bench.receive(2, test::udp(ip("224.128.0.5"))), ports({3}));  // unregistered
  EXPECT_EQ(bench.receive(2, test::udp(ip("224.0.1.0"))), ports({3}));
}

TEST(ForwardLinkLocal, Ipv6UpToLinkScopeGoesToEveryPort) {
  Bench bench;
  for (const unsigned scope : {0x00U, 0x01U, 0x02U, 0x12U}) {
    Bytes frame = test::ipv6_multicast();
    frame[14 + 25] = static_cast<std::uint8_t>(scope);
    EXPECT_EQ(bench.receive(5, frame), ports({2, 3, 8})) << scope;
  }
  EXPECT_EQ(bench.count(5, FrameFate::multicast_link_local), 4U);
}

// Row 7 (R4541-13): members, and always the router ports.
TEST(ForwardRegistered, GoesToMembersAndRouterPorts) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup));
  bench.receive(6, test::v2_report(kGroup));
  EXPECT_EQ(bench.receive(3, test::udp(kGroup)), ports({2, 8}));
  EXPECT_EQ(bench.receive(8, test::udp(kGroup)), ports({2}));
  EXPECT_EQ(bench.receive(7, test::udp(kGroup)), ports({4, 6}));
  EXPECT_EQ(bench.count(3, FrameFate::multicast_registered), 1U);
}

// "A frame never leaves by the port it came in", a member's neither.
TEST(ForwardRegistered, NeverGoesBackToTheMemberWhoSentIt) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup));
  EXPECT_EQ(bench.receive(2, test::udp(kGroup)), ports({8}));
  EXPECT_EQ(bench.count(2, FrameFate::multicast_registered), 1U);
}

// R1112-1, R4541-17: 32 groups share a MAC address and stay apart.
TEST(ForwardRegistered, GroupsThatShareAMacAddressStayApart) {
  Bench bench;
  ASSERT_EQ(multicast_mac(kGroup), multicast_mac(kSameMac));
  bench.receive(2, test::v2_report(kGroup));
  bench.receive(5, test::v2_report(kSameMac));
  EXPECT_EQ(bench.receive(3, test::udp(kGroup)), ports({2, 8}));
  EXPECT_EQ(bench.receive(3, test::udp(kSameMac)), ports({5, 8}));
  EXPECT_EQ(bench.receive(2, test::udp(ip("226.1.2.3"))), ports({3}));
}

TEST(ForwardRegistered, TheSameGroupInAnotherVlanIsAnother) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup));
  EXPECT_EQ(bench.receive(6, test::udp(kGroup)), ports({7}));
  EXPECT_EQ(bench.count(6, FrameFate::multicast_unregistered), 1U);
}

// Row 8: by the policy, which the control thread has made a set of ports of.
TEST(ForwardUnregistered, GoesWhereThePolicySays) {
  Bench bench;
  EXPECT_EQ(bench.receive(2, test::udp(kGroup)), ports({3}));
  EXPECT_EQ(bench.receive(3, test::udp(kGroup)), kNowhere);
  EXPECT_EQ(bench.receive(6, test::udp(kGroup)), ports({7}));
  EXPECT_EQ(bench.count(2, FrameFate::multicast_unregistered), 1U);
  EXPECT_EQ(bench.count(3, FrameFate::multicast_unregistered), 1U);
}

// Row 9.
TEST(ForwardUnicast, KnownGoesToItsPortAndUnknownToEveryPort) {
  Bench bench;
  EXPECT_EQ(bench.receive(3, test::unicast(host(8), {.source_mac = host(3)})), ports({2, 5, 8}));
  EXPECT_EQ(bench.receive(8, test::unicast(host(3), {.source_mac = host(8)})), ports({3}));
  EXPECT_EQ(bench.receive(3, test::unicast(host(8), {.source_mac = host(3)})), ports({8}));
  EXPECT_EQ(bench.count(3, FrameFate::unicast_unknown), 1U);
  EXPECT_EQ(bench.count(3, FrameFate::unicast_known), 1U);
}

TEST(ForwardUnicast, ToAStationBehindTheSamePortGoesNowhere) {
  Bench bench;
  bench.receive(3, test::arp_request(ip("10.0.0.1"), {.source_mac = host(3)}));
  EXPECT_EQ(bench.receive(3, test::unicast(host(3), {.source_mac = host(4)})), kNowhere);
  EXPECT_EQ(bench.count(3, FrameFate::unicast_known), 1U);
}

TEST(ForwardUnicast, OfAnotherVlanIsUnknown) {
  Bench bench;
  bench.receive(3, test::arp_request(ip("10.0.0.1"), {.source_mac = host(3)}));
  EXPECT_EQ(bench.receive(6, test::unicast(host(3), {.source_mac = host(6)})), ports({4, 7}));
}

// A bridge does not look into a unicast frame: not even a wrong header checksum matters.
TEST(ForwardUnicast, IsNotLookedInto) {
  Bench bench;
  bench.receive(3, test::arp_request(ip("10.0.0.1"), {.source_mac = host(3)}));
  EXPECT_EQ(bench.receive(5, test::unicast(host(3), {.wrong_ip_checksum = true})), ports({3}));
  EXPECT_EQ(bench.receive(5, test::unicast(host(3), {.ip_version = 9})), ports({3}));
  EXPECT_EQ(bench.receive(5, test::unicast(host(3), {.total_length = 1400})), ports({3}));
  // A group behind a unicast MAC address is still for that station alone.
  EXPECT_EQ(bench.receive(5, test::udp(kGroup, {.destination_mac = host(3)})), ports({3}));
}

// Row 10.
TEST(ForwardBroadcast, GoesToEveryPortOfItsVlan) {
  Bench bench;
  EXPECT_EQ(bench.receive(8, test::arp_request(ip("10.0.0.1"))), ports({2, 3, 5}));
  EXPECT_EQ(bench.receive(4, test::arp_request(ip("10.0.0.1"))), ports({6, 7}));
  EXPECT_EQ(bench.receive(8, test::udp(kGroup, {.destination_mac = mac("ff:ff:ff:ff:ff:ff")})),
            ports({2, 3, 5}));
  EXPECT_EQ(bench.count(8, FrameFate::broadcast), 2U);
}

TEST(ForwardOtherMulticast, GoesToEveryPortOfItsVlan) {
  Bench bench;
  EXPECT_EQ(bench.receive(2, test::ethernet_frame(mac("01:1b:19:00:00:00"), 0x88f7, Bytes(46))),
            ports({3, 5, 8}));
  // A multicast MAC address with a unicast IP address behind it (R4541-16: normal bridging).
  EXPECT_EQ(bench.receive(2, test::udp(kGroup, {.destination = ip("10.1.1.1")})), ports({3, 5, 8}));
  EXPECT_EQ(bench.count(2, FrameFate::multicast_other), 2U);
}

// Until MLD exists.
TEST(ForwardIpv6, MulticastIsFlooded) {
  Bench bench;
  EXPECT_EQ(bench.receive(2, test::ipv6_multicast()), ports({3, 5, 8}));
  EXPECT_EQ(bench.count(2, FrameFate::multicast_unsnooped), 1U);
}

// snooping mode off, or igmp.enabled = false: IPv4 multicast is flooded, IGMP is not looked at.
TEST(ForwardUnsnooped, MulticastAndIgmpAreFloodedAndNothingIsLearnedOfThem) {
  Bench bench;
  bench.vlans[10].igmp = table::Snooping::off;
  bench.receive(6, test::v2_report(kGroup));
  EXPECT_EQ(bench.receive(2, test::udp(kGroup)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.ttl = 3, .wrong_igmp_checksum = true})),
            ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::v2_query()), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.fragment = 0x2000})), ports({3, 5, 8}));
  EXPECT_EQ(bench.count(2, FrameFate::multicast_unsnooped), 5U);
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_TRUE(bench.take_messages().empty());
  // The neighbour VLAN is snooped as before.
  EXPECT_EQ(bench.receive(4, test::udp(kGroup)), ports({6}));
}

// Where IGMP is not looked at, a unicast frame that carries it is a unicast frame (row 9).
TEST(ForwardUnsnooped, UnicastThatCarriesIgmpGoesToItsStation) {
  Bench bench;
  bench.vlans[10].igmp = table::Snooping::off;
  bench.receive(8, test::arp_request(ip("10.0.0.1"), {.source_mac = host(8)}));
  const Bytes frames[] = {
      test::v2_report(kGroup, {.destination_mac = host(8), .destination = ip("10.0.0.9")}),
      test::v2_report(kGroup, {.destination_mac = host(8), .fragment = 0x2000}),
      test::v2_report(kGroup, {.destination_mac = host(8), .wrong_ip_checksum = true}),
  };
  for (const Bytes& frame : frames) {
    EXPECT_EQ(bench.receive(2, frame), ports({8}));
  }
  EXPECT_EQ(bench.count(2, FrameFate::unicast_known), 3U);
}

// mode = "observe": counted and learned as if pruning, forwarded as if off.
TEST(ForwardObserved, WhatPruningWouldDropOrSendToRoutersIsFloodedAndCountedAllTheSame) {
  Bench bench;
  bench.vlans[10].igmp_rules = table::kRequireRouterAlert | table::kIgnoreV1Reports;
  bench.vlans[10].igmp = table::Snooping::observe;
  const PortSet others = ports({3, 5, 8});
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup)), others);
  EXPECT_EQ(bench.members(kGroup), ports({2}));
  EXPECT_EQ(bench.receive(2, test::v1_report(kGroup)), others);
  EXPECT_EQ(bench.count(2, PortEvent::igmp_v1_reports_ignored), 1U);
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.ttl = 3})), others);
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.router_alert = false})), others);
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.wrong_igmp_checksum = true})), others);
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.fragment = 0x2000})), others);
  EXPECT_EQ(bench.count(2, FrameFate::malformed), 4U);
  EXPECT_EQ(bench.count(2, FrameFate::igmp_report), 2U);
  EXPECT_EQ(bench.sum_of_fates(2), 6U);
  // An IP header is verified in every multicast frame (row 2), with or without snooping.
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.wrong_ip_checksum = true})), kNowhere);
  // To a station.
  bench.receive(8, test::arp_request(ip("10.0.0.1"), {.source_mac = host(8)}));
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, {.destination_mac = host(8), .ttl = 3})), ports({8}));
}

// Until the address behind it is forgotten, a frame to it is one to an unknown address.
TEST(Forward, AnAddressBehindAPortWithoutLinkIsUnknown) {
  Bench bench;
  bench.receive(8, test::arp_request(ip("10.0.0.1"), {.source_mac = host(8)}));
  EXPECT_EQ(bench.receive(2, test::arp_request(ip("10.0.0.1"), {.destination_mac = host(8)})), ports({8}));
  bench.vlans[10].flood.store(ports({2, 3, 5}));
  EXPECT_EQ(bench.receive(2, test::arp_request(ip("10.0.0.1"), {.destination_mac = host(8)})), ports({3, 5}));
  EXPECT_EQ(bench.count(2, FrameFate::unicast_unknown), 1U);
}

// No frame goes to a port without link: such a port is in no word.
TEST(Forward, AVlanWithoutPortsGoesNowhere) {
  Bench bench;
  bench.store(20, kNowhere, kNowhere, kNowhere, kNowhere);
  bench.receive(6, test::arp_request(ip("10.0.0.1"), {.source_mac = host(6)}));
  EXPECT_EQ(bench.receive(4, test::arp_request(ip("10.0.0.1"))), kNowhere);
  EXPECT_EQ(bench.receive(4, test::udp(kGroup)), kNowhere);
  EXPECT_EQ(bench.receive(4, test::v2_query()), kNowhere);
}

}  // namespace
}  // namespace mcswitch::forwarding

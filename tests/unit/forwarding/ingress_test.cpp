// SPDX-License-Identifier: BSD-3-Clause
//
// What is let in: runts, the port's own source address, invalid sources, VLAN tags, frames that were cut off.

#include <algorithm>

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

TEST(Ingress, ARuntGoesNowhereAtEveryLengthBelowAHeader) {
  Bench bench;
  const Bytes whole = test::arp_request(ip("10.0.0.1"));
  for (std::size_t size = 0; size < 14; ++size) {
    EXPECT_EQ(bench.receive(3, Bytes(whole.begin(), whole.begin() + static_cast<long>(size))), kNowhere);
  }
  EXPECT_EQ(bench.count(3, FrameFate::runt), 14U);
  EXPECT_EQ(bench.macs.count(), 0U);
  // Fourteen bytes are a header, and a frame.
  EXPECT_EQ(bench.receive(3, Bytes(whole.begin(), whole.begin() + 14)), ports({2, 5, 8}));
  EXPECT_EQ(bench.count(3, FrameFate::broadcast), 1U);
}

TEST(Ingress, ATagThatIsCutOffIsARunt) {
  Bench bench;
  const Bytes tagged = test::arp_request(ip("10.0.0.1"), {.vlan = VlanId{0}});
  for (const long size : {14L, 15L, 17L}) {
    EXPECT_EQ(bench.receive(3, Bytes(tagged.begin(), tagged.begin() + size)), kNowhere) << size;
  }
  EXPECT_EQ(bench.count(3, FrameFate::runt), 3U);
}

// This machine's own frames, which AF_PACKET shows as received.
TEST(Ingress, FramesFromThePortsOwnAddressAreDropped) {
  Bench bench;
  EXPECT_EQ(bench.receive(3, test::arp_request(ip("10.0.0.1"), {.source_mac = own_mac(3)})), kNowhere);
  EXPECT_EQ(bench.receive(3, test::v2_report(kGroup, {.source_mac = own_mac(3)})), kNowhere);
  EXPECT_EQ(bench.count(3, FrameFate::own_source_mac), 2U);
  EXPECT_TRUE(bench.members(kGroup).empty());
  // Another port's address is a station like any other.
  EXPECT_EQ(bench.receive(3, test::arp_request(ip("10.0.0.1"), {.source_mac = own_mac(2)})),
            ports({2, 5, 8}));
}

// "Our own looped query is not flooded or learned" (R2236-16), nor is any other message that we have sent: a
// proxy's report that comes back would make a membership that its own reports keep alive.
TEST(Ingress, IgmpFromTheSwitchsOwnAddressHasComeBackAndGoesNowhere) {
  for (const auto snooping : {table::Snooping::prune, table::Snooping::observe}) {
    Bench bench;
    bench.vlans[10].igmp = snooping;
    const test::FrameOptions ours{.source_mac = kSwitchMac};
    const std::vector<Bytes> messages{test::v2_query({}, 100, ours),
                                      test::v3_query({}, ours),
                                      test::v2_report(kGroup, ours),
                                      test::v3_report({{.type = 4, .group = kGroup}}, ours),
                                      test::leave(kGroup, ours),
                                      test::other_igmp(0x31, ours),
                                      test::v2_query({}, 100, {.source_mac = kSwitchMac, .vlan = VlanId{0}})};
    for (const Bytes& message : messages) {
      EXPECT_EQ(bench.receive(3, message), kNowhere);
    }
    EXPECT_EQ(bench.count(3, FrameFate::own_source_mac), messages.size());
    EXPECT_EQ(bench.macs.count(), 0U);
    EXPECT_TRUE(bench.members(kGroup).empty());
    // Of queries the control thread is notified, which counts them.
    const auto queries = bench.take_all<table::QueryMessage>();
    ASSERT_EQ(queries.size(), 3U);
    for (const table::QueryMessage& query : queries) {
      EXPECT_EQ(query.source_mac, kSwitchMac);
      EXPECT_EQ(query.port, 3);
    }
    // What is no IGMP is like any station's.
    EXPECT_EQ(bench.receive(3, test::arp_request(ip("10.0.0.1"), ours)), ports({2, 5, 8}));
    EXPECT_EQ(bench.macs.find(10, kSwitchMac), PortId{3});
  }
}

TEST(Ingress, WhereIgmpIsNotLookedAtOursIsLikeAnyOther) {
  Bench bench;
  bench.vlans[10].igmp = table::Snooping::off;
  EXPECT_EQ(bench.receive(3, test::v2_query({}, 100, {.source_mac = kSwitchMac})), ports({2, 5, 8}));
}

TEST(Ingress, AGroupOrZeroSourceAddressIsInvalid) {
  Bench bench;
  for (const char* source : {"01:00:5e:01:02:03", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"}) {
    EXPECT_EQ(bench.receive(3, test::v2_report(kGroup, {.source_mac = mac(source)})), kNowhere) << source;
  }
  EXPECT_EQ(bench.count(3, FrameFate::source_invalid), 3U);
  EXPECT_EQ(bench.macs.count(), 0U);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

// "VID 0 means the port's VLAN" (IEEE 802.1Q section 6.9, R8021Q-2).
TEST(Ingress, APriorityTagBelongsToThePortsVlan) {
  Bench bench;
  EXPECT_EQ(bench.receive(7, test::v2_report(kGroup, {.vlan = VlanId{0}, .priority = 5})), ports({6}));
  EXPECT_EQ(bench.members(kGroup, 20), ports({7}));
  EXPECT_TRUE(bench.members(kGroup, 10).empty());
  EXPECT_EQ(bench.receive(6, test::udp(kGroup, {.vlan = VlanId{0}, .priority = 7})), ports({4, 7}));
  // The S-tag's VID 0, too.
  Bytes s_tag = test::udp(kGroup, {.vlan = VlanId{0}});
  s_tag[12] = 0x88;
  s_tag[13] = 0xa8;
  EXPECT_EQ(bench.receive(6, s_tag), ports({4, 7}));
}

// The VLAN of its untagged frames is none that it carries with a tag.
TEST(Ingress, ATagThatThePortDoesNotCarryIsDropped) {
  Bench bench;
  for (const unsigned vlan : {1U, 10U, 20U, 4094U, 4095U}) {
    EXPECT_EQ(bench.receive(7, test::v2_report(kGroup, {.vlan = static_cast<VlanId>(vlan)})), kNowhere)
        << vlan;
  }
  EXPECT_EQ(bench.count(7, FrameFate::vlan_not_carried), 5U);
  EXPECT_TRUE(bench.members(kGroup, 20).empty());
  EXPECT_EQ(bench.macs.count(), 0U);
}

// "a double-tagged frame follows its outer tag".
TEST(Ingress, ADoubleTaggedFrameFollowsItsOuterTag) {
  Bench bench;
  EXPECT_EQ(bench.receive(7, test::udp(kGroup, {.vlan = VlanId{0}, .outer_vlan = VlanId{20}})), kNowhere);
  EXPECT_EQ(bench.count(7, FrameFate::vlan_not_carried), 1U);
  EXPECT_EQ(bench.receive(7, test::udp(kGroup, {.vlan = VlanId{10}, .outer_vlan = VlanId{0}})),
            ports({4, 6}));
  EXPECT_EQ(bench.count(7, FrameFate::multicast_other), 1U);
}

// A tag that the device has taken out of the frame counts as one that is in it.
TEST(Ingress, AnOutOfBandTagCountsLikeOneInTheFrame) {
  Bench bench;
  const Bytes report = test::v2_report(kGroup);
  const auto size = static_cast<std::uint32_t>(report.size());
  Frame frame{.data = report.data(), .contiguous = size, .length = size, .has_stripped_tag = true};
  frame.stripped_tci = 0x6000;  // priority 3, VID 0
  EXPECT_EQ(bench.receive(7, frame), ports({6}));
  EXPECT_EQ(bench.members(kGroup, 20), ports({7}));
  frame.stripped_tci = 20;
  EXPECT_EQ(bench.receive(6, frame), kNowhere);
  EXPECT_EQ(bench.count(6, FrameFate::vlan_not_carried), 1U);
  // Left over from another frame: only the flag says that there is a tag.
  frame.has_stripped_tag = false;
  EXPECT_EQ(bench.receive(4, frame), ports({6}));
}

TEST(Ingress, APortWithVlan0DropsUntaggedAndPriorityTaggedFrames) {
  Bench bench;
  EXPECT_EQ(bench.receive(9, test::arp_request(ip("10.0.0.1"))), kNowhere);
  EXPECT_EQ(bench.receive(9, test::v2_report(kGroup, {.vlan = VlanId{0}})), kNowhere);
  EXPECT_EQ(bench.count(9, FrameFate::vlan_not_carried), 2U);
  EXPECT_EQ(bench.groups.group_count(), 0U);
}

// The header's checksum is right, so the length is the sender's, and the end of the frame is missing.
TEST(Ingress, AFrameThatWasCutOffIsNotPassedOn) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup));
  Bytes frame = test::udp(kGroup, {}, 400);
  frame.resize(frame.size() - 1);
  EXPECT_EQ(bench.receive(3, frame), kNowhere);
  EXPECT_EQ(bench.count(3, FrameFate::truncated), 1U);
  EXPECT_EQ(bench.sum_of_errors(3), 0U);
  EXPECT_EQ(bench.macs.count(), 1U);
}

}  // namespace
}  // namespace mcswitch::forwarding

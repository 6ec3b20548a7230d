// SPDX-License-Identifier: BSD-3-Clause
//
// VLANs with tags: which frames are let in, which VLAN they are in, and how they have to be tagged where they
// leave (IEEE 802.1Q sections 6.9 and 8.6).

#include <array>
#include <random>

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

TEST(Trunk, LetsInWhatItCarriesOnly) {
  Bench bench;
  bench.make_trunks();
  EXPECT_EQ(bench.receive(9, test::arp_request(ip("10.0.0.1"), {.vlan = VlanId{10}})), ports({2, 3, 5, 8}));
  EXPECT_EQ(bench.receive(9, test::arp_request(ip("10.0.0.1"), {.vlan = VlanId{20}})), ports({2, 4, 6, 7}));
  for (const unsigned vlan : {1U, 30U, 4094U, 4095U}) {
    const auto id = static_cast<VlanId>(vlan);
    EXPECT_EQ(bench.receive(9, test::arp_request(ip("10.0.0.1"), {.vlan = id})), kNowhere) << vlan;
  }
  // No VLAN for frames without a tag, or with one for the priority only.
  EXPECT_EQ(bench.receive(9, test::arp_request(ip("10.0.0.1"))), kNowhere);
  EXPECT_EQ(bench.receive(9, test::arp_request(ip("10.0.0.1"), {.vlan = VlanId{0}})), kNowhere);
  EXPECT_EQ(bench.count(9, FrameFate::vlan_not_carried), 6U);
}

// Who hides a tag behind the VLAN of an access port does not get into another VLAN.
TEST(Trunk, TheUntaggedVlanOfAPortIsNotLetInWithATag) {
  Bench bench;
  bench.make_trunks();
  EXPECT_EQ(bench.receive(2, test::udp(kGroup, {.vlan = VlanId{10}})), kNowhere);
  EXPECT_EQ(bench.receive(2, test::udp(kGroup, {.vlan = VlanId{20}, .outer_vlan = VlanId{10}})), kNowhere);
  EXPECT_EQ(bench.count(2, FrameFate::vlan_not_carried), 2U);
}

TEST(Trunk, MembershipsOfAPortAreKeptApartByVlan) {
  Bench bench;
  bench.make_trunks();
  EXPECT_EQ(bench.receive(9, test::v2_report(kGroup, {.vlan = VlanId{20}})), ports({6}));
  EXPECT_EQ(bench.members(kGroup, 20), ports({9}));
  EXPECT_TRUE(bench.members(kGroup, 10).empty());
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup)), ports({5}));
  // A burst with both VLANs, and a group that none of them has.
  const std::vector<Bytes> burst{test::udp(kGroup, {.vlan = VlanId{20}}), test::udp(kGroup),
                                 test::udp(kSameMac, {.vlan = VlanId{20}})};
  bench.receive(9, test::leave(kGroup, {.vlan = VlanId{10}}));
  const auto messages = bench.take_heads();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages.front().vlan, 10);
  EXPECT_EQ(bench.receive(2, burst), (std::vector<PortSet>{ports({4, 9}), ports({8}), ports({7})}));
}

TEST(Trunk, AddressesAreLearnedByVlan) {
  Bench bench;
  bench.make_trunks();
  const std::vector<Bytes> both{
      test::arp_request(ip("10.0.0.1"), {.source_mac = host(1), .vlan = VlanId{20}}),
      test::arp_request(ip("10.0.0.1"), {.source_mac = host(1)})};
  bench.receive(2, both);
  EXPECT_EQ(bench.macs.find(10, host(1)), PortId{2});
  EXPECT_EQ(bench.macs.find(20, host(1)), PortId{2});
}

TEST(Notes, SayVlanPriorityAndTagAsReceived) {
  Bench bench;
  bench.make_trunks();
  bench.receive(9, {test::udp(kGroup, {.vlan = VlanId{20}, .priority = 5})});
  EXPECT_EQ(bench.notes[0].tci, 0xa000 | 20);
  EXPECT_EQ(bench.notes[0].tag, TagForm::tagged);
  bench.receive(2, {test::udp(kGroup, {.vlan = VlanId{0}, .priority = 3}), test::udp(kGroup)});
  EXPECT_EQ(bench.notes[0].tci, 0x6000 | 10);
  EXPECT_EQ(bench.notes[0].tag, TagForm::priority);
  EXPECT_EQ(bench.notes[1].tci, 10);
  EXPECT_EQ(bench.notes[1].tag, TagForm::none);
}

TEST(Notes, ATagOutOfBandIsNotInTheFrame) {
  Bench bench;
  bench.make_trunks();
  const Bytes data = test::udp(kGroup);
  const auto size = static_cast<std::uint32_t>(data.size());
  const Frame frame{.data = data.data(),
                    .contiguous = size,
                    .length = size,
                    .has_stripped_tag = true,
                    .stripped_tci = 0x2000 | 20};
  EXPECT_EQ(bench.receive(9, frame), ports({7}));
  EXPECT_EQ(bench.notes[0].tci, 0x2000 | 20);
  EXPECT_EQ(bench.notes[0].tag, TagForm::stripped);
  // The tag in the frame is the inner one then.
  const Bytes inner = test::udp(kGroup, {.vlan = VlanId{10}});
  const auto inner_size = static_cast<std::uint32_t>(inner.size());
  EXPECT_EQ(bench.receive(9, Frame{.data = inner.data(),
                                   .contiguous = inner_size,
                                   .length = inner_size,
                                   .has_stripped_tag = true,
                                   .stripped_tci = 20}),
            ports({2, 4, 6, 7}));
  EXPECT_EQ(bench.count(9, FrameFate::multicast_other), 1U);
}

// IGMP is one worker's; everything else is decided where it comes in.
TEST(Notes, IgmpOfAnotherWorkersPortIsForItsOwner) {
  Bench bench{{.control_ports = ports({3})}};
  const std::vector<Bytes> burst{test::udp(kGroup), test::v2_report(kGroup), test::v2_query(),
                                 test::v2_report(kGroup, {.wrong_ip_checksum = true})};
  EXPECT_EQ(bench.receive(2, burst), (std::vector<PortSet>{ports({3}), kNowhere, kNowhere, kNowhere}));
  EXPECT_FALSE(bench.notes[0].for_owner);
  EXPECT_TRUE(bench.notes[1].for_owner);
  EXPECT_TRUE(bench.notes[2].for_owner);
  EXPECT_FALSE(bench.notes[3].for_owner);
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_TRUE(bench.take_messages().empty());
  EXPECT_EQ(bench.counters[2].rx_packets.value(), 2U);
  EXPECT_EQ(bench.counters[2].rx_bytes.value(), burst[0].size() + burst[3].size());
  EXPECT_EQ(bench.sum_of_fates(2), 2U);
  bench.receive(3, test::v2_report(kGroup));
  EXPECT_EQ(bench.members(kGroup), ports({3}));
}

// Data of several VLANs goes in bursts of one VLAN each; the answers are those of single frames.
TEST(Vlan, ABurstOfSeveralVlansIsDecidedAsItsFramesAre) {
  std::mt19937 random{77};
  Bench in_bursts;
  Bench one_by_one;
  for (Bench* bench : {&in_bursts, &one_by_one}) {
    bench->make_trunks();
    bench->receive(3, test::v2_report(kGroup));
    bench->receive(6, test::v2_report(kSameMac));
    // Carried by the trunk, and IGMP is not looked at.
    bench->store(30, ports({2, 3, 9}), ports({2}), ports({3}), {});
    bench->vlans[30].tagged = ports({2, 9});
    bench->vlans[30].igmp = table::Snooping::off;
  }
  for (int n = 0; n < 400; ++n) {
    const PortId port = n % 2 == 0 ? 9 : 2;
    std::vector<Bytes> burst(1 + random() % Forwarder::kMaxBurst);
    const std::size_t kinds = 1 + random() % 6;
    for (Bytes& frame : burst) {
      constexpr std::array<VlanId, 6> kVlans{20, 10, 30, 40, 0, 4095};
      test::FrameOptions options{.source_mac = host(static_cast<unsigned>(random() % 3)),
                                 .vlan = kVlans[random() % kinds],
                                 .priority = static_cast<std::uint8_t>(random() % 8)};
      if (random() % 16 == 0) {
        options.vlan.reset();
      }
      frame = test::udp(random() % 2 == 0 ? kGroup : kSameMac, options, 46 + random() % 2);
    }
    const std::vector<PortSet> egress = in_bursts.receive(port, burst);
    const std::vector<FrameNote> notes = in_bursts.notes;
    for (std::size_t i = 0; i < burst.size(); ++i) {
      EXPECT_EQ(one_by_one.receive(port, std::vector<Bytes>{burst[i]}).front(), egress[i]);
      if (!egress[i].empty()) {
        EXPECT_EQ(one_by_one.notes.front().tci, notes[i].tci);
        EXPECT_EQ(one_by_one.notes.front().tag, notes[i].tag);
      }
    }
  }
  for (const PortId port : ports({2, 9})) {
    EXPECT_EQ(in_bursts.counters[port].rx_bytes.value(), one_by_one.counters[port].rx_bytes.value());
    for (std::size_t i = 0; i < decltype(PortCounters::fates)::size(); ++i) {
      const auto fate = static_cast<FrameFate>(i);
      EXPECT_EQ(in_bursts.count(port, fate), one_by_one.count(port, fate)) << kFrameFateNames[i].name;
    }
  }
  EXPECT_GT(in_bursts.count(9, FrameFate::multicast_unsnooped), 0U);
  EXPECT_GT(in_bursts.count(9, FrameFate::multicast_registered), 0U);
}

}  // namespace
}  // namespace mcswitch::forwarding

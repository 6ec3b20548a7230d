// SPDX-License-Identifier: BSD-3-Clause
//
// IGMP in what is not opened: behind a second tag, in LLC and SNAP, PPPoE, VXLAN.

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

// `frame` without its addresses.
Bytes behind_addresses(const Bytes& frame) { return {frame.begin() + 12, frame.end()}; }
Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}
// IGMP in something else, to this MAC address.
struct Encapsulated {
  const char* in;
  std::uint16_t ether_type;
  Bytes payload;
};
std::vector<Encapsulated> encapsulated(const Bytes& message) {
  const Bytes inner = behind_addresses(message);  // with its EtherType
  const Bytes datagram{inner.begin() + 2, inner.end()};
  return {{"LLC and SNAP", 40, joined({0xaa, 0xaa, 0x03, 0, 0, 0}, inner)},
          {"PPPoE", 0x8864, joined({0x11, 0, 0, 1, 0, 34, 0, 0x21}, datagram)},
          {"a second tag", 0x8100, joined({0, 10}, inner)},
          {"a second tag, and PPPoE", 0x88a8,
           joined({0, 10, 0x88, 0x64, 0x11, 0, 0, 1, 0, 34, 0, 0x21}, datagram)}};
}

// "IGMP in two tags, SNAP, PPPoE or VXLAN makes no membership: it is forwarded by its outer VLAN, counted."
TEST(ForwardEncapsulated, IgmpMakesNoMembershipAndIsCounted) {
  for (const auto& [in, ether_type, payload] : encapsulated(test::v2_report(kGroup, {.pad_to = 0}))) {
    for (const VlanId outer : {VlanId{0}, VlanId{10}}) {
      Bench bench;
      bench.make_trunks();
      const PortId ingress = outer == 0 ? 2 : 9;
      const PortSet others = (kFlood10 | ports({9})) & ~PortSet::of(ingress);
      const Bytes multicast =
          test::ethernet_frame(mac("01:00:5e:01:02:03"), ether_type, payload, {.vlan = outer});
      EXPECT_EQ(bench.receive(ingress, multicast), others) << in;
      EXPECT_EQ(bench.count(ingress, FrameFate::multicast_other), 1U) << in;
      EXPECT_EQ(bench.count(ingress, PortEvent::igmp_encapsulated), 1U) << in;
      bench.receive(ingress, test::ethernet_frame(host(1), ether_type, payload, {.vlan = outer}));
      EXPECT_EQ(bench.count(ingress, FrameFate::unicast_unknown), 1U) << in;
      EXPECT_EQ(bench.count(ingress, PortEvent::igmp_encapsulated), 2U) << in;
      EXPECT_EQ(bench.groups.group_count(), 0U) << in;
      EXPECT_TRUE(bench.take_messages().empty()) << in;
      EXPECT_TRUE(bench.macs.find(10, test::FrameOptions{}.source_mac).has_value()) << in;
    }
  }
}

TEST(ForwardEncapsulated, IgmpInUnicastVxlanIsCounted) {
  Bench bench;
  const auto vxlan = [](std::uint16_t port, const Bytes& inner) {
    const Bytes header{0x30,
                       0x39,
                       static_cast<std::uint8_t>(port >> 8),
                       static_cast<std::uint8_t>(port),
                       0,
                       0,
                       0,
                       0,
                       0x08,
                       0,
                       0,
                       0,
                       0,
                       0,
                       7,
                       0};
    return test::ipv4_frame(ip("10.0.0.9"), 17, joined(header, inner), {.destination_mac = host(1)});
  };
  EXPECT_EQ(bench.receive(2, vxlan(4789, test::v2_report(kGroup))), ports({3, 5, 8}));
  EXPECT_EQ(bench.count(2, PortEvent::igmp_encapsulated), 1U);
  bench.receive(2, vxlan(4789, test::v2_report(kGroup, {.vlan = VlanId{10}})));
  EXPECT_EQ(bench.count(2, PortEvent::igmp_encapsulated), 2U);
  bench.receive(2, vxlan(4788, test::v2_report(kGroup)));
  bench.receive(2, vxlan(4789, test::udp(kGroup)));
  EXPECT_EQ(bench.count(2, PortEvent::igmp_encapsulated), 2U);
  EXPECT_EQ(bench.groups.group_count(), 0U);
}

// At every length, and what is something else.
TEST(ForwardEncapsulated, WhatIsCutOffOrNoIgmpIsNotCounted) {
  Bench bench;
  for (const auto& [in, ether_type, payload] : encapsulated(test::v2_report(kGroup, {.pad_to = 0}))) {
    for (std::size_t size = 0; size + 12 < payload.size(); ++size) {
      const Bytes part{payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size)};
      const Bytes frame = test::ethernet_frame(mac("01:00:5e:01:02:03"), ether_type, part, {.pad_to = 0});
      bench.receive(2, frame);
    }
  }
  for (const auto& [in, ether_type, payload] : encapsulated(test::udp(kGroup))) {
    bench.receive(2, test::ethernet_frame(mac("01:00:5e:01:02:03"), ether_type, payload));
  }
  EXPECT_EQ(bench.count(2, PortEvent::igmp_encapsulated), 0U);
  bench.vlans[10].igmp = table::Snooping::off;
  for (const auto& [in, ether_type, payload] : encapsulated(test::v2_report(kGroup))) {
    bench.receive(2, test::ethernet_frame(mac("01:00:5e:01:02:03"), ether_type, payload));
  }
  EXPECT_EQ(bench.count(2, PortEvent::igmp_encapsulated), 0U);
}

}  // namespace
}  // namespace mcswitch::forwarding

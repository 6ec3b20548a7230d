// SPDX-License-Identifier: BSD-3-Clause
//
// The short way for data must say what the long way says, or nothing.

#include "forwarding/quick.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/packet_builder.hpp"

namespace mcswitch::forwarding {
namespace {

using test::ip;
using test::Octets;

Frame view(const Octets& octets) {
  const auto size = static_cast<std::uint32_t>(octets.size());
  return {.data = octets.data(), .contiguous = size, .length = size};
}

// True if the short way took it; then both have to say the same.
bool is_quick(const Frame& frame) {
  QuickFrame quick;
  if (!read_quick(frame, quick)) {
    return false;
  }
  const Classified c = classify(frame);
  EXPECT_EQ(c.kind, FrameKind::ipv4_multicast);
  EXPECT_EQ(c.source, quick.source);
  EXPECT_EQ(c.group, quick.group);
  EXPECT_EQ(c.tag, TagForm::none);
  EXPECT_EQ(c.tci, 0);
  return true;
}

TEST(Quick, TakesPlainData) {
  EXPECT_TRUE(is_quick(view(test::udp(ip("239.1.2.3")))));
  EXPECT_TRUE(
      is_quick(view(test::udp(ip("224.0.1.0"), {.source_mac = MacAddress{0xfe'dc'ba'98'76'54}}, 1400))));
  EXPECT_TRUE(is_quick(view(test::udp(ip("232.255.255.255"), {.ttl = 1}))));
}

TEST(Quick, LeavesEverythingElseToTheLongWay) {
  const Octets frames[] = {
      test::udp(ip("239.1.2.3"), {.vlan = VlanId{0}}),
      test::udp(ip("239.1.2.3"), {.router_alert = true}),
      test::udp(ip("239.1.2.3"), {.wrong_ip_checksum = true}),
      test::udp(ip("239.1.2.3"), {.ip_version = 5}),
      test::udp(ip("239.1.2.3"), {.total_length = 19}),
      test::udp(ip("239.1.2.3"), {.total_length = 4000}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x02'00'00'00'00'01}}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x01'00'5e'81'02'03}}),
      test::udp(ip("239.1.2.3"), {.destination = ip("10.1.2.3")}),
      test::udp(ip("224.0.0.5")),
      test::v2_report(ip("239.1.2.3")),
      test::v2_report(ip("239.1.2.3"), {.router_alert = false}),
      test::pim_hello(),
      test::arp_request(ip("10.0.0.1")),
      test::ipv6_multicast(),
  };
  for (const Octets& frame : frames) {
    EXPECT_FALSE(is_quick(view(frame)));
  }
  const Octets data = test::udp(ip("239.1.2.3"));
  Frame stripped = view(data);
  stripped.has_stripped_tag = true;
  EXPECT_FALSE(is_quick(stripped));
  Frame cut = view(data);
  cut.contiguous = 33;
  EXPECT_FALSE(is_quick(cut));
  cut.contiguous = 34;
  EXPECT_TRUE(is_quick(cut));
}

// Every bit of the headers turned, every length, and random octets on top.
TEST(Quick, NeverContradictsTheLongWay) {
  const Octets data = test::udp(ip("239.1.2.3"));
  unsigned taken = 0;
  for (std::size_t bit = 0; bit < 34 * 8; ++bit) {
    Octets frame = data;
    frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ (1U << (bit % 8)));
    taken += is_quick(view(frame)) ? 1 : 0;
  }
  // The low 23 bits of the group's address, and the source's.
  EXPECT_EQ(taken, 23U + 48U);
  for (std::size_t size = 0; size < data.size(); ++size) {
    is_quick(view(Octets(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size))));
  }
  std::mt19937 random{11};
  unsigned quick = 0;
  for (int n = 0; n < 300'000; ++n) {
    Octets frame = test::udp(Ipv4Address{static_cast<std::uint32_t>(0xe0000000U | (random() & 0x0fffffffU))},
                             {.source_mac = MacAddress{random() & 0xfffe'ffffULL}});
    for (auto change = random() % 3; change > 0; --change) {
      frame[12 + random() % 22] = static_cast<std::uint8_t>(random());
    }
    quick += is_quick(view(frame)) ? 1 : 0;
  }
  EXPECT_GT(quick, 90'000U);
}

}  // namespace
}  // namespace mcswitch::forwarding

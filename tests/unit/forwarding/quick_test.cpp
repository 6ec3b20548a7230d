// SPDX-License-Identifier: BSD-3-Clause
//
// The short way for data must say what the long way says, or nothing.

#include "forwarding/quick.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "forwarding/classify.hpp"
#include "forwarding/quick_report.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::forwarding {
namespace {

using test::Bytes;
using test::ip;
using test::mac;

// The short way's answer for a burst. Where it is yes, the long way has to say the same of each frame.
// kTagSize: of the tags that it looks for.
template <std::uint32_t kTagSize = 0>
bool is_quick(const std::vector<Bytes>& frames) {
  std::vector<const std::uint8_t*> data;
  std::vector<std::uint32_t> lengths;
  for (const Bytes& frame : frames) {
    data.push_back(frame.data());
    lengths.push_back(static_cast<std::uint32_t>(frame.size()));
  }
  while (data.size() % QuickBurst::kStep != 0) {
    data.push_back(data.back());
  }
  const QuickBurst burst{.data = data.data(),
                         .count = frames.size(),
                         .longest = *std::max_element(lengths.begin(), lengths.end()),
                         .shortest = *std::min_element(lengths.begin(), lengths.end()),
                         .lengths = lengths.data()};
  std::vector<IpAddress> groups(data.size());
  bool one_source = false;
  const auto note_group = [&](std::size_t index, Ipv4Address group) { groups[index] = group; };
  if (!read_quick<kTagSize>(burst, note_group, one_source)) {
    return false;
  }
  bool is_one = true;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Classified c = classify({.data = data[i], .contiguous = lengths[i], .length = lengths[i]});
    EXPECT_EQ(c.kind, FrameKind::ipv4_multicast);
    EXPECT_EQ(c.source, quick::source(data[i]));
    EXPECT_EQ(c.group, groups[i]);
    if (kTagSize == 0) {
      EXPECT_EQ(c.tag, TagForm::none);
      EXPECT_EQ(c.tci, 0);
    } else {
      EXPECT_EQ(c.tag, (c.tci & kVidMask) == 0 ? TagForm::priority : TagForm::tagged);
      EXPECT_EQ(c.tci, quick::tci(data[i]));
      EXPECT_EQ(c.tci & kVidMask, quick::tci(data[0]) & kVidMask);
    }
    is_one = is_one && c.source == quick::source(data[0]);
  }
  EXPECT_EQ(one_source, is_one);
  return true;
}

bool is_quick(const Bytes& frame) { return is_quick(std::vector<Bytes>{frame}); }

// `frame` among others, in the last place and in a place in the middle.
bool is_quick_in_a_burst(const Bytes& frame) {
  std::vector<Bytes> frames(11, test::udp(ip("239.7.7.7")));
  frames[3] = test::udp(ip("239.7.7.8"), {.source_mac = MacAddress{0x02'00'00'00'00'55}});
  EXPECT_TRUE(is_quick(frames));
  frames.back() = frame;
  const bool last = is_quick(frames);
  std::swap(frames[5], frames.back());
  EXPECT_EQ(is_quick(frames), last);
  return last;
}

TEST(Quick, TakesPlainData) {
  EXPECT_TRUE(is_quick(test::udp(ip("239.1.2.3"))));
  EXPECT_TRUE(is_quick(test::udp(ip("224.0.1.0"), {.source_mac = MacAddress{0xfe'dc'ba'98'76'54}}, 1400)));
  EXPECT_TRUE(is_quick(test::udp(ip("232.255.255.255"), {.ttl = 1})));
}

TEST(Quick, TakesBurstsOfDifferentSourcesLengthsAndProtocols) {
  std::vector<Bytes> frames;
  for (std::size_t n = 0; n < 23; ++n) {
    test::FrameOptions options;
    options.source_mac = MacAddress{0x02'00'00'00'00'10 + n % 5};
    frames.push_back(
        test::udp(Ipv4Address{0xef010203 + static_cast<std::uint32_t>(n)}, options, 18 + 61 * n));
    EXPECT_TRUE(is_quick(frames)) << n;
  }
  frames[9] = test::ipv4_frame(ip("239.9.9.9"), 132, Bytes(30));
  EXPECT_TRUE(is_quick(frames));
}

TEST(Quick, LeavesEverythingElseToTheLongWay) {
  const Bytes frames[] = {
      test::udp(ip("239.1.2.3"), {.vlan = VlanId{0}}),
      test::udp(ip("239.1.2.3"), {.router_alert = true}),
      test::udp(ip("239.1.2.3"), {.wrong_ip_checksum = true}),
      test::udp(ip("239.1.2.3"), {.ip_version = 5}),
      test::udp(ip("239.1.2.3"), {.total_length = 19}),
      test::udp(ip("239.1.2.3"), {.total_length = 4000}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x02'00'00'00'00'01}}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x03'00'5e'01'02'03}}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x01'00'5f'01'02'03}}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x01'00'5e'81'02'03}}),
      test::udp(ip("239.1.2.3"), {.destination = ip("10.1.2.3")}),
      test::udp(ip("224.0.0.5")),
      test::v2_report(ip("239.1.2.3")),
      test::v2_report(ip("239.1.2.3"), {.router_alert = false}),
      test::pim_hello(),
      test::ipv4_frame(ip("239.1.2.3"), proto::kIpProtocolPim, Bytes(30)),
      test::arp_request(ip("10.0.0.1")),
      test::ipv6_multicast(),
  };
  for (const Bytes& frame : frames) {
    EXPECT_FALSE(is_quick(frame));
    EXPECT_FALSE(is_quick_in_a_burst(frame));
  }
  Bytes cut = test::udp(ip("239.1.2.3"));
  cut.resize(33);
  EXPECT_FALSE(is_quick(cut));
  EXPECT_FALSE(is_quick_in_a_burst(cut));
}

// The length that matters is that of the frame itself, not of another one in the burst.
TEST(Quick, ADatagramLongerThanItsFrameIsNotSavedByALongerFrame) {
  Bytes cut = test::udp(ip("239.1.2.3"), {}, 500);
  cut.resize(300);
  const Bytes whole = test::udp(ip("239.1.2.3"), {}, 500);
  EXPECT_TRUE(is_quick({whole, whole, whole}));
  EXPECT_FALSE(is_quick({whole, cut, whole}));
  EXPECT_FALSE(is_quick({cut, whole, whole}));
}

// Every bit of the headers turned, every length, and random bytes on top.
TEST(Quick, NeverContradictsTheLongWay) {
  const Bytes data = test::udp(ip("239.1.2.3"));
  unsigned taken = 0;
  for (std::size_t bit = 0; bit < 34 * 8; ++bit) {
    Bytes frame = data;
    frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ (1U << (bit % 8)));
    taken += is_quick(frame) ? 1 : 0;
    EXPECT_EQ(is_quick(frame), is_quick_in_a_burst(frame));
  }
  // The low 23 bits of the group's address, and the source's.
  EXPECT_EQ(taken, 23U + 48U);
  for (std::size_t size = 1; size < data.size(); ++size) {
    is_quick_in_a_burst(Bytes(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  std::mt19937 random{11};
  unsigned quick = 0;
  for (int n = 0; n < 60'000; ++n) {
    std::vector<Bytes> frames(1 + random() % 12);
    for (Bytes& frame : frames) {
      frame = test::udp(Ipv4Address{static_cast<std::uint32_t>(0xe0000000U | (random() & 0x0fffffffU))},
                        {.source_mac = MacAddress{random() & 0xfffe'ffffULL}}, 4 + random() % 60);
    }
    for (auto change = random() % 3; change > 0; --change) {
      frames[random() % frames.size()][12 + random() % 22] = static_cast<std::uint8_t>(random());
    }
    quick += is_quick(frames) ? 1 : 0;
  }
  EXPECT_GT(quick, 18'000U);
}

constexpr VlanId kVlan = 2345;

bool is_quick_in_tag(const std::vector<Bytes>& frames) { return is_quick<quick::kTag>(frames); }
bool is_quick_in_tag(const Bytes& frame) { return is_quick_in_tag(std::vector<Bytes>{frame}); }

bool is_quick_in_a_tagged_burst(const Bytes& frame) {
  std::vector<Bytes> frames(11, test::udp(ip("239.7.7.7"), {.vlan = kVlan}));
  frames[3] = test::udp(ip("239.7.7.8"),
                        {.source_mac = MacAddress{0x02'00'00'00'00'55}, .vlan = kVlan, .priority = 5});
  EXPECT_TRUE(is_quick_in_tag(frames));
  frames.back() = frame;
  const bool last = is_quick_in_tag(frames);
  std::swap(frames[5], frames.back());
  EXPECT_EQ(is_quick_in_tag(frames), last);
  return last;
}

TEST(QuickInTag, TakesDataOfOneVlan) {
  EXPECT_TRUE(is_quick_in_tag(test::udp(ip("239.1.2.3"), {.vlan = kVlan})));
  EXPECT_TRUE(is_quick_in_a_tagged_burst(test::udp(ip("224.0.1.0"), {.vlan = kVlan, .priority = 7}, 1400)));
  std::vector<Bytes> frames;
  for (std::size_t n = 0; n < 23; ++n) {
    test::FrameOptions options{.vlan = kVlan, .priority = static_cast<std::uint8_t>(n % 8)};
    options.source_mac = MacAddress{0x02'00'00'00'00'10 + n % 5};
    frames.push_back(
        test::udp(Ipv4Address{0xef010203 + static_cast<std::uint32_t>(n)}, options, 18 + 61 * n));
    EXPECT_TRUE(is_quick_in_tag(frames)) << n;
  }
}

TEST(QuickInTag, LeavesEverythingElseToTheLongWay) {
  const Bytes frames[] = {
      test::udp(ip("239.1.2.3")),
      test::udp(ip("239.1.2.3"), {.vlan = VlanId{kVlan - 1}}),
      test::udp(ip("239.1.2.3"), {.vlan = VlanId{kVlan ^ 0x800}}),
      test::udp(ip("239.1.2.3"), {.vlan = kVlan, .outer_vlan = kVlan}),
      test::udp(ip("239.1.2.3"), {.vlan = kVlan, .router_alert = true}),
      test::udp(ip("239.1.2.3"), {.vlan = kVlan, .wrong_ip_checksum = true}),
      test::udp(ip("239.1.2.3"), {.vlan = kVlan, .total_length = 4000}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x03'00'5e'01'02'03}, .vlan = kVlan}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x01'00'5f'01'02'03}, .vlan = kVlan}),
      test::udp(ip("239.1.2.3"), {.destination_mac = MacAddress{0x01'00'5e'81'02'03}, .vlan = kVlan}),
      test::udp(ip("224.0.0.5"), {.vlan = kVlan}),
      test::v2_report(ip("239.1.2.3"), {.vlan = kVlan}),
      test::ipv4_frame(ip("239.1.2.3"), proto::kIpProtocolPim, Bytes(30), {.vlan = kVlan}),
      test::arp_request(ip("10.0.0.1")),
      test::ipv6_multicast(),
  };
  for (const Bytes& frame : frames) {
    EXPECT_FALSE(is_quick_in_a_tagged_burst(frame));
  }
  Bytes cut = test::udp(ip("239.1.2.3"), {.vlan = kVlan});
  cut.resize(37);
  EXPECT_FALSE(is_quick_in_tag(cut));
  EXPECT_FALSE(is_quick_in_a_tagged_burst(cut));
}

TEST(QuickInTag, ADatagramLongerThanItsFrameIsLeftToTheLongWay) {
  Bytes cut = test::udp(ip("239.1.2.3"), {.vlan = kVlan}, 500);
  cut.resize(cut.size() - 1);
  EXPECT_FALSE(is_quick_in_tag(cut));
  const Bytes whole = test::udp(ip("239.1.2.3"), {.vlan = kVlan}, 500);
  EXPECT_FALSE(is_quick_in_tag({whole, cut, whole}));
}

TEST(QuickInTag, NeverContradictsTheLongWay) {
  const Bytes data = test::udp(ip("239.1.2.3"), {.vlan = kVlan});
  unsigned taken = 0;
  for (std::size_t bit = 0; bit < 38 * 8; ++bit) {
    Bytes frame = data;
    frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ (1U << (bit % 8)));
    taken += is_quick_in_tag(frame) ? 1 : 0;
    // In a burst the VID has to be that of the others.
    const bool is_vid = bit / 8 == 15 || (bit / 8 == 14 && bit % 8 < 4);
    EXPECT_EQ(is_quick_in_a_tagged_burst(frame), is_quick_in_tag(frame) && !is_vid) << bit;
  }
  // The low 23 bits of the group's address, the source's, and the tag's control information.
  EXPECT_EQ(taken, 23U + 48U + 16U);
  std::mt19937 random{13};
  unsigned quick = 0;
  for (int n = 0; n < 60'000; ++n) {
    std::vector<Bytes> frames(1 + random() % 12);
    for (Bytes& frame : frames) {
      frame =
          test::udp(Ipv4Address{static_cast<std::uint32_t>(0xe0000000U | (random() & 0x0fffffffU))},
                    {.source_mac = MacAddress{random() & 0xfffe'ffffULL}, .vlan = kVlan}, 4 + random() % 60);
    }
    for (auto change = random() % 3; change > 0; --change) {
      frames[random() % frames.size()][12 + random() % 26] = static_cast<std::uint8_t>(random());
    }
    quick += is_quick_in_tag(frames) ? 1 : 0;
  }
  EXPECT_GT(quick, 18'000U);
}

// The short way's answer for a report. Where it is yes, the long way has to say the same.
bool is_quick_report(const Bytes& bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  const Frame frame{.data = bytes.data(), .contiguous = size, .length = size};
  QuickReport report;
  if (!read_quick_report(frame, report)) {
    return false;
  }
  const Classified c = classify(frame);
  EXPECT_EQ(c.kind, FrameKind::igmp);
  EXPECT_EQ(c.source, report.source);
  EXPECT_EQ(c.ttl, 1);
  EXPECT_TRUE(c.has_router_alert);
  EXPECT_EQ(c.tag, TagForm::none);
  proto::IgmpMessage message;
  EXPECT_EQ(proto::parse_igmp({bytes.data() + c.payload_offset, c.payload_length}, message),
            proto::ParseError::none);
  EXPECT_EQ(message.kind, proto::IgmpKind::report);
  EXPECT_EQ(message.version, 2);
  EXPECT_EQ(message.group, report.group);
  return true;
}

TEST(QuickReport, TakesReportsAsHostsSendThem) {
  EXPECT_TRUE(is_quick_report(test::v2_report(ip("239.1.2.3"))));
  EXPECT_TRUE(
      is_quick_report(test::v2_report(ip("224.0.1.0"), {.source_mac = MacAddress{0xfe'dc'ba'98'76'54}})));
  EXPECT_TRUE(
      is_quick_report(test::v2_report(ip("239.255.255.255"), {.source = ip("0.0.0.0"), .pad_to = 0})));
}

TEST(QuickReport, LeavesEverythingElseToTheLongWay) {
  const Bytes frames[] = {
      test::v1_report(ip("239.1.2.3")),
      test::leave(ip("239.1.2.3")),
      test::v2_query(ip("239.1.2.3")),
      test::v3_report({{.group = ip("239.1.2.3")}}),
      test::v2_report(ip("224.0.0.251")),
      test::v2_report(ip("10.1.2.3")),
      test::v2_report(ip("239.1.2.3"), {.vlan = VlanId{0}}),
      test::v2_report(ip("239.1.2.3"), {.ttl = 2}),
      test::v2_report(ip("239.1.2.3"), {.source = ip("127.0.0.1")}),
      test::v2_report(ip("239.1.2.3"), {.source = ip("239.1.2.3")}),
      test::v2_report(ip("239.1.2.3"), {.source = ip("0.0.0.1")}),
      test::v2_report(ip("239.1.2.3"),
                      {.destination_mac = mac("01:00:5e:01:02:03"), .destination = ip("10.1.2.3")}),
      test::v2_report(ip("239.1.2.3"),
                      {.destination_mac = mac("01:00:5e:01:02:03"), .destination = ip("240.1.2.3")}),
      test::v2_report(ip("239.1.2.3"), {.router_alert = false}),
      test::v2_report(ip("239.1.2.3"), {.ip_options = {1, 1, 1, 0}}),
      test::v2_report(ip("239.1.2.3"), {.fragment = 0x2000}),
      test::v2_report(ip("239.1.2.3"), {.fragment = 0x0001}),
      test::v2_report(ip("239.1.2.3"), {.total_length = 31}),
      test::v2_report(ip("239.1.2.3"), {.wrong_ip_checksum = true}),
      test::v2_report(ip("239.1.2.3"), {.wrong_igmp_checksum = true}),
      test::v2_report(ip("239.1.2.3"), {.trailing = {1, 2, 3, 4}}),
      test::udp(ip("239.1.2.3")),
  };
  for (const Bytes& frame : frames) {
    EXPECT_FALSE(is_quick_report(frame));
  }
  Bytes cut = test::v2_report(ip("239.1.2.3"));
  cut.resize(45);
  EXPECT_FALSE(is_quick_report(cut));
}

TEST(QuickReport, NeverContradictsTheLongWay) {
  const Bytes report = test::v2_report(ip("239.1.2.3"));
  unsigned taken = 0;
  for (std::size_t bit = 0; bit < 46 * 8; ++bit) {
    Bytes frame = report;
    frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ (1U << (bit % 8)));
    taken += is_quick_report(frame) ? 1 : 0;
  }
  // The low 23 bits of the group's MAC address, and the source's.
  EXPECT_EQ(taken, 23U + 48U);
  std::mt19937 random{12};
  unsigned quick = 0;
  for (int n = 0; n < 100'000; ++n) {
    Bytes frame = test::v2_report(Ipv4Address{static_cast<std::uint32_t>(random())});
    for (auto change = random() % 3; change > 0; --change) {
      frame[random() % 46] = static_cast<std::uint8_t>(random());
    }
    quick += is_quick_report(frame) ? 1 : 0;
  }
  EXPECT_GT(quick, 1'000U);
}

}  // namespace
}  // namespace mcswitch::forwarding

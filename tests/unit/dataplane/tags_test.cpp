// SPDX-License-Identifier: BSD-3-Clause
//
// Frames that lose a tag: priority tags, and padding.

#include <algorithm>
#include <cstring>

#include "unit/dataplane/bench.hpp"

namespace mcswitch::dataplane {
namespace {

// "where such a frame leaves untagged its tag is taken off; the priority is kept where a tag is" (IEEE 802.1Q
// section 6.9).
TEST(Replicas, OfAPriorityTaggedFrameGetItsPriority) {
  for (const std::size_t size : {std::size_t{64}, std::size_t{1400}}) {
    for (const PortSet to : {ports({3, 4, 5, 6}), ports({3, 5}), ports({4, 6})}) {
      Bench bench;
      bench.join(10, kGroup, to);
      const Bytes priority = test::udp(kGroup, {.vlan = VlanId{0}, .priority = 6}, size);
      bench.arrive(2, priority);
      bench.turn();
      for (const PortId port : to) {
        const Bytes bare = without_tag(priority);
        EXPECT_EQ(bench.only(port), ports({4, 6}).contains(port) ? with_tag(bare, 0xc000 | 10) : bare);
      }
      EXPECT_EQ(bench.missing(), 0U);
    }
  }
}

TEST(Replicas, OfAPriorityTaggedFrameHaveNoTagWhereNoPortIsATrunk) {
  Bench bench{{.has_tags = false}};
  bench.join(10, kGroup, ports({3, 5}));
  const Bytes priority = test::udp(kGroup, {.vlan = VlanId{0}, .priority = 6});
  const Bytes untagged = test::udp(kGroup);
  rte_mbuf* m = bench.frame(priority);
  bench.arrive(2, untagged);
  bench.arrive(2, m);
  bench.turn();
  for (const PortId port : ports({3, 5})) {
    const auto sent = bench.sent(port);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(Bench::bytes(sent[0]), untagged);
    EXPECT_EQ(sent[1], m) << "changed in place";
  }
  EXPECT_EQ(Bench::bytes(m), without_tag(priority));
  EXPECT_EQ(bench.missing(), 0U);
}

// Whole bursts, of all lengths up to the longest one that the MTU allows, in each direction between trunks
// and other ports, to a few and to both kinds: each port gets each frame in its form, in order.
TEST(Tags, OfWholeBurstsAreThoseOfTheirPorts) {
  const Ipv4Address other = Ipv4Address::of(239, 129, 2, 3);
  for (const PortId from : ports({2, 4})) {
    for (const PortSet to : {ports({6}), ports({3}), ports({3, 5}), ports({3, 6}), ports({3, 5, 6})}) {
      for (const bool is_alike : {true, false}) {
        Bench bench{{.mtu = 1500}};
        bench.join(10, kGroup, to);
        bench.join(10, other, is_alike ? to : ports({5, 6}));
        constexpr unsigned kFrames = 32;
        std::vector<Bytes> frames;
        for (unsigned n = 0; n < kFrames; ++n) {
          test::FrameOptions options{.priority = static_cast<std::uint8_t>(n % 8), .pad_to = 0};
          if (from == 4) {
            options.vlan = VlanId{10};
          }
          const bool is_long = n % 4 == 0;
          frames.push_back(test::udp(n % 3 == 0 ? other : kGroup, options, is_long ? 1472 : 18 + n));
          bench.arrive(from, frames.back());
        }
        bench.turn();
        for (const PortId port : ports({3, 5, 6})) {
          std::vector<Bytes> due;
          for (unsigned n = 0; n < kFrames; ++n) {
            const bool wants = n % 3 == 0 && !is_alike ? port != 3 : to.contains(port);
            if (wants) {
              const bool in_tag = port == 6;
              due.push_back(in_tag == (from == 4) ? frames[n]
                            : in_tag              ? with_tag(frames[n], 10)
                                                  : without_tag(frames[n]));
            }
          }
          const auto sent = bench.sent(port);
          ASSERT_EQ(sent.size(), due.size()) << "port " << int{port} << " from " << int{from};
          std::uint64_t bytes = 0;
          for (std::size_t n = 0; n < due.size(); ++n) {
            EXPECT_EQ(Bench::bytes(sent[n]), due[n]);
            bytes += due[n].size();
          }
          EXPECT_EQ(bench.worker().counters()[port].tx_bytes.value(), bytes);
        }
        EXPECT_EQ(bench.missing(), 0U);
      }
    }
  }
}

// Bytes `from` to the end are 0.
bool is_zero_from(const Bytes& frame, std::size_t from) {
  return std::all_of(frame.begin() + static_cast<std::ptrdiff_t>(from), frame.end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

// "a frame that gets shorter than 60 bytes by losing its tag is padded": with zeros, not with what the
// buffer had in it before.
TEST(Padding, IsWhatAShortFrameGetsForItsTag) {
  for (const bool also_tagged : {false, true}) {
    for (const VlanId vlan : {VlanId{10}, VlanId{0}}) {
      Bench bench;
      bench.join(10, kGroup, also_tagged ? ports({3, 5, 6}) : ports({3, 5}));
      const Bytes tagged = test::udp(kGroup, {.vlan = vlan, .pad_to = 60}, 4);
      ASSERT_EQ(tagged.size(), 60U);
      rte_mbuf* m = bench.frame(tagged);
      std::memset(rte_pktmbuf_mtod_offset(m, void*, 60), 0xee, 100);
      bench.arrive(vlan == 0 ? 2 : 4, m);
      bench.turn();
      for (const PortId port : ports({3, 5})) {
        const Bytes frame = bench.only(port);
        ASSERT_EQ(frame.size(), 60U);
        EXPECT_TRUE(std::equal(frame.begin(), frame.begin() + 56, without_tag(tagged).begin()));
        EXPECT_TRUE(is_zero_from(frame, 56));
      }
      if (also_tagged) {
        EXPECT_EQ(bench.only(6), with_tag(without_tag(tagged), 10));
      }
      EXPECT_EQ(bench.missing(), 0U);
    }
  }
}

TEST(Padding, IsWhatAShortFrameGetsForTheTagThatTheDeviceTookOut) {
  for (const VlanId vlan : {VlanId{10}, VlanId{0}}) {
    for (const bool has_tags : {true, false}) {
      if (vlan == 10 && !has_tags) {
        continue;  // nobody lets it in
      }
      Bench bench{{.has_tags = has_tags}};
      bench.join(10, kGroup, ports({3, 6}));
      const Bytes bare = test::udp(kGroup, {.pad_to = 0}, 14);
      ASSERT_EQ(bare.size(), 56U);
      rte_mbuf* m = bench.frame(bare);
      m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
      m->vlan_tci = vlan;
      bench.arrive(vlan == 0 ? 2 : 4, m);
      bench.turn();
      const Bytes three = bench.only(3);
      ASSERT_EQ(three.size(), 60U);
      EXPECT_TRUE(std::equal(bare.begin(), bare.end(), three.begin()));
      EXPECT_TRUE(is_zero_from(three, 56));
      EXPECT_EQ(bench.only(6), has_tags ? with_tag(bare, 10) : three);
      EXPECT_EQ(bench.missing(), 0U);
    }
  }
}

// What comes without a tag leaves as it came, and a frame that is long enough stays as long as it is.
TEST(Padding, IsForNobodyElse) {
  Bench bench;
  bench.join(10, kGroup, ports({2, 3, 5, 6}));
  const Bytes short_one = test::udp(kGroup, {.pad_to = 0}, 4);
  bench.arrive(2, short_one);
  bench.turn();
  EXPECT_EQ(bench.only(3), short_one);
  EXPECT_EQ(bench.only(6), with_tag(short_one, 10));
  const Bytes tagged = test::udp(kGroup, {.vlan = VlanId{10}, .pad_to = 64}, 4);
  bench.arrive(4, tagged);
  bench.turn();
  EXPECT_EQ(bench.only(2), without_tag(tagged));
  EXPECT_EQ(bench.missing(), 0U);
}

// Neither a buffer that somebody else reads nor one that ends in another one is padded in place.
TEST(Padding, OfABufferThatIsSharedOrChainedIsMadeInACopy) {
  for (const bool chained : {false, true}) {
    Bench bench;
    bench.join(10, kGroup, ports({3}));
    const Bytes tagged = test::udp(kGroup, {.vlan = VlanId{10}, .pad_to = 60}, 4);
    rte_mbuf* m = bench.frame(tagged, chained ? 50 : SIZE_MAX);
    if (!chained) {
      rte_mbuf_refcnt_set(m, 2);
    }
    bench.arrive(4, m);
    bench.turn();
    const Bytes three = bench.only(3);
    ASSERT_EQ(three.size(), 60U);
    EXPECT_TRUE(std::equal(three.begin(), three.begin() + 56, without_tag(tagged).begin()));
    if (!chained) {
      EXPECT_EQ(Bench::bytes(m), tagged);
      rte_pktmbuf_free(m);
    }
    EXPECT_EQ(bench.missing(), 0U);
  }
}

}  // namespace
}  // namespace mcswitch::dataplane

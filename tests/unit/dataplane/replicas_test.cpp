// SPDX-License-Identifier: BSD-3-Clause
//
// How frames leave: shared buffers, the tagged and the untagged variant, chained buffers, full queues.

#include <algorithm>

#include "unit/dataplane/bench.hpp"

namespace mcswitch::dataplane {
namespace {

using test::FrameOptions;

TEST(Replicas, ShareOneBuffer) {
  Bench bench;
  bench.join(10, kGroup, ports({3, 5}));
  rte_mbuf* m = bench.frame(test::udp(kGroup));
  bench.arrive(2, m);
  bench.turn();
  EXPECT_EQ(rte_mbuf_refcnt_read(m), 2);
  EXPECT_THAT(bench.sent(3), testing::ElementsAre(m));
  EXPECT_THAT(bench.sent(5), testing::ElementsAre(m));
  EXPECT_EQ(bench.missing(), 0U);
}

// More frames than it takes to go by port, to different ports each.
TEST(Replicas, OfABurstGoWhereEachFrameIsWanted) {
  Bench bench;
  const PortSet members[] = {ports({3, 5}), ports({5}), PortSet{}, ports({2, 3, 5}), ports({3})};
  std::array<std::vector<rte_mbuf*>, Bench::kPorts> due;
  std::vector<rte_mbuf*> frames;
  for (unsigned group = 0; group < std::size(members); ++group) {
    bench.join(10, Ipv4Address{kGroup.bits + group}, members[group]);
  }
  for (unsigned n = 0; n < 23; ++n) {
    const unsigned group = (n * n + n / 3) % static_cast<unsigned>(std::size(members));
    rte_mbuf* m = bench.frame(test::udp(Ipv4Address{kGroup.bits + group}, {}, 40 + 7 * (n % 3)));
    bench.arrive(2, m);
    const PortSet to = members[group] & ~ports({2});
    for (const PortId port : to) {
      due[port].push_back(m);
    }
    frames.push_back(to.empty() ? nullptr : m);
  }
  bench.turn();
  for (rte_mbuf* m : frames) {
    if (m != nullptr) {
      const auto holders = std::count_if(due.begin(), due.end(), [m](const auto& list) {
        return std::find(list.begin(), list.end(), m) != list.end();
      });
      EXPECT_EQ(rte_mbuf_refcnt_read(m), holders);
    }
  }
  for (PortId port = 0; port < Bench::kPorts; ++port) {
    EXPECT_EQ(bench.sent(port), due[port]) << int{port};
  }
  EXPECT_EQ(bench.missing(), 0U);
}

// Polling silent ports costs time too: a busy port is polled more than once in a turn, but not for ever.
TEST(Turns, AQueueThatGivesWholeBurstsIsAskedAgainEightTimesAtMost) {
  Bench bench{{.tx_ring_size = 1024}};
  bench.join(10, kGroup, ports({5}));
  for (unsigned n = 0; n < 300; ++n) {
    bench.arrive(2, test::udp(kGroup));
  }
  bench.arrive(3, test::udp(kGroup));
  bench.turn();
  EXPECT_EQ(bench.sent(5).size(), 8U * 32U + 1U);
  bench.turn();
  EXPECT_EQ(bench.sent(5).size(), 300U - 8U * 32U);
  EXPECT_EQ(bench.missing(), 0U);
}

// The port that is first with one burst is not with the next: else one receiver would always be the last.
TEST(Replicas, AreSentToAnotherPortFirstEachTime) {
  Bench bench;
  bench.join(10, kGroup, ports({2, 3, 5}));
  static std::vector<int> order;
  order.clear();
  const auto note = [](std::uint16_t ethdev, std::uint16_t, rte_mbuf**, std::uint16_t count, void*) {
    order.push_back(ethdev);
    return count;
  };
  std::array<const rte_eth_rxtx_callback*, Bench::kPorts> hooks{};
  for (const PortId port : ports({3, 5})) {
    hooks[port] = rte_eth_add_tx_callback(bench.ethdev(port), 0, note, nullptr);
    ASSERT_NE(hooks[port], nullptr);
  }
  for (unsigned n = 0; n < 5; ++n) {
    bench.arrive(2, test::udp(kGroup));
    bench.turn();
  }
  const int three = bench.ethdev(3);
  const int five = bench.ethdev(5);
  EXPECT_THAT(order, testing::ElementsAre(three, five, five, three, three, five, five, three, three, five));
  for (const PortId port : ports({3, 5})) {
    EXPECT_EQ(rte_eth_remove_tx_callback(bench.ethdev(port), 0, hooks[port]), 0);
    bench.sent(port);
  }
  EXPECT_EQ(bench.missing(), 0U);
}

// "egress tagging makes at most one more variant, whatever the fan-out"
TEST(Replicas, AreOfTwoVariantsAtMost) {
  Bench bench;
  bench.join(10, kGroup, ports({3, 4, 5, 6}));
  const Bytes untagged = test::udp(kGroup);
  rte_mbuf* m = bench.frame(untagged);
  bench.arrive(2, m);
  bench.turn();
  EXPECT_THAT(bench.sent(3), testing::ElementsAre(m));
  EXPECT_THAT(bench.sent(5), testing::ElementsAre(m));
  EXPECT_EQ(Bench::bytes(m), untagged);
  const auto four = bench.sent(4);
  ASSERT_EQ(four.size(), 1U);
  EXPECT_EQ(Bench::bytes(four[0]), with_tag(untagged, 10));
  EXPECT_EQ(bench.sent(6), four);
  EXPECT_EQ(bench.worker().stats()[WorkerCounter::variants].value(), 1U);
  EXPECT_EQ(bench.missing(), 0U);
}

TEST(Replicas, OfATaggedFrameLoseTheTagOnAccessPorts) {
  Bench bench;
  bench.join(10, kGroup, ports({2, 3, 6}));
  const Bytes tagged = test::udp(kGroup, {.vlan = VlanId{10}, .priority = 5});
  rte_mbuf* m = bench.frame(tagged);
  bench.arrive(4, m);
  bench.turn();
  EXPECT_THAT(bench.sent(6), testing::ElementsAre(m));
  EXPECT_EQ(Bench::bytes(m), tagged);
  EXPECT_EQ(bench.only(2), without_tag(tagged));
  EXPECT_EQ(bench.only(3), without_tag(tagged));
  EXPECT_EQ(bench.missing(), 0U);
}

// Where all ports want the other form, the buffer itself gets it: nothing is allocated.
TEST(Replicas, ThatAllLeaveAlikeAreChangedInPlace) {
  Bench bench;
  bench.join(10, kGroup, ports({4, 6}));
  bench.join(20, kGroup, ports({7}));
  const Bytes untagged = test::udp(kGroup);
  const Bytes tagged = test::udp(kGroup, {.vlan = VlanId{20}, .priority = 1});
  rte_mbuf* m = bench.frame(untagged);
  rte_mbuf* n = bench.frame(tagged);
  bench.arrive(2, m);
  bench.arrive(4, n);
  bench.turn();
  EXPECT_THAT(bench.sent(4), testing::ElementsAre(m));
  EXPECT_THAT(bench.sent(6), testing::ElementsAre(m));
  EXPECT_EQ(Bench::bytes(m), with_tag(untagged, 10));
  EXPECT_THAT(bench.sent(7), testing::ElementsAre(n));
  EXPECT_EQ(Bench::bytes(n), without_tag(tagged));
  EXPECT_EQ(bench.worker().stats()[WorkerCounter::variants].value(), 0U);
}

// Another reader (another switch over a ring) may still be reading it.
TEST(Replicas, OfABufferThatIsSharedAlreadyDoNotChangeIt) {
  Bench bench;
  bench.join(10, kGroup, ports({4}));
  const Bytes untagged = test::udp(kGroup);
  rte_mbuf* m = bench.frame(untagged);
  rte_mbuf_refcnt_set(m, 2);
  bench.arrive(2, m);
  bench.turn();
  EXPECT_EQ(Bench::bytes(m), untagged);
  EXPECT_EQ(bench.only(4), with_tag(untagged, 10));
  EXPECT_EQ(rte_mbuf_refcnt_read(m), 1);
  rte_pktmbuf_free(m);
  EXPECT_EQ(bench.missing(), 0U);
}

// A tag that the device took out goes back in, and the next reader no longer gets it separately.
TEST(Replicas, OfAFrameWithATagOutOfBandAreTagged) {
  Bench bench;
  bench.join(20, kGroup, ports({7}));
  bench.join(10, kGroup, ports({3, 6}));
  const Bytes bare = test::udp(kGroup);
  for (const unsigned vlan : {20U, 10U}) {
    rte_mbuf* m = bench.frame(bare);
    m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
    m->vlan_tci = static_cast<std::uint16_t>(0x4000U | vlan);
    bench.arrive(4, m);
  }
  bench.turn();
  const auto seven = bench.sent(7);
  ASSERT_EQ(seven.size(), 1U);
  EXPECT_EQ(Bench::bytes(seven[0]), bare);
  EXPECT_EQ(seven[0]->ol_flags & (RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED), 0U);
  EXPECT_EQ(bench.only(3), bare);
  EXPECT_EQ(bench.only(6), with_tag(bare, 0x4000 | 10));
}

// A long frame is not copied: its variant is a header chained to the shared bytes.
TEST(Replicas, OfALongFrameShareItsBytes) {
  for (const bool tagged : {false, true}) {
    Bench bench;
    bench.join(10, kGroup, ports({3, 5, 6}));
    const Bytes bytes = test::udp(kGroup, tagged ? FrameOptions{.vlan = VlanId{10}} : FrameOptions{}, 1400);
    rte_mbuf* m = bench.frame(bytes);
    bench.arrive(tagged ? 4 : 2, m);
    bench.turn();
    const auto same = bench.sent(tagged ? 6 : 3);
    EXPECT_THAT(same, testing::ElementsAre(m));
    const auto other = bench.sent(tagged ? 3 : 6);
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(Bench::bytes(other[0]), tagged ? without_tag(bytes) : with_tag(bytes, 10));
    EXPECT_EQ(other[0]->nb_segs, 2);
    EXPECT_EQ(other[0]->data_len, tagged ? 14 : 18);  // a whole Ethernet header
    EXPECT_EQ(rte_mbuf_from_indirect(other[0]->next), m);
    EXPECT_EQ(bench.missing(), 0U);
  }
}

TEST(Replicas, OfALongFrameAreCopiesWhereAPortTakesOneBufferOnly) {
  Bench bench{{.single_segment = ports({6})}};
  bench.join(10, kGroup, ports({3, 4, 6}));
  const Bytes bytes = test::udp(kGroup, {}, 1400);
  bench.arrive(2, bytes);
  bench.turn();
  const auto six = bench.sent(6);
  ASSERT_EQ(six.size(), 1U);
  EXPECT_EQ(six[0]->nb_segs, 1);
  EXPECT_EQ(Bench::bytes(six[0]), with_tag(bytes, 10));
  EXPECT_EQ(bench.sent(4), six);
  EXPECT_EQ(bench.only(3), bytes);
  EXPECT_EQ(bench.missing(), 0U);
}

TEST(Replicas, OfAFrameInSeveralBuffersAreWhole) {
  for (const bool tagged : {false, true}) {
    Bench bench;
    bench.join(10, kGroup, ports({3, 6}));
    const Bytes bytes = test::udp(kGroup, tagged ? FrameOptions{.vlan = VlanId{10}} : FrameOptions{}, 5000);
    bench.arrive(tagged ? 4 : 2, bench.frame(bytes, 2000));
    bench.turn();
    EXPECT_EQ(bench.only(3), tagged ? without_tag(bytes) : bytes);
    EXPECT_EQ(bench.only(6), tagged ? bytes : with_tag(bytes, 10));
    EXPECT_EQ(bench.missing(), 0U);
  }
}

TEST(Replicas, InSeveralBuffersAreMadeOneWhereAPortNeedsIt) {
  Bench bench{{.single_segment = ports({5})}};
  bench.join(10, kGroup, ports({3, 5}));
  const Bytes bytes = test::udp(kGroup, {}, 1200);
  bench.arrive(2, bench.frame(bytes, 500));
  bench.turn();
  const auto five = bench.sent(5);
  ASSERT_EQ(five.size(), 1U);
  EXPECT_EQ(five[0]->nb_segs, 1);
  EXPECT_EQ(Bench::bytes(five[0]), bytes);
  EXPECT_EQ(bench.only(3), bytes);
  EXPECT_EQ(bench.missing(), 0U);
}

// Longer than a buffer: a port that takes chains gets it; for one that does not, it is counted.
TEST(Replicas, ThatFitNoBufferAreCountedWhereAPortNeedsOne) {
  Bench bench{{.single_segment = ports({5, 6})}};
  bench.join(10, kGroup, ports({3, 4, 5, 6}));
  const Bytes bytes = test::udp(kGroup, {}, 5000);
  bench.arrive(2, bench.frame(bytes, 2000));
  bench.turn();
  EXPECT_EQ(bench.only(3), bytes);
  EXPECT_EQ(bench.only(4), with_tag(bytes, 10)) << "a trunk loses nothing because another one cannot send it";
  EXPECT_TRUE(bench.sent(5).empty());
  EXPECT_TRUE(bench.sent(6).empty());
  EXPECT_EQ(bench.drops(5, TxDrop::tx_not_linear), 1U);
  EXPECT_EQ(bench.drops(6, TxDrop::tx_not_linear), 1U);
  EXPECT_EQ(bench.missing(), 0U);
}

// The MTU is that of the IP datagram, with a tag around it or without.
TEST(Replicas, LongerThanThePortsMtuAreCounted) {
  Bench bench{{.mtu = 1000}};
  bench.join(10, kGroup, ports({3, 4}));
  bench.arrive(2, test::udp(kGroup, {}, 1000 - 28));
  bench.arrive(2, test::udp(kGroup, {}, 1000 - 28 + 1));
  bench.turn();
  for (const PortId port : {PortId{3}, PortId{4}}) {
    EXPECT_EQ(bench.sent(port).size(), 1U);
    EXPECT_EQ(bench.drops(port, TxDrop::tx_too_long), 1U);
  }
}

// A port that takes nothing more costs its own frames and those of no other port.
TEST(Replicas, ForAFullQueueAreCountedAndTheOthersGetAll) {
  Bench bench{{.tx_ring_size = 40}};
  bench.join(10, kGroup, ports({3, 5}));
  const Bytes bytes = test::udp(kGroup);
  std::size_t at_five = 0;
  for (unsigned n = 0; n < 100; ++n) {
    bench.arrive(2, bytes);
    bench.turn();
    at_five += bench.sent(5).size();
  }
  EXPECT_EQ(at_five, 100U);
  EXPECT_EQ(bench.sent(3).size(), 40U);
  EXPECT_EQ(bench.drops(3, TxDrop::tx_queue_full), 60U);
  EXPECT_EQ(bench.drops(5, TxDrop::tx_queue_full), 0U);
  EXPECT_EQ(bench.missing(), 0U);
}

TEST(Replicas, ForAPortWithoutLinkAreCounted) {
  Bench bench;
  bench.join(10, kGroup, ports({3, 5}));
  bench.link_down(5);
  bench.arrive(2, test::udp(kGroup));
  bench.turn();
  EXPECT_EQ(bench.drops(5, TxDrop::tx_link_down), 1U);
  EXPECT_EQ(bench.sent(3).size(), 1U);
  EXPECT_EQ(bench.missing(), 0U);
}

// Queries of the control thread are tagged like everything else.
TEST(ControlFrames, AreTaggedOnTrunks) {
  Bench bench;
  const Bytes query = test::v2_query();
  table::ControlFrame frame;
  frame.ports = ports({3, 4, 6});
  frame.vlan = 10;
  frame.size = static_cast<std::uint16_t>(query.size());
  std::copy(query.begin(), query.end(), frame.bytes.begin());
  ASSERT_TRUE(bench.worker().frames().push(frame));
  bench.turn();
  EXPECT_EQ(bench.only(3), query);
  EXPECT_EQ(bench.only(4), with_tag(query, 10));
  EXPECT_EQ(bench.only(6), with_tag(query, 10));
  EXPECT_EQ(bench.missing(), 0U);
}

}  // namespace
}  // namespace mcswitch::dataplane

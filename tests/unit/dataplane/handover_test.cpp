// SPDX-License-Identifier: BSD-3-Clause
//
// Two workers: devices with too few transmit queues, and IGMP that comes on the wrong receive queue.

#include "unit/dataplane/bench.hpp"

namespace mcswitch::dataplane {
namespace {

// Distinguishes frames by their length.
Bytes numbered(unsigned n) { return test::udp(kGroup, {}, 100 + n); }

TEST(Handover, FramesForAPortOfAnotherWorkerLeaveInOrder) {
  Bench bench{{.workers = 2, .rx_queues = 2}};
  bench.join(10, kGroup, ports({3, 6}));
  for (unsigned n = 0; n < 50; ++n) {
    bench.arrive(2, numbered(n), 1);
  }
  bench.turn(1);
  bench.turn(1);
  EXPECT_TRUE(bench.sent(3).empty());
  EXPECT_EQ(bench.worker(1).stats()[WorkerCounter::handed_over].value(), 100U);
  for (unsigned n = 0; n < 5; ++n) {
    bench.turn(0);
  }
  const auto sent = bench.sent(3);
  ASSERT_EQ(sent.size(), 50U);
  for (unsigned n = 0; n < 50; ++n) {
    EXPECT_EQ(Bench::bytes(sent[n]), numbered(n));
  }
  EXPECT_EQ(bench.sent(6).size(), 50U);
  EXPECT_EQ(bench.worker(0).stats()[WorkerCounter::taken_over].value(), 100U);
  EXPECT_EQ(bench.missing(), 0U);
}

TEST(Handover, IsTakenAlsoBesideAFullQueueOfOnesOwn) {
  Bench bench{{.workers = 2, .rx_queues = 2}};
  const Ipv4Address other = Ipv4Address::of(239, 1, 2, 4);
  bench.join(10, kGroup, ports({3}));
  bench.join(10, other, ports({5}));
  for (unsigned n = 0; n < 200; ++n) {
    bench.arrive(2, numbered(n), 1);
    bench.arrive(2, test::udp(other), 0);
    bench.arrive(2, test::udp(other), 0);
  }
  bench.turn(1);
  bench.turn(0);
  EXPECT_EQ(bench.sent(3).size(), 200U);
  EXPECT_EQ(bench.sent(5).size(), 256U);
  bench.turn(0);
  EXPECT_EQ(bench.sent(5).size(), 400U - 256U);
  EXPECT_EQ(bench.missing(), 0U);
}

TEST(Handover, AFullRingIsCountedAndLosesNoBuffer) {
  Bench bench{{.workers = 2, .rx_queues = 2}};
  bench.join(10, kGroup, ports({3}));
  const unsigned count = Handover::kSize + 100;
  for (unsigned n = 0; n < count; ++n) {
    bench.arrive(2, numbered(0), 1);
  }
  for (unsigned n = 0; n < count / 32 + 1; ++n) {
    bench.turn(1);
  }
  EXPECT_EQ(bench.drops(3, TxDrop::tx_handover_full), 100U);
  EXPECT_EQ(bench.worker(1).stats()[WorkerCounter::handed_over].value(), Handover::kSize);
}

TEST(Handover, WithAQueueForEachWorkerNothingIsHandedOver) {
  Bench bench{{.workers = 2, .rx_queues = 2, .tx_queues = 2}};
  bench.join(10, kGroup, ports({3}));
  bench.arrive(2, numbered(1), 1);
  bench.turn(1);
  EXPECT_EQ(bench.sent(3, 1).size(), 1U);
  EXPECT_TRUE(bench.sent(3, 0).empty());
  EXPECT_EQ(bench.worker(1).stats()[WorkerCounter::handed_over].value(), 0U);
}

TEST(Handover, IgmpOnTheWrongQueueIsHandledByTheWorkerOfThePort) {
  Bench bench{{.workers = 2, .rx_queues = 2}};
  bench.arrive(2, test::v2_report(kGroup), 1);
  rte_mbuf* tagged = bench.frame(test::v2_report(kGroup));
  tagged->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  tagged->vlan_tci = 20;
  bench.arrive(4, tagged, 1);
  bench.turn(1);
  EXPECT_TRUE(bench.members(10, kGroup).empty());
  EXPECT_EQ(bench.fates(2, FrameFate::igmp_report), 0U);
  bench.turn(0);
  EXPECT_EQ(bench.members(10, kGroup), ports({2}));
  EXPECT_EQ(bench.members(20, kGroup), ports({4}));
  EXPECT_EQ(bench.fates(2, FrameFate::igmp_report), 1U);
  EXPECT_EQ(bench.worker(0).stats()[WorkerCounter::frames].value(), 2U);
  EXPECT_EQ(bench.worker(1).stats()[WorkerCounter::frames].value(), 0U);
  EXPECT_EQ(bench.missing(), 0U);
}

// Both kinds in one batch: bytes are counted of each frame, and nothing is mixed up.
TEST(Handover, ReplicasAndIgmpInOneBatchAreCountedEachByItsLength) {
  Bench bench{{.workers = 2, .rx_queues = 2}};
  bench.join(10, kGroup, ports({3}));
  bench.arrive(2, numbered(7), 1);
  bench.arrive(2, test::v2_query(), 1);
  bench.arrive(2, numbered(9), 1);
  bench.turn(1);
  bench.turn(0);
  const auto sent = bench.sent(3);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(Bench::bytes(sent[0]), numbered(7));
  EXPECT_EQ(Bench::bytes(sent[1]), numbered(9));
  EXPECT_EQ(Bench::bytes(sent[2]), test::v2_query());
  std::uint64_t bytes = 0;
  for (const rte_mbuf* m : sent) {
    bytes += m->pkt_len;
  }
  EXPECT_EQ(bench.worker(0).counters()[3].tx_bytes.value(), bytes);
}

// It may have been a report: the control thread has to ask.
TEST(Handover, APortWhoseIgmpFindsNoRoomIsAsked) {
  Bench bench{{.workers = 2, .rx_queues = 2}};
  for (unsigned n = 0; n < Handover::kSize; ++n) {
    bench.arrive(5, test::v2_report(kGroup), 1);
  }
  bench.arrive(2, test::v2_report(kGroup), 1);
  // Port 2 is the first in the first turn, so it is port 5's last report that finds the ring full.
  for (unsigned n = 0; n < Handover::kSize / 32 + 1; ++n) {
    bench.turn(1);
  }
  EXPECT_EQ(bench.fates(5, FrameFate::igmp_handover_full), 1U);
  EXPECT_EQ(bench.attention(5), table::kLeaveLost);
  EXPECT_EQ(bench.attention(2), 0U);
}

TEST(Handover, IgmpThatFindsNoRoomIsCountedOnce) {
  Bench bench{{.workers = 2, .rx_queues = 2}};
  const unsigned count = Handover::kSize + 3;
  for (unsigned n = 0; n < count; ++n) {
    bench.arrive(2, test::v2_report(kGroup), 1);
  }
  for (unsigned n = 0; n < count / 32 + 1; ++n) {
    bench.turn(1);
  }
  EXPECT_EQ(bench.fates(2, FrameFate::igmp_handover_full), 3U);
  for (unsigned n = 0; n < count / 32 + 1; ++n) {
    bench.turn(0);
  }
  EXPECT_EQ(bench.fates(2, FrameFate::igmp_report), Handover::kSize);
  EXPECT_EQ(bench.missing(), 0U);
}

}  // namespace
}  // namespace mcswitch::dataplane

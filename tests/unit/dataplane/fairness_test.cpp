// SPDX-License-Identifier: BSD-3-Clause
//
// Who gets service, and for how long: what is slow of one port does not keep the others waiting, and where
// there is room for one only, each gets its share.

#include "dataplane/pace.hpp"
#include "dataplane/receive_queue.hpp"
#include "unit/dataplane/bench.hpp"

namespace mcswitch::dataplane {
namespace {

namespace fairness {

using namespace std::chrono_literals;

const Ipv4Address kOther = Ipv4Address::of(239, 129, 2, 3);  // the MAC address is kGroup's

TEST(Fairness, APaceComesDownToWhatFitsIntoARow) {
  Pace pace;
  EXPECT_EQ(pace.frames(), 32);
  pace.took(32, 100us);
  EXPECT_EQ(pace.frames(), 32);
  pace.took(32, 1600us);  // 50 us each
  EXPECT_EQ(pace.frames(), 2);
  pace.took(2, 101us);
  EXPECT_EQ(pace.frames(), 1);
}

TEST(Fairness, APaceIsNeverLessThanAFrame) {
  Pace pace;
  pace.took(32, 1s);
  EXPECT_EQ(pace.frames(), 1);
  pace.took(1, 10ms);
  EXPECT_EQ(pace.frames(), 1);
}

TEST(Fairness, APaceRisesByDoubling) {
  Pace pace;
  pace.took(32, 1066us);
  EXPECT_EQ(pace.frames(), 3);
  pace.took(3, 100us);
  EXPECT_EQ(pace.frames(), 6);
  for (const int expected : {12, 24, 32, 32}) {
    pace.took(pace.frames(), 0us);
    EXPECT_EQ(pace.frames(), expected);
  }
}

// Of two ports into one that sends less than either gives, each gets its share, whatever silent ports lie
// between them.
TEST(Fairness, TwoPortsShareACongestedOne) {
  struct Case {
    PortId first, second, to;
  };
  for (const Case& c : {Case{2, 3, 5}, Case{3, 5, 2}, Case{2, 5, 3}}) {
    Bench bench{{.tx_ring_size = 64}};
    bench.join(10, kGroup, PortSet::of(c.to));
    const Bytes of_first = test::udp(kGroup, {}, 100);
    const Bytes of_second = test::udp(kGroup, {}, 101);
    constexpr int kTurns = 200;
    int sent = 0;
    int from_first = 0;
    for (int n = 0; n < kTurns; ++n) {
      for (int i = 0; i < 100; ++i) {
        bench.arrive(c.first, of_first);
        bench.arrive(c.second, of_second);
      }
      bench.turn();
      for (const rte_mbuf* m : bench.sent(c.to)) {
        ++sent;
        from_first += m->pkt_len == of_first.size() ? 1 : 0;
      }
      ASSERT_EQ(bench.missing(), 0U);
    }
    EXPECT_EQ(sent, kTurns * 64);
    EXPECT_GE(from_first, sent * 45 / 100) << int{c.first} << " beside " << int{c.second};
    EXPECT_LE(from_first, sent * 55 / 100) << int{c.first} << " beside " << int{c.second};
  }
}

// A queue gives 256 frames in a turn. What they become at another worker's ports leaves in one turn of that.
TEST(Fairness, EveryReplicaOfATurnIsTakenOver) {
  Bench bench{{.workers = 2, .rx_queues = 2, .tx_ring_size = 2048, .has_tags = false}};
  bench.join(10, kGroup, ports({3, 5}));
  bench.join(10, kOther, ports({3, 5}));
  constexpr unsigned kTurns = 20;
  for (unsigned turn = 0; turn < kTurns; ++turn) {
    for (unsigned n = 0; n < 256; ++n) {
      bench.arrive(2, test::udp(n % 3 == 0 ? kOther : kGroup), 1);
    }
    bench.turn(1);
    bench.turn(0);
    EXPECT_EQ(bench.sent(3).size(), 256U);
    EXPECT_EQ(bench.sent(5).size(), 256U);
    ASSERT_EQ(bench.missing(), 0U);
  }
  EXPECT_EQ(bench.drops(3, TxDrop::tx_handover_full) + bench.drops(5, TxDrop::tx_handover_full), 0U);
  EXPECT_EQ(bench.worker(0).stats()[WorkerCounter::taken_over].value(), kTurns * 512);
}

std::vector<std::uint32_t> lengths(std::span<rte_mbuf*> frames) {
  std::vector<std::uint32_t> all;
  for (rte_mbuf* m : frames) {
    all.push_back(m->pkt_len);
    rte_pktmbuf_free(m);
  }
  return all;
}

// What does not fit the pace stays, in order, and the device is asked for whole bursts only.
TEST(Fairness, AQueueGivesWhatIsLeftOverInPiecesAndInOrder) {
  Bench bench;
  ReceiveQueue queue{{.port = 3, .ethdev = bench.ethdev(3), .queue = 0}};
  EXPECT_TRUE(queue.next().empty());
  std::vector<std::uint32_t> due;
  for (unsigned n = 0; n < 2 * kBurst + 5; ++n) {
    const Bytes frame = test::udp(kGroup, {}, 100 + n);
    bench.arrive(3, frame);
    due.push_back(static_cast<std::uint32_t>(frame.size()));
  }
  std::vector<std::uint32_t> given = lengths(queue.next());
  EXPECT_EQ(given.size(), kBurst);
  EXPECT_FALSE(queue.has_left_over());
  EXPECT_TRUE(queue.expects_more());
  queue.took(kBurst, kBurst * 20us);           // five fit
  using Piece = std::pair<std::size_t, bool>;  // frames, and whether more of the burst are left
  for (const auto& [piece, is_more_left] :
       {Piece{5, true}, Piece{10, true}, Piece{17, false}, Piece{5, false}}) {
    EXPECT_TRUE(queue.expects_more()) << piece;
    const std::vector<std::uint32_t> next = lengths(queue.next());
    EXPECT_EQ(next.size(), piece);
    EXPECT_EQ(queue.has_left_over(), is_more_left) << piece;
    given.insert(given.end(), next.begin(), next.end());
    queue.took(piece, 1us);
  }
  EXPECT_EQ(given, due);
  EXPECT_FALSE(queue.expects_more());
  EXPECT_TRUE(queue.next().empty());
  EXPECT_EQ(bench.missing(), 0U);
}

TEST(Fairness, ManyReportsOfATurnAreAllHandled) {
  Bench bench;
  constexpr unsigned kReports = 64;
  for (unsigned n = 0; n < kReports; ++n) {
    bench.arrive(2, test::v2_report(Ipv4Address::of(239, 9, 0, static_cast<std::uint8_t>(n))));
  }
  bench.turn();
  EXPECT_EQ(bench.fates(2, FrameFate::igmp_report), kReports);
  EXPECT_EQ(bench.missing(), 0U);
}

}  // namespace fairness
}  // namespace
}  // namespace mcswitch::dataplane

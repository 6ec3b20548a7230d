// SPDX-License-Identifier: BSD-3-Clause
//
// Who gets service, and for how long: what is slow of one port does not keep the others waiting, and where
// there is room for one only, each gets its share.

#include "dataplane/pace.hpp"
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

// The last turn of a worker leaves nothing in its queues' bursts.
TEST(Fairness, ReportsThatTakeLongAreAllHandled) {
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

// SPDX-License-Identifier: BSD-3-Clause
//
// Frames of the control thread that a device does not take: they are offered again, and reported if that does
// not help.

#include "dataplane/control_frames.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "unit/dataplane/bench.hpp"

namespace mcswitch::dataplane {
namespace {

constexpr unsigned kSlots = 16;

// A worker's egress without its loop, so that what waits stays from turn to turn.
struct Sender {
  Bench bench{{.tx_ring_size = kSlots}};
  Egress egress{bench.worker()};
  ControlFrames frames{bench.worker(), egress};
  const Bytes query = test::v2_query();

  void give(PortSet to) {
    table::ControlFrame frame;
    frame.ports = to;
    frame.vlan = 10;
    frame.size = static_cast<std::uint16_t>(query.size());
    std::copy(query.begin(), query.end(), frame.bytes.begin());
    ASSERT_TRUE(bench.worker().frames().push(frame));
  }
  void fill(PortId port) {
    bench.join(10, kGroup, PortSet::of(port));
    for (unsigned n = 0; n < kSlots; ++n) {
      bench.arrive(2, test::udp(kGroup));
    }
    bench.turn();
  }
  [[nodiscard]] std::uint32_t attention(PortId port) {
    return bench.worker().shared_.tables.ports[port].attention.load();
  }
  // run() for longer than a device is waited for.
  void run_beyond_patience() {
    const auto end = std::chrono::steady_clock::now() + 2 * ControlFrames::kPatience;
    while (std::chrono::steady_clock::now() < end) {
      frames.run();
      std::this_thread::sleep_for(std::chrono::microseconds{100});
    }
  }
};

TEST(RefusedControlFrames, AreSentAgainWhereTheyWereNotTakenAndOnlyThere) {
  Sender sender;
  sender.fill(3);
  sender.give(ports({3, 4, 5}));
  sender.frames.run();
  EXPECT_EQ(sender.bench.only(5), sender.query);
  EXPECT_EQ(sender.bench.only(4), with_tag(sender.query, 10));
  EXPECT_EQ(sender.bench.sent(3).size(), kSlots);  // data; now there is room
  std::vector<rte_mbuf*> late;
  for (int n = 0; n < 100'000 && late.empty(); ++n) {
    sender.frames.run();
    late = sender.bench.sent(3);
  }
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(Bench::bytes(late[0]), sender.query);
  sender.run_beyond_patience();
  for (const PortId port : {PortId{3}, PortId{4}, PortId{5}}) {
    EXPECT_TRUE(sender.bench.sent(port).empty());
    EXPECT_EQ(sender.attention(port), 0U);
    EXPECT_EQ(sender.bench.drops(port, TxDrop::tx_queue_full), 0U) << "it was sent";
  }
  EXPECT_EQ(sender.bench.missing(), 0U);
}

TEST(RefusedControlFrames, OfADeviceThatTakesNothingAreDroppedAndReported) {
  Sender sender;
  sender.fill(3);
  sender.give(ports({3, 5}));
  sender.run_beyond_patience();
  EXPECT_EQ(sender.attention(3), table::kNotAsked);
  EXPECT_EQ(sender.attention(5), 0U);
  EXPECT_EQ(sender.bench.drops(3, TxDrop::tx_queue_full), 1U);
  EXPECT_EQ(sender.bench.sent(3).size(), kSlots);
  sender.run_beyond_patience();
  EXPECT_TRUE(sender.bench.sent(3).empty());
  EXPECT_EQ(sender.bench.sent(5).size(), 1U);
  EXPECT_EQ(sender.bench.missing(), 0U);
}

// One port that takes nothing does not hold up the queries of the others.
TEST(RefusedControlFrames, LeaveTheOthersTheirWay) {
  Sender sender;
  sender.fill(3);
  for (std::size_t n = 0; n < 10; ++n) {
    sender.give(ports({3}));
  }
  sender.give(ports({5}));
  sender.frames.run();
  EXPECT_EQ(sender.bench.only(5), sender.query);
  sender.bench.sent(3);
  EXPECT_EQ(sender.bench.missing(), 0U);
}

// Without link there is nothing to ask.
TEST(RefusedControlFrames, AreNotKeptForAPortWithoutLink) {
  Sender sender;
  sender.bench.link_down(3);
  sender.give(ports({3}));
  sender.run_beyond_patience();
  EXPECT_EQ(sender.attention(3), 0U);
  EXPECT_EQ(sender.bench.drops(3, TxDrop::tx_link_down), 1U);
}

}  // namespace
}  // namespace mcswitch::dataplane

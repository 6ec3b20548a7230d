// SPDX-License-Identifier: BSD-3-Clause
//
// What every port does with frames, whatever its family.

#include <gmock/gmock.h>

#include "ports/families.hpp"
#include "ports/rig.hpp"

namespace mcswitch::ports {
namespace {

using testing::ElementsAreArray;

constexpr std::size_t kFrames = 300;
constexpr std::uint32_t kFirst = 7001;

class PortTraffic : public Rig {};

TEST_P(PortTraffic, ReceivesWhatIsSentToItInOrderAndWhole) {
  if (!bench_->nature().can_be_sent_to) {
    GTEST_SKIP() << "nothing can be sent to a port of this family";
  }
  const auto frames = stream(kFirst, kFrames);
  ASSERT_NO_FATAL_FAILURE(start(1500, frames));
  EXPECT_THAT(numbers_of(receive(kFrames)), ElementsAreArray(numbers_of(frames)));
}

TEST_P(PortTraffic, SendsWhatItIsGivenInOrderAndWhole) {
  const auto frames = stream(kFirst, kFrames);
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(transmit(frames), kFrames);
  if (bench_->nature().can_be_watched) {
    EXPECT_THAT(numbers_of(bench_->received(*port_)), ElementsAreArray(numbers_of(frames)));
  }
}

TEST_P(PortTraffic, CountersAddUp) {
  const bool receives = bench_->nature().can_be_sent_to;
  const auto frames = stream(kFirst, kFrames);
  ASSERT_NO_FATAL_FAILURE(start(1500, receives ? frames : std::vector<Frame>{}));
  const std::size_t arrived = receives ? receive(kFrames).size() : 0;
  const std::size_t sent = transmit(frames);
  const rte_eth_stats counted = statistics();
  EXPECT_GE(counted.ipackets, arrived);
  // Interfaces of the kernel may have heard something of the kernel's own.
  EXPECT_LE(counted.ipackets, arrived + 16);
  EXPECT_EQ(counted.opackets, sent);
  EXPECT_EQ(counted.oerrors, 0U);
  EXPECT_EQ(counted.imissed, 0U);
}

// IEEE 802.1Q: a tag is part of the frame, also where the kernel or the device keeps it outside.
TEST_P(PortTraffic, TagsComeInAndGoOut) {
  std::vector<Frame> tagged;
  for (const Frame& frame : stream(kFirst, 20)) {
    tagged.push_back(with_tag(frame));
  }
  const Nature nature = bench_->nature();
  ASSERT_NO_FATAL_FAILURE(start(1500, nature.can_be_sent_to ? tagged : std::vector<Frame>{}));
  if (nature.can_be_sent_to) {
    EXPECT_EQ(receive(tagged.size()), tagged);
  }
  EXPECT_EQ(transmit(tagged), tagged.size());
  if (nature.can_be_watched) {
    EXPECT_EQ(bench_->received(*port_), tagged);
  }
}

// The kernel passes such frames on with the tag outside them.
TEST_P(PortTraffic, TagsThatTheKernelCarriesBesideAFrameComeIn) {
  if (!bench_->nature().has_kernel_peer) {
    GTEST_SKIP() << "nobody can send to a port of this family by way of the kernel";
  }
  std::vector<Frame> tagged;
  for (const Frame& frame : stream(kFirst, 20)) {
    tagged.push_back(with_tag(frame));
  }
  ASSERT_NO_FATAL_FAILURE(start());
  bench_->send_through_kernel(tagged);
  EXPECT_EQ(receive(tagged.size()), tagged);
}

// Unicast to another station, and a group that nothing on this machine has joined.
TEST_P(PortTraffic, HearsWhatIsNotAddressedToIt) {
  if (!bench_->nature().can_be_sent_to) {
    GTEST_SKIP() << "nothing can be sent to a port of this family";
  }
  auto frames = stream(kFirst, 2);
  frames[0][0] = 0x02;
  frames[0][2] = 0x77;
  ASSERT_NO_FATAL_FAILURE(start(1500, frames));
  std::vector<Frame> heard;
  eventually([&] {
    rte_mbuf* mbuf = nullptr;
    if (rte_eth_rx_burst(port_->burst_ethdev(), 0, &mbuf, 1) == 1) {
      heard.push_back(from_mbuf(mbuf));
      rte_pktmbuf_free(mbuf);
    }
    return std::find(heard.begin(), heard.end(), frames[1]) != heard.end();
  });
  EXPECT_THAT(heard, testing::IsSupersetOf(frames));
}

// The switch's own shape of a frame with a changed tag: a header of its own, and data that others share.
TEST_P(PortTraffic, PassesChainedBuffersWholeWhereItSaysSo) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(port_->limits().multi_segment_transmit, bench_->nature().passes_chains);
  if (!bench_->nature().passes_chains) {
    return;
  }
  const Frame frame = with_tag(data_frame(kFirst, 900));
  rte_mbuf* rest = nullptr;
  rte_mbuf* chain = to_chain(test_pool(), frame, 18, &rest);
  ASSERT_NE(chain, nullptr);
  ASSERT_EQ(rte_eth_tx_burst(port_->burst_ethdev(), 0, &chain, 1), 1);
  if (bench_->nature().can_be_watched) {
    EXPECT_EQ(bench_->received(*port_), std::vector<Frame>{frame});
  }
  // The other owner's data is as it was.
  const Frame tail{frame.begin() + 18, frame.end()};
  EXPECT_EQ(from_mbuf(rest), tail);
  port_->stop();
  EXPECT_EQ(rte_mbuf_refcnt_read(rest), 1);
  rte_pktmbuf_free(rest);
}

// Both ways full: nothing takes what the port sends, and the port takes nothing of what is sent to it.
TEST_P(PortTraffic, StopsWhileFullAndStartsAnew) {
  const unsigned before = rte_mempool_avail_count(test_pool());
  ASSERT_NO_FATAL_FAILURE(start());
  const auto frames = stream(kFirst, 3000, 200);
  if (!bench_->sends_before_open()) {
    bench_->send(frames);
  }
  transmit(frames);
  port_->stop();
  if (bench_->nature().returns_buffers) {
    EXPECT_EQ(rte_mempool_avail_count(test_pool()), before);
  }
  bench_.reset();
  bench_ = GetParam().make(test_pool());

  const auto again = stream(kFirst + 50'000, 40);
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(transmit(again), again.size());
  if (bench_->nature().can_be_watched) {
    EXPECT_THAT(numbers_of(bench_->received(*port_)), ElementsAreArray(numbers_of(again)));
  }
}

INSTANTIATE_TEST_SUITE_P(Family, PortTraffic, every_family(), name_of);

}  // namespace
}  // namespace mcswitch::ports

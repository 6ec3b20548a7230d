// SPDX-License-Identifier: BSD-3-Clause
//
// An AF_XDP port receives nothing at all when its own buffers are used up, and other ports keep what they
// have sent of them until their descriptors are used again. So it has to have that many more.

#include <gmock/gmock.h>

#include "driver_table.hpp"
#include "machine/memory_plan.hpp"
#include "ports/families.hpp"
#include "ports/rig.hpp"

namespace mcswitch::ports::af_xdp_buffers_test {
namespace {

// The port under test and cards, whose transmit queues have 1024 descriptors each.
machine::MemoryPlan plan_with_cards(unsigned cards, std::size_t workers) {
  config::Config config;
  config.sw.worker_cores.clear();
  for (unsigned core = 1; core <= workers; ++core) {
    config.sw.worker_cores.push_back(core);
  }
  config.ports.resize(1 + cards);
  config.ports[0].device = "net_af_xdp4,iface=mcpnear";
  for (unsigned card = 1; card <= cards; ++card) {
    config.ports[card].device = "0000:03:00." + std::to_string(card);
  }
  return machine::plan_memory(config, drivers::driver_table(), 2048);
}

class AfXdpBuffers : public Rig {
 protected:
  // Receives `count` frames and frees none of them, as the descriptors of a card that is idle do.
  std::size_t keep(std::uint32_t first, std::size_t count) {
    constexpr std::size_t kChunk = 256;  // fits the socket and the ring
    const std::size_t before = kept_.size();
    for (std::size_t at = 0; at < count; at += kChunk) {
      const std::size_t size = std::min(kChunk, count - at);
      const std::size_t wanted = kept_.size() + size;
      bench_->send(stream(first + static_cast<std::uint32_t>(at), size, 100));
      const bool all = eventually([&] {
        rte_mbuf* mbufs[kBurst];
        const std::uint16_t n = rte_eth_rx_burst(port_->burst_ethdev(), 0, mbufs, kBurst);
        for (std::uint16_t i = 0; i < n; ++i) {
          if (number_of(from_mbuf(mbufs[i])) != UINT32_MAX) {
            kept_.push_back(mbufs[i]);
          } else {
            rte_pktmbuf_free(mbufs[i]);
          }
        }
        return kept_.size() >= wanted;
      });
      if (!all) {
        break;
      }
    }
    return kept_.size() - before;
  }
  void TearDown() override {
    rte_pktmbuf_free_bulk(kept_.data(), static_cast<unsigned>(kept_.size()));
    Rig::TearDown();
  }

 private:
  std::vector<rte_mbuf*> kept_;
};

TEST_P(AfXdpBuffers, AreEnoughForAllThatFiveIdleCardsKeep) {
  constexpr std::uint16_t kCards = 5;
  constexpr std::size_t kKept = kCards * 1024;
  const auto problem = bring_up(1500, {.own_buffers = plan_with_cards(kCards, 1).own_buffers[0]});
  ASSERT_FALSE(problem) << *problem;
  bench_->connect();
  ASSERT_TRUE(eventually([this] { return port_->poll_link(); }));
  ASSERT_EQ(keep(1, kKept), kKept);
  EXPECT_EQ(keep(100'000, 64), 64U) << "deaf, as the cards have all of its buffers";
  EXPECT_EQ(statistics().rx_nombuf, 0U);
}

TEST(AfXdpPlan, GrowsWithCardsAndWorkersAndNotWithPortsThatCopy) {
  constexpr std::uint32_t kAlone = 4096 + 2 * 512;
  EXPECT_EQ(plan_with_cards(0, 1).own_buffers[0], kAlone);
  EXPECT_EQ(plan_with_cards(5, 1).own_buffers[0], kAlone + 5 * 1024);
  EXPECT_EQ(plan_with_cards(5, 3).own_buffers[0], 4096 + 4 * 512 + 5 * 3 * 1024 + 2 * 2048)
      << "three queues each, and rings to two workers";
}

INSTANTIATE_TEST_SUITE_P(Family, AfXdpBuffers, testing::Values(Family{"af_xdp", make_af_xdp_bench}), name_of);

}  // namespace
}  // namespace mcswitch::ports::af_xdp_buffers_test

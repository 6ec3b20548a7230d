// SPDX-License-Identifier: BSD-3-Clause

#include "dataplane/packet_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace mcswitch::dataplane {
namespace {

// As the switch makes it without huge pages.
class PacketPool : public testing::Test {
 protected:
  static constexpr unsigned kBuffers = 1000;
  static constexpr std::uint16_t kRoom = 2048 + RTE_PKTMBUF_HEADROOM;

  PacketPool()
      : pool_{make_packet_pool("pool_test", kBuffers, 32, kRoom, SOCKET_ID_ANY)}, buffers_(kBuffers) {
    if (pool_ == nullptr || rte_pktmbuf_alloc_bulk(pool_, buffers_.data(), kBuffers) != 0) {
      throw std::runtime_error{"no buffers"};
    }
    std::sort(buffers_.begin(), buffers_.end());
  }
  ~PacketPool() override {
    rte_pktmbuf_free_bulk(buffers_.data(), kBuffers);
    rte_mempool_free(pool_);
  }

  rte_mempool* pool_;
  std::vector<rte_mbuf*> buffers_;
};

TEST_F(PacketPool, HasItsBuffersSideBySide) {
  ASSERT_EQ(rte_eal_has_hugepages(), 0);
  const auto all =
      reinterpret_cast<const char*>(buffers_.back()) - reinterpret_cast<const char*>(buffers_.front());
  // A page for each would be 4096 times kBuffers.
  EXPECT_LT(static_cast<std::size_t>(all), kBuffers * (sizeof(rte_mbuf) + kRoom + 192));
}

TEST_F(PacketPool, TellsDevicesWhereItsBuffersAre) {
  ASSERT_EQ(rte_eal_iova_mode(), RTE_IOVA_VA);
  for (rte_mbuf* m : buffers_) {
    ASSERT_EQ(rte_pktmbuf_iova(m), reinterpret_cast<std::uintptr_t>(rte_pktmbuf_mtod(m, char*)));
    ASSERT_GE(rte_pktmbuf_tailroom(m), 2048);
  }
  EXPECT_EQ(pool_->flags & RTE_MEMPOOL_F_NON_IO, 0U);
}

}  // namespace
}  // namespace mcswitch::dataplane

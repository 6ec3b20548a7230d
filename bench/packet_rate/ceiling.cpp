// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/ceiling.hpp"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

namespace mcswitch::bench {

void run_ceiling(std::uint16_t from, std::span<const std::uint16_t> to, const std::atomic<bool>& stop) {
  constexpr std::uint16_t kBurst = 32;
  const auto more = static_cast<std::int16_t>(to.size() - 1);
  while (!stop.load(std::memory_order_relaxed)) {
    rte_mbuf* mbufs[kBurst];
    const std::uint16_t count = rte_eth_rx_burst(from, 0, mbufs, kBurst);
    if (count == 0) {
      continue;
    }
    if (more != 0) {
      for (std::uint16_t i = 0; i < count; ++i) {
        rte_mbuf_refcnt_update(mbufs[i], more);
      }
    }
    for (const std::uint16_t port : to) {
      const std::uint16_t sent = rte_eth_tx_burst(port, 0, mbufs, count);
      if (sent < count) {
        rte_pktmbuf_free_bulk(mbufs + sent, static_cast<unsigned>(count - sent));
      }
    }
  }
}

}  // namespace mcswitch::bench

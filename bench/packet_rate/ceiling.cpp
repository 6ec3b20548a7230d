// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/ceiling.hpp"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>

namespace mcswitch::bench {
namespace {

constexpr std::uint16_t kBurst = 32;

void send(std::uint16_t ethdev, rte_mbuf** mbufs, std::uint16_t count) {
  const std::uint16_t sent = rte_eth_tx_burst(ethdev, 0, mbufs, count);
  if (sent < count) {
    rte_pktmbuf_free_bulk(mbufs + sent, static_cast<unsigned>(count - sent));
  }
}

// One burst.
[[gnu::always_inline]] inline void pass_on(std::uint16_t from, std::span<const std::uint16_t> to) {
  rte_mbuf* mbufs[kBurst];
  const std::uint16_t count = rte_eth_rx_burst(from, 0, mbufs, kBurst);
  if (count == 0) {
    return;
  }
  if (const auto more = static_cast<std::int16_t>(to.size() - 1); more != 0) {
    for (std::uint16_t i = 0; i < count; ++i) {
      rte_mbuf_refcnt_update(mbufs[i], more);
    }
  }
  for (const std::uint16_t port : to) {
    send(port, mbufs, count);
  }
}

struct Stage {
  std::uint16_t count = 0;
  std::array<rte_mbuf*, kBurst> mbufs;
};

}  // namespace

void run_ceiling(std::uint16_t from, std::span<const std::uint16_t> to, const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_relaxed)) {
    pass_on(from, to);
  }
}

void run_ceiling_beside(std::uint16_t from, std::span<const std::uint16_t> to, std::uint16_t also,
                        const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_relaxed)) {
    pass_on(from, to);
    rte_mbuf* mbufs[kBurst];
    if (const std::uint16_t count = rte_eth_rx_burst(also, 0, mbufs, kBurst); count != 0) {
      rte_pktmbuf_free_bulk(mbufs, count);
    }
  }
}

void run_ceiling_by(std::uint16_t from, std::span<const PortSet> schedule,
                    std::span<const std::uint16_t> ethdevs, const std::atomic<bool>& stop) {
  std::array<Stage, kMaxPorts> stages;
  std::size_t next = 0;
  while (!stop.load(std::memory_order_relaxed)) {
    rte_mbuf* mbufs[kBurst];
    const std::uint16_t count = rte_eth_rx_burst(from, 0, mbufs, kBurst);
    PortSet used;
    for (std::uint16_t i = 0; i < count; ++i) {
      const PortSet ports = schedule[next];
      next = next + 1 < schedule.size() ? next + 1 : 0;
      if (const auto more = static_cast<std::int16_t>(ports.count() - 1); more != 0) {
        rte_mbuf_refcnt_update(mbufs[i], more);
      }
      for (const PortId port : ports) {
        stages[port].mbufs[stages[port].count++] = mbufs[i];
      }
      used |= ports;
    }
    for (const PortId port : used) {
      send(ethdevs[port], stages[port].mbufs.data(), stages[port].count);
      stages[port].count = 0;
    }
  }
}

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause

#include "memif/guarded_bursts.hpp"

#include <bitset>

namespace mcswitch::drivers {
namespace {

// Rows of DPDK's table that stand for a guarded device. Main only.
std::bitset<RTE_MAX_ETHPORTS>& rows_in_use() {
  static std::bitset<RTE_MAX_ETHPORTS> rows;
  return rows;
}

// DPDK numbers devices from 0, and all ports are open when the first one is started. The device's own number
// if no other is left.
std::uint16_t free_row(std::uint16_t ethdev) {
  for (std::uint16_t row = RTE_MAX_ETHPORTS; row-- > 0;) {
    if (rte_eth_dev_is_valid_port(row) == 0 && !rows_in_use().test(row)) {
      return row;
    }
  }
  return ethdev;
}

}  // namespace

Gate& memif_gate() {
  // Never destroyed: DPDK's interrupt thread has no end of its own.
  static Gate& gate = *new Gate;
  return gate;
}

void GuardedBursts::guard(std::uint16_t ethdev) {
  release();
  ethdev_ = free_row(ethdev);
  if (ethdev_ != ethdev) {
    rows_in_use().set(ethdev_);
    rte_eth_fp_ops[ethdev_] = rte_eth_fp_ops[ethdev];
  }
  auto& ops = rte_eth_fp_ops[ethdev_];
  rx_.burst = ops.rx_pkt_burst;
  rx_.device_queue = ops.rxq.data[0];
  tx_.burst = ops.tx_pkt_burst;
  tx_.device_queue = ops.txq.data[0];
  memif_gate().add(rx_.visitor);
  memif_gate().add(tx_.visitor);
  is_guarding_ = true;
  // The arrays are the device's own, and it looks into them: they are replaced, not written to.
  ops.rxq.data = &rx_.self;
  ops.txq.data = &tx_.self;
  ops.rx_pkt_burst = receive;
  ops.tx_pkt_burst = transmit;
}

void GuardedBursts::release() {
  if (is_guarding_) {
    memif_gate().remove(rx_.visitor);
    memif_gate().remove(tx_.visitor);
    rows_in_use().reset(ethdev_);
    is_guarding_ = false;
  }
}

std::uint16_t GuardedBursts::receive(void* queue, rte_mbuf** mbufs, std::uint16_t count) {
  auto& rx = *static_cast<Queue<eth_rx_burst_t>*>(queue);
  Gate& gate = *rx.gate;
  if (!gate.enter(rx.visitor)) {
    return 0;
  }
  const std::uint16_t received = rx.burst(rx.device_queue, mbufs, count);
  gate.leave(rx.visitor);
  return received;
}

std::uint16_t GuardedBursts::transmit(void* queue, rte_mbuf** mbufs, std::uint16_t count) {
  auto& tx = *static_cast<Queue<eth_tx_burst_t>*>(queue);
  Gate& gate = *tx.gate;
  if (!gate.enter(tx.visitor)) {
    return 0;
  }
  const std::uint16_t sent = tx.burst(tx.device_queue, mbufs, count);
  gate.leave(tx.visitor);
  return sent;
}

}  // namespace mcswitch::drivers

// SPDX-License-Identifier: BSD-3-Clause

#include "common/finished_bursts.hpp"

#include <rte_mbuf.h>

#include "common/unfinished_frames.hpp"

namespace mcswitch::drivers {

void FinishedBursts::attach(std::uint16_t ethdev, std::uint16_t mtu) {
  auto& ops = rte_eth_fp_ops[ethdev];
  burst_ = ops.rx_pkt_burst;
  device_queue_ = ops.rxq.data[0];
  mtu_ = mtu;
  // The array is the device's own, and it looks into it: it is replaced, not written to.
  ops.rxq.data = &self_;
  ops.rx_pkt_burst = receive;
}

std::uint16_t FinishedBursts::receive(void* queue, rte_mbuf** mbufs, std::uint16_t count) {
  auto& self = *static_cast<FinishedBursts*>(queue);
  const std::uint16_t received = self.burst_(self.device_queue_, mbufs, count);
  std::uint16_t kept = 0;
  for (std::uint16_t i = 0; i < received; ++i) {
    if (self.finish(mbufs[i])) {
      mbufs[kept++] = mbufs[i];
    } else {
      rte_pktmbuf_free(mbufs[i]);
    }
  }
  return kept;
}

bool FinishedBursts::finish(rte_mbuf* m) {
  // These devices give frames in one buffer.
  auto* const frame = rte_pktmbuf_mtod(m, std::uint8_t*);
  const Datagram datagram = find_datagram(frame, m->data_len);
  if (datagram.length > mtu_) {
    too_long_.add();
    if (datagram.end() > m->pkt_len) {
      return false;
    }
  }
  complete_checksum(frame, m->data_len, datagram);
  return true;
}

}  // namespace mcswitch::drivers

// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/bench_port.hpp"

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>
#include <rte_ring.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace mcswitch::bench {
namespace {

void must(int result, const std::string& what) {
  if (result < 0) {
    throw std::runtime_error{what + ": " + std::strerror(-result)};
  }
}

void fill_frame(rte_mbuf* m, const Template& from, std::uint16_t size) {
  rte_mov64(rte_pktmbuf_mtod(m, std::uint8_t*), from.data());
  m->data_len = size;
  m->pkt_len = size;
}

std::uint16_t receive(void* queue, rte_mbuf** mbufs, std::uint16_t wanted) {
  auto& s = *static_cast<Source*>(queue);
  if (s.left == 0) {
    if (s.ended == 0 && s.started != 0) {
      __atomic_store_n(&s.ended, rte_rdtsc(), __ATOMIC_RELEASE);  // main's is_done() loads it
      if (s.then_set != nullptr) {
        s.then_set->store(true, std::memory_order_release);
      }
    }
    return 0;
  }
  if (s.started == 0) {
    s.started = rte_rdtsc();
  }
  const auto count = static_cast<std::uint16_t>(std::min<std::uint64_t>(wanted, s.left));
  if (rte_pktmbuf_alloc_bulk(s.pool, mbufs, count) != 0) {
    return 0;
  }
  std::uint64_t next = s.next;
  for (std::uint16_t i = 0; i < count; ++i) {
    fill_frame(mbufs[i], s.templates[next], s.frame_size);
    next = next + 1 < s.template_count ? next + 1 : 0;
  }
  s.next = next;
  s.left -= count;
  return count;
}

std::uint16_t transmit(void* queue, rte_mbuf** mbufs, std::uint16_t count) {
  auto& s = *static_cast<Sink*>(queue);
  std::uint64_t bytes = 0;
  for (std::uint16_t i = 0; i < count; ++i) {
    bytes += mbufs[i]->pkt_len;
  }
  s.packets += count;
  s.bytes += bytes;
  rte_pktmbuf_free_bulk(mbufs, count);
  return count;
}

}  // namespace

double ticks_per_second() { return static_cast<double>(rte_get_tsc_hz()); }

void fill(rte_mbuf* m, const Template& from, std::uint16_t size) { fill_frame(m, from, size); }

BenchPort::BenchPort(const std::string& name, rte_mempool* pool) {
  rte_ring* ring = rte_ring_create(name.c_str(), 2, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
  if (ring == nullptr) {
    throw std::runtime_error{"no ring " + name};
  }
  ring_ = ring;
  const int id = rte_eth_from_rings(name.c_str(), &ring, 1, &ring, 1, 0);
  must(id < 0 ? -rte_errno : 0, "port " + name);
  ethdev_ = static_cast<std::uint16_t>(id);
  const rte_eth_conf conf{};
  must(rte_eth_dev_configure(ethdev_, 1, 1, &conf), name);
  must(rte_eth_rx_queue_setup(ethdev_, 0, 64, 0, nullptr, pool), name);
  must(rte_eth_tx_queue_setup(ethdev_, 0, 64, 0, nullptr), name);
  must(rte_eth_dev_start(ethdev_), name);
  source_.pool = pool;
  receive_by(receive, &source_);
  count_sent();
}

void BenchPort::receive_by(ReceiveFunction function, void* argument) const {
  auto& ops = rte_eth_fp_ops[ethdev_];
  ops.rx_pkt_burst = function;
  ops.rxq.data[0] = argument;
}

void BenchPort::send_by(TransmitFunction function, void* argument) const {
  auto& ops = rte_eth_fp_ops[ethdev_];
  ops.tx_pkt_burst = function;
  ops.txq.data[0] = argument;
}

void BenchPort::count_sent() { send_by(transmit, &sink_); }

BenchPort::~BenchPort() {
  rte_eth_dev_info info{};
  rte_eth_dev_info_get(ethdev_, &info);
  rte_eth_dev_stop(ethdev_);
  rte_eth_dev_close(ethdev_);
  rte_dev_remove(info.device);
  rte_ring_free(static_cast<rte_ring*>(ring_));
}

void BenchPort::arm(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames,
                    std::atomic<bool>* then_set) {
  receive_by(receive, &source_);
  source_.templates = templates.data();
  source_.template_count = templates.size();
  if (source_.next >= templates.size()) {
    source_.next = 0;
  }
  source_.frame_size = size;
  source_.left = frames;
  source_.started = 0;
  source_.ended = 0;
  source_.then_set = then_set;
}

bool BenchPort::is_done() const {
  // Pairs with the store in receive().
  return __atomic_load_n(&source_.ended, __ATOMIC_ACQUIRE) != 0;
}

}  // namespace mcswitch::bench

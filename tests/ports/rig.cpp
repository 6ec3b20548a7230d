// SPDX-License-Identifier: BSD-3-Clause

#include "ports/rig.hpp"

#include <chrono>
#include <thread>

#include "driver_table.hpp"

namespace mcswitch::ports {

bool eventually(const std::function<bool()>& fact) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!fact()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

std::vector<Frame> stream(std::uint32_t first, std::size_t count, std::size_t size) {
  std::vector<Frame> frames;
  for (std::uint32_t i = 0; i < count; ++i) {
    frames.push_back(data_frame(first + i, size != 0 ? size : 60 + i * 37 % 1400));
  }
  return frames;
}

dataplane::Port& Rig::make_port(std::uint16_t mtu, dataplane::Port::Problem& problem) {
  config::Port settings;
  settings.name = "tested";
  settings.device = bench_->device();
  settings.mtu = mtu;
  const dataplane::PortFamily* family = drivers::find_driver(settings.device);
  if (family == nullptr) {
    throw std::runtime_error{settings.device + " has no driver"};
  }
  port_ = family->make_port(settings);
  problem = port_->check();
  return *port_;
}

dataplane::Port::Problem Rig::bring_up(std::uint16_t mtu, dataplane::StartRequest request) {
  dataplane::Port::Problem problem;
  dataplane::Port& port = make_port(mtu, problem);
  if (problem || (problem = port.open())) {
    return problem;
  }
  request.pool = test_pool();
  if (request.own_buffers == 0) {
    const auto& own = port.family().own_buffers;
    request.own_buffers = own.in_device + 2 * own.per_core;
  }
  request.rx_descriptors = 512;
  request.tx_descriptors = 512;
  return port.start(request);
}

void Rig::start(std::uint16_t mtu, const std::vector<Frame>& early) {
  if (bench_->sends_before_open()) {
    bench_->send(early);
  }
  const auto problem = bring_up(mtu);
  ASSERT_FALSE(problem) << *problem;
  bench_->connect();
  ASSERT_TRUE(eventually([this] { return port_->poll_link(); })) << "no link";
  if (!bench_->sends_before_open() && !early.empty()) {
    bench_->send(early);
  }
}

std::vector<Frame> Rig::receive(std::size_t count) {
  std::vector<Frame> frames;
  eventually([&] {
    rte_mbuf* mbufs[kBurst];
    std::uint16_t n = 0;
    while ((n = rte_eth_rx_burst(port_->burst_ethdev(), 0, mbufs, kBurst)) != 0) {
      for (std::uint16_t i = 0; i < n; ++i) {
        if (Frame frame = from_mbuf(mbufs[i]); number_of(frame) != UINT32_MAX) {
          frames.push_back(std::move(frame));
        }
        rte_pktmbuf_free(mbufs[i]);
      }
    }
    return frames.size() >= count;
  });
  return frames;
}

std::size_t Rig::transmit(const std::vector<Frame>& frames) {
  rte_mempool* pool = bench_->nature().passes_chains ? test_pool() : wide_pool();
  std::size_t sent = 0;
  for (std::size_t at = 0; at < frames.size();) {
    rte_mbuf* mbufs[kBurst];
    std::uint16_t n = 0;
    while (n < kBurst && at < frames.size()) {
      mbufs[n] = to_mbuf(pool, frames[at++]);
      if (mbufs[n] == nullptr) {
        break;
      }
      ++n;
    }
    const std::uint16_t taken = rte_eth_tx_burst(port_->burst_ethdev(), 0, mbufs, n);
    sent += taken;
    rte_pktmbuf_free_bulk(mbufs + taken, n - taken);
    if (taken < n) {
      break;
    }
  }
  return sent;
}

rte_eth_stats Rig::statistics() const {
  rte_eth_stats stats{};
  rte_eth_stats_get(port_->ethdev(), &stats);
  return stats;
}

}  // namespace mcswitch::ports

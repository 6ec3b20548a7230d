// SPDX-License-Identifier: BSD-3-Clause
//
// A second memif port is the far side.

#include <rte_ethdev.h>
#include <unistd.h>

#include <stdexcept>

#include "driver_table.hpp"
#include "ports/bench.hpp"

namespace mcswitch::ports {
namespace {

class MemifBench final : public Bench {
 public:
  explicit MemifBench(rte_mempool* pool) : pool_{pool} {
    // DPDK gives an address back only some time after its device is gone.
    static int number = 0;
    socket_ = "mcsports-" + std::to_string(getpid()) + "-" + std::to_string(++number);
    config::Port settings;
    settings.name = "far";
    settings.device = "net_memif8,role=client,id=3,socket=" + socket_;
    far_ = drivers::find_driver(settings.device)->make_port(settings);
  }
  ~MemifBench() override { far_->stop(); }
  MemifBench(const MemifBench&) = delete;
  MemifBench& operator=(const MemifBench&) = delete;

  [[nodiscard]] Nature nature() const override { return {.can_lose_link = true, .largest_mtu = 2048 - 22}; }
  [[nodiscard]] std::string device() const override {
    return "net_memif9,role=server,id=3,socket=" + socket_;
  }
  void connect() override {
    if (!is_open_) {
      set_link(true);
    }
    if (!eventually([this] { return far_->poll_link(); })) {
      throw std::runtime_error{"the two sides of memif do not find each other"};
    }
    // The client provides the buffers that the server sends in, with the first look into its queue.
    rte_mbuf* none = nullptr;
    if (rte_eth_rx_burst(far_->burst_ethdev(), 0, &none, 1) != 0) {
      throw std::runtime_error{"memif has a frame that nobody has sent"};
    }
  }
  void send(const std::vector<Frame>& frames) override {
    for (const Frame& frame : frames) {
      rte_mbuf* mbuf = to_mbuf(pool_, frame);
      if (mbuf == nullptr || rte_eth_tx_burst(far_->burst_ethdev(), 0, &mbuf, 1) != 1) {
        rte_pktmbuf_free(mbuf);
      }
    }
  }
  std::vector<Frame> received(dataplane::Port& /*port*/) override {
    std::vector<Frame> frames;
    rte_mbuf* mbuf = nullptr;
    while (rte_eth_rx_burst(far_->burst_ethdev(), 0, &mbuf, 1) == 1) {
      frames.push_back(from_mbuf(mbuf));
      rte_pktmbuf_free(mbuf);
    }
    return frames;
  }
  void set_link(bool up) override {
    is_open_ = up;
    if (!up) {
      far_->stop();
      return;
    }
    auto problem = far_->check();
    if (!problem) {
      problem = far_->open();
    }
    if (!problem) {
      problem = far_->start({.pool = pool_, .rx_descriptors = 512, .tx_descriptors = 512});
    }
    if (problem) {
      throw std::runtime_error{"far side: " + *problem};
    }
  }

 private:
  rte_mempool* pool_;
  std::string socket_;
  std::unique_ptr<dataplane::Port> far_;
  bool is_open_ = false;
};

}  // namespace

std::unique_ptr<Bench> make_memif_bench(rte_mempool* pool) { return std::make_unique<MemifBench>(pool); }

}  // namespace mcswitch::ports

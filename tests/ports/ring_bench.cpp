// SPDX-License-Identifier: BSD-3-Clause
//
// A ring, of which the test takes hold itself; and the sink.

#include <rte_ring.h>

#include "ports/bench.hpp"

namespace mcswitch::ports {
namespace {

class RingBench final : public Bench {
 public:
  RingBench(rte_mempool* pool, std::string device) : pool_{pool}, device_{std::move(device)} {}

  [[nodiscard]] Nature nature() const override { return {.returns_buffers = false}; }
  [[nodiscard]] std::string device() const override { return device_; }
  void send(const std::vector<Frame>& frames) override {
    for (const Frame& frame : frames) {
      rte_mbuf* mbuf = to_mbuf(pool_, frame);
      if (mbuf == nullptr || rte_ring_enqueue(ring(), mbuf) != 0) {
        rte_pktmbuf_free(mbuf);
      }
    }
  }
  std::vector<Frame> received(dataplane::Port& /*port*/) override {
    std::vector<Frame> frames;
    void* object = nullptr;
    while (rte_ring_dequeue(ring(), &object) == 0) {
      auto* mbuf = static_cast<rte_mbuf*>(object);
      frames.push_back(from_mbuf(mbuf));
      rte_pktmbuf_free(mbuf);
    }
    return frames;
  }

 private:
  // The name that DPDK gives to the first ring of the device.
  rte_ring* ring() const { return rte_ring_lookup(("ETH_RXTX0_" + device_).c_str()); }

  rte_mempool* pool_;
  const std::string device_;
};

class NullBench final : public Bench {
 public:
  [[nodiscard]] Nature nature() const override { return {.can_be_sent_to = false, .can_be_watched = false}; }
  [[nodiscard]] std::string device() const override { return "net_null3,no-rx=1"; }
  void send(const std::vector<Frame>& /*frames*/) override {}
  std::vector<Frame> received(dataplane::Port& /*port*/) override { return {}; }
};

}  // namespace

// DPDK's rings outlive their device, with what is in them: each bench has one of its own.
std::unique_ptr<Bench> make_ring_bench(rte_mempool* pool) {
  static int number = 3;
  return std::make_unique<RingBench>(pool, "net_ring" + std::to_string(++number));
}

std::unique_ptr<Bench> make_null_bench(rte_mempool* /*pool*/) { return std::make_unique<NullBench>(); }

}  // namespace mcswitch::ports

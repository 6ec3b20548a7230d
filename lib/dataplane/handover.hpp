// SPDX-License-Identifier: BSD-3-Clause
//
// Handover: the ring by which one worker gives frames to another: replicas for a port that the other sends
// on, and received frames that the other has to handle. One ring for each ordered pair of workers that needs
// one; one producer, one consumer, in memory of DPDK (rte_ring).
//
// Threads: the giving worker calls push(), the taking worker pop(); neither waits. Main makes and ends it
// while no worker runs. A frame that was pushed belongs to the taking worker.

#pragma once

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/port_set.hpp"

namespace mcswitch::dataplane {

class Handover {
 public:
  struct Item {
    rte_mbuf* frame;
    PortId port;
    bool was_received;  // on `port`, and nothing has been done about it; else: to be sent on `port`
  };
  static constexpr unsigned kSize = 2048;
  // Bytes that one takes: a ring of exactly so many has room for the next power of two, and a header.
  static constexpr std::size_t kMemory = std::size_t{2} * kSize * sizeof(Item) + 1024;

  // nullptr: no memory. `name` is unique in the process.
  static std::unique_ptr<Handover> make(const std::string& name, int node) {
    rte_ring* ring = rte_ring_create_elem(name.c_str(), sizeof(Item), kSize, node,
                                          RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
    return ring == nullptr ? nullptr : std::unique_ptr<Handover>{new Handover{ring}};
  }
  // Frees what is still in it.
  ~Handover() {
    Item item;
    while (pop(&item, 1) == 1) {
      rte_pktmbuf_free(item.frame);
    }
    rte_ring_free(ring_);
  }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  // How many of them were taken, from the first on.
  unsigned push(const Item* items, unsigned count) {
    return rte_ring_sp_enqueue_burst_elem(ring_, items, sizeof(Item), count, nullptr);
  }
  unsigned pop(Item* items, unsigned count) {
    return rte_ring_sc_dequeue_burst_elem(ring_, items, sizeof(Item), count, nullptr);
  }
  [[nodiscard]] bool empty() const { return rte_ring_empty(ring_) != 0; }

 private:
  explicit Handover(rte_ring* ring) : ring_{ring} {}
  rte_ring* const ring_;
};

}  // namespace mcswitch::dataplane

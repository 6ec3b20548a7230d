// SPDX-License-Identifier: BSD-3-Clause
//
// The real worker over rings in memory, one turn of its loop at a time: frames are put into a port's
// receive queue, a worker takes its turn, and the transmit queues are looked at. Everything happens on the
// test's thread.
//
// Ports 2, 3 and 5 are in VLAN 10 without a tag, 4 is a trunk of 10 and 20, 6 a trunk of 10, 7 is in VLAN 20.
// 0 and 1 are in VLAN 30.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/net_text.hpp"
#include "dataplane/worker.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::dataplane {

using test::Bytes;

inline PortSet ports(std::initializer_list<int> list) {
  PortSet set;
  for (const int port : list) {
    set.add(static_cast<PortId>(port));
  }
  return set;
}

inline const Ipv4Address kGroup = Ipv4Address::of(239, 1, 2, 3);

// The frame as it has to look with another tag, or without one.
inline Bytes with_tag(Bytes frame, std::uint16_t tci) {
  const std::uint8_t tag[] = {0x81, 0x00, static_cast<std::uint8_t>(tci >> 8),
                              static_cast<std::uint8_t>(tci)};
  frame.insert(frame.begin() + 12, tag, tag + 4);
  return frame;
}
inline Bytes without_tag(Bytes frame) {
  frame.erase(frame.begin() + 12, frame.begin() + 16);
  return frame;
}

struct BenchOptions {
  unsigned workers = 1;
  std::uint16_t rx_queues = 1;  // of each port; queue q is worker q's
  std::uint16_t tx_queues = 1;  // of each port; if fewer than workers, worker 0 sends
  PortSet single_segment{};     // ports that take no chained buffers
  unsigned tx_ring_size = 256;
  std::uint16_t data_room = 2048;
  std::uint16_t mtu = 9000;
  bool has_tags = true;   // the trunks are trunks
  PortSet needs_calls{};  // ports whose device works in its transmit calls
  // What ports of `own_array` send with, instead of a ring of theirs; started.
  PortSet own_array{};
  std::uint16_t own_array_ethdev = 0;
};

class Bench {
 public:
  static constexpr std::size_t kPorts = 8;

  explicit Bench(const BenchOptions& options = {});
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // A frame in a buffer, or in several of at most `segment` bytes each.
  rte_mbuf* frame(const Bytes& bytes, std::size_t segment = SIZE_MAX);
  // Puts it into a receive queue.
  void arrive(PortId port, rte_mbuf* m, std::uint16_t queue = 0);
  void arrive(PortId port, const Bytes& bytes, std::uint16_t queue = 0) { arrive(port, frame(bytes), queue); }
  // One turn of the loop.
  void turn(unsigned worker = 0);

  // What the port has sent since the last time. Each buffer is freed once with the Bench.
  std::vector<rte_mbuf*> sent(PortId port, std::uint16_t queue = 0);
  // Its bytes, all segments.
  static Bytes bytes(const rte_mbuf* m);
  // The only frame that the port has sent.
  Bytes only(PortId port);

  void join(VlanId vlan, Ipv4Address group, PortSet members);
  [[nodiscard]] PortSet members(VlanId vlan, Ipv4Address group) const {
    return tables_->groups.find_v4(vlan, group).ports;
  }
  [[nodiscard]] Worker& worker(unsigned index = 0) { return *workers_[index]; }
  [[nodiscard]] std::uint64_t drops(PortId port, TxDrop reason) const;
  [[nodiscard]] std::uint32_t attention(PortId port) const { return tables_->ports[port].attention.load(); }
  [[nodiscard]] std::uint64_t fates(PortId port, FrameFate fate) const;
  // Buffers that are neither in the pool nor held by this.
  [[nodiscard]] unsigned missing();
  void link_down(PortId port) { tables_->link_up.store(tables_->link_up.load() & ~PortSet::of(port)); }
  rte_mempool* pool() { return pool_; }
  [[nodiscard]] table::ForwardingBlocks& blocks() { return tables_->forwarding; }
  [[nodiscard]] Quiescence& quiescence() { return quiescence_; }
  [[nodiscard]] std::uint16_t ethdev(PortId port) const { return ports_[port].ethdev; }

 private:
  struct Port {
    std::uint16_t ethdev = 0;
    std::vector<rte_ring*> rx, tx;
  };

  rte_mempool* pool_;
  std::array<Port, kPorts> ports_;
  const std::unique_ptr<table::Tables> tables_ = std::make_unique<table::Tables>(
      table::Tables::Sizes{.max_groups = 100, .max_macs = 100, .ports = kPorts, .seed = 1});
  Quiescence quiescence_;
  std::vector<std::unique_ptr<Handover>> handovers_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<rte_mbuf*> held_;
};

}  // namespace mcswitch::dataplane

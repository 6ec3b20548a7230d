// SPDX-License-Identifier: BSD-3-Clause
//
// Rig: ports, tables, one real worker and the ceiling, on one worker core, taking turns. Port 0 receives;
// ports 1 to 31 send. All are in VLAN 1, and pruning is in force.
//
// Threads: everything is main's; the worker core runs what a call gives it, and nothing between calls.

#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/port_set.hpp"
#include "dataplane/worker.hpp"
#include "packet_rate/bench_port.hpp"
#include "packet_rate/frames.hpp"

namespace mcswitch::bench {

// One run: so many ingress frames, and what came out.
struct Run {
  double nanoseconds = 0;  // for all of them
  std::uint64_t frames = 0;
  std::uint64_t replicas = 0;
  [[nodiscard]] double ns_per_frame() const { return nanoseconds / static_cast<double>(frames); }
  [[nodiscard]] double egress_mpps() const { return static_cast<double>(replicas) * 1e3 / nanoseconds; }
};

class Rig {
 public:
  static constexpr PortId kFirstSink = 1;
  static constexpr VlanId kVlan = 1;

  // Room for `max_groups` groups on `ports` ports (2 to 32).
  Rig(std::uint32_t max_groups, std::size_t ports, unsigned worker_lcore);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // Ports kFirstSink to kFirstSink + count - 1.
  static PortSet sinks(std::size_t count);
  void join(std::uint32_t group, PortSet members);

  // `frames` frames of `size` octets through the switch.
  Run forward(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames);
  // The same past it, each to `fan_out` ports.
  Run ceiling(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames,
              std::size_t fan_out);

  table::GroupTable& groups() { return groups_; }

 private:
  // Waits until the source has given its frames.
  [[nodiscard]] Run measure(std::uint64_t frames) const;
  void make_worker();
  [[nodiscard]] std::uint64_t sent() const;

  const unsigned lcore_;
  rte_mempool* pool_;
  std::vector<std::unique_ptr<BenchPort>> ports_;
  table::GroupTable groups_;
  table::MacTable macs_{1024, 1};
  std::unique_ptr<table::VlanTable> vlans_ = std::make_unique<table::VlanTable>();
  std::unique_ptr<table::PortTable> port_table_ = std::make_unique<table::PortTable>();
  table::AtomicPortSet link_up_;
  dataplane::Quiescence quiescence_;
  std::unique_ptr<dataplane::Worker> worker_;
};

}  // namespace mcswitch::bench

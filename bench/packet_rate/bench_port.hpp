// SPDX-License-Identifier: BSD-3-Clause
//
// Ports of the benchmark: DPDK ethdevs that cost as little as a port can and still be honest. A source makes
// frames as a card does: buffers from a mempool, and the first bytes of each written anew. A sink frees what
// it gets and counts. The switch under test calls them by rte_eth_rx_burst() and rte_eth_tx_burst().
//
// How: a net_ring device, whose receive and transmit functions are replaced in the table that ethdev's inline
// functions read (rte_eth_fp_ops). What they cost is measured in every run: the ceiling (ceiling.hpp) uses
// the same devices.
//
// Threads: one worker polls and sends; main makes, arms and reads while no worker runs.
//
// Tests that need more of a port than to give frames as fast as they are taken (paced.hpp, latency_meter.hpp,
// delay_script.hpp) put functions of their own in the place of these.

#pragma once

#include <rte_mempool.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

struct rte_mbuf;

namespace mcswitch::bench {

// The part of a frame that a source writes: all of a short one, the headers of a long one.
inline constexpr std::size_t kTemplateSize = 64;
using Template = std::array<std::uint8_t, kTemplateSize>;

// What a port receives. Given out again and again, in their order.
struct alignas(64) Source {
  rte_mempool* pool = nullptr;
  const Template* templates = nullptr;
  std::uint64_t template_count = 0;
  std::uint64_t next = 0;         // template
  std::uint16_t frame_size = 64;  // bytes without FCS
  // Frames that are still to come; behind the last one nothing is received, and `ended` is set.
  std::uint64_t left = 0;
  std::uint64_t started = 0;  // time-stamp counter at the first frame
  std::uint64_t ended = 0;    // at the poll behind the last one: everything before it has been sent
  // Set when that is so; nullptr: not needed.
  std::atomic<bool>* then_set = nullptr;
};

struct alignas(64) Sink {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// As rte_eth_rx_burst() and rte_eth_tx_burst() call them, with the argument that was given.
using ReceiveFunction = std::uint16_t (*)(void* argument, rte_mbuf** mbufs, std::uint16_t wanted);
using TransmitFunction = std::uint16_t (*)(void* argument, rte_mbuf** mbufs, std::uint16_t count);

// Of the time-stamp counter.
double ticks_per_second();

// A buffer with a frame made of `from`; `m` comes from a mempool.
void fill(rte_mbuf* m, const Template& from, std::uint16_t size);

class BenchPort {
 public:
  // Throws std::runtime_error if DPDK refuses. `name` is unique in the process.
  BenchPort(const std::string& name, rte_mempool* pool);
  ~BenchPort();
  BenchPort(const BenchPort&) = delete;
  BenchPort& operator=(const BenchPort&) = delete;

  [[nodiscard]] std::uint16_t ethdev() const { return ethdev_; }
  // `frames` frames of `size` bytes from now on.
  void arm(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames,
           std::atomic<bool>* then_set = nullptr);
  // Other functions in the place of source and sink; `argument` outlives their use. arm() and
  // count_sent() put back what was there.
  void receive_by(ReceiveFunction function, void* argument) const;
  void send_by(TransmitFunction function, void* argument) const;
  void count_sent();
  [[nodiscard]] const Source& source() const { return source_; }
  [[nodiscard]] bool is_done() const;
  Sink& sink() { return sink_; }
  [[nodiscard]] rte_mempool* pool() const { return source_.pool; }

 private:
  std::uint16_t ethdev_ = 0;
  void* ring_ = nullptr;
  Source source_;
  Sink sink_;
};

}  // namespace mcswitch::bench

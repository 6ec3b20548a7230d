// SPDX-License-Identifier: BSD-3-Clause
//
// Worker: one poll-mode thread. Takes bursts from its ports, lets the Forwarder decide, and sends each
// frame to its ports by reference: the replicas share one buffer by reference count, and nothing in it is
// written after the first transmit.
//
// Threads: run() belongs to the worker's core. stop is set by main. The counters are written by the
// worker and read by anyone. Nothing in run() allocates beyond the mempool's cache, locks, logs, makes a
// system call of its own, or waits; a device that does says so in its limits.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/counters.hpp"
#include "base/port_set.hpp"
#include "base/spsc_ring.hpp"
#include "dataplane/handover.hpp"
#include "dataplane/pace.hpp"
#include "dataplane/quiescence.hpp"
#include "dataplane/tsc_clock.hpp"
#include "forwarding/forwarder.hpp"
#include "table/tables.hpp"
#include "table/worker_message.hpp"

struct rte_mempool;

namespace mcswitch::dataplane {

// Everything a worker works with. Filled by main before run(), constant afterwards.
struct WorkerSetup {
  unsigned index = 0;
  unsigned core = 0;
  struct Receive {
    PortId port;
    std::uint16_t ethdev;
    std::uint16_t queue;
  };
  std::vector<Receive> receives;
  struct Transmit {
    bool exists = false;
    std::uint16_t ethdev = 0;
    std::uint16_t queue = 0;
    // Longest frame, header and tag included, that the port sends.
    std::uint32_t max_frame = 0;
    // The device takes chained buffers.
    bool multi_segment = false;
    // The device writes into the array of a burst.
    bool own_array = false;
    // The device needs a call even where there is nothing to send (PortLimits::works_in_transmit).
    bool needs_calls = false;
    // Where the frames go if another worker sends on this port; else nullptr.
    Handover* handover = nullptr;
  };
  std::array<Transmit, kMaxPorts> transmits;
  // For received frames that another worker has to handle, by port; nullptr: this worker does.
  std::array<Handover*, kMaxPorts> owners{};
  // What other workers give to this one.
  std::vector<Handover*> taken_from;
  // Ports whose IGMP and MLD this worker handles.
  PortSet control_ports;
};

class Worker {
 public:
  struct Shared {
    table::WorkerTables tables;
    Quiescence& quiescence;
    rte_mempool* pool;
    TscClock clock;
  };

  static constexpr std::size_t kMessageRing = 16384;
  static constexpr std::size_t kFrameRing = 512;

  Worker(const WorkerSetup& setup, const Shared& shared);

  // The longest frame that fits a buffer of the pool.
  [[nodiscard]] std::uint32_t buffer_room() const;

  // Ring to the control thread (the worker pushes) and from it (the worker pops).
  [[nodiscard]] SpscRing<table::WorkerMessage>& messages() { return messages_; }
  [[nodiscard]] SpscRing<table::ControlFrame>& frames() { return frames_; }

  [[nodiscard]] const WorkerSetup& setup() const { return setup_; }
  [[nodiscard]] const WorkerCounters& stats() const { return stats_; }
  [[nodiscard]] std::span<const PortCounters> counters() const { return counters_; }

  // Main asks; the worker finishes its turn, and sends what the control thread has given it before.
  void request_stop() { stop_.store(true, std::memory_order_release); }

  const WorkerSetup setup_;
  const Shared shared_;
  std::vector<PortCounters> counters_;
  WorkerCounters stats_;
  SpscRing<table::WorkerMessage> messages_;
  SpscRing<table::ControlFrame> frames_;
  std::atomic<bool> stop_{false};
  // The worker's own. Of the ports that a burst goes to, this or the next one gets it first.
  PortId first_port_ = 0;
  // The worker's own: index of the receive queue that is served first in the next turn.
  std::size_t first_queue_ = 0;
};

// The loop, in one variant per instruction set; main picks one (fastpath.cpp).
using RunWorker = void (*)(Worker&);

struct FastPath {
  const char* name;  // "x86-64-v2"
  RunWorker run;
};

// The fastest variant that this CPU can run, and all that are built in (for --version).
FastPath best_fast_path();
std::span<const FastPath> fast_paths();

}  // namespace mcswitch::dataplane

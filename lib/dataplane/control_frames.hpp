// SPDX-License-Identifier: BSD-3-Clause
//
// What a worker sends besides what it has received: the frames of the control thread, and the calls without
// frames that some devices need.
//
// A query counts as asked when the device has taken it, so one that a device does not take is offered again
// in the next turns. A device that takes nothing for kPatience is given up, and the control thread is
// notified: it asks the port anew, and nothing is pruned there meanwhile. kPatience is less than the grace
// that answers have (membership::kAnswerGrace), so that a query which leaves late changes nothing.
//
// Threads: the worker's alone. Compiled into the packet path only (fastpath.cpp).

#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "dataplane/egress.hpp"
#include "dataplane/worker.hpp"

namespace mcswitch::dataplane {

class ControlFrames {
 public:
  static constexpr Duration kPatience = std::chrono::milliseconds{25};
  // Frames that wait for a device at a time. When there are so many, the others wait in the ring.
  static constexpr std::size_t kWaiting = 24;

  ControlFrames(Worker& worker, Egress& egress)
      : setup_{worker.setup_}, shared_{worker.shared_}, worker_{worker}, egress_{egress} {
    for (const WorkerSetup::Transmit& transmit : setup_.transmits) {
      if (transmit.exists && transmit.needs_calls && transmit.handover == nullptr) {
        to_call_.push_back({transmit.ethdev, transmit.queue});
      }
    }
  }

  // Before the frames of a turn are forwarded, while the devices have room.
  void run() {
    if (waiting_ != 0) {
      offer_again();
    }
    if (!worker_.frames_.empty()) {
      send_new();
    }
    if (!to_call_.empty()) {
      call_idle();
    }
  }

 private:
  // Between calls of a device that needs them: DPDK's bonding wants one every 100 ms.
  static constexpr Duration kCallInterval = std::chrono::milliseconds{10};
  // Between two offers of a frame: each is a system call where the device is a socket.
  static constexpr Duration kOfferInterval = std::chrono::microseconds{50};

  struct Device {
    std::uint16_t ethdev;
    std::uint16_t queue;
  };
  struct Waiting {
    table::ControlFrame frame;
    TimePoint until;
  };

  void send_new() {
    for (unsigned n = 0; n < kBurst && waiting_ < kWaiting; ++n) {
      Waiting& place = places_[waiting_];
      if (!worker_.frames_.pop(place.frame)) {
        return;
      }
      worker_.stats_[WorkerCounter::control_sent].add(place.frame.ports.count());
      send(place.frame);
      if (!place.frame.ports.empty()) {
        place.until = shared_.clock.now() + kPatience;
        ++waiting_;
      }
    }
  }

  void offer_again() {
    const TimePoint now = shared_.clock.now();
    if (now < next_offer_) {
      return;
    }
    next_offer_ = now + kOfferInterval;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < waiting_; ++i) {
      Waiting& place = places_[i];
      send(place.frame);
      if (!place.frame.ports.empty() && now >= place.until) {
        give_up(place.frame.ports);
        place.frame.ports = {};
      }
      if (!place.frame.ports.empty()) {
        if (kept != i) {
          places_[kept] = place;
        }
        ++kept;
      }
    }
    waiting_ = kept;
  }

  void give_up(PortSet ports) {
    for (const PortId port : ports) {
      worker_.counters_[port].tx_drops[TxDrop::tx_queue_full].add();
      shared_.tables.ports[port].attention.fetch_or(table::kNotAsked, std::memory_order_release);
    }
  }

  // Leaves the ports whose device did not take it.
  void send(table::ControlFrame& frame) {
    rte_mbuf* m = rte_pktmbuf_alloc(shared_.pool);
    if (m == nullptr) {
      worker_.stats_[WorkerCounter::pool_empty].add();
      return;  // to be offered again
    }
    void* room = rte_pktmbuf_append(m, frame.size);
    if (room == nullptr || frame.ports.empty()) {
      rte_pktmbuf_free(m);
      frame.ports = {};
      return;
    }
    std::memcpy(room, frame.bytes.data(), frame.size);
    frame.ports = egress_.offer(shared_.tables.forwarding.current(), m, frame.ports, frame.vlan);
  }

  void call_idle() {
    const TimePoint now = shared_.clock.now();
    if (now < next_call_) {
      return;
    }
    next_call_ = now + kCallInterval;
    for (const Device& device : to_call_) {
      rte_mbuf* none = nullptr;
      rte_eth_tx_burst(device.ethdev, device.queue, &none, 0);
    }
  }

  const WorkerSetup& setup_;
  const Worker::Shared& shared_;
  Worker& worker_;
  Egress& egress_;
  std::vector<Device> to_call_;
  TimePoint next_call_{};
  TimePoint next_offer_{};
  std::size_t waiting_ = 0;
  std::array<Waiting, kWaiting> places_;  // valid below waiting_
};

}  // namespace mcswitch::dataplane

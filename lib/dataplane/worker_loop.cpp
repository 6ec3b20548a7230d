// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's loop. Compiled once per instruction set, together with everything it calls
// (fastpath.cpp.in), so that the whole packet path is in one translation unit.

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "dataplane/worker.hpp"

namespace mcswitch::dataplane {
namespace {

constexpr std::uint16_t kBurst = 32;
// A burst of so few frames means that there is little to do.
constexpr std::uint16_t kShortBurst = 4;
// Longest IGMP datagram that is put together from several segments.
constexpr std::uint32_t kMaxLinear = 9216;

class Loop {
 public:
  explicit Loop(Worker& worker)
      : worker_{worker},
        setup_{worker.setup_},
        shared_{worker.shared_},
        forwarder_{worker.setup_.settings,
                   {.groups = worker.shared_.groups,
                    .macs = worker.shared_.macs,
                    .vlans = worker.shared_.vlans,
                    .ports = worker.shared_.ports,
                    .events = worker.events_,
                    .counters = worker.counters_}} {
    shortest_max_frame_ = UINT32_MAX;
    for (const auto& transmit : setup_.transmits) {
      if (transmit.exists) {
        shortest_max_frame_ = std::min(shortest_max_frame_, transmit.max_frame);
      }
    }
  }

  void run() {
    shared_.quiescence.online(setup_.index);
    // Pairs with the release store in request_stop().
    while (!worker_.stop_.load(std::memory_order_acquire)) {
      turn();
    }
    // What the control thread still wanted to say, and whatever came in meanwhile, once more.
    turn();
    shared_.quiescence.offline(setup_.index);
  }

 private:
  struct Stage {
    std::uint16_t count = 0;
    std::array<rte_mbuf*, 2 * kBurst> mbufs;
  };

  void turn() {
    bool busy = false;
    for (std::size_t i = 0; i < setup_.receives.size(); ++i) {
      rte_mbuf* mbufs[kBurst];
      const std::uint16_t count = receive(i, mbufs);
      if (count == 0) {
        continue;
      }
      if (!busy && count <= kShortBurst) {
        look_again_before(i);
      }
      busy = true;
      forward(setup_.receives[i].port, mbufs, count);
    }
    if (!worker_.frames_.empty()) {
      send_control_frames();
    }
    worker_.stats_.polls.add();
    if (busy) {
      worker_.stats_.busy_polls.add();
    }
    shared_.quiescence.quiescent(setup_.index);
  }

  std::uint16_t receive(std::size_t index, rte_mbuf** mbufs) {
    const WorkerSetup::Receive& from = setup_.receives[index];
    return rte_eth_rx_burst(from.ethdev, from.queue, mbufs, kBurst);
  }

  // A report on a port that has just been found empty may be older than the frame that has been found
  // since: where somebody interrupted this thread in between, by milliseconds. When there is little to
  // do, what came first goes first. (Under load bursts are long, and the order of microseconds between
  // ports means nothing.)
  void look_again_before(std::size_t index) {
    for (std::size_t i = 0; i < index; ++i) {
      rte_mbuf* mbufs[kBurst];
      if (const std::uint16_t count = receive(i, mbufs); count != 0) {
        forward(setup_.receives[i].port, mbufs, count);
      }
    }
  }

  void forward(PortId ingress, rte_mbuf** mbufs, std::uint16_t count) {
    std::array<forwarding::Frame, kBurst> frames;
    std::array<PortSet, kBurst> egress;
    for (std::uint16_t i = 0; i < count; ++i) {
      rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void*));
    }
    for (std::uint16_t i = 0; i < count; ++i) {
      const rte_mbuf* m = mbufs[i];
      frames[i] = {.data = rte_pktmbuf_mtod(m, const std::uint8_t*),
                   .contiguous = m->data_len,
                   .length = m->pkt_len,
                   .has_stripped_tag = (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0,
                   .stripped_tci = m->vlan_tci};
    }
    linearize_from_ = mbufs;
    forwarder_.process(ingress, std::span{frames.data(), count}, shared_.clock.now(), egress,
                       {.whole = &Loop::whole_frame, .context = this});
    replicate(mbufs, std::span{egress.data(), count});
    worker_.stats_.frames.add(count);
  }

  static const std::uint8_t* whole_frame(void* context, std::size_t index) {
    auto* self = static_cast<Loop*>(context);
    const rte_mbuf* m = self->linearize_from_[index];
    if (m->pkt_len > kMaxLinear) {
      return nullptr;
    }
    return static_cast<const std::uint8_t*>(rte_pktmbuf_read(m, 0, m->pkt_len, self->linear_.data()));
  }

  // One buffer, many ports: the reference count is set before the first port gets it.
  void replicate(rte_mbuf** mbufs, std::span<const PortSet> egress) {
    PortSet used;
    for (std::size_t i = 0; i < egress.size(); ++i) {
      rte_mbuf* m = mbufs[i];
      PortSet ports = egress[i];
      if (m->pkt_len > shortest_max_frame_) {
        ports = drop_too_long(m, ports);
      }
      if (ports.empty()) {
        rte_pktmbuf_free(m);
        continue;
      }
      const auto more = static_cast<std::int16_t>(ports.count() - 1);
      if (more != 0) {
        for (rte_mbuf* segment = m; segment != nullptr; segment = segment->next) {
          rte_mbuf_refcnt_update(segment, more);
        }
      }
      used |= ports;
      for (const PortId port : ports) {
        Stage& stage = stages_[port];
        stage.mbufs[stage.count++] = m;
      }
    }
    for (const PortId port : used) {
      flush(port);
    }
  }

  PortSet drop_too_long(const rte_mbuf* m, PortSet ports) {
    PortSet fits;
    for (const PortId port : ports) {
      if (m->pkt_len <= setup_.transmits[port].max_frame) {
        fits.add(port);
      } else {
        worker_.counters_[port].tx_drops[TxDrop::tx_too_long].add();
      }
    }
    return fits;
  }

  void flush(PortId port) {
    Stage& stage = stages_[port];
    const std::uint16_t count = stage.count;
    stage.count = 0;
    PortCounters& counters = worker_.counters_[port];
    const WorkerSetup::Transmit& transmit = setup_.transmits[port];
    if (!transmit.exists || !shared_.link_up.load().contains(port)) {
      counters.tx_drops[TxDrop::tx_link_down].add(count);
      rte_pktmbuf_free_bulk(stage.mbufs.data(), count);
      return;
    }
    std::uint64_t octets = 0;
    for (std::uint16_t i = 0; i < count; ++i) {
      octets += stage.mbufs[i]->pkt_len;
    }
    const std::uint16_t sent = rte_eth_tx_burst(transmit.ethdev, transmit.queue, stage.mbufs.data(), count);
    if (sent < count) {
      for (std::uint16_t i = sent; i < count; ++i) {
        octets -= stage.mbufs[i]->pkt_len;
      }
      counters.tx_drops[TxDrop::tx_queue_full].add(static_cast<std::uint64_t>(count - sent));
      rte_pktmbuf_free_bulk(stage.mbufs.data() + sent, static_cast<unsigned>(count - sent));
    }
    counters.tx_packets.add(sent);
    counters.tx_bytes.add(octets);
    worker_.stats_.replicas.add(sent);
  }

  void send_control_frames() {
    table::ControlFrame& frame = control_frame_;
    for (unsigned n = 0; n < kBurst && worker_.frames_.pop(frame); ++n) {
      rte_mbuf* m = rte_pktmbuf_alloc(shared_.pool);
      if (m == nullptr) {
        worker_.stats_.pool_empty.add();
        for (const PortId port : frame.ports) {
          worker_.counters_[port].tx_drops[TxDrop::tx_no_mbuf].add();
        }
        continue;
      }
      void* room = rte_pktmbuf_append(m, frame.size);
      if (room == nullptr || frame.ports.empty()) {
        rte_pktmbuf_free(m);
        continue;
      }
      std::memcpy(room, frame.octets.data(), frame.size);
      worker_.stats_.control_sent.add(frame.ports.count());
      const PortSet egress = frame.ports;
      replicate(&m, std::span{&egress, 1});
    }
  }

  Worker& worker_;
  const WorkerSetup& setup_;
  const Worker::Shared& shared_;
  forwarding::Forwarder forwarder_;
  std::uint32_t shortest_max_frame_ = 0;
  std::array<Stage, kMaxPorts> stages_;
  rte_mbuf** linearize_from_ = nullptr;
  std::array<std::uint8_t, kMaxLinear> linear_;
  table::ControlFrame control_frame_;
};

}  // namespace

}  // namespace mcswitch::dataplane

extern "C" void MCSWITCH_FAST_PATH_ENTRY(mcswitch::dataplane::Worker& worker) {
  // Too large for a worker's stack with its staging arrays.
  static_assert(sizeof(mcswitch::dataplane::Loop) < 128 * 1024);
  const auto loop = std::make_unique<mcswitch::dataplane::Loop>(worker);
  loop->run();
}

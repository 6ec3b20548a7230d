// SPDX-License-Identifier: BSD-3-Clause
//
// Egress: the sending half of a worker. Gives each frame of a burst to its ports by reference: the replicas
// share one buffer by reference count, which is set before the first port gets it, and nothing in it is
// written afterwards. Frames that a port does not take are freed and counted.
//
// Threads: the worker's alone. Compiled into the packet path only (fastpath.cpp).

#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "dataplane/fan_out.hpp"
#include "dataplane/finish.hpp"
#include "dataplane/variants.hpp"
#include "dataplane/worker.hpp"

namespace mcswitch::dataplane {

static_assert(kBurst <= kMatrix);

class Egress {
 public:
  explicit Egress(Worker& worker)
      : worker_{worker}, setup_{worker.setup_}, shared_{worker.shared_}, buffer_room_{worker.buffer_room()} {
    for (PortId port = 0; port < kMaxPorts; ++port) {
      const WorkerSetup::Transmit& transmit = setup_.transmits[port];
      if (transmit.exists) {
        shortest_max_frame_ = std::min(shortest_max_frame_, transmit.max_frame - kTagSize);
        if (!transmit.multi_segment) {
          takes_one_buffer_.add(port);
        }
        if (transmit.own_array) {
          needs_own_array_.add(port);
        }
      }
    }
  }

  // Sends each frame to its ports. Frames without ports are freed; nullptr: the frame was handed over.
  void replicate(rte_mbuf** mbufs, std::span<const PortSet> egress, const Shape& shape) {
    // Nothing is special about any of the frames.
    const std::uint32_t tag = shape.in_tag ? kTagSize : 0;
    const bool is_plain = shape.one_segment && shape.longest <= shortest_max_frame_ + tag;
    if (is_plain && all_alike(egress)) {
      return replicate_alike(mbufs, egress.size(), egress.front(), shape.bytes);
    }
    if (is_plain && egress.size() >= kByPortFrom) {
      return replicate_by_port(mbufs, egress, shape);
    }
    PortSet used;
    for (std::size_t i = 0; i < egress.size(); ++i) {
      if (egress[i].empty()) {
        rte_pktmbuf_free(mbufs[i]);  // may be nullptr: given away
      } else {
        used |= stage(mbufs[i], egress[i]);
      }
    }
    in_turn(used, is_time_to_turn(), [&](PortId port) { flush(port, shape.length()); });
  }

  // replicate() where frames may leave with and without a tag, as `settings` say.
  void replicate_tagged(const table::ForwardingBlock& settings, rte_mbuf** mbufs,
                        std::span<const PortSet> egress, std::span<const forwarding::FrameNote> notes,
                        const Shape& shape) {
    const Finished finished = finish_in_place(settings, mbufs, egress, notes);
    if (finished.is_all()) {
      Shape now = finished.has_changed ? shape_of({mbufs, egress.size()}) : shape;
      now.in_tag = finished.in_tag;
      return replicate(mbufs, egress, now);
    }
    PortSet used;
    for (std::size_t i = 0; i < egress.size(); ++i) {
      if (egress[i].empty()) {
        rte_pktmbuf_free(mbufs[i]);
      } else if ((finished.missing >> i & 1) == 0) {
        used |= stage(mbufs[i], egress[i]);
      } else {
        const PortSet tagged = settings.vlans[notes[i].tci & forwarding::kVidMask].tagged;
        used |= stage_tagged(mbufs[i], egress[i], egress[i] & tagged, notes[i]);
      }
    }
    in_turn(used, is_time_to_turn(), [&](PortId port) { flush(port); });
  }

  // Sends the frames that another worker has handed over for that. Others are left alone.
  void send_handed_over(std::span<const Handover::Item> items) {
    PortSet used;
    for (const Handover::Item& item : items) {
      if (!item.was_received) {
        Stage& stage = stages_[item.port];
        stage.mbufs[stage.count++] = item.frame;
        used.add(item.port);
      }
    }
    for (const PortId port : used) {
      flush(port);
    }
  }

  // A frame of the control thread, without a tag. Returns the ports whose device did not take it, where
  // nothing is counted: it can be offered again.
  PortSet offer(const table::ForwardingBlock& settings, rte_mbuf* m, PortSet ports, VlanId vlan) {
    not_taken_.emplace();
    const forwarding::FrameNote note{.tci = vlan};
    replicate_tagged(settings, &m, std::span{&ports, 1}, std::span{&note, 1}, shape_of({&m, 1}));
    return *std::exchange(not_taken_, std::nullopt);
  }

 private:
  // From this many frames on it pays to go by port (fan_out.hpp), if they have different ports.
  static constexpr std::size_t kByPortFrom = 8;
  static constexpr std::uint32_t kBurstsInOneOrder = 1024;

  struct Stage {
    std::uint16_t count = 0;
    std::array<rte_mbuf*, 2 * kBurst> mbufs;
  };

  template <typename Send>
  void in_turn(PortSet ports, bool next, Send&& send) {
    each_in_turn(ports, worker_.first_port_, next, send);
  }

  // Where frames go to different ports, the order stays the same for a while: which replica is the last,
  // and so frees the buffer, is something that processors learn (bench/README.md).
  bool is_time_to_turn() { return ++bursts_by_port_ % kBurstsInOneOrder == 0; }

  // The whole burst is passed on as it is.
  void replicate_alike(rte_mbuf** mbufs, std::size_t count, PortSet ports, std::uint64_t bytes) {
    const auto more = static_cast<std::int16_t>(ports.count() - 1);
    if (more != 0) {
      for (std::size_t i = 0; i < count; ++i) {
        rte_mbuf_refcnt_update(mbufs[i], more);
      }
    }
    in_turn(ports, true, [&](PortId port) {
      rte_mbuf** array = mbufs;
      if (needs_own_array_.contains(port)) {
        array = std::copy_n(mbufs, count, stages_[port].mbufs.begin()) - count;
      }
      send(port, array, static_cast<std::uint16_t>(count), bytes);
    });
  }

  // Frames in one buffer each that no port is too short for, to different ports.
  void replicate_by_port(rte_mbuf** mbufs, std::span<const PortSet> egress, const Shape& shape) {
    BitMatrix ports{};
    PortSet used;
    for (std::size_t i = 0; i < egress.size(); ++i) {
      const PortSet set = egress[i];
      ports[i] = set.bits();
      used |= set;
      if (set.empty()) {
        rte_pktmbuf_free(mbufs[i]);  // may be nullptr: given away
      } else if (const auto more = static_cast<std::int16_t>(set.count() - 1); more != 0) {
        rte_mbuf_refcnt_update(mbufs[i], more);
      }
    }
    BitMatrix frames;
    transpose(ports, frames);
    in_turn(used, is_time_to_turn(), [&](PortId port) {
      Stage& stage = stages_[port];
      stage.count = static_cast<std::uint16_t>(pick(mbufs, frames[port], stage.mbufs.data()));
      flush(port, shape.length());
    });
  }

  PortSet stage_tagged(rte_mbuf* m, PortSet ports, PortSet tagged, const forwarding::FrameNote& note) {
    const PortSet untagged = ports & ~tagged;
    const TxDrop reason = m->pkt_len > buffer_room_ ? TxDrop::tx_not_linear : TxDrop::tx_no_mbuf;
    const Variants variants =
        make_variants(m, note.tag, note.tci, {tagged, untagged, takes_one_buffer_}, shared_.pool);
    worker_.stats_[WorkerCounter::variants].add(variants.made);
    return stage_variant(variants.tagged, tagged, reason) |
           stage_variant(variants.untagged, untagged, reason);
  }

  // nullptr: there is none, for this reason, or nobody wants it.
  PortSet stage_variant(rte_mbuf* variant, PortSet ports, TxDrop reason) {
    if (variant != nullptr) {
      return stage(variant, ports);
    }
    drop(ports, reason);
    return {};
  }

  // Stages the finished frame for each of `ports`, which are not empty. Returns the ports that it was staged
  // for.
  PortSet stage(rte_mbuf* m, PortSet ports) {
    if (m->pkt_len > shortest_max_frame_) {
      ports = drop_too_long(m, ports);
    }
    if (m->nb_segs > 1 && !(ports & takes_one_buffer_).empty()) {
      m = linearized(m, ports);
    }
    if (ports.empty()) {
      rte_pktmbuf_free(m);
      return ports;
    }
    const auto more = static_cast<std::int16_t>(ports.count() - 1);
    if (more != 0) {
      for (rte_mbuf* segment = m; segment != nullptr; segment = segment->next) {
        rte_mbuf_refcnt_update(segment, more);
      }
    }
    for (const PortId port : ports) {
      Stage& stage = stages_[port];
      stage.mbufs[stage.count++] = m;
    }
    return ports;
  }

  // A frame in several buffers, for ports of which some take one buffer only.
  rte_mbuf* linearized(rte_mbuf* m, PortSet& ports) {
    if (rte_mbuf* copy = linear_copy(m, shared_.pool); copy != nullptr) {
      worker_.stats_[WorkerCounter::variants].add();
      rte_pktmbuf_free(m);
      return copy;
    }
    drop(ports & takes_one_buffer_, m->pkt_len > buffer_room_ ? TxDrop::tx_not_linear : TxDrop::tx_no_mbuf);
    ports &= ~takes_one_buffer_;
    return m;
  }

  void drop(PortSet ports, TxDrop reason) {
    for (const PortId port : ports) {
      worker_.counters_[port].tx_drops[reason].add();
    }
  }

  // A tag comes on top of what the MTU allows.
  PortSet drop_too_long(const rte_mbuf* m, PortSet ports) {
    const std::uint32_t length = m->pkt_len + (is_tagged(m) ? 0 : kTagSize);
    PortSet fits;
    for (const PortId port : ports) {
      if (length <= setup_.transmits[port].max_frame) {
        fits.add(port);
      } else {
        worker_.counters_[port].tx_drops[TxDrop::tx_too_long].add();
      }
    }
    return fits;
  }

  // `length` of each staged frame; 0: not known, or they differ.
  void flush(PortId port, std::uint32_t length = 0) {
    Stage& stage = stages_[port];
    const std::uint16_t count = stage.count;
    stage.count = 0;
    std::uint64_t bytes = std::uint64_t{length} * count;
    for (std::uint16_t i = 0; length == 0 && i < count; ++i) {
      bytes += stage.mbufs[i]->pkt_len;
    }
    send(port, stage.mbufs.data(), count, bytes);
  }

  // `mbufs` stay as they are, as other ports may get the same; but where the device needs an array of its
  // own.
  void send(PortId port, rte_mbuf** mbufs, std::uint16_t count, std::uint64_t bytes) {
    PortCounters& counters = worker_.counters_[port];
    const WorkerSetup::Transmit& transmit = setup_.transmits[port];
    if (!transmit.exists || !shared_.tables.link_up.load().contains(port)) {
      counters.tx_drops[TxDrop::tx_link_down].add(count);
      rte_pktmbuf_free_bulk(mbufs, count);
      return;
    }
    if (transmit.handover != nullptr) {
      return hand_over(port, mbufs, count);
    }
    const std::uint16_t sent = rte_eth_tx_burst(transmit.ethdev, transmit.queue, mbufs, count);
    if (sent < count) {
      for (std::uint16_t i = sent; i < count; ++i) {
        bytes -= mbufs[i]->pkt_len;
      }
      if (not_taken_) {
        not_taken_->add(port);
      } else {
        counters.tx_drops[TxDrop::tx_queue_full].add(static_cast<std::uint64_t>(count - sent));
      }
      rte_pktmbuf_free_bulk(mbufs + sent, static_cast<unsigned>(count - sent));
    }
    counters.tx_packets.add(sent);
    counters.tx_bytes.add(bytes);
    worker_.stats_[WorkerCounter::replicas].add(sent);
  }

  // Another worker sends on this port, and counts.
  void hand_over(PortId port, rte_mbuf** mbufs, std::uint16_t count) {
    std::array<Handover::Item, 2 * kBurst> items;
    for (std::uint16_t i = 0; i < count; ++i) {
      items[i] = {mbufs[i], port, false};
    }
    const unsigned taken = setup_.transmits[port].handover->push(items.data(), count);
    worker_.stats_[WorkerCounter::handed_over].add(taken);
    if (taken < count) {
      worker_.counters_[port].tx_drops[TxDrop::tx_handover_full].add(count - taken);
      rte_pktmbuf_free_bulk(mbufs + taken, count - taken);
    }
  }

  Worker& worker_;
  const WorkerSetup& setup_;
  const Worker::Shared& shared_;
  const std::uint32_t buffer_room_;
  std::uint32_t shortest_max_frame_ = UINT32_MAX;  // without a tag
  PortSet takes_one_buffer_;
  PortSet needs_own_array_;
  std::optional<PortSet> not_taken_;  // during offer(): instead of counting them
  std::uint32_t bursts_by_port_ = 0;
  std::array<Stage, kMaxPorts> stages_;
};

}  // namespace mcswitch::dataplane

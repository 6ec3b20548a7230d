// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's loop. Compiled once per instruction set, together with everything it calls
// (fastpath.cpp.in), so that the whole packet path is in one translation unit.

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "dataplane/fan_out.hpp"
#include "dataplane/variants.hpp"
#include "dataplane/worker.hpp"

namespace mcswitch::dataplane {
namespace {

constexpr std::uint16_t kBurst = 32;
// A burst of so few frames means that there is little to do.
constexpr std::uint16_t kShortBurst = 4;
// From this many frames on it pays to go by port (fan_out.hpp), if they have different ports.
constexpr std::size_t kByPortFrom = 8;
static_assert(kBurst <= kMatrix);
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
                    .counters = worker.counters_}},
        buffer_room_{worker.buffer_room()} {
    shortest_max_frame_ = UINT32_MAX;
    for (PortId port = 0; port < kMaxPorts; ++port) {
      const WorkerSetup::Transmit& transmit = setup_.transmits[port];
      if (transmit.exists) {
        shortest_max_frame_ = std::min(shortest_max_frame_, transmit.max_frame);
        if (!transmit.multi_segment) {
          takes_one_buffer_.add(port);
        }
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
  // What the frames of a burst have in common.
  struct Shape {
    std::uint64_t octets = 0;
    std::uint32_t longest = 0;
    std::uint32_t shortest = 0;
    bool one_segment = false;  // each is in one buffer
    bool is_simple = false;    // and the device took no tag from it

    // Length of each frame; 0: they are of different lengths.
    [[nodiscard]] std::uint32_t length() const { return longest == shortest ? longest : 0; }
  };

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
    for (Handover* from : setup_.taken_from) {
      busy |= take_over(*from);
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
    const Shape shape = look_at(mbufs, count);
    const TimePoint now = shared_.clock.now();
    if (shape.is_simple) {
      const forwarding::QuickBurst burst{.data = data_.data(),
                                         .count = count,
                                         .longest = shape.longest,
                                         .shortest = shape.shortest,
                                         .lengths = lengths_.data()};
      const auto plain = forwarder_.process_plain(ingress, burst, shape.octets, now, egress_);
      if (plain.done) {
        worker_.stats_.frames.add(count);
        return send_plain(mbufs, count, shape, plain.vlan);
      }
    }
    forward_each(ingress, mbufs, count, shape, now);
  }

  // Where the frames are (data_, lengths_), and what they have in common.
  Shape look_at(rte_mbuf** mbufs, std::uint16_t count) {
    const std::uint32_t first = mbufs[0]->pkt_len;
    std::uint64_t octets = 0;
    std::uint32_t differs = 0;
    std::uint64_t flags = 0;
    unsigned segments = 0;
    for (std::uint16_t i = 0; i < count; ++i) {
      const rte_mbuf* m = mbufs[i];
      data_[i] = rte_pktmbuf_mtod(m, const std::uint8_t*);
      rte_prefetch0(data_[i]);
      octets += m->pkt_len;
      differs |= m->pkt_len ^ first;
      flags |= m->ol_flags;
      segments |= m->nb_segs;
    }
    for (std::size_t i = count; i % forwarding::QuickBurst::kStep != 0; ++i) {
      data_[i] = data_[count - 1U];
    }
    Shape shape{.octets = octets, .longest = first, .shortest = first};
    if (differs != 0) {
      for (std::uint16_t i = 0; i < count; ++i) {
        const std::uint32_t length = mbufs[i]->pkt_len;
        lengths_[i] = length;
        shape.longest = std::max(shape.longest, length);
        shape.shortest = std::min(shape.shortest, length);
      }
    }
    shape.one_segment = segments == 1;
    shape.is_simple = shape.one_segment && (flags & RTE_MBUF_F_RX_VLAN_STRIPPED) == 0;
    return shape;
  }

  // A burst of frames without a tag, all of one VLAN.
  void send_plain(rte_mbuf** mbufs, std::uint16_t count, const Shape& shape, VlanId vlan) {
    const std::span<const PortSet> egress{egress_.data(), count};
    if (setup_.has_tags) {
      std::fill_n(notes_.begin(), count, forwarding::FrameNote{.tci = vlan});
      replicate_tagged(mbufs, egress, notes_);
    } else {
      replicate(mbufs, egress, shape);
    }
  }

  void forward_each(PortId ingress, rte_mbuf** mbufs, std::uint16_t count, const Shape& shape,
                    TimePoint now) {
    for (std::uint16_t i = 0; i < count; ++i) {
      rte_mbuf* m = mbufs[i];
      frames_[i] = {.data = data_[i], .contiguous = m->data_len, .length = m->pkt_len};
      if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
        frames_[i].has_stripped_tag = true;
        frames_[i].stripped_tci = m->vlan_tci;
        // What it said is known now, and means nothing to whoever gets the buffer next.
        m->ol_flags &= ~(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED);
      }
    }
    linearize_from_ = mbufs;
    forwarder_.process_each(ingress, std::span{frames_.data(), count}, now, egress_, notes_,
                            {.whole = &Loop::whole_frame, .context = this});
    if (setup_.owners[ingress] != nullptr) {
      give_to_owner(ingress, mbufs, std::span{frames_.data(), count}, notes_);
    } else {
      worker_.stats_.frames.add(count);
    }
    if (setup_.has_tags) {
      replicate_tagged(mbufs, std::span{egress_.data(), count}, notes_);
    } else {
      replicate(mbufs, std::span{egress_.data(), count}, shape);
    }
  }

  // IGMP of a port that another worker handles; a device that keeps to its flow rule gives none. The other
  // worker looks at it from the start. What was given away is nullptr afterwards.
  void give_to_owner(PortId ingress, rte_mbuf** mbufs, std::span<const forwarding::Frame> frames,
                     std::span<const forwarding::FrameNote> notes) {
    Handover& owner = *setup_.owners[ingress];
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (!notes[i].for_owner) {
        worker_.stats_.frames.add();
        continue;
      }
      rte_mbuf* m = mbufs[i];
      if (frames[i].has_stripped_tag) {
        m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
      }
      const Handover::Item item{m, ingress, true};
      if (owner.push(&item, 1) == 1) {
        worker_.stats_.handed_over.add();
        mbufs[i] = nullptr;
      } else {
        PortCounters& counters = worker_.counters_[ingress];
        counters.rx_packets.add();
        counters.rx_bytes.add(m->pkt_len);
        counters.fates[FrameFate::igmp_handover_full].add();
      }
    }
  }

  bool take_over(Handover& from) {
    std::array<Handover::Item, kBurst> items;
    const unsigned count = from.pop(items.data(), kBurst);
    PortSet used;
    for (unsigned i = 0; i < count; ++i) {
      const Handover::Item& item = items[i];
      if (!item.was_received) {
        Stage& stage = stages_[item.port];
        stage.mbufs[stage.count++] = item.frame;
        used.add(item.port);
      }
    }
    for (const PortId port : used) {
      flush(port);
    }
    // Now that nothing is staged any more: these are staged and sent themselves.
    for (unsigned i = 0; i < count; ++i) {
      if (items[i].was_received) {
        forward(items[i].port, &items[i].frame, 1);
      }
    }
    worker_.stats_.taken_over.add(count);
    return count != 0;
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
  void replicate(rte_mbuf** mbufs, std::span<const PortSet> egress, const Shape& shape) {
    // Nothing is special about any of the frames.
    const bool is_plain = shape.one_segment && shape.longest <= shortest_max_frame_;
    if (is_plain && all_alike(egress)) {
      return replicate_alike(mbufs, egress.size(), egress.front(), shape.octets);
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
    for (const PortId port : used) {
      flush(port, shape.length());
    }
  }

  // All frames go to the same ports.
  static bool all_alike(std::span<const PortSet> egress) {
    const PortSet ports = egress.front();
    std::uint32_t differs = 0;
    for (const PortSet set : egress) {
      differs |= set.bits() ^ ports.bits();
    }
    return differs == 0 && !ports.empty();
  }

  // The whole burst is passed on as it is.
  void replicate_alike(rte_mbuf** mbufs, std::size_t count, PortSet ports, std::uint64_t octets) {
    const auto more = static_cast<std::int16_t>(ports.count() - 1);
    if (more != 0) {
      for (std::size_t i = 0; i < count; ++i) {
        rte_mbuf_refcnt_update(mbufs[i], more);
      }
    }
    for (const PortId port : ports) {
      send(port, mbufs, static_cast<std::uint16_t>(count), octets);
    }
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
    for (const PortId port : used) {
      Stage& stage = stages_[port];
      stage.count = static_cast<std::uint16_t>(pick(mbufs, frames[port], stage.mbufs.data()));
      flush(port, shape.length());
    }
  }

  // As above, where frames leave with and without a tag.
  void replicate_tagged(rte_mbuf** mbufs, std::span<const PortSet> egress,
                        std::span<const forwarding::FrameNote> notes) {
    PortSet used;
    for (std::size_t i = 0; i < egress.size(); ++i) {
      if (egress[i].empty()) {
        rte_pktmbuf_free(mbufs[i]);
      } else {
        used |= stage_tagged(mbufs[i], egress[i], notes[i]);
      }
    }
    for (const PortId port : used) {
      flush(port);
    }
  }

  PortSet stage_tagged(rte_mbuf* m, PortSet ports, const forwarding::FrameNote& note) {
    using forwarding::TagForm;
    const PortSet tagged = shared_.vlans[note.tci & forwarding::kVidMask].tagged.load() & ports;
    const bool comes_tagged = note.tag == TagForm::tagged;
    // A priority tag stays where the frame leaves without a VLAN's tag.
    const PortSet changed = comes_tagged ? ports & ~tagged : tagged;
    const PortSet unchanged = ports & ~changed;
    if (changed.empty()) {
      return stage(m, ports);
    }
    const TagChange change = comes_tagged                    ? TagChange::remove
                             : note.tag == TagForm::priority ? TagChange::rewrite
                                                             : TagChange::insert;
    if (unchanged.empty() && is_ours(m) && change_tag(m, change, note.tci)) {
      return stage(m, changed);
    }
    PortSet used;
    const bool may_chain = (changed & takes_one_buffer_).empty();
    if (rte_mbuf* variant = make_variant(m, change, note.tci, may_chain, shared_.pool); variant != nullptr) {
      worker_.stats_.variants.add();
      used = stage(variant, changed);
    } else {
      drop(changed, m->pkt_len > buffer_room_ ? TxDrop::tx_not_linear : TxDrop::tx_no_mbuf);
    }
    if (unchanged.empty()) {
      rte_pktmbuf_free(m);
      return used;
    }
    return used | stage(m, unchanged);
  }

  // Puts the frame, which nothing will change any more, before the transmit queues of `ports`, which are
  // not empty. Returns those that it is before now.
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
      worker_.stats_.variants.add();
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

  // `length` of each staged frame; 0: not known, or they differ.
  void flush(PortId port, std::uint32_t length = 0) {
    Stage& stage = stages_[port];
    const std::uint16_t count = stage.count;
    stage.count = 0;
    std::uint64_t octets = std::uint64_t{length} * count;
    for (std::uint16_t i = 0; length == 0 && i < count; ++i) {
      octets += stage.mbufs[i]->pkt_len;
    }
    send(port, stage.mbufs.data(), count, octets);
  }

  // `mbufs` stay as they are: other ports may get the same.
  void send(PortId port, rte_mbuf** mbufs, std::uint16_t count, std::uint64_t octets) {
    PortCounters& counters = worker_.counters_[port];
    const WorkerSetup::Transmit& transmit = setup_.transmits[port];
    if (!transmit.exists || !shared_.link_up.load().contains(port)) {
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
        octets -= mbufs[i]->pkt_len;
      }
      counters.tx_drops[TxDrop::tx_queue_full].add(static_cast<std::uint64_t>(count - sent));
      rte_pktmbuf_free_bulk(mbufs + sent, static_cast<unsigned>(count - sent));
    }
    counters.tx_packets.add(sent);
    counters.tx_bytes.add(octets);
    worker_.stats_.replicas.add(sent);
  }

  // Another worker sends on this port, and counts.
  void hand_over(PortId port, rte_mbuf** mbufs, std::uint16_t count) {
    std::array<Handover::Item, 2 * kBurst> items;
    for (std::uint16_t i = 0; i < count; ++i) {
      items[i] = {mbufs[i], port, false};
    }
    const unsigned taken = setup_.transmits[port].handover->push(items.data(), count);
    worker_.stats_.handed_over.add(taken);
    if (taken < count) {
      worker_.counters_[port].tx_drops[TxDrop::tx_handover_full].add(count - taken);
      rte_pktmbuf_free_bulk(mbufs + taken, count - taken);
    }
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
      const forwarding::FrameNote note{.tci = frame.vlan};
      replicate_tagged(&m, std::span{&egress, 1}, std::span{&note, 1});
    }
  }

  // Of the burst that is being forwarded; kept here so that nothing clears them for every burst.
  std::array<const std::uint8_t*, kBurst> data_;
  std::array<std::uint32_t, kBurst> lengths_;
  std::array<forwarding::Frame, kBurst> frames_;
  std::array<PortSet, kBurst> egress_;
  std::array<forwarding::FrameNote, kBurst> notes_;

  Worker& worker_;
  const WorkerSetup& setup_;
  const Worker::Shared& shared_;
  forwarding::Forwarder forwarder_;
  std::uint32_t shortest_max_frame_ = 0;
  const std::uint32_t buffer_room_;
  PortSet takes_one_buffer_;
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

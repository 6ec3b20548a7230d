// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's loop. Compiled once per instruction set, together with everything it calls
// (fastpath.cpp), so that the whole packet path is in one translation unit.

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/burst_view.hpp"
#include "dataplane/control_frames.hpp"
#include "dataplane/egress.hpp"
#include "dataplane/receive_queue.hpp"
#include "dataplane/worker.hpp"

namespace mcswitch::dataplane {
namespace {

// A burst of so few frames means that there is little to do.
constexpr std::uint16_t kShortBurst = 4;
// A queue that gives full bursts is polled again, so often, before the next one: polling a silent port costs
// as much as some frames, and most ports only listen (bench/README.md).
constexpr unsigned kBurstsInARow = 8;

class Loop {
 public:
  explicit Loop(Worker& worker)
      : worker_{worker},
        setup_{worker.setup_},
        shared_{worker.shared_},
        forwarder_{{worker.shared_.tables, worker.messages_, worker.counters_, worker.setup_.control_ports}},
        egress_{worker},
        control_frames_{worker, egress_} {}

  void run() {
    shared_.quiescence.online(setup_.index);
    // Pairs with the release store in request_stop().
    while (!worker_.stop_.load(std::memory_order_acquire)) {
      turn();
    }
    // Once more, for what the control thread still wanted to send and for frames received meanwhile.
    turn();
    for (ReceiveQueue& queue : receives_) {
      while (queue.has_left_over()) {
        forward_next(queue);
      }
    }
    shared_.quiescence.offline(setup_.index);
  }

 private:
  // Begins behind the queue that was the first to have frames in the last turn. Otherwise what is free in a
  // slow port's transmit ring would always go to the same queue. (Turning by one would not do: between two
  // busy queues there may be many silent ones, and one of the two would come first in most turns.)
  void turn() {
    control_frames_.run();
    bool busy = false;
    const std::size_t count = receives_.size();
    const std::size_t first = worker_.first_queue_;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t index = first + i < count ? first + i : first + i - count;
      if (serve(receives_[index], i, busy) && !busy) {
        busy = true;
        worker_.first_queue_ = index + 1 < count ? index + 1 : 0;
      }
    }
    for (Handover* from : setup_.taken_from) {
      busy |= take_over(*from);
    }
    worker_.stats_[WorkerCounter::polls].add();
    if (busy) {
      worker_.stats_[WorkerCounter::busy_polls].add();
    }
    shared_.quiescence.quiescent(setup_.index);
  }

  // Handles up to kBurstsInARow bursts of a receive queue, or what fits into Pace::kRow. True if it had any
  // frame. It is the `place`th queue of this turn; `busy`: one before it had frames.
  bool serve(ReceiveQueue& queue, std::size_t place, bool busy) {
    Duration row{};
    for (unsigned n = 0; n < kBurstsInARow; ++n) {
      const bool was_left_over = queue.has_left_over();  // of another turn
      const std::span<rte_mbuf*> frames = queue.next();
      if (frames.empty()) {
        return n != 0;
      }
      if (n == 0 && !busy && !was_left_over && !queue.expects_more() && frames.size() <= kShortBurst) {
        look_again_before(place);
      }
      row += forward_paced(queue, frames);
      if (row > Pace::kRow || !queue.expects_more()) {
        break;
      }
    }
    return true;
  }

  Duration forward_paced(ReceiveQueue& queue, std::span<rte_mbuf*> frames) {
    const Duration time = forward(queue.port(), frames.data(), static_cast<std::uint16_t>(frames.size()));
    queue.took(frames.size(), time);
    return time;
  }

  void forward_next(ReceiveQueue& queue) {
    if (const std::span<rte_mbuf*> frames = queue.next(); !frames.empty()) {
      forward_paced(queue, frames);
    }
  }

  // A report on a port that has just been found empty may be older than the frame found since: by
  // milliseconds, if this thread was interrupted in between. When there is little to do, what arrived first
  // goes first. (Under load bursts are long, and the order of microseconds between ports means nothing.)
  void look_again_before(std::size_t place) {
    const std::size_t count = receives_.size();
    const std::size_t first = worker_.first_queue_;
    for (std::size_t i = 0; i < place; ++i) {
      forward_next(receives_[first + i < count ? first + i : first + i - count]);
    }
  }

  // How long it took; 0 for a burst of fast data, which is bounded by its frames: no look at the clock.
  Duration forward(PortId ingress, rte_mbuf** mbufs, std::uint16_t count) {
    const Shape shape = view_.look_at({mbufs, count});
    // The one look at the settings: what follows, to the tag of the last replica, goes by this block.
    const forwarding::Arrival arrival{ingress, shared_.clock.now(), shared_.tables.forwarding.current()};
    if (shape.is_simple) {
      const auto plain = forwarder_.process_plain(arrival, view_.quick(), shape.bytes, ports_);
      if (plain.done) {
        worker_.stats_[WorkerCounter::frames].add(count);
        send_plain(arrival.settings, mbufs, count, shape, plain);
        return Duration::zero();
      }
    }
    forward_each(arrival, mbufs, count, shape);
    return shared_.clock.now() - arrival.now;
  }

  // A burst of frames of one VLAN, all without a tag or all in one.
  void send_plain(const table::ForwardingBlock& settings, rte_mbuf** mbufs, std::uint16_t count, Shape shape,
                  const forwarding::Forwarder::Plain& plain) {
    const std::span<const PortSet> egress{ports_.data(), count};
    shape.in_tag = plain.tag == forwarding::TagForm::tagged;
    if (settings.has_tags && changes_form(egress, settings.vlans[plain.vlan].tagged, shape.in_tag)) {
      std::fill_n(notes_.begin(), count, forwarding::FrameNote{.tci = plain.vlan, .tag = plain.tag});
      egress_.replicate_tagged(settings, mbufs, egress, notes_, shape);
    } else {
      egress_.replicate(mbufs, egress, shape);
    }
  }

  // Whether some port wants frames in another form than the one that they came in.
  static bool changes_form(std::span<const PortSet> egress, PortSet tagged, bool in_tag) {
    std::uint32_t ports = 0;
    for (const PortSet set : egress) {
      ports |= set.bits();
    }
    return (ports & (in_tag ? ~tagged : tagged).bits()) != 0;
  }

  void forward_each(const forwarding::Arrival& arrival, rte_mbuf** mbufs, std::uint16_t count,
                    const Shape& shape) {
    const std::span<const forwarding::Frame> frames = view_.each();
    forwarder_.process_each(arrival, frames, ports_, notes_, view_.linearizer());
    if (setup_.owners[arrival.ingress] != nullptr) {
      give_to_owner(arrival.ingress, mbufs, frames, notes_);
    } else {
      worker_.stats_[WorkerCounter::frames].add(count);
    }
    if (arrival.settings.has_tags || forwarding::have_tags({notes_.data(), count})) {
      egress_.replicate_tagged(arrival.settings, mbufs, std::span{ports_.data(), count}, notes_, shape);
    } else {
      egress_.replicate(mbufs, std::span{ports_.data(), count}, shape);
    }
  }

  // Hands over IGMP of a port that another worker handles; a device that keeps to its flow rule gives none
  // here. The other worker handles the frame from the start. Frames that were handed over are nullptr
  // afterwards.
  void give_to_owner(PortId ingress, rte_mbuf** mbufs, std::span<const forwarding::Frame> frames,
                     std::span<const forwarding::FrameNote> notes) {
    Handover& owner = *setup_.owners[ingress];
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (!notes[i].for_owner) {
        worker_.stats_[WorkerCounter::frames].add();
        continue;
      }
      rte_mbuf* m = mbufs[i];
      if (frames[i].has_stripped_tag) {
        m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
      }
      const Handover::Item item{m, ingress, true};
      if (owner.push(&item, 1) == 1) {
        worker_.stats_[WorkerCounter::handed_over].add();
        mbufs[i] = nullptr;
      } else {
        PortCounters& counters = worker_.counters_[ingress];
        counters.rx_packets.add();
        counters.rx_bytes.add(m->pkt_len);
        counters.fates[FrameFate::igmp_handover_full].add();
        // It may have been a report: the control thread, if it is Querier, asks the port, and what was lost
        // comes again. Pairs with the exchange by which that takes the word.
        shared_.tables.ports[ingress].attention.fetch_or(table::kLeaveLost, std::memory_order_release);
      }
    }
  }

  // Until the ring is empty, at most as much as fits into it: an item is one replica, and each burst of the
  // giving worker makes as many as it has ports. IGMP that others received counts by its time.
  bool take_over(Handover& from) {
    unsigned taken = 0;
    Duration row{};
    while (taken < Handover::kSize && row <= Pace::kRow) {
      const std::uint16_t wanted = taken_pace_.frames();
      std::array<Handover::Item, kBurst> items;
      const unsigned count = from.pop(items.data(), wanted);
      const Duration time = handle({items.data(), count});
      taken_pace_.took(static_cast<std::uint16_t>(count), time);
      taken += count;
      row += time;
      if (count < wanted) {
        break;
      }
    }
    worker_.stats_[WorkerCounter::taken_over].add(taken);
    return taken != 0;
  }

  Duration handle(std::span<Handover::Item> items) {
    egress_.send_handed_over(items);
    // Now that nothing is staged any more: these are staged and sent themselves.
    Duration time{};
    for (Handover::Item& item : items) {
      if (item.was_received) {
        time += forward(item.port, &item.frame, 1);
      }
    }
    return time;
  }

  // Of the burst that is being forwarded; kept here so that nothing clears them for every burst.
  BurstView view_;
  std::array<PortSet, kBurst> ports_;
  std::array<forwarding::FrameNote, kBurst> notes_;

  Worker& worker_;
  const WorkerSetup& setup_;
  const Worker::Shared& shared_;
  std::vector<ReceiveQueue> receives_{setup_.receives.begin(), setup_.receives.end()};
  Pace taken_pace_;
  forwarding::Forwarder forwarder_;
  Egress egress_;
  ControlFrames control_frames_;
};

}  // namespace

}  // namespace mcswitch::dataplane

extern "C" void MCSWITCH_FAST_PATH_ENTRY(mcswitch::dataplane::Worker& worker) {
  // Too large for a worker's stack with its staging arrays.
  static_assert(sizeof(mcswitch::dataplane::Loop) < 128 * 1024);
  const auto loop = std::make_unique<mcswitch::dataplane::Loop>(worker);
  loop->run();
}

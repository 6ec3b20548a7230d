// SPDX-License-Identifier: BSD-3-Clause
//
// Tags of a whole burst: mostly all ports of a frame want it in one form, with its tag or without one. Then
// the frame is changed in place, or is right already, and the burst leaves like one that has nothing to do
// with tags. What is left over is for variants.hpp.
//
// Threads: any worker, on frames that it alone knows.

#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/port_set.hpp"
#include "dataplane/fan_out.hpp"
#include "dataplane/variants.hpp"
#include "forwarding/forwarder.hpp"
#include "table/forwarding_block.hpp"

namespace mcswitch::dataplane {

struct Finished {
  std::uint64_t missing = 0;  // bits of frames that ports want in different forms, or that cannot be changed
  bool has_changed = false;   // some frame
  bool in_tag = true;         // all others leave in a tag

  [[nodiscard]] bool is_all() const { return missing == 0; }
};

// Gives each frame the form in which all of its ports want it, as `settings` say, if they do. Frames without
// ports stay as they are; `mbufs` may have nullptr for them.
inline Finished finish_in_place(const table::ForwardingBlock& settings, rte_mbuf** mbufs,
                                std::span<const PortSet> egress,
                                std::span<const forwarding::FrameNote> notes) {
  using forwarding::TagForm;
  Finished finished;
  for (std::size_t i = 0; i < egress.size(); ++i) {
    const PortSet ports = egress[i];
    if (ports.empty()) {
      continue;
    }
    const forwarding::FrameNote& note = notes[i];
    const PortSet tagged = ports & settings.vlans[note.tci & forwarding::kVidMask].tagged;
    const bool has_tag = note.tag == TagForm::tagged;
    const bool is_known = has_tag || note.tag == TagForm::none;
    if (is_known && tagged == (has_tag ? ports : PortSet{})) {
      finished.in_tag &= has_tag;
    } else if (is_known && tagged == (has_tag ? PortSet{} : ports) && is_ours(mbufs[i]) &&
               change_tag(mbufs[i], has_tag ? TagChange::remove : TagChange::insert, note.tci)) {
      finished.has_changed = true;
      finished.in_tag &= !has_tag;
    } else {
      finished.missing |= std::uint64_t{1} << i;
    }
  }
  return finished;
}

// Of frames that have been changed; nullptr: one that was given away.
inline Shape shape_of(std::span<rte_mbuf* const> mbufs) {
  Shape shape{.shortest = UINT32_MAX, .one_segment = true};
  for (const rte_mbuf* m : mbufs) {
    if (m != nullptr) {
      shape.bytes += m->pkt_len;
      shape.longest = std::max(shape.longest, m->pkt_len);
      shape.shortest = std::min(shape.shortest, m->pkt_len);
      shape.one_segment = shape.one_segment && m->nb_segs == 1;
    }
  }
  return shape;
}

}  // namespace mcswitch::dataplane

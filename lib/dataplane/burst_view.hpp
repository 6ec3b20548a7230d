// SPDX-License-Identifier: BSD-3-Clause
//
// BurstView: a burst of packet buffers as the Forwarder sees it: where the bytes are, how long the frames
// are, and what they have in common.
//
// Threads: the worker's own. One is used again for each burst, so that nothing clears it.

#pragma once

#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "dataplane/fan_out.hpp"
#include "dataplane/pace.hpp"
#include "forwarding/forwarder.hpp"

namespace mcswitch::dataplane {

class BurstView {
 public:
  // Looks at `mbufs`, 1 to kBurst, which stay where they are until the next call.
  Shape look_at(std::span<rte_mbuf*> mbufs) {
    mbufs_ = mbufs;
    const std::uint32_t first = mbufs[0]->pkt_len;
    std::uint64_t bytes = 0;
    std::uint32_t differs = 0;
    std::uint64_t flags = 0;
    unsigned segments = 0;
    const std::size_t count = mbufs.size();
    for (std::size_t i = 0; i < count; ++i) {
      const rte_mbuf* m = mbufs[i];
      data_[i] = rte_pktmbuf_mtod(m, const std::uint8_t*);
      rte_prefetch0(data_[i]);
      bytes += m->pkt_len;
      differs |= m->pkt_len ^ first;
      flags |= m->ol_flags;
      segments |= m->nb_segs;
    }
    for (std::size_t i = count; i % forwarding::QuickBurst::kStep != 0; ++i) {
      data_[i] = data_[count - 1U];
    }
    longest_ = first;
    shortest_ = first;
    if (differs != 0) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t length = mbufs[i]->pkt_len;
        lengths_[i] = length;
        longest_ = std::max(longest_, length);
        shortest_ = std::min(shortest_, length);
      }
    }
    Shape shape{.bytes = bytes, .longest = longest_, .shortest = shortest_};
    shape.one_segment = segments == 1;
    shape.is_simple = shape.one_segment && (flags & RTE_MBUF_F_RX_VLAN_STRIPPED) == 0;
    return shape;
  }

  // Of a burst whose shape is simple.
  [[nodiscard]] forwarding::QuickBurst quick() const {
    return {.data = data_.data(),
            .count = mbufs_.size(),
            .longest = longest_,
            .shortest = shortest_,
            .lengths = lengths_.data()};
  }

  // Frame by frame. What a device knows of a tag that it took out is in the frame from now on, and means
  // nothing to the next user of the buffer.
  [[nodiscard]] std::span<const forwarding::Frame> each() {
    for (std::size_t i = 0; i < mbufs_.size(); ++i) {
      rte_mbuf* m = mbufs_[i];
      frames_[i] = {.data = data_[i], .contiguous = m->data_len, .length = m->pkt_len};
      if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
        frames_[i].has_stripped_tag = true;
        frames_[i].stripped_tci = m->vlan_tci;
        m->ol_flags &= ~(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED);
      }
    }
    return {frames_.data(), mbufs_.size()};
  }

  [[nodiscard]] forwarding::Linearizer linearizer() { return {.whole = &BurstView::whole, .context = this}; }

 private:
  // Longest IGMP datagram that is put together from several segments.
  static constexpr std::uint32_t kMaxLinear = 9216;

  static const std::uint8_t* whole(void* context, std::size_t index) {
    auto* self = static_cast<BurstView*>(context);
    const rte_mbuf* m = self->mbufs_[index];
    if (m->pkt_len > kMaxLinear) {
      return nullptr;
    }
    return static_cast<const std::uint8_t*>(rte_pktmbuf_read(m, 0, m->pkt_len, self->linear_.data()));
  }

  std::array<const std::uint8_t*, kBurst> data_;
  std::array<std::uint32_t, kBurst> lengths_;  // where they differ
  std::array<forwarding::Frame, kBurst> frames_;
  std::array<std::uint8_t, kMaxLinear> linear_;
  std::span<rte_mbuf*> mbufs_;
  std::uint32_t longest_ = 0;
  std::uint32_t shortest_ = 0;
};

}  // namespace mcswitch::dataplane

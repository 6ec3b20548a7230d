// SPDX-License-Identifier: BSD-3-Clause
//
// The tagged and the untagged variant of a frame (IEEE 802.1Q section 9), each made before its first transmit
// and at most once, for any number of ports.
//
// A frame that has no other owner and that all ports want in the same form is changed in place. Else a
// variant is made: a header in a buffer of its own, chained to the shared rest, where all ports take chained
// buffers and the frame is long; a copy otherwise.
//
// What leaves without the tag that it came with is padded to the shortest length that Ethernet has: network
// cards do that themselves, most virtual devices do not. A frame that came without a tag stays as it is.
//
// Threads: any worker, on frames that it alone knows. Nothing waits; nullptr means that the pool has no
// buffer left.

#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <cstring>

#include "base/port_set.hpp"
#include "forwarding/classify.hpp"

namespace mcswitch::dataplane {

inline constexpr std::uint32_t kMacAddresses = 12;  // bytes
inline constexpr std::uint32_t kTagSize = 4;
// The shortest frame without its check sequence.
inline constexpr std::uint32_t kShortestFrame = 60;
// From this length on a variant is chained. A chain costs the same at any length; a copy of a frame whose
// bytes are not in the first caches is cheaper up to 600 bytes or so (mcsmicro variant/, bench/README.md).
inline constexpr std::uint32_t kChainFrom = 768;

// What to do with the bytes behind the MAC addresses.
enum class TagChange : std::uint8_t {
  keep,
  insert,   // there is none: put one in
  rewrite,  // there is one, for the priority only: give it a VID
  remove,   // and pad
  pad,      // the device has removed it
};

inline void write_tag(std::uint8_t* to, std::uint16_t tci) {
  to[0] = 0x81;
  to[1] = 0x00;
  to[2] = static_cast<std::uint8_t>(tci >> 8);
  to[3] = static_cast<std::uint8_t>(tci);
}

// It has an 802.1Q tag in its bytes.
inline bool is_tagged(const rte_mbuf* m) {
  const auto* type = rte_pktmbuf_mtod_offset(m, const std::uint8_t*, kMacAddresses);
  return type[0] == 0x81 && type[1] == 0x00;
}

// The frame's first buffer has no other owner, and it has its bytes in itself.
inline bool is_ours(const rte_mbuf* m) { return rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m); }

// Zeros behind the frame up to `length`; `m` is ours. False if there is no room, or the end of the frame is
// in another buffer.
inline bool pad_to(rte_mbuf* m, std::uint32_t length) {
  if (m->pkt_len >= length) {
    return true;
  }
  const std::uint32_t missing = length - m->pkt_len;
  if (m->nb_segs != 1 || missing > rte_pktmbuf_tailroom(m)) {
    return false;
  }
  std::memset(rte_pktmbuf_append(m, static_cast<std::uint16_t>(missing)), 0, missing);
  return true;
}

// In place; `m` is ours. False, and nothing has changed, if there is no room.
inline bool change_tag(rte_mbuf* m, TagChange change, std::uint16_t tci) {
  switch (change) {
    case TagChange::keep:
      return true;
    case TagChange::insert: {
      const auto* old = rte_pktmbuf_mtod(m, std::uint8_t*);
      auto* start = reinterpret_cast<std::uint8_t*>(rte_pktmbuf_prepend(m, kTagSize));
      if (start == nullptr) {
        return false;
      }
      std::memmove(start, old, kMacAddresses);
      write_tag(start + kMacAddresses, tci);
      return true;
    }
    case TagChange::rewrite:
      write_tag(rte_pktmbuf_mtod(m, std::uint8_t*) + kMacAddresses, tci);
      return true;
    case TagChange::pad:
      return pad_to(m, kShortestFrame);
    case TagChange::remove: {
      if (!pad_to(m, kShortestFrame + kTagSize)) {
        return false;
      }
      auto* start = rte_pktmbuf_mtod(m, std::uint8_t*);
      std::memmove(start + kTagSize, start, kMacAddresses);
      rte_pktmbuf_adj(m, kTagSize);
      return true;
    }
  }
  return false;
}

// A copy of the whole frame in one buffer; nullptr if it does not fit or there is no buffer.
inline rte_mbuf* linear_copy(const rte_mbuf* m, rte_mempool* pool) {
  rte_mbuf* copy = rte_pktmbuf_alloc(pool);
  if (copy == nullptr) {
    return nullptr;
  }
  if (m->pkt_len > rte_pktmbuf_tailroom(copy)) {
    rte_pktmbuf_free(copy);
    return nullptr;
  }
  auto* to =
      reinterpret_cast<std::uint8_t*>(rte_pktmbuf_append(copy, static_cast<std::uint16_t>(m->pkt_len)));
  for (const rte_mbuf* segment = m; segment != nullptr; segment = segment->next) {
    std::memcpy(to, rte_pktmbuf_mtod(segment, const void*), segment->data_len);
    to += segment->data_len;
  }
  return copy;
}

// Header in a buffer of its own, chained to the shared bytes of `m`. `m` is contiguous for its MAC
// addresses and its tag.
inline rte_mbuf* chained_variant(rte_mbuf* m, TagChange change, std::uint16_t tci, rte_mempool* pool) {
  rte_mbuf* header = rte_pktmbuf_alloc(pool);
  if (header == nullptr) {
    return nullptr;
  }
  rte_mbuf* rest = rte_pktmbuf_clone(m, pool);
  if (rest == nullptr) {
    rte_pktmbuf_free(header);
    return nullptr;
  }
  const std::uint32_t header_size = change == TagChange::remove ? kMacAddresses : kMacAddresses + kTagSize;
  auto* to = reinterpret_cast<std::uint8_t*>(
      rte_pktmbuf_append(header, static_cast<std::uint16_t>(header_size + 2)));
  const auto* from = rte_pktmbuf_mtod(m, const std::uint8_t*);
  std::memcpy(to, from, kMacAddresses);
  std::uint32_t taken = kMacAddresses;
  if (change == TagChange::remove || change == TagChange::rewrite) {
    taken += kTagSize;
  }
  if (change != TagChange::remove) {
    write_tag(to + kMacAddresses, tci);
  }
  // The EtherType goes with the header: devices want a whole Ethernet header in the first buffer.
  std::memcpy(to + header_size, from + taken, 2);
  rte_pktmbuf_adj(rest, static_cast<std::uint16_t>(taken + 2));
  header->next = rest;
  header->nb_segs = static_cast<std::uint16_t>(rest->nb_segs + 1);
  header->pkt_len += rest->pkt_len;
  return header;
}

// A second frame; `m` stays as it is. `may_chain`: all its ports take chained buffers. A frame that is too
// long for a copy is chained anyway: ports that do not take that lose it, and the others get it.
inline rte_mbuf* make_variant(rte_mbuf* m, TagChange change, std::uint16_t tci, bool may_chain,
                              rte_mempool* pool) {
  constexpr std::uint32_t kShortestHeader = kMacAddresses + kTagSize + 2;
  const std::uint32_t room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM;
  if ((may_chain || m->pkt_len > room) && m->pkt_len >= kChainFrom && m->data_len >= kShortestHeader) {
    return chained_variant(m, change, tci, pool);
  }
  rte_mbuf* copy = linear_copy(m, pool);
  if (copy != nullptr && !change_tag(copy, change, tci)) {
    rte_pktmbuf_free(copy);
    return nullptr;
  }
  return copy;
}

// What a frame leaves as; nullptr: nobody wants it so, or there was no buffer for it.
struct Variants {
  rte_mbuf* tagged = nullptr;
  rte_mbuf* untagged = nullptr;
  unsigned made = 0;  // in buffers of their own
};

struct WantedBy {
  PortSet tagged;
  PortSet untagged;
  PortSet one_buffer;  // of all ports, those that take no chained buffers
};

// The variants of a frame that came with this form of tag, of which one at least is wanted. `m` is one of
// them, or freed.
inline Variants make_variants(rte_mbuf* m, forwarding::TagForm form, std::uint16_t tci,
                              const WantedBy& wanted, rte_mempool* pool) {
  using forwarding::TagForm;
  Variants variants;
  const auto variant = [&](TagChange change, PortSet by, bool in_place) {
    if (change == TagChange::keep || (in_place && is_ours(m) && change_tag(m, change, tci))) {
      return m;
    }
    rte_mbuf* made = make_variant(m, change, tci, (by & wanted.one_buffer).empty(), pool);
    variants.made += made != nullptr ? 1 : 0;
    return made;
  };
  if (!wanted.tagged.empty()) {
    const TagChange change = form == TagForm::tagged     ? TagChange::keep
                             : form == TagForm::priority ? TagChange::rewrite
                                                         : TagChange::insert;
    variants.tagged = variant(change, wanted.tagged, wanted.untagged.empty());
  }
  if (!wanted.untagged.empty()) {
    const bool is_short = m->pkt_len < kShortestFrame;
    const TagChange change = form == TagForm::tagged || form == TagForm::priority ? TagChange::remove
                             : form == TagForm::stripped && is_short              ? TagChange::pad
                                                                                  : TagChange::keep;
    variants.untagged = variant(change, wanted.untagged, variants.tagged != m);
  }
  if (variants.tagged != m && variants.untagged != m) {
    rte_pktmbuf_free(m);
  }
  return variants;
}

}  // namespace mcswitch::dataplane

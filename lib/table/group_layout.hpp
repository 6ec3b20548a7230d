// SPDX-License-Identifier: BSD-3-Clause
//
// How the group table's entries lie in memory, and what their words say. For the table's own parts only.
//
// A bucket is one cache line: header 8, three (key, word) slots of 16, 8 for counts. There is a bucket for
// each two entries (32 bytes an entry), an overflow node of 32 bytes for 116 of 1000 (3.71), a record of 24
// and a free-list link of 4: with the marks 64 bytes an entry. A membership has 32 bytes; there is one for
// each entry and port, so that a refresh finds it without a search.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "table/group_key.hpp"
#include "table/membership.hpp"

namespace mcswitch::table {

struct GroupLayout {
  // Word of an entry: ports in bits 0-31, id in bits 32-55, state in bits 56-57, marks above. One load
  // answers "alive?", "who?", "which entry?" and "are there sources?".
  //   0       slot not in use
  //   live    ports may be set
  //   retired no ports, no way back; unlinked next
  static constexpr std::uint64_t kLive = std::uint64_t{1} << 56;
  static constexpr std::uint64_t kRetired = std::uint64_t{2} << 56;
  static constexpr std::uint64_t kStateMask = std::uint64_t{3} << 56;
  // Marks of a group: it may have children of the kind, and "touched" (closing_groups.cpp).
  static constexpr std::uint64_t kRequested = std::uint64_t{1} << 58;
  static constexpr std::uint64_t kTouched = std::uint64_t{1} << 59;
  static constexpr std::uint64_t kExcluded = std::uint64_t{1} << 60;
  static constexpr std::uint64_t kMarks = kRequested | kTouched | kExcluded;
  static constexpr std::uint64_t word_of(EntryId id, PortSet ports) {
    return kLive | std::uint64_t{id} << 32 | ports.bits();
  }
  static constexpr std::uint64_t retired_word(EntryId id) { return kRetired | std::uint64_t{id} << 32; }
  static constexpr bool word_is_live(std::uint64_t w) { return (w & kStateMask) == kLive; }
  static constexpr EntryId word_id(std::uint64_t w) { return static_cast<EntryId>(w >> 32 & 0xffffff); }
  static constexpr PortSet word_ports(std::uint64_t w) { return PortSet{static_cast<std::uint32_t>(w)}; }

  // key: written by the thread that owns the slot before publication (compare-and-swap from 0 for the inline
  //      slots), set back to 0 by control after the grace period; read by all.
  // word: workers set port bits by compare-and-swap, control clears them and retires; read by all.
  struct Slot {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint64_t> word{0};
  };
  static constexpr unsigned kInlineSlots = 3;

  // Header of a bucket: which inline slots are published (bits 0-2), version (bits 3-31), head of the
  // overflow chain (bits 32-63; kNoNode: none). Workers and control change it by compare-and-swap only.
  static constexpr std::uint32_t kNoNode = 0xffffffff;
  static constexpr std::uint64_t kEmptyHeader = std::uint64_t{kNoNode} << 32;
  static constexpr std::uint64_t kHeaderVersion = std::uint64_t{1} << 3;
  static constexpr std::uint64_t kHeaderVersionMask = 0xfffffff8;
  static constexpr std::uint64_t next_version(std::uint64_t header) {
    return (header & ~kHeaderVersionMask) | ((header + kHeaderVersion) & kHeaderVersionMask);
  }
  static constexpr std::uint32_t chain_of(std::uint64_t header) {
    return static_cast<std::uint32_t>(header >> 32);
  }
  static constexpr std::uint64_t with_chain(std::uint64_t header, std::uint32_t node) {
    return (header & 0xffffffff) | std::uint64_t{node} << 32;
  }

  // children: entries of sources of the group in a slot. Who makes one reserves before, control gives back
  // when it unlinks one. 0 where there is no group, so a thread that takes a slot finds it so.
  struct alignas(64) Bucket {
    std::atomic<std::uint64_t> header{kEmptyHeader};
    Slot slots[kInlineSlots];
    std::atomic<std::uint16_t> children[kInlineSlots] = {};
    std::uint16_t spare = 0;
  };
  static_assert(sizeof(Bucket) == 64);
  // next: written by the inserting thread before publication, then by control (unlinking) only.
  struct alignas(32) Node {
    Slot slot;
    std::atomic<std::uint32_t> next{kNoNode};
    std::atomic<std::uint32_t> free_link{0};  // of the free list of nodes
    std::atomic<std::uint16_t> children{0};
    std::uint16_t spare[3] = {};
  };
  static_assert(sizeof(Node) == 32);

  // Place of an entry: bucket times kInlineSlots plus slot, or kOverflowPlace plus node; with kPending while
  // its maker is about to publish it, with kUnlinked from its retirement on. Who goes by place and not by
  // bucket (telemetry, fresh marks) passes over both: an unlinked entry must be out of reach before its grace
  // period begins, by either way.
  static constexpr std::uint32_t kNowhere = 0xffffffff;
  static constexpr std::uint32_t kOverflowPlace = 0x80000000;
  static constexpr std::uint32_t kPending = 0x40000000;
  static constexpr std::uint32_t kUnlinked = 0x20000000;
  static constexpr std::uint32_t kClosed = kPending | kUnlinked;
  static constexpr bool is_overflow(std::uint32_t place) { return (place & kOverflowPlace) != 0; }
  static constexpr std::uint32_t node_of(std::uint32_t place) { return place & ~kOverflowPlace; }

  // Identity of an entry. address, owner: written by the inserting thread before publication, constant until
  // control recycles the id after a grace period. place: kNowhere while the id is free (control stores), set
  // by the inserting thread just before publication; read by all.
  struct Record {
    IpAddress address;  // of the group or the source
    std::atomic<std::uint32_t> place{kNowhere};
    std::uint32_t owner = 0;  // kind in bits 30-31; below the VLAN of a group, the group's entry of a source
  };
  static_assert(sizeof(Record) == 24);
  static constexpr std::uint32_t owner_word(EntryKind kind, std::uint32_t owner) {
    return std::uint32_t{static_cast<std::uint8_t>(kind)} << 30 | owner;
  }
  static constexpr std::uint32_t owner_of(std::uint32_t word) { return word & 0xffffff; }
  static constexpr EntryKind kind_of(std::uint32_t word) { return static_cast<EntryKind>(word >> 30); }
};

}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause
//
// Group table: which ports want frames for (VLAN, multicast group)?
//
// Every multicast data frame asks this once, so find() is the hottest call in the switch. Beside the
// answer the table keeps one Membership per (group, port): when the port last asked, and what the
// control thread needs to let it end. *Until when* is decided by lib/membership.
//
// Threads
//   worker     any number: find(), find_v4(), find_burst_v4(), begin_v4(), finish(), join(). A port's
//              membership messages are handled by one worker, so two join() calls for the same port never
//              run at once.
//   control    exactly one: everything under "control".
//   telemetry  any number, inside a registered reader section: snapshot().
//   All of these may run at once. Apart from the constructor no call blocks, allocates, or makes a
//   system call. find() and snapshot() finish in a bounded number of steps; join() repeats a
//   compare-and-swap only when another thread's has succeeded (lock-free).
//
// Workers never remove, the control thread alone takes away
//   join() makes the port a member before it returns; there is no state in which a join has to wait.
//   A refresh exchanges the membership's stamp and then reads the entry word again; remove() clears
//   the port's bit and then reads the stamp again. Both are read-modify-writes followed by a load, all
//   sequentially consistent, so at least one of the two sees the other: the worker sets the bit anew,
//   or the control thread puts it back. tests/model/group_table.pml checks this, and what follows.
//
// How a group appears and goes
//   join() prepares an entry that nobody can see and publishes it by a compare-and-swap of its bucket's
//   header, which every insertion into and removal from that bucket changes. A group without ports is
//   retired: its word says so from one load on (a join that meets it makes a new entry), it is
//   unlinked, and after a grace period its parts return to the free lists.
//
// Fresh memberships
//   join() that adds a port marks the entry fresh in a bitmap; the control thread takes the marks and
//   starts the timers. A mark cannot be lost, whatever rings are full.
//
// Capacity
//   Fixed at construction. A join() for a new group when no entry is free returns `full` and changes
//   nothing; an entry that is only waiting for its grace period does not count as free.
//
// Layout
//   A bucket is one cache line: header 8, three (key, word) slots of 16, 8 spare. There is a bucket for
//   each two groups (32 bytes a group), an overflow node of 32 bytes for 119 of 1000 (3.8), a record of 24
//   and a free-list link of 4: 64 bytes a group. A membership has 32 bytes; there is one for each group and
//   port, so that a refresh finds it without a search.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/large_array.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "table/free_list.hpp"
#include "table/group_key.hpp"
#include "table/reclamation.hpp"

namespace mcswitch::table {

// Index of an entry, stable for as long as the group has members. Listing goes by this.
using EntryId = std::uint32_t;
inline constexpr EntryId kNoEntry = 0xffffff;  // 24 bits: at most 16,777,215 groups

enum class JoinResult : std::uint8_t {
  joined,     // the port was not a member before
  refreshed,  // it was
  full,       // no entry for a new group; count it
};

// One (group, port). 32 bytes.
struct Membership {
  // Last report. Worker of the port exchanges, control reads (and zeroes between two lives).
  std::atomic<Stamp> stamp{0};
  // Last version 1 report (RFC 2236 section 5). Worker of the port stores, control reads.
  std::atomic<Stamp> v1_stamp{0};
  // A lowered end of the membership, packed with a mark of the report that it was lowered from: control
  // sets, telemetry reads, both through control/membership_end.hpp. 0: nothing is lowered.
  std::atomic<std::int64_t> ends_at{0};
  // Control only: link of the timer wheel, and whether a timer is armed. They outlive the entry: a
  // timer that is still armed when the entry ends fires, finds it so, and is dropped then.
  std::uint32_t timer_next = 0;
  bool timer_armed = false;
  // IGMP version of the last report (1, 2, 3): worker of the port stores, telemetry reads.
  std::atomic<std::uint8_t> version{0};
};
static_assert(sizeof(Membership) == 32);

class GroupTable {
 public:
  // What a lookup gives: the member ports, and the entry for counters. No entry: {empty, kNoEntry}.
  struct Found {
    PortSet ports;
    EntryId id = kNoEntry;
  };

  // Takes all memory it will ever use. `max_groups` 1 to kNoEntry - 1, `port_count` 1 to kMaxPorts.
  // `seed` should be random per process: group addresses are chosen by strangers.
  GroupTable(std::uint32_t max_groups, std::size_t port_count, std::uint64_t seed);
  ~GroupTable();
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  // Bytes that the constructor takes for these arguments.
  static std::size_t memory_size(std::uint32_t max_groups, std::size_t port_count);

  // --- worker -----------------------------------------------------------------------------------

  // Member ports of the group. Router ports and the ingress port are not this table's business.
  [[nodiscard]] Found find(const GroupKey& key) const noexcept;
  [[nodiscard]] Found find_v4(VlanId vlan, Ipv4Address group) const noexcept;

  static constexpr std::size_t kMaxBurst = 64;
  // find_v4() for a burst of at most kMaxBurst groups, with prefetching; `found` has room for as many.
  // This and the next three are inline: group_lookup.hpp.
  void find_burst_v4(std::span<const VlanGroup> groups, Found* found) const noexcept;

  // The same in two halves, for who has a group in hand early: all of a burst are begun, which sends for
  // their lines of the table, before the first is finished. In one reader section.
  class Probe;
  [[nodiscard]] Probe begin_v4(VlanId vlan, Ipv4Address group) const noexcept;
  [[nodiscard]] Found finish(const Probe& probe) const noexcept;
  void finish(std::span<const Probe> probes, Found* found) const noexcept;

  // For a join() that is to come. `id` may be kNoEntry.
  void prefetch_membership(EntryId id, PortId port) const noexcept;

  // `stamp` must be larger than that of the port's earlier messages. `version` 1, 2 or 3.
  JoinResult join(const GroupKey& key, PortId port, Stamp stamp, std::uint8_t version) noexcept;

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  // --- control ----------------------------------------------------------------------------------

  // Calls visit(EntryId) for entries that gained a port since the last call, at most `limit` of them
  // (the rest at the next call). True if there is more.
  template <typename Visitor>
  bool drain_fresh(std::size_t limit, Visitor&& visit);

  // The entry of a group with members, or kNoEntry.
  [[nodiscard]] EntryId find_entry(const GroupKey& key) const noexcept { return find(key).id; }
  // Of an entry that has not been retired (the control thread is the one who retires).
  [[nodiscard]] PortSet ports(EntryId id) const noexcept;
  [[nodiscard]] GroupKey key(EntryId id) const noexcept;
  [[nodiscard]] Membership& membership(EntryId id, PortId port) noexcept {
    return memberships_[std::size_t{id} * port_count_ + port];
  }
  [[nodiscard]] const Membership& membership(EntryId id, PortId port) const noexcept {
    return memberships_[std::size_t{id} * port_count_ + port];
  }

  // Ends a membership that was decided on by looking at a stamp not newer than `not_after`: true if it
  // has ended; false if a newer report has arrived meanwhile, and the port stays a member. An entry
  // whose last port goes is retired at once: `id` must not be used again after true, unless
  // is_live(id).
  bool remove(EntryId id, PortId port, Stamp not_after) noexcept;

  // False once the entry has been retired.
  [[nodiscard]] bool is_live(EntryId id) const noexcept;

  // Returns retired entries whose grace period has passed to the free lists; never blocks. Call it
  // regularly. `limit` bounds the work of one call.
  std::size_t reclaim(GracePeriod& grace_period, std::size_t limit = 256) noexcept;

  // Groups with an entry, and entries waiting for a grace period. Any thread; a moment's picture.
  [[nodiscard]] std::uint32_t group_count() const noexcept;
  [[nodiscard]] std::uint32_t retired_count() const noexcept;
  [[nodiscard]] std::uint32_t capacity() const noexcept { return max_groups_; }
  [[nodiscard]] std::size_t port_count() const noexcept { return port_count_; }

  // Calls visit(EntryId) for each live entry. Control only.
  template <typename Visitor>
  void for_each(Visitor&& visit) const;

  // --- telemetry --------------------------------------------------------------------------------

  // True and the group with its ports if `id` (0 to capacity() - 1) is a live entry. Valid inside the
  // caller's reader section. An entry that is there all the time keeps its id.
  [[nodiscard]] bool snapshot(EntryId id, GroupKey& key, PortSet& ports) const noexcept;

 private:
  // Word of an entry: ports in bits 0-31, id in bits 32-55, state in bits 56-57. One load answers
  // "alive?", "who?" and "which entry?".
  //   0       slot not in use
  //   live    ports may be set
  //   retired no ports, no way back; unlinked next
  static constexpr std::uint64_t kLive = std::uint64_t{1} << 56;
  static constexpr std::uint64_t kRetired = std::uint64_t{2} << 56;
  static constexpr std::uint64_t kStateMask = std::uint64_t{3} << 56;
  static constexpr std::uint64_t word_of(EntryId id, PortSet ports) {
    return kLive | std::uint64_t{id} << 32 | ports.bits();
  }
  static constexpr bool word_is_live(std::uint64_t w) { return (w & kStateMask) == kLive; }
  static constexpr EntryId word_id(std::uint64_t w) { return static_cast<EntryId>(w >> 32 & 0xffffff); }
  static constexpr PortSet word_ports(std::uint64_t w) { return PortSet{static_cast<std::uint32_t>(w)}; }

  // key: written by the worker that owns the slot before publication (compare-and-swap from 0 for the
  //      inline slots), set back to 0 by control after the grace period; read by all.
  // word: workers set port bits by compare-and-swap, control clears them and retires; read by all.
  struct Slot {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint64_t> word{0};
  };
  static constexpr unsigned kInlineSlots = 3;
  // Header: which inline slots are published (bits 0-2), version (bits 3-31), head of the overflow
  // chain (bits 32-63; kNoNode: none). Workers and control change it by compare-and-swap only.
  struct alignas(64) Bucket {
    std::atomic<std::uint64_t> header{kEmptyHeader};
    Slot slots[kInlineSlots];
    std::uint64_t spare = 0;
  };
  static_assert(sizeof(Bucket) == 64);
  // next: written by the inserting worker before publication, then by control (unlinking) only.
  struct alignas(32) Node {
    Slot slot;
    std::atomic<std::uint32_t> next{kNoNode};
    std::atomic<std::uint32_t> free_link{0};  // of free_nodes_
    std::uint32_t spare[2] = {};
  };
  static_assert(sizeof(Node) == 32);
  struct FreeNodeLinks {
    Node* nodes;
    std::atomic<std::uint32_t>& operator()(std::uint32_t node) const { return nodes[node].free_link; }
  };
  // Identity of an entry. vlan, group: written by the inserting worker before publication, constant
  // until control recycles the id after a grace period. place: kNowhere while the id is free (control
  // stores), set by the inserting worker just before publication.
  struct Record {
    IpAddress group;
    std::atomic<std::uint32_t> place{kNowhere};
    VlanId vlan = 0;
    std::uint16_t spare = 0;
  };
  static_assert(sizeof(Record) == 24);

  static constexpr std::uint32_t kNoNode = 0xffffffff;
  // Place of an entry: bucket times kInlineSlots plus slot, or kOverflowPlace plus node; with kPending
  // while its worker is about to publish it, with kUnlinked from its retirement on. Who goes by place and
  // not by bucket (telemetry, fresh marks) passes over both: an unlinked entry must be out of reach before
  // its grace period begins, by either way.
  static constexpr std::uint32_t kNowhere = 0xffffffff;
  static constexpr std::uint32_t kOverflowPlace = 0x80000000;
  static constexpr std::uint32_t kPending = 0x40000000;
  static constexpr std::uint32_t kUnlinked = 0x20000000;
  static constexpr std::uint32_t kClosed = kPending | kUnlinked;
  static constexpr std::uint64_t kEmptyHeader = std::uint64_t{kNoNode} << 32;
  static constexpr std::uint64_t kHeaderVersion = std::uint64_t{1} << 3;
  static constexpr std::uint64_t kHeaderVersionMask = 0xfffffff8;

  static constexpr std::uint64_t next_version(std::uint64_t header) {
    return (header & ~kHeaderVersionMask) | ((header + kHeaderVersion) & kHeaderVersionMask);
  }

  struct Location {
    std::atomic<std::uint64_t>* word = nullptr;
    std::uint64_t value = 0;
  };

  [[nodiscard]] std::size_t bucket_of(PackedKey key) const noexcept;
  [[nodiscard]] static Found found_of(std::uint64_t live_word) noexcept;
  struct Inline;
  class Chained;
  void finish_one(const Probe* probes, Found* found, std::size_t index, Chained& chained) const noexcept;
  [[nodiscard]] static Inline look_inline(const Probe& probe) noexcept;
  [[nodiscard]] Found finish_slowly(const Probe& probe) const noexcept;
  [[nodiscard]] bool same_group(EntryId id, const GroupKey& key) const noexcept;
  [[nodiscard]] Location locate(PackedKey packed, const GroupKey* key) const noexcept;
  [[nodiscard]] Location locate_in(const Bucket& bucket, std::uint64_t header, PackedKey packed,
                                   const GroupKey* key) const noexcept;
  bool join_existing(std::atomic<std::uint64_t>& word, EntryId id, PortId port, Stamp stamp,
                     std::uint8_t version, JoinResult& result) noexcept;
  [[nodiscard]] std::uint64_t published_word(EntryId id) const noexcept;
  [[nodiscard]] Slot& slot_at(std::uint32_t place) const noexcept;
  void mark_fresh(EntryId id) noexcept;
  void unlink(EntryId id) noexcept;
  void recycle(EntryId id) noexcept;
  void give_back(EntryId id, PortId port) noexcept;

  const std::uint32_t max_groups_;
  const std::size_t port_count_;
  const std::uint64_t seed_;
  std::size_t bucket_count_ = 0;
  std::uint32_t node_count_ = 0;

  LargeArray<Bucket> buckets_;
  LargeArray<Node> nodes_;
  LargeArray<Record> records_;
  LargeArray<Membership> memberships_;
  FreeList free_ids_;
  BasicFreeList<FreeNodeLinks> free_nodes_;

  // One bit an entry and one bit for 64 of those: workers set (entry first), control takes (summary
  // first).
  LargeArray<std::atomic<std::uint64_t>> fresh_;
  LargeArray<std::atomic<std::uint64_t>> fresh_summary_;
  std::size_t fresh_words_ = 0;
  std::size_t fresh_summary_words_ = 0;
  std::size_t fresh_cursor_ = 0;  // control only

  // Control only: retired entries in two chains through the links of free_ids_. Those in waiting_ are
  // free once the grace period token_ has passed; those in unlinked_ wait for the next one.
  EntryId unlinked_ = FreeList::kNone;
  EntryId waiting_ = FreeList::kNone;
  std::uint64_t token_ = 0;
  std::atomic<std::uint32_t> retired_count_{0};  // control writes, any thread reads
};

// ------------------------------------------------------------------------------------------------

// A lookup that has begun. Good for one reader section.
class GroupTable::Probe {
 public:
  Probe() = default;

 private:
  friend class GroupTable;
  Probe(const Bucket* bucket, PackedKey key) : bucket_{bucket}, key_{key} {}
  const Bucket* bucket_ = nullptr;
  PackedKey key_ = PackedKey::of_v4(0, {});
};

template <typename Visitor>
bool GroupTable::drain_fresh(std::size_t limit, Visitor&& visit) {
  for (std::size_t n = 0; n < fresh_summary_words_; ++n, ++fresh_cursor_) {
    if (fresh_cursor_ >= fresh_summary_words_) {
      fresh_cursor_ = 0;
    }
    std::atomic<std::uint64_t>& summary = fresh_summary_[fresh_cursor_];
    if (summary.load(std::memory_order_relaxed) == 0) {
      continue;
    }
    // Pairs with the release fetch_or in mark_fresh().
    std::uint64_t words = summary.exchange(0, std::memory_order_acq_rel);
    while (words != 0) {
      const auto w = static_cast<unsigned>(std::countr_zero(words));
      const std::size_t word = fresh_cursor_ * 64 + w;
      std::uint64_t ids = fresh_[word].exchange(0, std::memory_order_acq_rel);
      words &= words - 1;
      while (ids != 0) {
        const auto id = static_cast<EntryId>(word * 64 + static_cast<unsigned>(std::countr_zero(ids)));
        ids &= ids - 1;
        if (limit == 0) {
          // Put back what this call may not do any more.
          fresh_[word].fetch_or(ids | std::uint64_t{1} << (id % 64), std::memory_order_release);
          summary.fetch_or(words | std::uint64_t{1} << w, std::memory_order_release);
          return true;
        }
        --limit;
        if (is_live(id)) {
          visit(id);
        }
      }
    }
  }
  return false;
}

template <typename Visitor>
void GroupTable::for_each(Visitor&& visit) const {
  for (EntryId id = 0; id < max_groups_; ++id) {
    if (is_live(id)) {
      visit(id);
    }
  }
}

}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause
//
// Group table: which ports want frames for (VLAN, multicast group), and from which sources?
//
// Every multicast data frame asks this once, so the lookup of a group is the hottest call in the switch.
// Beside the answer the table keeps one Membership per (entry, port): when the port last asked, and what the
// control thread needs to let it end. *Until when* is decided by lib/membership.
//
// Entries (EntryKind)
//   group      ports that want any source: filter mode EXCLUDE (RFC 9776 section 6.2.1)
//   requested  a source of a group: ports on which a source timer runs
//   excluded   a source of a group: ports in mode EXCLUDE that name the source
//   A frame goes to (group & ~excluded) | requested (section 6.3): accepting(). A source timer that runs out
//   in mode EXCLUDE is the end of the requested bit, and the source is excluded from that very store on. A
//   group's entry says whether it has entries of sources (its children); one without costs nothing more. A
//   group that has children has an entry, if need be without ports.
//
// Threads
//   worker     any number: find(), find_v4(), find_burst_v4(), begin_v4(), finish(), requested(),
//   accepting(),
//              join(), join_source(). A port's membership messages are handled by one worker, so two joins of
//              a worker for the same port never run at once.
//   control    exactly one: everything under "control".
//   telemetry  any number, inside a registered reader section: snapshot(), find_source().
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
// How a group's entry outlives its children
//   A child's key holds the number of its group's entry, so that number must not be given to another group
//   while anybody may make a child of it. Who makes one first sees to it that the group's word has the marks
//   "requested" and "touched". A group without children is closed in steps: control takes the mark "touched"
//   away, waits for a grace period, and takes the fresh marks of the whole table: then every child is
//   known whose maker saw the old mark. If there is none, and the word is still not touched, one
//   compare-and-swap retires the entry, or takes the marks away where ports are left. So no child is ever
//   made of an entry that is gone. tests/model checks this too.
//
// Fresh memberships
//   join() that adds a port marks the entry fresh in a bitmap; the control thread takes the marks and
//   starts the timers. A mark cannot be lost, whatever rings are full.
//
// Capacity
//   Fixed at construction. A join that needs a new entry when none is free returns `full`, one on a port that
//   has reached its limit `limited`, and one that would be a source too many of its group `crowded`; none of
//   them makes a member. An entry that is only waiting for its grace period does not count as free.
//
// Layout
//   A bucket is one cache line: header 8, three (key, word) slots of 16, 8 for counts. There is a bucket for
//   each two entries (32 bytes an entry), an overflow node of 32 bytes for 116 of 1000 (3.71), a record of 24
//   and a free-list link of 4: 64 bytes an entry. A membership has 32 bytes; there is one for each entry and
//   port, so that a refresh finds it without a search.

#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/large_array.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "table/children.hpp"
#include "table/closing_groups.hpp"
#include "table/free_list.hpp"
#include "table/fresh_marks.hpp"
#include "table/group_key.hpp"
#include "table/membership.hpp"
#include "table/port_usage.hpp"
#include "table/reclamation.hpp"
#include "table/retired_entries.hpp"

namespace mcswitch::table {

enum class JoinResult : std::uint8_t {
  joined,     // the port was not a member before
  refreshed,  // it was
  full,       // no entry for a new group or source; count it
  limited,    // the port has as many memberships as it may have; count it
  crowded,    // the group has as many sources as it may have; count it
};

class GroupTable {
 public:
  // What a lookup gives: the ports, and the entry. No entry: no ports, and an id of kNoEntry.
  struct Found {
    PortSet ports;
    std::uint32_t bits = kNoEntry;  // id, and marks above it

    [[nodiscard]] EntryId id() const { return bits & kNoEntry; }
    [[nodiscard]] bool exists() const { return bits != kNoEntry; }
    // Of a group: it may have children of the kind.
    [[nodiscard]] bool has_requested() const { return (bits & kHasRequested) != 0; }
    [[nodiscard]] bool has_excluded() const { return (bits & kHasExcluded) != 0; }
    [[nodiscard]] bool has_sources() const { return (bits & (kHasRequested | kHasExcluded)) != 0; }

    static constexpr std::uint32_t kHasRequested = 1 << 26;
    static constexpr std::uint32_t kHasExcluded = 1 << 28;
  };

  // What a join did, and to which entry (kNoEntry unless it is a member now).
  struct Joined {
    JoinResult result = JoinResult::full;
    EntryId id = kNoEntry;
    // The group may have children, as its word said after the stamp had been exchanged.
    bool has_sources = false;
    operator JoinResult() const { return result; }
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

  // The same in two halves, for whoever has a group in hand early: all of a burst are begun, which sends for
  // their lines of the table, before the first is finished. In one reader section.
  class Probe;
  [[nodiscard]] Probe begin_v4(VlanId vlan, Ipv4Address group) const noexcept;
  [[nodiscard]] Found finish(const Probe& probe) const noexcept;
  void finish(std::span<const Probe> probes, Found* found) const noexcept;

  // Likewise for a source of a group that has been begun, whether it is found or not. The line of `kind` is
  // sent for.
  class SourceProbe;
  [[nodiscard]] SourceProbe begin_source_v4(const Probe& group, Ipv4Address source,
                                            EntryKind kind) const noexcept;
  // The source's own entry among those that are requested of `group`, and nothing if that was not found.
  [[nodiscard]] Found requested(const Found& group, const SourceProbe& source) const noexcept;
  // The ports of `group`, which has been found, that get what the source sends (RFC 9776 section 6.3).
  [[nodiscard]] PortSet accepting(const Found& group, const SourceProbe& source) const noexcept;
  // All of this for one frame.
  [[nodiscard]] PortSet find_accepting_v4(VlanGroup group, Ipv4Address source) const noexcept;

  // For a join() that is to come. `id` may be kNoEntry.
  void prefetch_membership(EntryId id, PortId port) const noexcept;

  // The port wants the group from any source. `stamp` must be larger than that of the port's earlier
  // messages. `version` 1, 2 or 3.
  Joined join(const GroupKey& key, PortId port, Stamp stamp, std::uint8_t version) noexcept;
  // The port wants this source of the group; its source timer begins anew. Version 3. `group` is what a
  // lookup of the group has found in this reader section, if there was one: it spares another.
  Joined join_source(const GroupKey& key, const IpAddress& source, PortId port, Stamp stamp,
                     const Found& group) noexcept;
  Joined join_source(const GroupKey& key, const IpAddress& source, PortId port, Stamp stamp) noexcept {
    return join_source(key, source, port, stamp, {});
  }

  // The secret that the table was made with, for other tables. Any thread.
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  // --- control ----------------------------------------------------------------------------------

  // Most memberships that `port` may have, of all kinds; 0: no limit. Before any worker runs. A member at the
  // limit whose membership is being ended while it reports may be refused: never one too many.
  void set_limit(PortId port, std::uint32_t limit) noexcept { usage_.set_limit(port, limit); }

  // Most entries of sources that a group may have, of all ports and both kinds: for_each_child() takes as
  // long. 1 to kMostSources. Before any worker runs. A source may be refused while another one is being made
  // that is given up then, or found to be there already: never one too many.
  static constexpr std::uint16_t kMostSources = 65000;
  void set_source_limit(std::uint16_t limit) noexcept { source_limit_ = limit; }

  // Joins on behalf of a port: as join() and join_source(), but `stamp`, that of the message in question, may
  // be older than what the port's worker has noted meanwhile, and then changes nothing about it.
  Joined control_join(const GroupKey& key, PortId port, Stamp stamp) noexcept;
  Joined control_join_source(EntryKind kind, const GroupKey& key, const IpAddress& source, PortId port,
                             Stamp stamp) noexcept;

  // The child of the group whose entry is `parent`, or kNoEntry, also if that is kNoEntry. Telemetry may ask
  // while it has another child of the group in hand.
  [[nodiscard]] EntryId find_source(EntryKind kind, EntryId parent, const IpAddress& source) const noexcept;
  [[nodiscard]] bool has_children(EntryId group) const noexcept { return children_.has(group); }
  // Calls visit(EntryId) for each child of the group, of both kinds, that control knows of; a worker's
  // appears with drain_fresh(). visit() may end memberships of the child that it is called for.
  template <typename Visitor>
  void for_each_child(EntryId group, Visitor&& visit) const {
    children_.for_each(group, visit);
  }

  // Calls visit(EntryId) for entries that gained a port since the last call, at most `limit` of them
  // (the rest at the next call). True if there is more.
  template <typename Visitor>
  bool drain_fresh(std::size_t limit, Visitor&& visit);

  // The entry of a group with members, or kNoEntry.
  [[nodiscard]] EntryId find_entry(const GroupKey& key) const noexcept { return find(key).id(); }
  // Of an entry that has not been retired (the control thread is the one who retires).
  [[nodiscard]] PortSet ports(EntryId id) const noexcept;
  [[nodiscard]] EntryKind kind(EntryId id) const noexcept;
  // The group, of a source too.
  [[nodiscard]] GroupKey key(EntryId id) const noexcept;
  // Of a source: its address, and the entry of its group.
  [[nodiscard]] IpAddress source(EntryId id) const noexcept { return records_[id].address; }
  [[nodiscard]] EntryId parent(EntryId id) const noexcept { return owner_of(records_[id].owner); }
  [[nodiscard]] Membership& membership(EntryId id, PortId port) noexcept {
    return memberships_[std::size_t{id} * port_count_ + port];
  }
  [[nodiscard]] const Membership& membership(EntryId id, PortId port) const noexcept {
    return memberships_[std::size_t{id} * port_count_ + port];
  }

  // Ends a membership that was decided on by looking at a stamp not newer than `not_after`: true if it
  // has ended, or was none; false if a newer report has arrived meanwhile, and the port stays a member. An
  // entry whose last port goes is retired at once, but for a group that has children: `id` must not be used
  // again after true, unless is_live(id).
  bool remove(EntryId id, PortId port, Stamp not_after) noexcept;

  // False once the entry has been retired.
  [[nodiscard]] bool is_live(EntryId id) const noexcept;

  // Returns retired entries whose grace period has passed to the free lists, and closes groups whose last
  // child has gone; never blocks. Call it regularly, with drain_fresh() in between. `limit` bounds the work
  // of one call.
  std::size_t reclaim(GracePeriod& grace_period, std::size_t limit = 256) noexcept;

  // True if reclaim() has nothing to do, now or later.
  [[nodiscard]] bool is_settled() const noexcept { return retired_.count() == 0 && closing_.empty(); }

  // Entries of groups and sources, and entries waiting for a grace period. Any thread; a moment's picture.
  [[nodiscard]] std::uint32_t group_count() const noexcept;
  [[nodiscard]] std::uint32_t retired_count() const noexcept { return retired_.count(); }
  // Entries of sources of a group. Control, or who has a child of it in hand.
  [[nodiscard]] std::uint16_t source_count(EntryId group) const noexcept {
    return child_count(group).load(std::memory_order_relaxed);
  }
  // Memberships of a port, of all kinds. Any thread.
  [[nodiscard]] std::uint32_t membership_count(PortId port) const noexcept { return usage_.count(port); }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return max_groups_; }
  [[nodiscard]] std::size_t port_count() const noexcept { return port_count_; }

  // Calls visit(EntryId) for each live entry. Control only.
  template <typename Visitor>
  void for_each(Visitor&& visit) const;

  // --- telemetry --------------------------------------------------------------------------------

  struct EntryView {
    EntryKind kind = EntryKind::group;
    GroupKey key;
    IpAddress source;  // of a source
    PortSet ports;
  };
  // True and what it is if `id` (0 to capacity() - 1) is a live entry with ports. Valid inside the caller's
  // reader section. An entry that is there all the time keeps its id.
  [[nodiscard]] bool snapshot(EntryId id, EntryView& view) const noexcept;
  // The same for groups only.
  [[nodiscard]] bool snapshot(EntryId id, GroupKey& key, PortSet& ports) const noexcept;

 private:
  // Word of an entry: ports in bits 0-31, id in bits 32-55, state in bits 56-57, marks above. One load
  // answers "alive?", "who?", "which entry?" and "are there sources?".
  //   0       slot not in use
  //   live    ports may be set
  //   retired no ports, no way back; unlinked next
  static constexpr std::uint64_t kLive = std::uint64_t{1} << 56;
  static constexpr std::uint64_t kRetired = std::uint64_t{2} << 56;
  static constexpr std::uint64_t kStateMask = std::uint64_t{3} << 56;
  // Marks of a group: it may have children of the kind; see "How a group's entry outlives its children".
  static constexpr std::uint64_t kRequested = std::uint64_t{Found::kHasRequested} << 32;
  static constexpr std::uint64_t kTouched = std::uint64_t{1} << 59;
  static constexpr std::uint64_t kExcluded = std::uint64_t{Found::kHasExcluded} << 32;
  static constexpr std::uint64_t kMarks = kRequested | kTouched | kExcluded;
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
  // children: entries of sources of the group in a slot. Whoever makes one reserves before, control gives
  // back when it unlinks one. 0 where there is no group, so whoever takes a slot finds it so.
  struct alignas(64) Bucket {
    std::atomic<std::uint64_t> header{kEmptyHeader};
    Slot slots[kInlineSlots];
    std::atomic<std::uint16_t> children[kInlineSlots] = {};
    std::uint16_t spare = 0;
  };
  static_assert(sizeof(Bucket) == 64);
  // next: written by the inserting worker before publication, then by control (unlinking) only.
  struct alignas(32) Node {
    Slot slot;
    std::atomic<std::uint32_t> next{kNoNode};
    std::atomic<std::uint32_t> free_link{0};  // of free_nodes_
    std::atomic<std::uint16_t> children{0};
    std::uint16_t spare[3] = {};
  };
  static_assert(sizeof(Node) == 32);
  struct FreeNodeLinks {
    Node* nodes;
    std::atomic<std::uint32_t>& operator()(std::uint32_t node) const { return nodes[node].free_link; }
  };
  // Identity of an entry. address, owner: written by the inserting thread before publication, constant
  // until control recycles the id after a grace period. place: kNowhere while the id is free (control
  // stores), set by the inserting thread just before publication.
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

  // An entry as it is looked for.
  struct Identity {
    PackedKey packed;
    std::size_t bucket;
    std::uint32_t owner;  // as in Record
    const IpAddress& address;
  };
  // What a join writes beside the port's bit.
  struct Report {
    PortId port = 0;
    Stamp stamp = 0;
    std::uint8_t version = 3;
    bool is_control = false;
  };

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

  [[nodiscard]] std::size_t bucket_of(std::uint64_t hash) const noexcept;
  // A source is, where it is requested, in the bucket that its hash says, and where it is excluded in the
  // neighbour of that, which many processors fetch along with it.
  [[nodiscard]] static const Bucket* bucket_of(EntryKind kind, const Bucket* requested) noexcept;
  [[nodiscard]] static Found found_of(std::uint64_t live_word) noexcept;
  struct Inline;
  class Chained;
  [[nodiscard]] Found child(EntryKind kind, EntryId group, const SourceProbe& source) const noexcept;
  void finish_one(const Probe* probes, Found* found, std::size_t index, Chained& chained) const noexcept;
  [[nodiscard]] static Inline look_inline(const Probe& probe) noexcept;
  [[nodiscard]] Found finish_slowly(const Bucket* bucket, PackedKey key) const noexcept;
  [[nodiscard]] Identity group_identity(const GroupKey& key) const noexcept;
  [[nodiscard]] Identity source_identity(EntryKind kind, EntryId parent,
                                         const IpAddress& source) const noexcept;
  [[nodiscard]] std::size_t bucket_of_entry(EntryId id) const noexcept;
  [[nodiscard]] bool is_entry_of(EntryId id, const Identity& identity) const noexcept;
  [[nodiscard]] Location locate(const Identity& identity) const noexcept;
  [[nodiscard]] Location locate_in(const Bucket& bucket, std::uint64_t header, PackedKey packed,
                                   const Identity* identity) const noexcept;

  // The parts of a join.
  // What has been taken to make a new entry of; given back when another thread was faster.
  struct NewEntry {
    EntryId id = kNoEntry;
    std::uint32_t place = kNowhere;
  };
  Joined join_as(const Identity& identity, const Report& report) noexcept;
  bool join_existing(std::atomic<std::uint64_t>& word, EntryId id, const Report& report,
                     Joined& joined) noexcept;
  bool take_id(NewEntry& entry, const Identity& identity) noexcept;
  bool take_place(NewEntry& entry, std::size_t bucket, std::uint64_t header, PackedKey packed,
                  std::uint64_t word) noexcept;
  bool publish(const NewEntry& entry, Bucket& bucket, std::uint64_t header) noexcept;
  void give_back(const NewEntry& entry) noexcept;
  EntryId touch(const GroupKey& key, std::uint64_t marks) noexcept;
  Joined join_source_as(EntryKind kind, const GroupKey& key, const Found& group, const IpAddress& source,
                        const Report& report) noexcept;
  bool reserve_child(std::uint32_t owner) noexcept;
  void release_child(std::uint32_t owner) noexcept;
  [[nodiscard]] std::atomic<std::uint16_t>& child_count(EntryId group) const noexcept;

  [[nodiscard]] std::uint64_t published_word(EntryId id) const noexcept;
  [[nodiscard]] Slot& slot_at(std::uint32_t place) const noexcept;
  void retire(EntryId id, std::uint32_t place) noexcept;
  void unlink(EntryId id) noexcept;
  void recycle(EntryId id) noexcept;

  // Children and closing: group_children.cpp.
  void note_fresh(EntryId id) noexcept;
  bool begin_closing(EntryId group) noexcept;
  void close(EntryId group) noexcept;

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

  FreshMarks fresh_;
  PortUsage usage_;
  std::uint16_t source_limit_ = kMostSources;
  Children children_{free_ids_};
  ClosingGroups closing_;
  RetiredEntries retired_{free_ids_};
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

class GroupTable::SourceProbe {
 public:
  SourceProbe() = default;

 private:
  friend class GroupTable;
  SourceProbe(const Bucket* requested, Ipv4Address source) : requested_{requested}, source_{source} {}
  const Bucket* requested_ = nullptr;
  Ipv4Address source_;
};

template <typename Visitor>
bool GroupTable::drain_fresh(std::size_t limit, Visitor&& visit) {
  return fresh_.take(limit, [&](EntryId id) {
    if (is_live(id)) {
      note_fresh(id);
      visit(id);
    }
  });
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

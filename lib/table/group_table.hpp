// SPDX-License-Identifier: BSD-3-Clause
//
// Group table: which ports want frames for (VLAN, multicast group), and from which sources?
//
// Any thread may look up, workers also join, and only the control thread takes anything away. The type says
// who may do what, so a worker that removes does not compile:
//
//   reader   const GroupTable&   any number    find...(), requested(), accepting(), snapshot(), counts
//   worker   GroupTable&         any number    the same, and join(), join_source()
//   control  GroupControl&       exactly one   the same, and all of group_control.hpp
//
// All of these run at once. What a lookup gives is good until the caller's reader section ends
// (reclamation.hpp). A port's membership messages are handled by one worker, so two joins of workers for the
// same port never run at once. Apart from the constructor no call blocks, allocates, or makes a system call;
// lookups take a bounded number of steps, and a join repeats a compare-and-swap only when another thread's
// has succeeded (lock-free).
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
// Capacity: fixed at construction. JoinResult says why a join was refused: no entry is free, the port has
// reached its limit, or the group has reached its limit of sources. A join that was refused makes no member.
// An entry that is only waiting for its grace period does not count as free.
//
// How it works, and why it is right: group_table.cpp. How entries lie in memory: group_layout.hpp. The
// lookups that are inlined into the packet path: group_lookup.hpp.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/port_set.hpp"
#include "base/time.hpp"
#include "table/fresh_marks.hpp"
#include "table/group_key.hpp"
#include "table/group_store.hpp"
#include "table/membership.hpp"
#include "table/port_usage.hpp"
#include "table/retired_entries.hpp"

namespace mcswitch::table {

enum class JoinResult : std::uint8_t {
  joined,                // the port was not a member before
  refreshed,             // it was
  refused_table_full,    // no entry for a new group or source; count it
  refused_port_limit,    // the port has as many memberships as it may have; count it
  refused_source_limit,  // the group has as many sources as it may have; count it
};

class GroupTable : public GroupStore {
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

    static constexpr std::uint32_t kHasRequested = kRequested >> 32;
    static constexpr std::uint32_t kHasExcluded = kExcluded >> 32;
  };

  // Maximum number of source entries of a group.
  static constexpr std::uint16_t kMostSources = 65000;

  // What a join did, and to which entry (kNoEntry unless it is a member now).
  struct Joined {
    JoinResult result = JoinResult::refused_table_full;
    EntryId id = kNoEntry;
    // The group may have children, as its word said after the stamp had been exchanged.
    bool has_sources = false;
    operator JoinResult() const { return result; }
  };

  // --- readers: lookups -------------------------------------------------------------------------

  // Member ports of the group. Router ports and the ingress port are not this table's business.
  [[nodiscard]] Found find(const GroupKey& key) const noexcept;
  [[nodiscard]] Found find_v4(VlanId vlan, Ipv4Address group) const noexcept;

  static constexpr std::size_t kMaxBurst = 64;
  // find_v4() for a burst of at most kMaxBurst groups, with prefetching; `found` has room for as many.
  // This and the next three are inline: group_lookup.hpp.
  void find_burst_v4(std::span<const VlanGroup> groups, Found* found) const noexcept;

  // The same in two halves, for callers that know a group early: all of a burst are begun, which prefetches
  // their lines of the table, before the first is finished. In one reader section.
  class Probe;
  [[nodiscard]] Probe begin_v4(VlanId vlan, Ipv4Address group) const noexcept;
  [[nodiscard]] Found finish(const Probe& probe) const noexcept;
  void finish(std::span<const Probe> probes, Found* found) const noexcept;

  // Likewise for a source of a group that has been begun, whether it is found or not. The line of `kind` is
  // prefetched.
  class SourceProbe;
  [[nodiscard]] SourceProbe begin_source_v4(const Probe& group, Ipv4Address source,
                                            EntryKind kind) const noexcept;
  // The source's own entry among those that are requested of `group`, and nothing if that was not found.
  [[nodiscard]] Found requested(const Found& group, const SourceProbe& source) const noexcept;
  // The ports of `group`, which has been found, that get what the source sends (RFC 9776 section 6.3).
  [[nodiscard]] PortSet accepting(const Found& group, const SourceProbe& source) const noexcept;
  // All of this for one frame.
  [[nodiscard]] PortSet find_accepting_v4(VlanGroup group, Ipv4Address source) const noexcept;

  // The child of the group whose entry is `parent`, or kNoEntry, also if that is kNoEntry. In a section in
  // which the group, or another child of it, was found.
  [[nodiscard]] EntryId find_source(EntryKind kind, EntryId parent, const IpAddress& source) const noexcept;

  // --- readers: listing -------------------------------------------------------------------------

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

  // Entries of groups and sources, and entries waiting for a grace period. A moment's numbers.
  [[nodiscard]] std::uint32_t group_count() const noexcept;
  [[nodiscard]] std::uint32_t retired_count() const noexcept { return retired_.count(); }
  // Memberships of a port, of all kinds. A moment's number.
  [[nodiscard]] std::uint32_t membership_count(PortId port) const noexcept { return usage_.count(port); }

  // --- workers ----------------------------------------------------------------------------------

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

  // For a join() that is to come. `id` may be kNoEntry.
  void prefetch_membership(EntryId id, PortId port) const noexcept;

 protected:
  // Made as a GroupControl.
  GroupTable(std::uint32_t max_groups, std::size_t port_count, std::uint64_t seed);
  ~GroupTable() = default;

  // What a join writes besides the port's bit.
  struct Report {
    PortId port = 0;
    Stamp stamp = 0;
    std::uint8_t version = 3;
    bool is_control = false;
  };
  Joined join_as(const Identity& identity, const Report& report) noexcept;
  Joined join_source_as(EntryKind kind, const GroupKey& key, const Found& group, const IpAddress& source,
                        const Report& report) noexcept;

  // `owner` as in Record; of groups there is nothing to reserve.
  bool reserve_child(std::uint32_t owner) noexcept;
  void release_child(std::uint32_t owner) noexcept;

  // Each header says which thread may call what.
  FreshMarks fresh_;
  PortUsage usage_;
  RetiredEntries retired_{free_ids_};
  // Control sets it before any worker runs, then constant.
  std::uint16_t source_limit_ = kMostSources;

 private:
  bool join_existing(std::atomic<std::uint64_t>& word, EntryId id, const Report& report,
                     Joined& joined) noexcept;
  EntryId touch(const GroupKey& key, std::uint64_t marks) noexcept;

  [[nodiscard]] static Found found_of(std::uint64_t live_word) noexcept;
  struct Inline;
  class Chained;
  [[nodiscard]] Found child(EntryKind kind, EntryId group, const SourceProbe& source) const noexcept;
  void finish_one(const Probe* probes, Found* found, std::size_t index, Chained& chained) const noexcept;
  [[nodiscard]] static Inline look_inline(const Probe& probe) noexcept;
  [[nodiscard]] Found finish_slowly(const Bucket* bucket, PackedKey key) const noexcept;
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

}  // namespace mcswitch::table

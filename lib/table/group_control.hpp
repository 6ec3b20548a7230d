// SPDX-License-Identifier: BSD-3-Clause
//
// The control thread's side of the group table: the only one that takes anything away.
//
// A GroupControl is the whole table. Its owner gives `GroupTable&` to workers and `const GroupTable&` to
// readers, and keeps this type for the control thread, exactly one: everything here is that thread's, while
// any number of workers and readers run. No call but the constructor blocks, allocates, or makes a system
// call.
//
// How it works, and why it is right: group_table.cpp, and closing_groups.cpp for groups with sources.

#pragma once

#include <cstddef>
#include <cstdint>

#include "table/children.hpp"
#include "table/closing_groups.hpp"
#include "table/group_table.hpp"
#include "table/reclamation.hpp"

namespace mcswitch::table {

class GroupControl final : public GroupTable {
 public:
  // Takes all memory it will ever use. `max_groups` 1 to kNoEntry - 1, `port_count` 1 to kMaxPorts.
  // `seed` should be random per process: group addresses are chosen by strangers.
  GroupControl(std::uint32_t max_groups, std::size_t port_count, std::uint64_t seed);
  // Bytes that the constructor takes for these arguments.
  static std::size_t memory_size(std::uint32_t max_groups, std::size_t port_count);

  // --- limits: before any worker runs -----------------------------------------------------------

  // Maximum number of memberships of `port`, of all kinds; 0: no limit. There is never one too many, so a
  // member at the limit whose membership is being ended while it reports may be refused.
  void set_limit(PortId port, std::uint32_t limit) noexcept { usage_.set_limit(port, limit); }

  // Maximum number of source entries of a group, of all ports and both kinds: for_each_child() takes as long.
  // 1 to kMostSources. A source may be refused while another one is being made that is given up then, or
  // found to be there already: never one too many.
  void set_source_limit(std::uint16_t limit) noexcept { source_limit_ = limit; }

  // --- joins on behalf of a port ----------------------------------------------------------------

  // As join() and join_source(), but `stamp`, that of the message in question, may be older than what the
  // port's worker has noted meanwhile, and then changes nothing about it.
  Joined control_join(const GroupKey& key, PortId port, Stamp stamp) noexcept;
  Joined control_join_source(EntryKind kind, const GroupKey& key, const IpAddress& source, PortId port,
                             Stamp stamp) noexcept;

  // --- what has been joined ---------------------------------------------------------------------

  // Calls visit(EntryId) for entries that gained a port since the last call, at most `limit` of them
  // (the rest at the next call). True if there is more.
  template <typename Visitor>
  bool drain_fresh(std::size_t limit, Visitor&& visit);

  // --- walking and looking ----------------------------------------------------------------------

  // Calls visit(EntryId) for each live entry.
  template <typename Visitor>
  void for_each(Visitor&& visit) const;

  [[nodiscard]] bool has_children(EntryId group) const noexcept { return children_.has(group); }
  // Calls visit(EntryId) for each child of the group, of both kinds, that control knows of; a worker's
  // appears with drain_fresh(). visit() may end memberships of the child that it is called for.
  template <typename Visitor>
  void for_each_child(EntryId group, Visitor&& visit) const {
    children_.for_each(group, visit);
  }
  // Entries of sources of the group.
  [[nodiscard]] std::uint16_t source_count(EntryId group) const noexcept {
    return child_count(group).load(std::memory_order_relaxed);
  }

  // The entry of a group with members, or kNoEntry.
  [[nodiscard]] EntryId find_entry(const GroupKey& key) const noexcept { return find(key).id(); }
  // False once the entry has been retired.
  [[nodiscard]] bool is_live(EntryId id) const noexcept { return published_word(id) != 0; }
  // Of an entry that has not been retired.
  [[nodiscard]] PortSet ports(EntryId id) const noexcept { return word_ports(published_word(id)); }

  // --- ending -----------------------------------------------------------------------------------

  // Ends a membership that was decided on by looking at a stamp not newer than `not_after`: true if it
  // has ended, or was none; false if a newer report has arrived meanwhile, and the port stays a member. An
  // entry whose last port goes is retired at once, but for a group that has children: `id` must not be used
  // again after true, unless is_live(id).
  bool remove(EntryId id, PortId port, Stamp not_after) noexcept;

  // --- reclaiming -------------------------------------------------------------------------------

  // Returns retired entries whose grace period has passed to the free lists, and closes groups whose last
  // child has gone; never blocks. Call it regularly, with drain_fresh() in between. `limit` bounds the work
  // of one call. Returns how many entries it has freed.
  std::size_t reclaim(GracePeriod& grace_period, std::size_t limit = 256) noexcept;

  // True if reclaim() has nothing to do, now or later.
  [[nodiscard]] bool is_settled() const noexcept { return retired_.count() == 0 && closing_.empty(); }

 private:
  void note_fresh(EntryId id) noexcept;
  void retire(EntryId id, std::uint32_t place) noexcept;
  bool begin_closing(EntryId group) noexcept;
  void close(EntryId group) noexcept;

  Children children_{free_ids_};
  ClosingGroups closing_;
};

template <typename Visitor>
bool GroupControl::drain_fresh(std::size_t limit, Visitor&& visit) {
  return fresh_.take(limit, [&](EntryId id) {
    if (is_live(id)) {
      note_fresh(id);
      visit(id);
    }
  });
}

template <typename Visitor>
void GroupControl::for_each(Visitor&& visit) const {
  for (EntryId id = 0; id < capacity(); ++id) {
    if (is_live(id)) {
      visit(id);
    }
  }
}

}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause
//
// How the table works, and why it is right. tests/model/group_table.pml checks all of this.
//
// State of an entry, as its word shows it:
//
//     0 --join: prepare--> live (unpublished) --publish: header CAS--> live (published)
//     live --join: CAS sets a bit--> live --remove: RMW clears a bit--> live
//     live without ports --remove: CAS--> retired --unlink: header CAS--> (grace period) --clear--> 0
//
// A group with children stays live without ports until it is closed (closing_groups.cpp).
//
// Workers never remove; only the control thread does (group_join.cpp, group_control.cpp). join() makes the
// port a member before it returns; there is no state in which a join has to wait. A refresh exchanges the
// membership's stamp and then reads the entry's word again; remove() clears the port's bit and then reads the
// stamp again. Both are read-modify-writes followed by a load, all sequentially consistent, so at least one
// of the two sees the other: the worker sets the bit anew, or the control thread puts it back.
//
// How an entry appears and goes (group_store.cpp). A join prepares an entry that no other thread can see and
// publishes it by a compare-and-swap of its bucket's header, which every insertion into and removal from that
// bucket changes. "live (unpublished)" is visible to no other thread: lookups go by the header, the control
// thread by the fresh marks and the record's place, which are set after or just before publication. An entry
// without ports is retired: its word says so from one load on (a join that meets it makes a new entry), it is
// unlinked, and after a grace period its parts return to the free lists (retired_entries.hpp).
//
// Why two threads that insert never publish the same group twice: each reads the header, searches what it
// publishes, and changes it by compare-and-swap from the value it has read. If the other one published in
// between, the version in the header has changed and the swap fails. The version has 29 bits; it would have
// to wrap while one thread is between two instructions.
//
// Why key and word of a published slot are stable for a reader: they are rewritten only by clear(), after a
// grace period that began when the slot had been unlinked, and a reader takes the header anew in each
// section.
//
// Fresh memberships. A join that adds a port marks the entry fresh (fresh_marks.hpp); the control thread
// takes the marks and starts the timers. A mark cannot be lost, even if rings are full.

#include "table/group_table.hpp"

#include <algorithm>

#include "table/group_lookup.hpp"

namespace mcswitch::table {

GroupTable::GroupTable(std::uint32_t max_groups, std::size_t port_count, std::uint64_t seed)
    : GroupStore{max_groups, port_count, seed}, fresh_{max_groups} {}

GroupTable::Found GroupTable::find(const GroupKey& key) const noexcept {
  const Location location = locate(group_identity(key));
  return location.word == nullptr ? Found{} : found_of(location.value);
}

GroupTable::Found GroupTable::find_v4(VlanId vlan, Ipv4Address group) const noexcept {
  return finish(begin_v4(vlan, group));
}

[[gnu::noinline]] GroupTable::Found GroupTable::finish_slowly(const Bucket* bucket,
                                                              PackedKey key) const noexcept {
  // Pairs with the compare-and-swap in publish().
  const Location location = locate_in(*bucket, bucket->header.load(std::memory_order_acquire), key, nullptr);
  return location.word == nullptr ? Found{} : found_of(location.value);
}

EntryId GroupTable::find_source(EntryKind kind, EntryId parent, const IpAddress& source) const noexcept {
  if (parent == kNoEntry) {
    return kNoEntry;
  }
  const Location location = locate(source_identity(kind, parent, source));
  return location.word == nullptr ? kNoEntry : word_id(location.value);
}

bool GroupTable::snapshot(EntryId id, EntryView& view) const noexcept {
  const std::uint64_t word = id < max_groups_ ? published_word(id) : 0;
  if (word_ports(word).empty()) {
    return false;
  }
  // A source's group stays what it is as long as the source is within a reader's reach.
  view = {.kind = kind(id), .key = key(id), .source = source(id), .ports = word_ports(word)};
  return true;
}

bool GroupTable::snapshot(EntryId id, GroupKey& key, PortSet& ports) const noexcept {
  EntryView view;
  if (!snapshot(id, view) || view.kind != EntryKind::group) {
    return false;
  }
  key = view.key;
  ports = view.ports;
  return true;
}

std::uint32_t GroupTable::group_count() const noexcept {
  const std::uint32_t not_free = max_groups_ - free_ids_.count();
  return not_free - std::min(not_free, retired_count());
}

}  // namespace mcswitch::table

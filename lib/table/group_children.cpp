// SPDX-License-Identifier: BSD-3-Clause
//
// Sources of groups: how a child is made, and how a group that has lost its last child is closed.

#include "table/group_lookup.hpp"
#include "table/group_table.hpp"

namespace mcswitch::table {

// --- making ---------------------------------------------------------------------------------------

// The entry of the group, with the marks set; made if there is none. kNoEntry: full.
EntryId GroupTable::touch(const GroupKey& key, std::uint64_t marks) noexcept {
  const Identity identity = group_identity(key);
  Bucket& bucket = buckets_[identity.bucket];
  NewEntry entry;
  while (true) {
    const std::uint64_t header = bucket.header.load(std::memory_order_acquire);
    const Location location = locate_in(bucket, header, identity.packed, &identity);
    if (location.word != nullptr) {
      const EntryId id = word_id(location.value);
      std::uint64_t seen = location.value;
      while (word_is_live(seen) && word_id(seen) == id) {
        // By compare-and-swap, never by fetch_or: a word that has been retired must stay as it is.
        if ((seen & marks) == marks ||
            location.word->compare_exchange_weak(seen, seen | marks, std::memory_order_seq_cst,
                                                 std::memory_order_seq_cst)) {
          give_back(entry);
          return id;
        }
      }
      continue;
    }
    if (!take_id(entry, identity)) {
      return kNoEntry;
    }
    if (!take_place(entry, identity.bucket, header, identity.packed, word_of(entry.id, {}) | marks)) {
      give_back(entry);
      return kNoEntry;
    }
    if (publish(entry, bucket, header)) {
      return entry.id;
    }
  }
}

GroupTable::Joined GroupTable::join_source_as(EntryKind kind, const GroupKey& key, const Found& group,
                                              const IpAddress& source, const Report& report) noexcept {
  // A port at its limit makes no groups that would be in the way of others.
  if (usage_.is_full(report.port) && !find(key).exists()) {
    return {.result = JoinResult::limited};
  }
  const std::uint64_t marks = kTouched | (kind == EntryKind::excluded ? kExcluded : kRequested);
  const bool is_touched = group.exists() && (~group.bits & static_cast<std::uint32_t>(marks >> 32)) == 0;
  const EntryId parent = is_touched ? group.id() : touch(key, marks);
  if (parent == kNoEntry) {
    return {};
  }
  const Joined joined = join_as(source_identity(kind, parent, source), report);
  if (joined.id == kNoEntry && joined.result != JoinResult::crowded) {
    // The group may be without a child now, and nobody but us would tell. (If it is crowded it has one, or
    // somebody is about to make one, who tells if that fails.)
    fresh_.mark(parent);
  }
  return joined;
}

GroupTable::Joined GroupTable::join_source(const GroupKey& key, const IpAddress& source, PortId port,
                                           Stamp stamp, const Found& group) noexcept {
  return join_source_as(EntryKind::requested, key, group, source, {.port = port, .stamp = stamp});
}

GroupTable::Joined GroupTable::control_join_source(EntryKind kind, const GroupKey& key,
                                                   const IpAddress& source, PortId port,
                                                   Stamp stamp) noexcept {
  const Joined joined =
      join_source_as(kind, key, {}, source, {.port = port, .stamp = stamp, .is_control = true});
  if (joined.id != kNoEntry) {
    children_.enlist(parent(joined.id), joined.id);
  }
  return joined;
}

EntryId GroupTable::find_source(EntryKind kind, EntryId parent, const IpAddress& source) const noexcept {
  if (parent == kNoEntry) {
    return kNoEntry;
  }
  const Location location = locate(source_identity(kind, parent, source));
  return location.word == nullptr ? kNoEntry : word_id(location.value);
}

// --- closing --------------------------------------------------------------------------------------

// A live entry has turned up in drain_fresh().
void GroupTable::note_fresh(EntryId id) noexcept {
  if (kind(id) != EntryKind::group) {
    return children_.enlist(parent(id), id);
  }
  const std::uint64_t word = published_word(id);
  if ((word & kMarks) != 0 && !children_.has(id)) {
    closing_.note(id);
  }
}

// Takes the mark "touched" away. False if there is nothing to close: the entry may have ended and be
// something else by now, or have a child again.
bool GroupTable::begin_closing(EntryId group) noexcept {
  const std::uint64_t word = published_word(group);
  if ((word & kMarks) == 0 || kind(group) != EntryKind::group || children_.has(group)) {
    return false;
  }
  const std::uint32_t place = records_[group].place.load(std::memory_order_relaxed);
  slot_at(place).word.fetch_and(~kTouched, std::memory_order_seq_cst);
  return true;
}

// Nothing else ends a group with marks, so it is live.
void GroupTable::close(EntryId group) noexcept {
  if (children_.has(group)) {
    return;  // the last of them will say so
  }
  const std::uint32_t place = records_[group].place.load(std::memory_order_relaxed);
  std::atomic<std::uint64_t>& slot = slot_at(place).word;
  std::uint64_t word = slot.load(std::memory_order_acquire);
  const bool ends = word_ports(word).empty();
  const std::uint64_t closed = ends ? kRetired | std::uint64_t{group} << 32 : word & ~kMarks;
  if ((word & kTouched) == 0 &&
      // Fails if a worker has joined or touched it meanwhile.
      slot.compare_exchange_strong(word, closed, std::memory_order_seq_cst, std::memory_order_relaxed)) {
    if (ends) {
      retire(group, place);
    }
    return;
  }
  closing_.note(group);
}

}  // namespace mcswitch::table

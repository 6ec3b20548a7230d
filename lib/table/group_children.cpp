// SPDX-License-Identifier: BSD-3-Clause
//
// Sources of groups: how a child is made, and how a group that has lost its last child is closed.
//
// Why no child is ever made of an entry that is gone. A thread makes a child only after it has seen, in the
// same reader section, the group's word live with the mark "touched", or has set that mark. Closing takes the
// mark away (T), waits for a grace period that begins then, takes the fresh marks of the whole table, and
// retires by a compare-and-swap from a word without the mark. Who saw the mark before T is through with its
// section when the grace period has passed, so its child is published and marked fresh, and listed by now:
// then the group has a child and is not closed. Who comes after T finds no mark and sets it: then the
// compare-and-swap fails.

#include <bit>

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
  const Usage& usage = usage_[report.port];
  if (usage.limit != 0 && usage.count.load(std::memory_order_relaxed) >= usage.limit && !find(key).exists()) {
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
    mark_fresh(parent);
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
    enlist(joined.id);
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

// --- the list of a group's children -----------------------------------------------------------------

// A live entry has turned up in drain_fresh().
void GroupTable::note_fresh(EntryId id) noexcept {
  if (kind(id) != EntryKind::group) {
    return enlist(id);
  }
  const std::uint64_t word = published_word(id);
  if ((word & kMarks) != 0 && !has_children(id)) {
    note_childless(id);
  }
}

void GroupTable::enlist(EntryId child) noexcept {
  if (free_ids_.link(child) != kNotListed) {
    return;
  }
  const EntryId group = parent(child);
  const std::uint32_t last = free_ids_.link(group);
  if (last == kNoChild) {
    free_ids_.set_link(child, child);
  } else {
    free_ids_.set_link(child, free_ids_.link(last));
    free_ids_.set_link(last, child);
  }
  free_ids_.set_link(group, child);
}

// Children end in the order in which they came, as a rule, and many at a time. So the search begins where the
// last one ended, and else with the first one's predecessor: a walk round the ring that ends them on its way,
// as for_each_child() does, looks at each of them once.
void GroupTable::delist(EntryId child) noexcept {
  const std::uint32_t next = free_ids_.link(child);
  const EntryId group = parent(child);
  if (next == kNotListed) {
    // Ended before its mark was taken.
    if (!has_children(group)) {
      note_childless(group);
    }
    return;
  }
  if (next == child) {
    delisted_ = {};
    free_ids_.set_link(group, kNoChild);
    note_childless(group);
    return;
  }
  std::uint32_t before =
      delisted_.group == group && delisted_.before != child ? delisted_.before : free_ids_.link(group);
  while (free_ids_.link(before) != child) {
    before = free_ids_.link(before);
  }
  free_ids_.set_link(before, next);
  if (free_ids_.link(group) == child) {
    free_ids_.set_link(group, before);
  }
  delisted_ = {group, before};
}

// --- closing --------------------------------------------------------------------------------------

void GroupTable::note_childless(EntryId group) noexcept {
  std::uint64_t& word = childless_[group / 64];
  const std::uint64_t bit = std::uint64_t{1} << group % 64;
  if ((word & bit) == 0) {
    word |= bit;
    childless_summary_[group / 64 / 64] |= std::uint64_t{1} << group / 64 % 64;
    ++childless_count_;
  }
}

void GroupTable::begin_closing(GracePeriod& grace_period) noexcept {
  if (closing_.count != 0 || childless_count_ == 0) {
    if (closing_.count != 0 && !closing_.has_grace_passed && grace_period.has_passed(closing_.token)) {
      closing_.has_grace_passed = true;
      closing_.fresh_words_wanted = fresh_words_seen_ + fresh_summary_words_;
    }
    return;
  }
  for (std::size_t s = 0; s < fresh_summary_words_ && closing_.count < Closing::kMost; ++s) {
    while (childless_summary_[s] != 0 && closing_.count < Closing::kMost) {
      const std::size_t w = s * 64 + static_cast<unsigned>(std::countr_zero(childless_summary_[s]));
      const auto group =
          static_cast<EntryId>(w * 64 + static_cast<unsigned>(std::countr_zero(childless_[w])));
      childless_[w] &= childless_[w] - 1;
      if (childless_[w] == 0) {
        childless_summary_[s] &= ~(std::uint64_t{1} << w % 64);
      }
      --childless_count_;
      // It may have ended and be something else by now, or have a child again.
      const std::uint64_t word = published_word(group);
      if ((word & kMarks) == 0 || kind(group) != EntryKind::group || has_children(group)) {
        continue;
      }
      const std::uint32_t place = records_[group].place.load(std::memory_order_relaxed);
      slot_at(place).word.fetch_and(~kTouched, std::memory_order_seq_cst);
      closing_.groups[closing_.count++] = group;
    }
  }
  if (closing_.count != 0) {
    closing_.token = grace_period.begin();
    closing_.has_grace_passed = false;
  }
}

void GroupTable::finish_closing() noexcept {
  if (closing_.count == 0 || !closing_.has_grace_passed || fresh_words_seen_ < closing_.fresh_words_wanted) {
    return;
  }
  for (std::size_t n = 0; n < closing_.count; ++n) {
    close(closing_.groups[n]);
  }
  closing_.count = 0;
}

// Nothing else ends a group with marks, so it is live.
void GroupTable::close(EntryId group) noexcept {
  if (has_children(group)) {
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
  note_childless(group);
}

}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause
//
// Joins of GroupTable: a port becomes a member of an entry, which is made if it is not there.

#include "table/group_lookup.hpp"
#include "table/group_table.hpp"

namespace mcswitch::table {

// The group stays where it is while the caller's section lasts, or there is a child.
bool GroupTable::reserve_child(std::uint32_t owner) noexcept {
  if (kind_of(owner) == EntryKind::group) {
    return true;
  }
  // As PortUsage::reserve() does. It goes beyond the limit by one for each thread at most.
  if (child_count(owner_of(owner)).fetch_add(1, std::memory_order_relaxed) < source_limit_) {
    return true;
  }
  release_child(owner);
  return false;
}

void GroupTable::release_child(std::uint32_t owner) noexcept {
  if (kind_of(owner) != EntryKind::group) {
    child_count(owner_of(owner)).fetch_sub(1, std::memory_order_relaxed);
  }
}

// False if the entry was retired or its id has another meaning: the caller searches again.
bool GroupTable::join_existing(std::atomic<std::uint64_t>& word, EntryId id, const Report& report,
                               Joined& joined) noexcept {
  Membership& m = membership(id, report.port);
  const std::uint64_t bit = PortSet::of(report.port).bits();
  bool is_reserved = false;
  if ((word.load(std::memory_order_relaxed) & bit) == 0) {
    // Before anything is written: a report that is refused leaves nothing behind. remove() may have put the
    // bit back meanwhile.
    is_reserved = usage_.reserve(report.port);
    if (!is_reserved && (word.load(std::memory_order_seq_cst) & bit) == 0) {
      joined = {.result = JoinResult::refused_port_limit};
      return true;
    }
  }
  if (report.is_control) {
    // The port's worker may have noted a newer report meanwhile: never lowered.
    Stamp stamp = m.stamp.load(std::memory_order_relaxed);
    while (stamp < report.stamp &&
           !m.stamp.compare_exchange_weak(stamp, report.stamp, std::memory_order_seq_cst)) {
    }
  } else {
    // A read-modify-write before the load below, both sequentially consistent; GroupControl::remove() has
    // them the other way round (clears the word, loads the stamp). So either this load sees the cleared bit,
    // or remove() sees this stamp. A store here could sit in a store buffer while the load runs ahead.
    m.stamp.exchange(report.stamp, std::memory_order_seq_cst);
    // Behind it: remove() clears this when it has found no newer stamp.
    const OlderHosts older = m.older_hosts();
    const OlderHosts now = older.after_report(report.version, report.stamp);
    if (now != older) {
      m.older.store(now.bits(), std::memory_order_relaxed);
    }
  }
  std::uint64_t seen = word.load(std::memory_order_seq_cst);
  bool is_there = true;
  joined = {.result = JoinResult::refreshed, .id = id};
  while (true) {
    if (!word_is_live(seen) || word_id(seen) != id) {
      is_there = false;
      break;
    }
    if ((seen & bit) != 0) {
      break;
    }
    if (!is_reserved && !usage_.reserve(report.port)) {
      // remove() may have put the bit back meanwhile.
      seen = word.load(std::memory_order_seq_cst);
      if (!word_is_live(seen) || word_id(seen) != id || (seen & bit) != 0) {
        continue;
      }
      joined = {.result = JoinResult::refused_port_limit};
      break;
    }
    is_reserved = true;
    // Set by compare-and-swap, never by fetch_or: a word that has been retired must stay as it is.
    if (word.compare_exchange_weak(seen, seen | bit, std::memory_order_seq_cst, std::memory_order_seq_cst)) {
      fresh_.mark(id);
      joined = {
          .result = JoinResult::joined, .id = id, .has_sources = (seen & (kRequested | kExcluded)) != 0};
      return true;
    }
  }
  joined.has_sources = (seen & (kRequested | kExcluded)) != 0;
  if (is_reserved) {
    usage_.release(report.port);
  }
  return is_there;
}

GroupTable::Joined GroupTable::join_as(const Identity& identity, const Report& report) noexcept {
  Bucket& bucket = buckets_[identity.bucket];
  NewEntry entry;
  // The port's part of a new entry, written when it is reserved.
  bool is_reserved = false;
  const auto undo = [&] {
    if (is_reserved) {
      Membership& m = membership(entry.id, report.port);
      m.stamp.store(0, std::memory_order_relaxed);
      m.older.store(0, std::memory_order_relaxed);
      usage_.release(report.port);
      release_child(identity.owner);
    }
    give_back(entry);
    entry = {};
    is_reserved = false;
  };

  while (true) {
    const std::uint64_t header = bucket.header.load(std::memory_order_acquire);
    const Location location = locate_in(bucket, header, identity.packed, &identity);
    if (location.word != nullptr) {
      undo();
      Joined joined;
      if (!join_existing(*location.word, word_id(location.value), report, joined)) {
        continue;
      }
      return joined;
    }

    if (!is_reserved) {
      if (!usage_.reserve(report.port)) {
        return {.result = JoinResult::refused_port_limit};
      }
      if (!reserve_child(identity.owner)) {
        usage_.release(report.port);
        if (bucket.header.load(std::memory_order_acquire) != header) {
          continue;  // it may be this source that another thread has just made
        }
        return {.result = JoinResult::refused_source_limit};
      }
      if (!take_id(entry, identity)) {
        usage_.release(report.port);
        release_child(identity.owner);
        return {};
      }
      is_reserved = true;
      Membership& m = membership(entry.id, report.port);
      m.older.store(report.is_control ? 0 : OlderHosts{}.after_report(report.version, report.stamp).bits(),
                    std::memory_order_relaxed);
      m.stamp.store(report.stamp, std::memory_order_relaxed);
    }
    if (!take_place(entry, identity.bucket, header, identity.packed,
                    word_of(entry.id, PortSet::of(report.port)))) {
      undo();
      return {};
    }
    if (publish(entry, bucket, header)) {
      fresh_.mark(entry.id);
      return {.result = JoinResult::joined, .id = entry.id};
    }
  }
}

GroupTable::Joined GroupTable::join(const GroupKey& key, PortId port, Stamp stamp,
                                    std::uint8_t version) noexcept {
  return join_as(group_identity(key), {.port = port, .stamp = stamp, .version = version});
}

// --- sources --------------------------------------------------------------------------------------

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
      fresh_.mark(entry.id);
      return entry.id;
    }
  }
}

GroupTable::Joined GroupTable::join_source_as(EntryKind kind, const GroupKey& key, const Found& group,
                                              const IpAddress& source, const Report& report) noexcept {
  // A port at its limit makes no groups that would be in the way of others.
  if (usage_.is_full(report.port) && !find(key).exists()) {
    return {.result = JoinResult::refused_port_limit};
  }
  const std::uint64_t marks = kTouched | (kind == EntryKind::excluded ? kExcluded : kRequested);
  const bool is_touched = group.exists() && (~group.bits & static_cast<std::uint32_t>(marks >> 32)) == 0;
  const EntryId parent = is_touched ? group.id() : touch(key, marks);
  if (parent == kNoEntry) {
    return {};
  }
  const Joined joined = join_as(source_identity(kind, parent, source), report);
  if (joined.id == kNoEntry && joined.result != JoinResult::refused_source_limit) {
    // The group may be without a child now, and no other thread would notify control. (If it is at its limit
    // it has one, or another thread is about to make one, which notifies control if that fails.)
    fresh_.mark(parent);
  }
  return joined;
}

GroupTable::Joined GroupTable::join_source(const GroupKey& key, const IpAddress& source, PortId port,
                                           Stamp stamp, const Found& group) noexcept {
  return join_source_as(EntryKind::requested, key, group, source, {.port = port, .stamp = stamp});
}

}  // namespace mcswitch::table

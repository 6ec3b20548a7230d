// SPDX-License-Identifier: BSD-3-Clause

#include "table/group_control.hpp"

namespace mcswitch::table {

GroupControl::GroupControl(std::uint32_t max_groups, std::size_t port_count, std::uint64_t seed)
    : GroupTable{max_groups, port_count, seed}, closing_{max_groups} {}

std::size_t GroupControl::memory_size(std::uint32_t max_groups, std::size_t port_count) {
  return GroupStore::memory_size(max_groups, port_count) + FreshMarks::memory_size(max_groups) +
         ClosingGroups::memory_size(max_groups);
}

GroupTable::Joined GroupControl::control_join(const GroupKey& key, PortId port, Stamp stamp) noexcept {
  return join_as(group_identity(key), {.port = port, .stamp = stamp, .is_control = true});
}

GroupTable::Joined GroupControl::control_join_source(EntryKind kind, const GroupKey& key,
                                                     const IpAddress& source, PortId port,
                                                     Stamp stamp) noexcept {
  const Joined joined =
      join_source_as(kind, key, {}, source, {.port = port, .stamp = stamp, .is_control = true});
  if (joined.id != kNoEntry) {
    children_.enlist(parent(joined.id), joined.id);
  }
  return joined;
}

// A live entry has turned up in drain_fresh().
void GroupControl::note_fresh(EntryId id) noexcept {
  if (kind(id) != EntryKind::group) {
    return children_.enlist(parent(id), id);
  }
  const std::uint64_t word = published_word(id);
  if ((word & kMarks) != 0 && !children_.has(id)) {
    closing_.note(id);
  }
}

// --- ending ---------------------------------------------------------------------------------------

bool GroupControl::remove(EntryId id, PortId port, Stamp not_after) noexcept {
  // Pairs with the release store of place in publish().
  const std::uint32_t place = records_[id].place.load(std::memory_order_acquire);
  if (place == kNowhere) {
    return true;
  }
  std::atomic<std::uint64_t>& word = slot_at(place & ~kClosed).word;
  Membership& m = membership(id, port);
  if (m.stamp.load(std::memory_order_seq_cst) > not_after) {
    return false;
  }
  std::uint64_t older = m.older.load(std::memory_order_relaxed);
  std::uint32_t reporter = m.reporter.load(std::memory_order_relaxed);
  const std::uint64_t bit = PortSet::of(port).bits();
  // Clears by read-modify-write, then loads the stamp: the counterpart of join_existing().
  const std::uint64_t before = word.fetch_and(~bit, std::memory_order_seq_cst);
  if (m.stamp.load(std::memory_order_seq_cst) > not_after) {
    // Put back what was there; it is still live, because only this thread retires. A bit that was not
    // there is the worker's to set: it marks the entry fresh when it does.
    if ((before & bit) != 0 && (word.fetch_or(bit, std::memory_order_seq_cst) & bit) != 0) {
      // The worker was faster, and has reserved for a new membership.
      usage_.release(port);
    }
    return false;
  }
  m.ends_at.store(0, std::memory_order_relaxed);
  if ((before & bit) != 0) {
    usage_.release(port);
  }
  // A host that reports from now on is new; what a worker has written since belongs to such a report.
  m.older.compare_exchange_strong(older, 0, std::memory_order_relaxed);
  m.reporter.compare_exchange_strong(reporter, Membership::kNobody, std::memory_order_seq_cst);
  if (m.stamp.load(std::memory_order_seq_cst) > not_after) {
    // Its worker may have found the same last reporter, and sent no message.
    std::uint32_t nobody = Membership::kNobody;
    m.reporter.compare_exchange_strong(nobody, Membership::kUntracked, std::memory_order_relaxed);
  }
  std::uint64_t empty = before & ~bit;
  if (!word_is_live(empty) || !word_ports(empty).empty()) {
    return true;
  }
  if ((empty & kMarks) != 0) {
    // A group that has children, or had some.
    if (!children_.has(id)) {
      closing_.note(id);
    }
    return true;
  }
  // Fails if a worker has joined: then the entry stays. Once it succeeds no join can set a bit.
  if (word.compare_exchange_strong(empty, retired_word(id), std::memory_order_seq_cst,
                                   std::memory_order_relaxed)) {
    retire(id, place);
  }
  return true;
}

// Its word says so already.
void GroupControl::retire(EntryId id, std::uint32_t place) noexcept {
  // Pairs with the acquire load of place in published_word().
  records_[id].place.store((place & ~kClosed) | kUnlinked, std::memory_order_release);
  unlink(id);
  if (kind(id) != EntryKind::group) {
    release_child(records_[id].owner);
    children_.delist(parent(id), id);
    if (!children_.has(parent(id))) {
      closing_.note(parent(id));
    }
  }
  retired_.add(id);
}

// --- reclaiming -----------------------------------------------------------------------------------

std::size_t GroupControl::reclaim(GracePeriod& grace_period, std::size_t limit) noexcept {
  closing_.finish(fresh_, [this](EntryId group) { close(group); });
  const std::size_t done = retired_.recycle(grace_period, limit, [this](EntryId id) { clear(id); });
  closing_.begin(grace_period, fresh_, [this](EntryId group) { return begin_closing(group); });
  return done;
}

// Takes the mark "touched" away. False if there is nothing to close: the entry may have ended and be
// something else by now, or have a child again.
bool GroupControl::begin_closing(EntryId group) noexcept {
  const std::uint64_t word = published_word(group);
  if ((word & kMarks) == 0 || kind(group) != EntryKind::group || children_.has(group)) {
    return false;
  }
  const std::uint32_t place = records_[group].place.load(std::memory_order_relaxed);
  slot_at(place).word.fetch_and(~kTouched, std::memory_order_seq_cst);
  return true;
}

// Nothing else ends a group with marks, so it is live.
void GroupControl::close(EntryId group) noexcept {
  if (children_.has(group)) {
    return;  // the last of them will say so
  }
  const std::uint32_t place = records_[group].place.load(std::memory_order_relaxed);
  std::atomic<std::uint64_t>& slot = slot_at(place).word;
  std::uint64_t word = slot.load(std::memory_order_acquire);
  const bool ends = word_ports(word).empty();
  const std::uint64_t closed = ends ? retired_word(group) : word & ~kMarks;
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

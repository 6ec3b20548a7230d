// SPDX-License-Identifier: BSD-3-Clause
//
// State of an entry, as its word shows it:
//
//     0 --join: prepare--> live (unpublished) --join: header CAS--> live (published)
//     live --join: CAS sets a bit--> live --remove: RMW clears a bit--> live
//     live without ports --remove: CAS--> retired --unlink: header CAS--> (grace period) --recycle--> 0
//
// A group with children stays live without ports until it is closed (group_children.cpp).
//
// "live (unpublished)" is visible to nobody: lookups go by the header, the control thread by the fresh
// marks and the record's place, which are set after or just before publication.
//
// Why two inserting workers never publish the same group twice: each reads the header, searches what it
// publishes, and changes it by compare-and-swap from the value it has read. If the other one published
// in between, the version in the header has changed and the swap fails. The version has 29 bits; it
// would have to come round while one worker is between two instructions.
//
// Why key and word of a published slot are stable for a reader: they are rewritten only by recycle(),
// after a grace period that began when the slot had been unlinked, and a reader takes the header anew in
// each section.

#include "table/group_table.hpp"

#include <algorithm>

#include "table/group_lookup.hpp"

namespace mcswitch::table {
namespace {

std::uint32_t overflow_nodes(std::uint32_t max_groups) {
  // With two groups a bucket 10.9 % of the groups of a full table overflow (Poisson), with a standard
  // deviation of 0.44 times the root of their number: here is room for five of them in a table of any size.
  return static_cast<std::uint32_t>(std::uint64_t{max_groups} * 116 / 1000) + 128;
}

// Even, because buckets have neighbours.
std::size_t bucket_count_for(std::uint32_t max_groups) { return (std::size_t{max_groups} + 3) / 4 * 2; }

}  // namespace

GroupTable::GroupTable(std::uint32_t max_groups, std::size_t port_count, std::uint64_t seed)
    : max_groups_{max_groups},
      port_count_{port_count},
      seed_{seed},
      bucket_count_{bucket_count_for(max_groups)},
      node_count_{overflow_nodes(max_groups)},
      buckets_{make_large_array<Bucket>(bucket_count_)},
      nodes_{make_large_array<Node>(node_count_)},
      records_{make_large_array<Record>(max_groups)},
      memberships_{make_large_array<Membership>(std::size_t{max_groups} * port_count)},
      free_ids_{max_groups},
      free_nodes_{node_count_, FreeNodeLinks{nodes_.get()}},
      fresh_{max_groups},
      closing_{max_groups} {}

GroupTable::~GroupTable() = default;

std::size_t GroupTable::memory_size(std::uint32_t max_groups, std::size_t port_count) {
  return bucket_count_for(max_groups) * sizeof(Bucket) + overflow_nodes(max_groups) * sizeof(Node) +
         max_groups * (sizeof(Record) + sizeof(std::uint32_t)) +
         max_groups * port_count * sizeof(Membership) + FreshMarks::memory_size(max_groups) +
         ClosingGroups::memory_size(max_groups);
}

GroupTable::Identity GroupTable::group_identity(const GroupKey& key) const noexcept {
  const PackedKey packed = PackedKey::of(key, seed_);
  return {packed, bucket_of(GroupHash{packed, seed_}.group()), owner_word(EntryKind::group, key.vlan),
          key.group};
}

GroupTable::Identity GroupTable::source_identity(EntryKind kind, EntryId parent,
                                                 const IpAddress& source) const noexcept {
  const GroupHash hash{PackedKey::of(key(parent), seed_), seed_};
  const Bucket* const bucket = bucket_of(kind, &buckets_[bucket_of(hash.source(source))]);
  return {PackedKey::of_source(kind, parent, source, seed_),
          static_cast<std::size_t>(bucket - buckets_.get()), owner_word(kind, parent), source};
}

// Of an entry that has not been recycled; so its group has not been either.
std::size_t GroupTable::bucket_of_entry(EntryId id) const noexcept {
  return kind(id) == EntryKind::group ? group_identity(key(id)).bucket
                                      : source_identity(kind(id), parent(id), source(id)).bucket;
}

bool GroupTable::is_entry_of(EntryId id, const Identity& identity) const noexcept {
  const Record& record = records_[id];
  return record.owner == identity.owner && record.address == identity.address;
}

GroupTable::Slot& GroupTable::slot_at(std::uint32_t place) const noexcept {
  return (place & kOverflowPlace) != 0 ? nodes_[place & ~kOverflowPlace].slot
                                       : buckets_[place / kInlineSlots].slots[place % kInlineSlots];
}

// Searches what `header` publishes. `identity` is compared whole where the packed key is a digest. Retired
// entries are passed over: a live one of the same group may stand behind them.
GroupTable::Location GroupTable::locate_in(const Bucket& bucket, std::uint64_t header, PackedKey packed,
                                           const Identity* identity) const noexcept {
  const auto matches = [&](const Slot& slot, Location& location) {
    if (slot.key.load(std::memory_order_relaxed) != packed.bits()) {
      return false;
    }
    // Pairs with the compare-and-swap of other joins, so that a member seen here is seen whole; what
    // the publishing worker wrote is ordered by the header.
    const std::uint64_t word = slot.word.load(std::memory_order_acquire);
    if (!word_is_live(word) || (!packed.is_exact() && !is_entry_of(word_id(word), *identity))) {
      return false;
    }
    location = {const_cast<std::atomic<std::uint64_t>*>(&slot.word), word};
    return true;
  };

  Location location;
  for (unsigned i = 0; i < kInlineSlots; ++i) {
    if ((header >> i & 1) != 0 && matches(bucket.slots[i], location)) {
      return location;
    }
  }
  for (auto node = static_cast<std::uint32_t>(header >> 32); node != kNoNode;
       // Pairs with the release store of unlink().
       node = nodes_[node].next.load(std::memory_order_acquire)) {
    if (matches(nodes_[node].slot, location)) {
      return location;
    }
  }
  return location;
}

GroupTable::Location GroupTable::locate(const Identity& identity) const noexcept {
  const Bucket& bucket = buckets_[identity.bucket];
  // Pairs with the compare-and-swaps of join() that publish: key, word and record are seen whole.
  return locate_in(bucket, bucket.header.load(std::memory_order_acquire), identity.packed, &identity);
}

GroupTable::Found GroupTable::find(const GroupKey& key) const noexcept {
  const Location location = locate(group_identity(key));
  return location.word == nullptr ? Found{} : found_of(location.value);
}

GroupTable::Found GroupTable::find_v4(VlanId vlan, Ipv4Address group) const noexcept {
  return finish(begin_v4(vlan, group));
}

[[gnu::noinline]] GroupTable::Found GroupTable::finish_slowly(const Bucket* bucket,
                                                              PackedKey key) const noexcept {
  // As locate() does.
  const Location location = locate_in(*bucket, bucket->header.load(std::memory_order_acquire), key, nullptr);
  return location.word == nullptr ? Found{} : found_of(location.value);
}

// By the entry's place, which its maker stored before it published the entry.
std::atomic<std::uint16_t>& GroupTable::child_count(EntryId group) const noexcept {
  const std::uint32_t place = records_[group].place.load(std::memory_order_relaxed) & ~kClosed;
  return (place & kOverflowPlace) != 0 ? nodes_[place & ~kOverflowPlace].children
                                       : buckets_[place / kInlineSlots].children[place % kInlineSlots];
}

// `owner` as in Record; true for groups. The group stays where it is while the caller's section lasts, or
// there is a child.
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
      joined = {.result = JoinResult::limited};
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
    // A read-modify-write before the load below, both sequentially consistent; remove() has them the
    // other way round (clears the word, loads the stamp). So either this load sees the cleared bit, or
    // remove() sees this stamp. A store here could sit in a store buffer while the load runs ahead.
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
      joined = {.result = JoinResult::limited};
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

bool GroupTable::take_id(NewEntry& entry, const Identity& identity) noexcept {
  if (entry.id != kNoEntry) {
    return true;
  }
  const std::uint32_t id = free_ids_.pop();
  if (id == FreeList::kNone) {
    return false;
  }
  entry.id = id;
  Record& record = records_[id];
  record.address = identity.address;
  record.owner = identity.owner;
  free_ids_.set_link(id, Children::first_link(kind_of(identity.owner)));
  return true;
}

// A slot of the bucket, or a node, with key and word written.
bool GroupTable::take_place(NewEntry& entry, std::size_t bucket, std::uint64_t header, PackedKey packed,
                            std::uint64_t word) noexcept {
  if (entry.place != kNowhere) {
    return true;
  }
  for (unsigned i = 0; i < kInlineSlots && entry.place == kNowhere; ++i) {
    std::uint64_t unused = 0;
    if ((header >> i & 1) == 0 &&
        // Pairs with the release stores of 0: of recycle(), and of a join that gave up.
        buckets_[bucket].slots[i].key.compare_exchange_strong(
            unused, packed.bits(), std::memory_order_acq_rel, std::memory_order_relaxed)) {
      entry.place = static_cast<std::uint32_t>(bucket * kInlineSlots + i);
    }
  }
  if (entry.place == kNowhere) {
    const std::uint32_t node = free_nodes_.pop();
    if (node == FreeList::kNone) {
      return false;
    }
    nodes_[node].slot.key.store(packed.bits(), std::memory_order_relaxed);
    entry.place = kOverflowPlace | node;
  }
  slot_at(entry.place).word.store(word, std::memory_order_relaxed);
  return true;
}

// False if the bucket has changed since `header` was read.
bool GroupTable::publish(const NewEntry& entry, Bucket& bucket, std::uint64_t header) noexcept {
  std::uint64_t published = next_version(header);
  if ((entry.place & kOverflowPlace) != 0) {
    const std::uint32_t node = entry.place & ~kOverflowPlace;
    nodes_[node].next.store(static_cast<std::uint32_t>(header >> 32), std::memory_order_relaxed);
    published = (published & 0xffffffff) | std::uint64_t{node} << 32;
  } else {
    published |= std::uint64_t{1} << (entry.place % kInlineSlots);
  }
  // The control thread may meet the entry as soon as it is published, so its place is known before;
  // marked pending, it is passed over by those who go by place and not by bucket.
  records_[entry.id].place.store(entry.place | kPending, std::memory_order_relaxed);
  // Pairs with the acquire loads of the header by lookups, other joins and unlink().
  if (!bucket.header.compare_exchange_strong(header, published, std::memory_order_seq_cst,
                                             std::memory_order_relaxed)) {
    return false;
  }
  // A read-modify-write: if the control thread has met the entry by its bucket and retired it already,
  // it stays closed. Pairs with the acquire load of place in published_word().
  records_[entry.id].place.fetch_and(~kPending, std::memory_order_release);
  fresh_.mark(entry.id);
  return true;
}

// Nobody else has seen it.
void GroupTable::give_back(const NewEntry& entry) noexcept {
  if (entry.id == kNoEntry) {
    return;
  }
  if (entry.place != kNowhere) {
    Slot& slot = slot_at(entry.place);
    slot.word.store(0, std::memory_order_relaxed);
    // Pairs with the compare-and-swap of the next owner of the slot.
    slot.key.store(0, std::memory_order_release);
    if ((entry.place & kOverflowPlace) != 0) {
      free_nodes_.push(entry.place & ~kOverflowPlace);
    }
  }
  records_[entry.id].place.store(kNowhere, std::memory_order_relaxed);
  free_ids_.push(entry.id);
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
        return {.result = JoinResult::limited};
      }
      if (!reserve_child(identity.owner)) {
        usage_.release(report.port);
        if (bucket.header.load(std::memory_order_acquire) != header) {
          continue;  // it may be this source that another thread has just made
        }
        return {.result = JoinResult::crowded};
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
      return {.result = JoinResult::joined, .id = entry.id};
    }
  }
}

GroupTable::Joined GroupTable::join(const GroupKey& key, PortId port, Stamp stamp,
                                    std::uint8_t version) noexcept {
  return join_as(group_identity(key), {.port = port, .stamp = stamp, .version = version});
}

GroupTable::Joined GroupTable::control_join(const GroupKey& key, PortId port, Stamp stamp) noexcept {
  return join_as(group_identity(key), {.port = port, .stamp = stamp, .is_control = true});
}

// The word of an entry that has been published for good, else 0.
std::uint64_t GroupTable::published_word(EntryId id) const noexcept {
  // Pairs with the release store of place in join().
  const std::uint32_t place = records_[id].place.load(std::memory_order_acquire);
  if ((place & kClosed) != 0) {
    return 0;
  }
  const std::uint64_t word = slot_at(place).word.load(std::memory_order_acquire);
  return word_is_live(word) && word_id(word) == id ? word : 0;
}

bool GroupTable::is_live(EntryId id) const noexcept { return published_word(id) != 0; }

PortSet GroupTable::ports(EntryId id) const noexcept { return word_ports(published_word(id)); }

EntryKind GroupTable::kind(EntryId id) const noexcept { return kind_of(records_[id].owner); }

GroupKey GroupTable::key(EntryId id) const noexcept {
  const Record* record = &records_[id];
  if (kind_of(record->owner) != EntryKind::group) {
    record = &records_[owner_of(record->owner)];
  }
  return {static_cast<VlanId>(owner_of(record->owner)), record->address};
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

bool GroupTable::remove(EntryId id, PortId port, Stamp not_after) noexcept {
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
  // Whoever reports from now on is new; what a worker has written since is its report's.
  m.older.compare_exchange_strong(older, 0, std::memory_order_relaxed);
  m.reporter.compare_exchange_strong(reporter, Membership::kNobody, std::memory_order_seq_cst);
  if (m.stamp.load(std::memory_order_seq_cst) > not_after) {
    // Its worker may have found itself the last reporter, and told nobody.
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
  if (
      // Fails if a worker has joined: then the entry stays. Once it succeeds no join can set a bit.
      word.compare_exchange_strong(empty, kRetired | std::uint64_t{id} << 32, std::memory_order_seq_cst,
                                   std::memory_order_relaxed)) {
    retire(id, place);
  }
  return true;
}

// Its word says so already.
void GroupTable::retire(EntryId id, std::uint32_t place) noexcept {
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

// Takes a retired entry out of its bucket. Workers may publish other entries meanwhile; only this
// thread takes any out.
void GroupTable::unlink(EntryId id) noexcept {
  const std::uint32_t place = records_[id].place.load(std::memory_order_relaxed) & ~kClosed;
  Bucket& bucket = buckets_[bucket_of_entry(id)];
  std::uint64_t header = bucket.header.load(std::memory_order_acquire);
  while (true) {
    std::uint64_t without = next_version(header);
    if ((place & kOverflowPlace) == 0) {
      without &= ~(std::uint64_t{1} << (place % kInlineSlots));
    } else {
      const std::uint32_t node = place & ~kOverflowPlace;
      const std::uint32_t next = nodes_[node].next.load(std::memory_order_relaxed);
      auto before = static_cast<std::uint32_t>(header >> 32);
      if (before != node) {
        // Behind another node: workers push at the head only, so nothing here changes but by us.
        while (nodes_[before].next.load(std::memory_order_relaxed) != node) {
          before = nodes_[before].next.load(std::memory_order_relaxed);
        }
        // Pairs with the acquire loads of next in locate_in().
        nodes_[before].next.store(next, std::memory_order_release);
        return;
      }
      without = (without & 0xffffffff) | std::uint64_t{next} << 32;
    }
    // Pairs with the acquire loads of the header by lookups and joins.
    if (bucket.header.compare_exchange_weak(header, without, std::memory_order_seq_cst,
                                            std::memory_order_acquire)) {
      return;
    }
  }
}

std::size_t GroupTable::reclaim(GracePeriod& grace_period, std::size_t limit) noexcept {
  closing_.finish(fresh_, [this](EntryId group) { close(group); });
  const std::size_t done = retired_.recycle(grace_period, limit, [this](EntryId id) { recycle(id); });
  closing_.begin(grace_period, fresh_, [this](EntryId group) { return begin_closing(group); });
  return done;
}

// After the grace period: nobody has the entry in hand any more.
void GroupTable::recycle(EntryId id) noexcept {
  Record& record = records_[id];
  const std::uint32_t place = record.place.load(std::memory_order_relaxed) & ~kClosed;
  for (std::size_t port = 0; port < port_count_; ++port) {
    // timer_link stays: an armed timer is still in its wheel.
    Membership& m = membership(id, static_cast<PortId>(port));
    m.stamp.store(0, std::memory_order_relaxed);
    m.older.store(0, std::memory_order_relaxed);
    m.ends_at.store(0, std::memory_order_relaxed);
    m.reporter.store(Membership::kNobody, std::memory_order_relaxed);
  }
  record.place.store(kNowhere, std::memory_order_release);
  Slot& slot = slot_at(place);
  slot.word.store(0, std::memory_order_relaxed);
  // Pairs with the compare-and-swap by which join() takes an inline slot; a node is ordered by its list.
  slot.key.store(0, std::memory_order_release);
  if ((place & kOverflowPlace) != 0) {
    free_nodes_.push(place & ~kOverflowPlace);
  }
}

std::uint32_t GroupTable::group_count() const noexcept {
  const std::uint32_t not_free = max_groups_ - free_ids_.count();
  return not_free - std::min(not_free, retired_count());
}

}  // namespace mcswitch::table

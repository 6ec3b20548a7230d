// SPDX-License-Identifier: BSD-3-Clause

#include "table/group_store.hpp"

#include "table/children.hpp"

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

GroupStore::GroupStore(std::uint32_t max_groups, std::size_t port_count, std::uint64_t seed)
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
      free_nodes_{node_count_, FreeNodeLinks{nodes_.get()}} {}

GroupStore::~GroupStore() = default;

std::size_t GroupStore::memory_size(std::uint32_t max_groups, std::size_t port_count) {
  return bucket_count_for(max_groups) * sizeof(Bucket) + overflow_nodes(max_groups) * sizeof(Node) +
         max_groups * (sizeof(Record) + sizeof(std::uint32_t)) + max_groups * port_count * sizeof(Membership);
}

// --- what an entry is ---------------------------------------------------------------------------

GroupStore::Slot& GroupStore::slot_at(std::uint32_t place) const noexcept {
  return is_overflow(place) ? nodes_[node_of(place)].slot
                            : buckets_[place / kInlineSlots].slots[place % kInlineSlots];
}

// By the entry's place, which its maker stored before it published the entry.
std::atomic<std::uint16_t>& GroupStore::child_count(EntryId group) const noexcept {
  const std::uint32_t place = records_[group].place.load(std::memory_order_relaxed) & ~kClosed;
  return is_overflow(place) ? nodes_[node_of(place)].children
                            : buckets_[place / kInlineSlots].children[place % kInlineSlots];
}

std::uint64_t GroupStore::published_word(EntryId id) const noexcept {
  // Pairs with the release store of place in publish().
  const std::uint32_t at = records_[id].place.load(std::memory_order_acquire);
  if ((at & kClosed) != 0) {
    return 0;
  }
  // Pairs with the compare-and-swaps by which joins set bits, so that a member seen here is seen whole.
  const std::uint64_t word = slot_at(at).word.load(std::memory_order_acquire);
  return word_is_live(word) && word_id(word) == id ? word : 0;
}

GroupKey GroupStore::key(EntryId id) const noexcept {
  const Record* record = &records_[id];
  if (kind_of(record->owner) != EntryKind::group) {
    record = &records_[owner_of(record->owner)];
  }
  return {static_cast<VlanId>(owner_of(record->owner)), record->address};
}

// --- finding --------------------------------------------------------------------------------------

GroupStore::Identity GroupStore::group_identity(const GroupKey& key) const noexcept {
  const PackedKey packed = PackedKey::of(key, seed_);
  return {packed, bucket_of(GroupHash{packed, seed_}.group()), owner_word(EntryKind::group, key.vlan),
          key.group};
}

GroupStore::Identity GroupStore::source_identity(EntryKind kind, EntryId parent,
                                                 const IpAddress& source) const noexcept {
  const GroupHash hash{PackedKey::of(key(parent), seed_), seed_};
  const Bucket* const bucket = bucket_of(kind, &buckets_[bucket_of(hash.source(source))]);
  return {PackedKey::of_source(kind, parent, source, seed_),
          static_cast<std::size_t>(bucket - buckets_.get()), owner_word(kind, parent), source};
}

// Of an entry that has not been cleared; so its group has not been either.
std::size_t GroupStore::bucket_of_entry(EntryId id) const noexcept {
  return kind(id) == EntryKind::group ? group_identity(key(id)).bucket
                                      : source_identity(kind(id), parent(id), source(id)).bucket;
}

bool GroupStore::is_entry_of(EntryId id, const Identity& identity) const noexcept {
  const Record& record = records_[id];
  return record.owner == identity.owner && record.address == identity.address;
}

// Retired entries are passed over: a live one of the same group may stand behind them.
GroupStore::Location GroupStore::locate_in(const Bucket& bucket, std::uint64_t header, PackedKey packed,
                                           const Identity* identity) const noexcept {
  const auto matches = [&](const Slot& slot, Location& location) {
    if (slot.key.load(std::memory_order_relaxed) != packed.bits()) {
      return false;
    }
    // Pairs with the compare-and-swaps by which joins set bits, so that a member seen here is seen whole;
    // what the publishing worker wrote is ordered by the header.
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
  for (std::uint32_t node = chain_of(header); node != kNoNode;
       // Pairs with the release store of unlink().
       node = nodes_[node].next.load(std::memory_order_acquire)) {
    if (matches(nodes_[node].slot, location)) {
      return location;
    }
  }
  return location;
}

GroupStore::Location GroupStore::locate(const Identity& identity) const noexcept {
  const Bucket& bucket = buckets_[identity.bucket];
  // Pairs with the compare-and-swap in publish(): key, word and record are seen whole.
  return locate_in(bucket, bucket.header.load(std::memory_order_acquire), identity.packed, &identity);
}

// --- making ---------------------------------------------------------------------------------------

bool GroupStore::take_id(NewEntry& entry, const Identity& identity) noexcept {
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

bool GroupStore::take_place(NewEntry& entry, std::size_t bucket, std::uint64_t header, PackedKey packed,
                            std::uint64_t word) noexcept {
  if (entry.place != kNowhere) {
    return true;
  }
  for (unsigned i = 0; i < kInlineSlots && entry.place == kNowhere; ++i) {
    std::uint64_t unused = 0;
    if ((header >> i & 1) == 0 &&
        // Pairs with the release stores of 0: of clear(), and of give_back().
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

bool GroupStore::publish(const NewEntry& entry, Bucket& bucket, std::uint64_t header) noexcept {
  std::uint64_t published = next_version(header);
  if (is_overflow(entry.place)) {
    const std::uint32_t node = node_of(entry.place);
    nodes_[node].next.store(chain_of(header), std::memory_order_relaxed);
    published = with_chain(published, node);
  } else {
    published |= std::uint64_t{1} << (entry.place % kInlineSlots);
  }
  // The control thread may meet the entry as soon as it is published, so its place is known before;
  // marked pending, it is passed over by those who go by place and not by bucket.
  records_[entry.id].place.store(entry.place | kPending, std::memory_order_relaxed);
  // Pairs with the acquire loads of the header: by lookups, by other threads that make an entry, by unlink().
  if (!bucket.header.compare_exchange_strong(header, published, std::memory_order_seq_cst,
                                             std::memory_order_relaxed)) {
    return false;
  }
  // A read-modify-write: if the control thread has met the entry by its bucket and retired it already,
  // it stays closed. Pairs with the acquire load of place in published_word().
  records_[entry.id].place.fetch_and(~kPending, std::memory_order_release);
  return true;
}

void GroupStore::give_back(const NewEntry& entry) noexcept {
  if (entry.id == kNoEntry) {
    return;
  }
  if (entry.place != kNowhere) {
    Slot& slot = slot_at(entry.place);
    slot.word.store(0, std::memory_order_relaxed);
    // Pairs with the compare-and-swap in take_place() by the next owner of the slot.
    slot.key.store(0, std::memory_order_release);
    if (is_overflow(entry.place)) {
      free_nodes_.push(node_of(entry.place));
    }
  }
  records_[entry.id].place.store(kNowhere, std::memory_order_relaxed);
  free_ids_.push(entry.id);
}

// --- unmaking -------------------------------------------------------------------------------------

// Workers may publish other entries meanwhile; only this
// thread takes any out.
void GroupStore::unlink(EntryId id) noexcept {
  const std::uint32_t place = records_[id].place.load(std::memory_order_relaxed) & ~kClosed;
  Bucket& bucket = buckets_[bucket_of_entry(id)];
  std::uint64_t header = bucket.header.load(std::memory_order_acquire);
  while (true) {
    std::uint64_t without = next_version(header);
    if (!is_overflow(place)) {
      without &= ~(std::uint64_t{1} << (place % kInlineSlots));
    } else {
      const std::uint32_t node = node_of(place);
      const std::uint32_t next = nodes_[node].next.load(std::memory_order_relaxed);
      std::uint32_t before = chain_of(header);
      if (before != node) {
        // Behind another node: workers push at the head only, so nothing here changes but by us.
        while (nodes_[before].next.load(std::memory_order_relaxed) != node) {
          before = nodes_[before].next.load(std::memory_order_relaxed);
        }
        // Pairs with the acquire loads of next in locate_in().
        nodes_[before].next.store(next, std::memory_order_release);
        return;
      }
      without = with_chain(without, next);
    }
    // Pairs with the acquire loads of the header: by lookups, and by threads that make an entry.
    if (bucket.header.compare_exchange_weak(header, without, std::memory_order_seq_cst,
                                            std::memory_order_acquire)) {
      return;
    }
  }
}

void GroupStore::clear(EntryId id) noexcept {
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
  // Pairs with the compare-and-swap by which take_place() takes an inline slot; a node is ordered by its
  // list.
  slot.key.store(0, std::memory_order_release);
  if (is_overflow(place)) {
    free_nodes_.push(node_of(place));
  }
}

}  // namespace mcswitch::table

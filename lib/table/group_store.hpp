// SPDX-License-Identifier: BSD-3-Clause
//
// Storage of the group table: how an entry is found, made, published, unlinked and cleared. GroupTable and
// GroupControl are made of it; no other code sees it.
//
// Threads
//   any      finds entries, and makes them: take_id(), take_place(), publish(), or give_back().
//   control  exactly one: unlink(), and clear() after a grace period.
//   All may run at once; apart from the constructor no call blocks or allocates. Publishing and unlinking
//   repeat a compare-and-swap only when another thread's has succeeded. Finding takes a bounded number of
//   steps.
//
// Why that is safe: the top of group_table.cpp.

#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/large_array.hpp"
#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "table/free_list.hpp"
#include "table/group_key.hpp"
#include "table/group_layout.hpp"
#include "table/membership.hpp"

namespace mcswitch::table {

class GroupStore : protected GroupLayout {
 public:
  GroupStore(const GroupStore&) = delete;
  GroupStore& operator=(const GroupStore&) = delete;

  // The secret that the table was made with, for other tables. Any thread.
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return max_groups_; }
  [[nodiscard]] std::size_t port_count() const noexcept { return port_count_; }

  // `id` is below capacity(), `port` below port_count().
  [[nodiscard]] Membership& membership(EntryId id, PortId port) noexcept {
    return memberships_[std::size_t{id} * port_count_ + port];
  }
  [[nodiscard]] const Membership& membership(EntryId id, PortId port) const noexcept {
    return memberships_[std::size_t{id} * port_count_ + port];
  }

  // What an entry is: in a reader section in which it was found, or, for control, until it is retired.
  [[nodiscard]] EntryKind kind(EntryId id) const noexcept { return kind_of(records_[id].owner); }
  // The group, of a source too.
  [[nodiscard]] GroupKey key(EntryId id) const noexcept;
  // Of a source: its address, and the entry of its group.
  [[nodiscard]] IpAddress source(EntryId id) const noexcept { return records_[id].address; }
  [[nodiscard]] EntryId parent(EntryId id) const noexcept { return owner_of(records_[id].owner); }

 protected:
  GroupStore(std::uint32_t max_groups, std::size_t port_count, std::uint64_t seed);
  ~GroupStore();
  // Bytes that the constructor takes for these arguments.
  static std::size_t memory_size(std::uint32_t max_groups, std::size_t port_count);

  // The word of an entry that has been published for good, else 0. Any id.
  [[nodiscard]] std::uint64_t published_word(EntryId id) const noexcept;
  [[nodiscard]] Slot& slot_at(std::uint32_t place) const noexcept;
  // How many sources the group has. It stays where it is while the caller's section lasts in which the group
  // was found, or while there is one.
  [[nodiscard]] std::atomic<std::uint16_t>& child_count(EntryId group) const noexcept;

  // --- finding ----------------------------------------------------------------------------------

  // An entry as it is looked for.
  struct Identity {
    PackedKey packed;
    std::size_t bucket;
    std::uint32_t owner;  // as in Record
    const IpAddress& address;
  };
  struct Location {
    std::atomic<std::uint64_t>* word = nullptr;  // nullptr: there is no such entry
    std::uint64_t value = 0;
  };
  [[nodiscard]] Identity group_identity(const GroupKey& key) const noexcept;
  [[nodiscard]] Identity source_identity(EntryKind kind, EntryId parent,
                                         const IpAddress& source) const noexcept;
  [[nodiscard]] Location locate(const Identity& identity) const noexcept;
  // Searches what `header` publishes. `identity` may be nullptr if the packed key is exact.
  [[nodiscard]] Location locate_in(const Bucket& bucket, std::uint64_t header, PackedKey packed,
                                   const Identity* identity) const noexcept;

  [[nodiscard]] std::size_t bucket_of(std::uint64_t hash) const noexcept;
  // A source is, where it is requested, in the bucket that its hash says, and where it is excluded in the
  // neighbour of that, which many processors fetch along with it.
  [[nodiscard]] static const Bucket* bucket_of(EntryKind kind, const Bucket* requested) noexcept;

  // --- making -----------------------------------------------------------------------------------

  // What has been taken to make a new entry of; given back when another thread was faster.
  struct NewEntry {
    EntryId id = kNoEntry;
    std::uint32_t place = kNowhere;
  };
  // An id, with its record written. Again: changes nothing. False: none is free.
  bool take_id(NewEntry& entry, const Identity& identity) noexcept;
  // A slot of the bucket, or a node, with key and word written. Again: changes nothing. False: none is free.
  bool take_place(NewEntry& entry, std::size_t bucket, std::uint64_t header, PackedKey packed,
                  std::uint64_t word) noexcept;
  // From here on every lookup finds it; the caller marks it fresh next. False, and nothing has happened, if
  // the bucket has changed since `header` was read.
  bool publish(const NewEntry& entry, Bucket& bucket, std::uint64_t header) noexcept;
  // Of an entry that has not been published. What has not been taken is passed over.
  void give_back(const NewEntry& entry) noexcept;

  // --- unmaking: control ------------------------------------------------------------------------

  // Takes a retired entry out of its bucket.
  void unlink(EntryId id) noexcept;
  // After the grace period: no thread uses the entry any more. All but its id is free again.
  void clear(EntryId id) noexcept;

  const std::uint32_t max_groups_;
  const std::size_t port_count_;
  const std::uint64_t seed_;
  const std::size_t bucket_count_;
  const std::uint32_t node_count_;

  struct FreeNodeLinks {
    Node* nodes;
    std::atomic<std::uint32_t>& operator()(std::uint32_t node) const { return nodes[node].free_link; }
  };

  LargeArray<Bucket> buckets_;
  LargeArray<Node> nodes_;
  LargeArray<Record> records_;
  LargeArray<Membership> memberships_;
  FreeList free_ids_;
  BasicFreeList<FreeNodeLinks> free_nodes_;

 private:
  [[nodiscard]] std::size_t bucket_of_entry(EntryId id) const noexcept;
  [[nodiscard]] bool is_entry_of(EntryId id, const Identity& identity) const noexcept;
};

// ------------------------------------------------------------------------------------------------

[[gnu::always_inline]] inline std::size_t GroupStore::bucket_of(std::uint64_t hash) const noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>(static_cast<Wide>(hash) * bucket_count_ >> 64);
}

[[gnu::always_inline]] inline auto GroupStore::bucket_of(EntryKind kind, const Bucket* requested) noexcept
    -> const Bucket* {
  // They come in pairs, which LargeArray aligns.
  static_assert(sizeof(Bucket) == 64);
  const std::uintptr_t other = kind == EntryKind::excluded ? sizeof(Bucket) : 0;
  return std::bit_cast<const Bucket*>(std::bit_cast<std::uintptr_t>(requested) ^ other);
}

}  // namespace mcswitch::table

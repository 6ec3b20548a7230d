// SPDX-License-Identifier: BSD-3-Clause
//
// Entries that have been retired and unlinked, until a grace period has passed and their ids are free again.
//
// Threads
//   control  exactly one: add(), recycle().
//   any      count().
//   No call blocks or allocates.
//
// Two chains through the links of the free list, which belong to the holder of an id: entries whose grace
// period is under way, and entries that wait for the next one.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "table/free_list.hpp"
#include "table/membership.hpp"
#include "table/reclamation.hpp"

namespace mcswitch::table {

class RetiredEntries {
 public:
  // `ids` outlives this.
  explicit RetiredEntries(FreeList& ids) : ids_{ids} {}

  // The entry can no longer be found: a thread that still uses it has found it before this call.
  void add(EntryId id) noexcept {
    ids_.set_link(id, added_);
    added_ = id;
    count_.fetch_add(1, std::memory_order_relaxed);
  }

  // Calls clear(EntryId) for entries whose grace period has passed, `limit` at most, and gives their ids back
  // to the free list. Begins the next grace period when there is one to begin. Returns how many were given
  // back.
  template <typename Clear>
  std::size_t recycle(GracePeriod& grace_period, std::size_t limit, Clear&& clear) noexcept;

  // Entries that have been added and not given back. A snapshot, for any thread.
  [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  FreeList& ids_;
  // Control only. Those in waiting_ are free once the grace period token_ has passed.
  EntryId added_ = FreeList::kNone;
  EntryId waiting_ = FreeList::kNone;
  std::uint64_t token_ = 0;
  std::atomic<std::uint32_t> count_{0};  // control writes, any thread reads
};

template <typename Clear>
std::size_t RetiredEntries::recycle(GracePeriod& grace_period, std::size_t limit, Clear&& clear) noexcept {
  std::size_t done = 0;
  if (waiting_ != FreeList::kNone) {
    if (!grace_period.has_passed(token_)) {
      return done;
    }
    while (waiting_ != FreeList::kNone && done < limit) {
      const EntryId id = waiting_;
      waiting_ = ids_.link(id);
      clear(id);
      count_.fetch_sub(1, std::memory_order_relaxed);
      ids_.push(id);
      ++done;
    }
  }
  if (waiting_ == FreeList::kNone && added_ != FreeList::kNone) {
    waiting_ = added_;
    added_ = FreeList::kNone;
    token_ = grace_period.begin();
  }
  return done;
}

}  // namespace mcswitch::table

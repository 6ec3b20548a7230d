// SPDX-License-Identifier: BSD-3-Clause
//
// All leave checks in progress, by membership and by time (lib/membership/leave_check.hpp says what one of
// them does).
//
// Bounded by the number of groups in the table and by kMost, so that a flood of leaves takes no memory beyond
// what was allocated at the start. A leave beyond that is refused, and its membership ends with its interval.
//
// Control thread only. Allocates when made, never afterwards.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/due_heap.hpp"
#include "base/net_types.hpp"
#include "base/open_index.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "membership/leave_check.hpp"
#include "table/group_table.hpp"

namespace mcswitch::control {

class LeaveChecks {
 public:
  struct Key {
    table::EntryId id = table::kNoEntry;
    PortId port = 0;
  };

  // With the default intervals a check takes 2 s: leaves of 65,536 memberships in a second are all asked
  // about.
  static constexpr std::size_t kMost = 131'072;

  // For a table of `groups`.
  explicit LeaveChecks(std::size_t groups);
  // Bytes that the constructor takes.
  static std::size_t memory_size(std::size_t groups);

  // The check of this membership, or nullptr. It may be over without knowing: ask is_answered_by().
  [[nodiscard]] const membership::LeaveCheck* find(Key key) const;

  // Begins a check, in the place of one that is there already. False if there is no room.
  bool put(Key key, const membership::LeaveCheck& check);
  void erase(Key key);

  [[nodiscard]] std::size_t count() const { return count_; }
  // When the first check has something to do; kNever: there is none.
  [[nodiscard]] TimePoint next() const { return due_.next(); }
  // Which one that is; next() is not kNever.
  [[nodiscard]] Key first() const { return key_of(slots_[due_.first()].index); }

 private:
  struct Slot {
    membership::LeaveCheck check = membership::LeaveCheck::waiting(0, kNever);
    std::uint32_t index = 0;  // of the membership; not in use: the next one of the free slots
  };

  static std::uint32_t index_of(Key key) { return key.id << 5 | key.port; }
  static Key key_of(std::uint32_t index) {
    return {index >> 5, static_cast<PortId>(index & (kMaxPorts - 1))};
  }
  static_assert(kMaxPorts == 32, "an index has 24 bits of entry and 5 of port");

  // Where the slot of the check of membership `index` stands, or the free place where it would.
  [[nodiscard]] std::size_t place_of(std::uint32_t index) const {
    return places_.place_of(OpenIndex::hash_of(index),
                            [&](std::uint32_t slot) { return slots_[slot].index == index; });
  }

  std::vector<Slot> slots_;
  std::uint32_t first_free_ = 0;  // slots_.size(): none
  std::size_t count_ = 0;
  OpenIndex places_;  // slots in use, by membership
  DueHeap due_;       // slots in use, each at its check's next()
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// All leave checks that are going on, by membership and by time (lib/membership/leave_check.hpp is what
// one of them does).
//
// Bounded: as many as there are groups in the table, so that a flood of leaves costs no more memory than
// that; a leave beyond is refused, and its membership ends with its interval.
//
// Control thread only.

#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/net_types.hpp"
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

  // Takes the buckets for all of them here: growing later would be one long pause.
  explicit LeaveChecks(std::size_t capacity) : capacity_{capacity} { checks_.reserve(capacity); }

  // The check of this membership, or nullptr. It may be over without knowing: ask is_answered_by().
  [[nodiscard]] const membership::LeaveCheck* find(Key key) const;

  // Begins a check, in the place of one that is there already. False if there is no room.
  bool put(Key key, const membership::LeaveCheck& check);
  void erase(Key key);

  [[nodiscard]] std::size_t count() const { return checks_.size(); }
  // When the first check has something to do; kNever: there is none.
  [[nodiscard]] TimePoint next() const { return due_.empty() ? kNever : due_.begin()->first; }
  // Which one that is; next() is not kNever.
  [[nodiscard]] Key first() const { return key_of(due_.begin()->second); }

 private:
  static std::uint32_t index_of(Key key) { return key.id << 5 | key.port; }
  static Key key_of(std::uint32_t index) {
    return {index >> 5, static_cast<PortId>(index & (kMaxPorts - 1))};
  }
  static_assert(kMaxPorts == 32, "an index has 24 bits of entry and 5 of port");

  const std::size_t capacity_;
  std::unordered_map<std::uint32_t, membership::LeaveCheck> checks_;
  std::set<std::pair<TimePoint, std::uint32_t>> due_;  // one for each check, at its next()
};

}  // namespace mcswitch::control

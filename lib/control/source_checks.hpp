// SPDX-License-Identifier: BSD-3-Clause
//
// All group-and-source-specific queries that are being repeated, by (group, port) and by time
// (lib/membership/source_check.hpp is what one of them does). The timers that they lower are leave checks of
// the sources (leave_checks.hpp).
//
// Bounded: at most kMost at a time. A port gets another one only while it has fewer than are still free, so
// that one port has half of them at most. A check beyond that is refused, and its sources end with their
// timers.
//
// Control thread only.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/due_heap.hpp"
#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "membership/source_check.hpp"
#include "table/group_key.hpp"

namespace mcswitch::control {

class SourceChecks {
 public:
  static constexpr std::size_t kMost = 4096;

  struct Key {
    table::GroupKey group;
    PortId port = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  // The check of this group on this port; made if there is none. nullptr: full. It stays where it is until it
  // is over.
  membership::SourceCheck* get(const Key& key) {
    const auto found = numbers_.find(key);
    if (found != numbers_.end()) {
      return &slots_[found->second].check;
    }
    if (of_port_[key.port] >= kMost - numbers_.size()) {
      return nullptr;
    }
    ++of_port_[key.port];
    const std::uint32_t number = take_slot();
    slots_[number].key = key;
    numbers_.emplace(key, number);
    return &slots_[number].check;
  }
  // The same, or nullptr if there is none.
  [[nodiscard]] const membership::SourceCheck* find(const Key& key) const {
    const auto found = numbers_.find(key);
    return found == numbers_.end() ? nullptr : &slots_[found->second].check;
  }
  // To be called after each change of a check: it is over, or due at another time.
  void settle(const Key& key) {
    const auto found = numbers_.find(key);
    if (found == numbers_.end()) {
      return;
    }
    const std::uint32_t number = found->second;
    membership::SourceCheck& check = slots_[number].check;
    if (!check.is_over()) {
      return due_.set(number, check.next());
    }
    due_.set(number, kNever);
    check = {};
    free_.push_back(number);
    numbers_.erase(found);
    --of_port_[key.port];
  }

  // When the first one is due; kNever if there is none.
  [[nodiscard]] TimePoint next() const { return due_.next(); }
  // Which one; there is one.
  [[nodiscard]] Key first() const { return slots_[due_.first()].key; }

 private:
  struct Slot {
    Key key;
    membership::SourceCheck check;
  };

  std::uint32_t take_slot() {
    if (free_.empty()) {
      slots_.emplace_back();
      due_.add();
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return number;
  }

  std::map<Key, std::uint32_t> numbers_;  // of slots in use: hosts choose the groups, so no hash
  std::deque<Slot> slots_;
  std::vector<std::uint32_t> free_;
  DueHeap due_;  // slots in use, each at its check's next()
  std::array<std::size_t, kMaxPorts> of_port_{};
};

}  // namespace mcswitch::control

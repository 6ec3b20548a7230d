// SPDX-License-Identifier: BSD-3-Clause
//
// All group-and-source-specific queries that are being repeated, by (group, port) and by time
// (lib/membership/source_check.hpp is what one of them does). The timers that they lower are leave checks of
// the sources (leave_checks.hpp).
//
// Bounded: at most kMost at a time, and a port gets one only while it has fewer than are left for all, so
// that one port has half of them at most. One beyond is refused, and its sources end with their timers.
//
// Control thread only.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>

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

  // The check of this group on this port; made if there is none. nullptr: full.
  membership::SourceCheck* get(const Key& key) {
    const auto found = checks_.find(key);
    if (found != checks_.end()) {
      return &found->second.check;
    }
    if (of_port_[key.port] >= kMost - checks_.size()) {
      return nullptr;
    }
    ++of_port_[key.port];
    return &checks_[key].check;
  }
  // The same, or nullptr if there is none.
  [[nodiscard]] const membership::SourceCheck* find(const Key& key) const {
    const auto found = checks_.find(key);
    return found == checks_.end() ? nullptr : &found->second.check;
  }
  // To be called after each change of a check: it is over, or due at another time.
  void settle(const Key& key) {
    const auto found = checks_.find(key);
    if (found == checks_.end()) {
      return;
    }
    due_.erase({found->second.due, key});
    if (found->second.check.is_over()) {
      checks_.erase(found);
      --of_port_[key.port];
      return;
    }
    found->second.due = found->second.check.next();
    due_.insert({found->second.due, key});
  }

  // When the first one is due; kNever if there is none.
  [[nodiscard]] TimePoint next() const { return due_.empty() ? kNever : due_.begin()->first; }
  // Which one; there is one.
  [[nodiscard]] Key first() const { return due_.begin()->second; }

 private:
  struct Item {
    membership::SourceCheck check;
    TimePoint due = kNever;
  };
  std::map<Key, Item> checks_;
  std::array<std::size_t, kMaxPorts> of_port_{};
  std::set<std::pair<TimePoint, Key>> due_;
};

}  // namespace mcswitch::control

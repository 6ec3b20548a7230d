// SPDX-License-Identifier: BSD-3-Clause
//
// Source memberships that are to end when a grace period has passed (port_filters.cpp), in the order in
// which they were decided on.
//
// Control thread only.

#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "table/group_table.hpp"
#include "table/reclamation.hpp"

namespace mcswitch::control {

class PendingRemovals {
 public:
  struct Removal {
    table::EntryId id = table::kNoEntry;
    PortId port = 0;
    Stamp not_after = 0;
    std::uint64_t token = 0;  // 0: its grace period has not begun
  };

  void add(table::EntryId id, PortId port, Stamp not_after) {
    queue_.push_back({id, port, not_after, 0});
    Waiting& waiting = waiting_[place(id, port)];
    ++waiting.count;
    waiting.not_after = waiting.count == 1 ? not_after : std::max(waiting.not_after, not_after);
  }

  // Begins the grace period of those that have been added since the last call.
  void begin(table::GracePeriod& grace_period) {
    if (queue_.empty() || queue_.back().token != 0) {
      return;
    }
    const std::uint64_t token = grace_period.begin();
    for (auto last = queue_.rbegin(); last != queue_.rend() && last->token == 0; ++last) {
      last->token = token;
    }
  }

  // The membership will end, unless it has a newer report than this stamp.
  [[nodiscard]] bool contains(table::EntryId id, PortId port, Stamp stamp) const {
    const auto found = waiting_.find(place(id, port));
    return found != waiting_.end() && stamp <= found->second.not_after;
  }

  // Takes the first one out into `removal`, if its grace period has passed.
  [[nodiscard]] bool take(table::GracePeriod& grace_period, Removal& removal) {
    if (queue_.empty() || !grace_period.has_passed(queue_.front().token)) {
      return false;
    }
    removal = queue_.front();
    queue_.pop_front();
    const auto found = waiting_.find(place(removal.id, removal.port));
    if (--found->second.count == 0) {
      waiting_.erase(found);
    }
    return true;
  }

  [[nodiscard]] bool empty() const { return queue_.empty(); }

 private:
  struct Waiting {
    std::uint32_t count = 0;
    Stamp not_after = 0;  // the newest
  };
  static std::uint64_t place(table::EntryId id, PortId port) { return std::uint64_t{id} << 8 | port; }

  std::deque<Removal> queue_;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
};

}  // namespace mcswitch::control

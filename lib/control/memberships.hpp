// SPDX-License-Identifier: BSD-3-Clause
//
// Memberships: the one place where the control thread ends memberships. It notifies its listeners, which keep
// data for each membership. It also knows the memberships that never end because they are configured.
//
// Control thread only.

#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class Memberships {
 public:
  // Neither function may begin or end a membership.
  class Listener {
   public:
    virtual ~Listener() = default;
    // The group or source of this entry may have gained a port, or may be about to lose one.
    virtual void on_change(table::EntryId /*id*/) {}
    // The membership has ended; the entry still names its group and source.
    virtual void on_end(table::EntryId /*id*/, PortId /*port*/) {}
  };
  enum class End : std::uint8_t {
    ended,      // or there was none
    refreshed,  // a newer report has arrived: it goes on
    pinned,     // it never ends
  };

  // Notified in this order. All outlive this.
  Memberships(table::GroupControl& groups, std::vector<Listener*> listeners)
      : groups_{groups}, listeners_{std::move(listeners)} {}

  // As GroupControl::remove(). The end of "any source" on a port is the end of filter mode EXCLUDE: the
  // sources that it has requested remain as an INCLUDE list (RFC 9776 section 6.5), and the excluded ones are
  // forgotten, in this order, so that none of them gets through in between.
  End end(table::EntryId id, PortId port, Stamp not_after);
  // The port excludes the source of this entry no more.
  void forget_excluded(table::EntryId id, PortId port);
  // Workers have joined this entry.
  void begun(table::EntryId id) const { notify_of_change(id); }

  void pin(table::EntryId id, PortId port) { pinned_[id].add(port); }
  [[nodiscard]] bool is_pinned(table::EntryId id, PortId port) const {
    if (pinned_.empty()) {
      return false;
    }
    const auto found = pinned_.find(id);
    return found != pinned_.end() && found->second.contains(port);
  }

 private:
  void notify_of_change(table::EntryId id) const {
    for (Listener* listener : listeners_) {
      listener->on_change(id);
    }
  }

  table::GroupControl& groups_;
  const std::vector<Listener*> listeners_;
  std::unordered_map<table::EntryId, PortSet> pinned_;
};

}  // namespace mcswitch::control

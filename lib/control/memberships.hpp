// SPDX-License-Identifier: BSD-3-Clause
//
// Memberships: the one place where the control thread ends them, and what hangs on an end: sources that a
// port has excluded, the hosts behind it, whoever wants to know what has changed. Also those that never end
// because the configuration says so.
//
// Control thread only.

#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "table/group_control.hpp"

namespace mcswitch::table {
class HostTable;
}  // namespace mcswitch::table

namespace mcswitch::control {

class Memberships {
 public:
  enum class End : std::uint8_t {
    ended,      // or there was none
    refreshed,  // a newer report has arrived: it goes on
    pinned,     // it never ends
  };
  // The group or source of this entry may have gained or lost a port. Called before an entry is given up.
  using Changed = std::function<void(table::EntryId)>;

  // `hosts` may be nullptr; both outlive this.
  Memberships(table::GroupControl& groups, table::HostTable* hosts) : groups_{groups}, hosts_{hosts} {}

  void set_listener(Changed changed) { changed_ = std::move(changed); }

  // As GroupControl::remove(). The end of "any source" on a port is the end of filter mode EXCLUDE: the
  // sources that it has requested remain as an INCLUDE list (RFC 9776 section 6.5), and the excluded ones are
  // forgotten, in this order, so that none of them gets through in between.
  End end(table::EntryId id, PortId port, Stamp not_after);
  // The port excludes the source of this entry no more.
  void forget_excluded(table::EntryId id, PortId port);

  using Ended = std::function<void(table::EntryId, PortId)>;
  void set_ended(Ended ended) { ended_ = std::move(ended); }
  void begun(table::EntryId id) const { tell(id); }

  void pin(table::EntryId id, PortId port) { pinned_[id].add(port); }
  [[nodiscard]] bool is_pinned(table::EntryId id, PortId port) const {
    if (pinned_.empty()) {
      return false;
    }
    const auto found = pinned_.find(id);
    return found != pinned_.end() && found->second.contains(port);
  }

 private:
  void tell(table::EntryId id) const {
    if (changed_) {
      changed_(id);
    }
  }

  table::GroupControl& groups_;
  table::HostTable* const hosts_;
  Changed changed_;
  Ended ended_;
  std::unordered_map<table::EntryId, PortSet> pinned_;
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// What other threads may see of the control thread: a snapshot that it replaces as a whole whenever something
// in it has changed. Times are absolute, so that the snapshot does not change while nothing happens; a reader
// that shows them subtracts its own now. (Counters are read directly: ControlCore::counters().)

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "membership/effects.hpp"
#include "membership/router_ports.hpp"

namespace mcswitch::control {

// As operators read it.
inline const char* text_of(membership::Role role) {
  switch (role) {
    case membership::Role::querier:
      return "querier";
    case membership::Role::non_querier:
      return "non-querier";
    case membership::Role::off:
      break;
  }
  return "off";
}

struct RouterRow {
  VlanId vlan = 0;
  membership::RouterPorts::Router router;
};

// One a VLAN (protocol IGMP).
struct QuerierRow {
  VlanId vlan = 0;
  membership::Role role = membership::Role::off;
  IpAddress address;           // our own as querier, else the other one's; unspecified if off
  std::uint8_t version = 0;    // of its queries; 0 if off
  TimePoint expires = kNever;  // non-querier: end of Other Querier Present; else kNever
};

struct VlanRow {
  VlanId vlan = 0;
  bool snooped = false;  // false: mode off, or IGMP disabled
  Duration group_membership_interval{};
  TimePoint no_end_before = TimePoint::min();  // MembershipTimes::not_before
  PortSet ports;                               // of the VLAN, with or without link
  PortSet up;                                  // those with link
  bool held = false;                           // pruning is held in the whole VLAN
  PortSet held_ports;                          // ports on which it is held; all that are up if `held`
};

// What the configuration pins.
struct StaticRow {
  VlanId vlan = 0;
  IpAddress group;
  IpAddress source;  // all zero bytes: any
  PortSet ports;
};

struct Snapshot {
  std::vector<VlanRow> vlans;             // by VLAN
  std::vector<QuerierRow> queriers;       // by VLAN
  std::vector<RouterRow> routers;         // by VLAN, then port
  std::vector<StaticRow> static_members;  // by VLAN, group, source
};

// Publishes the snapshot. A reader holds the lock for one pointer copy. The control thread only tries to
// lock, so a reader that is preempted there delays the next snapshot and nothing else.
class SnapshotHolder {
 public:
  // Control thread. False: a reader is in the way; `snapshot` is unchanged, try again later.
  bool publish(std::shared_ptr<const Snapshot>& snapshot) {
    const std::unique_lock lock{mutex_, std::try_to_lock};
    if (!lock.owns_lock()) {
      return false;
    }
    // Swapped, so that the caller frees the old snapshot, outside the lock.
    current_.swap(snapshot);
    return true;
  }

  // Any thread. Never null.
  [[nodiscard]] std::shared_ptr<const Snapshot> read() const {
    const std::lock_guard lock{mutex_};
    return current_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_ = std::make_shared<const Snapshot>();
};

}  // namespace mcswitch::control

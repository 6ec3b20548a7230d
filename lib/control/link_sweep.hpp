// SPDX-License-Identifier: BSD-3-Clause
//
// Loss of carrier ends what was learned on a port: its memberships and its MAC addresses. (Router ports
// are VlanControl's.)
//
// A port has no list of its memberships and addresses, so a walk goes through the whole tables, in slices;
// ports that go down together share it. (Nothing is sent to the port even before the walk has ended: workers
// know which ports have no link.) Only memberships whose last report is from before the loss end, so the walk
// may still be going on when the port is up again.
//
// Frames that a worker was still handling when the link went down may be noted after the first walk. A second
// walk, kSecondWalkAfter later, ends what was noted within kInFlight, but not if the link is back by then,
// because a host may have reported again before the switch noticed.
//
// Control thread only; each run() is bounded by its argument.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/port_set.hpp"
#include "base/time.hpp"
#include "control/control_counters.hpp"
#include "control/memberships.hpp"
#include "table/group_control.hpp"
#include "table/mac_table.hpp"

namespace mcswitch::control {

class LinkSweep {
 public:
  // Stamps of one burst run ahead of the clock, by a nanosecond for each message.
  static constexpr Duration kStampLead = std::chrono::microseconds{1};
  static constexpr Duration kInFlight = std::chrono::milliseconds{5};
  static constexpr Duration kSecondWalkAfter = std::chrono::milliseconds{10};

  LinkSweep(table::GroupControl& groups, Memberships& memberships, table::MacControl& macs,
            ControlCounters& counters)
      : groups_{groups}, memberships_{memberships}, macs_{macs}, counters_{counters} {}

  void on_down(PortId port, TimePoint now);
  void on_up(PortId port);

  // Continues the walk, over `limit` entries at most. True: there is more to do now.
  bool run(TimePoint now, std::size_t limit);
  // When run() has something to do.
  [[nodiscard]] TimePoint next(TimePoint now) const;

  // Was this heard before the port lost its link (or in flight then)? It does not count any more.
  [[nodiscard]] bool is_forgotten(PortId port, Stamp heard) const {
    const Port& p = ports_[port];
    const Duration in_flight = waiting_.contains(port) ? kInFlight : Duration::zero();
    return p.not_after != 0 && heard <= p.not_after + static_cast<Stamp>(in_flight.count());
  }
  // The last loss of link; the beginning of time if there was none.
  [[nodiscard]] TimePoint last_loss(PortId port) const { return time_of(ports_[port].not_after); }

 private:
  // Slots of the MAC table in one run(): 32 KB.
  static constexpr std::size_t kSlotsPerRun = 2048;

  void begin_walk(PortId port);
  void walk_macs();

  struct Port {
    Stamp not_after = 0;           // what ends; 0: the link was never lost
    std::size_t entries_left = 0;  // of the walk that is going on
    std::size_t slots_left = 0;    // of the MAC table's
    TimePoint second_walk = kNever;
  };

  table::GroupControl& groups_;
  Memberships& memberships_;
  table::MacControl& macs_;
  ControlCounters& counters_;
  std::array<Port, kMaxPorts> ports_{};
  PortSet walking_;  // ports with entries left
  PortSet waiting_;  // ports with a second walk to come
  table::EntryId cursor_ = 0;
  PortSet mac_walking_;  // ports with slots left
  std::size_t mac_cursor_ = 0;
};

}  // namespace mcswitch::control

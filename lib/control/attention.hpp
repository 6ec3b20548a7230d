// SPDX-License-Identifier: BSD-3-Clause
//
// Attention: takes what workers leave in PortState::attention. Leaves that were lost: nobody knows which
// groups they were of, so as Querier the switch asks the port for all; what is not wanted ends with its
// interval at the latest, and what is wanted is refreshed. Ends of exclusions that were lost: the exclusions
// end (exclusion_sweep.hpp). Joins that were refused: a warning (refusals.hpp).
//
// Control thread only.

#pragma once

#include <array>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "control/context.hpp"
#include "control/exclusion_sweep.hpp"
#include "control/record.hpp"
#include "control/refusals.hpp"
#include "control/vlans.hpp"

namespace mcswitch::control {

class Attention {
 public:
  Attention(Context& context, Vlans& vlans, ExclusionSweep& exclusions)
      : context_{context}, vlans_{vlans}, exclusions_{exclusions}, refusals_{context} {
    ask_again_.fill(TimePoint::min());
    offer_again_.fill(TimePoint::min());
  }

  // A leave of the port was lost: run() asks.
  void leave_lost(PortId port) { lost_leave_.add(port); }
  // A record of the port about this group is about to be handled. Joins that were lost before it come first.
  void before_record(table::EntryId group, const Record& record);
  // A join of the control thread was refused.
  void join_refused(PortId port, table::JoinResult result) { refusals_.count(port, result); }
  // Its link has come or gone: there is nothing to ask about.
  void on_link(PortId port) {
    lost_leave_.remove(port);
    not_asked_.remove(port);
  }

  // Looks at all ports.
  void run(TimePoint now);
  // When run() has something to do that no worker announces.
  [[nodiscard]] TimePoint next() const;

 private:
  Context& context_;
  Vlans& vlans_;
  ExclusionSweep& exclusions_;
  Refusals refusals_;
  PortSet lost_leave_;                            // ports to be asked
  std::array<TimePoint, kMaxPorts> ask_again_;    // not before
  PortSet not_asked_;                             // ports whose device did not take a query
  std::array<TimePoint, kMaxPorts> offer_again_;  // not before: held until then in any case
};

}  // namespace mcswitch::control

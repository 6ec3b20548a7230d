// SPDX-License-Identifier: BSD-3-Clause
//
// Records: what a group record does (RFC 9776 section 6.4), from its receipt on: which row of the tables
// applies, what that changes (port_filters.hpp), and what is pruned or asked about (leaves.hpp).
// membership::apply_record() says what a row does, on sets.
//
// Control thread only.

#pragma once

#include <cstddef>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "control/attention.hpp"
#include "control/checks.hpp"
#include "control/context.hpp"
#include "control/leaves.hpp"
#include "control/membership_state.hpp"
#include "control/port_filters.hpp"
#include "control/record.hpp"
#include "control/vlan_control.hpp"
#include "membership/filter_rules.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class Records {
 public:
  Records(Context& context, MembershipState& state, Checks& checks, Attention& attention);

  // `listed`: the record's sources, a set.
  void on_record(const VlanControl& vlan, const Record& record, const membership::Sources& listed,
                 TimePoint now);

  // As PortFilters::run().
  bool run(std::size_t limit) { return filters_.run(limit); }

 private:
  [[nodiscard]] membership::Compatibility compatibility(const VlanControl& vlan, table::EntryId id,
                                                        PortId port, TimePoint now) const;
  void prune_or_ask(const VlanControl& vlan, const Record& record, TimePoint now);

  Context& context_;
  table::GroupControl& groups_;
  MembershipTimers& timers_;
  Attention& attention_;
  PortFilters filters_;
  Leaves leaves_;
  // Of the record that is being handled; kept here for their memory.
  membership::PortFilter filter_;
  membership::RecordEffects effects_;
};

}  // namespace mcswitch::control

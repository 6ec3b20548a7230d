// SPDX-License-Identifier: BSD-3-Clause
//
// Ends of exclusions that were lost between a worker and the control thread (table::kJoinLost): a report of
// mode EXCLUDE that lists fewer sources than the port excludes is a join of the others, and a join must not
// be lost. Which group it was is not known. But its worker has put its stamp into the membership of the
// group, so it is one in which the port excludes sources since an older report than its last: those
// exclusions end. A report that is still in the ring may look the same for a moment: its port gets more than
// it asked for until its next report.
//
// A record that is handled while the walk goes on makes the exclusions that it keeps as new as itself. So
// those of its group that are to end do so before.
//
// The whole table is gone through, in slices; several ports share the walk. Control thread only.

#pragma once

#include <array>
#include <cstddef>

#include "base/port_set.hpp"
#include "control/control_counters.hpp"
#include "control/memberships.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class ExclusionSweep {
 public:
  ExclusionSweep(table::GroupControl& groups, Memberships& memberships, ControlCounters& counters)
      : groups_{groups}, memberships_{memberships}, counters_{counters} {}

  void begin(PortId port);
  // A record of the port about this group is about to be handled; `last_report`: the stamp of the one before.
  void before_record(table::EntryId group, PortId port, Stamp last_report);

  // Goes on with the walk, over `limit` entries at most, and the sources of the last group. True: there is
  // more to do now.
  bool run(std::size_t limit);
  [[nodiscard]] bool is_walking() const { return !walking_.empty(); }

 private:
  // Returns how many sources it has looked at.
  std::size_t end_exclusions(table::EntryId group);
  void end_if_older(table::EntryId excluded, PortId port, Stamp last_report);

  table::GroupControl& groups_;
  Memberships& memberships_;
  ControlCounters& counters_;
  std::array<std::size_t, kMaxPorts> entries_left_{};
  PortSet walking_;  // ports with entries left
  table::EntryId cursor_ = 0;
};

}  // namespace mcswitch::control

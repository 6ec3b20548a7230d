// SPDX-License-Identifier: BSD-3-Clause
//
// Refusals: joins for which there was no room. They are counted where they are refused. Here operators are
// warned of them, at most once a minute for each reason (and for each port, where it is a limit of the port).
//
// Control thread only.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "control/context.hpp"
#include "table/group_control.hpp"

namespace mcswitch::control {

class Refusals {
 public:
  explicit Refusals(Context& context) : context_{context} { next_.fill({}); }

  // A join of the control thread was refused: counts it, and leaves it in PortState::attention like a
  // worker's.
  void count(PortId port, table::JoinResult result);

  // Warns of the reasons that are among these bits of PortState::attention.
  void warn(PortId port, std::uint32_t reasons, TimePoint now);

  // All ports have been checked. A full table causes another warning only if it had room in between.
  void run();

 private:
  // Next warnings of one reason, by port; the first is that of the switch where the limit is the switch's.
  using Times = std::array<TimePoint, kMaxPorts>;

  [[nodiscard]] std::string text_of(PortId port, std::uint32_t reason) const;

  Context& context_;
  std::array<Times, 3> next_;  // by row of kReasons
  bool is_full_ = false;       // the table has refused a join and had no room since
};

}  // namespace mcswitch::control

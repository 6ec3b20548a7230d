// SPDX-License-Identifier: BSD-3-Clause
//
// Grace periods: what "every reader has moved on" means to the tables. A reader is a worker (it is
// quiescent between two bursts) or a telemetry thread (it is registered for one page). The programs
// use rte_rcu_qsbr (lib/dataplane/quiescence.hpp), tests whatever they like.

#pragma once

#include <cstdint>

namespace mcswitch::table {

class GracePeriod {
 public:
  virtual ~GracePeriod() = default;

  // Begins a grace period; control thread only, never blocks. What the caller took out of reach
  // before this call is out of every reader's hands once has_passed(token) is true.
  virtual std::uint64_t begin() = 0;

  // Control thread only, never blocks. Once true for a token it stays true, and it is true for all
  // tokens that were given before it.
  virtual bool has_passed(std::uint64_t token) = 0;
};

}  // namespace mcswitch::table

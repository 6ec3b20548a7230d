// SPDX-License-Identifier: BSD-3-Clause
//
// Context: what all parts of the control thread share. The core owns it, the parts hold a reference.
//
// Control thread only, except `counters`, which any thread may read.

#pragma once

#include <cstdint>

#include "config/config.hpp"
#include "control/control_counters.hpp"
#include "control/events.hpp"
#include "table/reclamation.hpp"
#include "table/tables.hpp"

namespace mcswitch::control {

// When to try again what waits for something that sends no notification: a full ring, a grace period, a
// reader of the snapshot.
inline constexpr Duration kRetry = std::chrono::milliseconds{1};

struct Context {
  const config::Config config;
  table::Tables& tables;
  table::GracePeriod& grace_period;
  const Log log;
  ControlCounters counters{};
  Events events{log};

  void count(ControlCounter what, std::uint64_t times = 1) { counters[what].add(times); }
};

}  // namespace mcswitch::control

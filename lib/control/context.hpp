// SPDX-License-Identifier: BSD-3-Clause
//
// Context: what all parts of the control thread share. The core owns it, the parts hold a reference.
//
// Control thread only, except `counters`, which any thread may read.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "config/config.hpp"
#include "control/control_counters.hpp"
#include "table/reclamation.hpp"
#include "table/tables.hpp"

namespace mcswitch::control {

enum class LogLevel : std::uint8_t { info, warning };
// One line without a line end. Called for what is rare or rate limited, never per frame.
using Log = std::function<void(LogLevel, const std::string&)>;

// When to try again what waits for something that sends no notification: a full ring, a grace period, a
// reader of the snapshot.
inline constexpr Duration kRetry = std::chrono::milliseconds{1};

struct Context {
  const config::Config config;
  table::Tables& tables;
  table::GracePeriod& grace_period;
  const Log log;
  ControlCounters counters{};

  void count(ControlCounter what, std::uint64_t times = 1) { counters[what].add(times); }
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// Real-time priority of the calling thread: it runs before everything of ordinary priority on its core. A
// listing or a shell there would else keep it for milliseconds.

#pragma once

#include <sched.h>

namespace mcswitch::engine {

// SCHED_RR, priority 1. Threads that it starts do not inherit it. False if this user may not have that; then
// nothing has changed.
inline bool take_real_time_priority() {
  sched_param parameters{};
  parameters.sched_priority = 1;
  return sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters) == 0;
}

inline void give_back_priority() {
  const sched_param parameters{};
  // Without CAP_SYS_NICE the second flag stays.
  sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &parameters);
}

}  // namespace mcswitch::engine

// SPDX-License-Identifier: BSD-3-Clause
//
// Join and leave delays with the real control side next to the worker: port 0 receives the stream, port 1
// joins or leaves, and a background stream may come in on port 2 for ports 3 to 6.

#pragma once

#include <vector>

#include "packet_rate/delay_script.hpp"

namespace mcswitch::bench {

struct DelayCase {
  DelayOptions script = {};
  double stream_per_second = 1e6;
  double background_share = 0;  // of what the worker takes of it
  bool fast_leave = false;
  Duration last_member_query_interval = std::chrono::milliseconds{100};
};

struct DelayRun {
  std::vector<double> delays_ns;  // by round
  Duration last_member_query_time{};
};

// Both throw std::runtime_error if a round does not come to its end.
DelayRun run_join_delay(const DelayCase& what, unsigned worker_lcore);
DelayRun run_leave_delay(const DelayCase& what, unsigned worker_lcore);

}  // namespace mcswitch::bench

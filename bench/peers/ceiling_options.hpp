// SPDX-License-Identifier: BSD-3-Clause
//
// The command line of mcsceiling.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mcswitch::bench {

struct CeilingOptions {
  std::string from;             // device string of the source
  std::vector<std::string> to;  // of the sinks
  unsigned main_core = 0;
  unsigned worker_core = 1;
  unsigned mbufs = 65536;
  unsigned room = 2048;  // RTE_MBUF_DEFAULT_DATAROOM
  double warm_up = 0.5;  // seconds
  double seconds = 2;
  bool hugepages = false;
  bool listen = false;  // receive from the sinks as well
};

// The exit code if the program is over: help was asked for (0), or the usage is wrong.
std::optional<int> parse_ceiling_options(int argc, const char* const* argv, CeilingOptions& options);

}  // namespace mcswitch::bench

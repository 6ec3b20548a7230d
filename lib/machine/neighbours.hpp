// SPDX-License-Identifier: BSD-3-Clause
//
// Other programs of DPDK on this machine: which cores their workers poll on. Each has such a core for itself,
// or half of it.
//
// Threads: any.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mcswitch::machine {

struct PollingThread {
  unsigned core = 0;
  pid_t process = 0;
  std::string program;
};

// Those of other processes than `self`, by core. Only what this process can see: not those of other
// containers.
std::vector<PollingThread> read_polling_threads(const std::filesystem::path& root, pid_t self);

}  // namespace mcswitch::machine

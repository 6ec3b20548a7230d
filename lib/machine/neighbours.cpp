// SPDX-License-Identifier: BSD-3-Clause

#include "machine/neighbours.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "machine/machine_facts.hpp"
#include "machine/read_text.hpp"

namespace mcswitch::machine {
namespace fs = std::filesystem;
namespace {

// As the versions of DPDK have named the threads of their workers, the oldest first.
bool is_worker(std::string_view name) {
  return name.starts_with("lcore-worker") || name.starts_with("rte-worker") ||
         name.starts_with("dpdk-worker");
}

}  // namespace

std::vector<PollingThread> read_polling_threads(const fs::path& root, pid_t self) {
  std::vector<PollingThread> threads;
  for (const fs::path& process : entries(root / "proc")) {
    const auto number = parse_number<pid_t>(process.filename().string());
    if (!number || *number == self) {
      continue;
    }
    for (const fs::path& thread : entries(process / "task")) {
      if (!is_worker(first_line(thread / "comm"))) {
        continue;
      }
      const CoreList cores = parse_core_list(value_of(thread / "status", "Cpus_allowed_list:"));
      if (cores.size() == 1) {
        threads.push_back({cores.front(), *number, first_line(process / "comm")});
      }
    }
  }
  std::sort(threads.begin(), threads.end(), [](const PollingThread& a, const PollingThread& b) {
    return std::tie(a.core, a.process) < std::tie(b.core, b.process);
  });
  return threads;
}

}  // namespace mcswitch::machine

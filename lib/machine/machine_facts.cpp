// SPDX-License-Identifier: BSD-3-Clause

#include "machine/machine_facts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/ranges.hpp"
#include "machine/read_text.hpp"

namespace mcswitch::machine {
namespace fs = std::filesystem;
namespace {

// The last part of where a symbolic link leads; empty if there is none.
std::string link_target(const fs::path& link) {
  std::error_code error;
  return fs::read_symlink(link, error).filename();
}

std::size_t kib_of(const fs::path& meminfo, std::string_view key) {
  const std::string value = value_of(meminfo, key);
  return parse_number<std::size_t>(std::string_view{value}.substr(0, value.find(' '))).value_or(0);
}

void read_nodes(const fs::path& root, MachineFacts& facts) {
  for (const fs::path& path : entries(root / "sys/devices/system/node")) {
    const auto node = number_behind(path.filename().string(), "node");
    if (!node) {
      continue;
    }
    for (const unsigned core : parse_core_list(first_line(path / "cpulist"))) {
      facts.cores[core].node = static_cast<int>(*node);
    }
  }
}

void read_cores(const fs::path& root, MachineFacts& facts) {
  const fs::path folder = root / "sys/devices/system/cpu";
  facts.online_cores = read_online_cores(root);
  facts.isolated_cores = parse_core_list(first_line(folder / "isolated"));
  std::error_code error;
  facts.has_nohz_full = fs::exists(folder / "nohz_full", error);
  facts.nohz_full_cores = parse_core_list(first_line(folder / "nohz_full"));
  for (const unsigned core : facts.online_cores) {
    CoreFacts& known = facts.cores[core];
    const fs::path path = folder / fmt::format("cpu{}", core);
    known.siblings = parse_core_list(first_line(path / "topology/thread_siblings_list"));
    std::erase(known.siblings, core);
    known.governor = first_line(path / "cpufreq/scaling_governor");
  }
}

void read_interrupts(const fs::path& root, MachineFacts& facts) {
  for (const fs::path& path : entries(root / "proc/irq")) {
    if (!parse_number<unsigned>(path.filename().string())) {
      continue;
    }
    // A folder in it is a handler; an interrupt without one does not arrive.
    const auto inside = entries(path);
    if (std::none_of(inside.begin(), inside.end(), [](const fs::path& p) { return fs::is_directory(p); })) {
      continue;
    }
    for (const unsigned core : parse_core_list(first_line(path / "effective_affinity_list"))) {
      ++facts.cores[core].interrupts;
    }
  }
}

void read_devices(const fs::path& root, MachineFacts& facts) {
  facts.iommu_groups = entries(root / "sys/kernel/iommu_groups").size();
  facts.allows_no_iommu = first_line(root / "sys/module/vfio/parameters/enable_unsafe_noiommu_mode") == "Y";
  for (const fs::path& path : entries(root / "sys/bus/pci/devices")) {
    facts.pci[path.filename()] = {link_target(path / "driver"), number_or(path / "numa_node", kNoNode)};
  }
  for (const fs::path& path : entries(root / "sys/class/net")) {
    facts.interfaces[path.filename()].node = number_or(path / "device/numa_node", kNoNode);
  }
  // Those of the network namespace; a /sys that was mounted elsewhere shows others.
  for (const fs::path& path : entries(root / "proc/sys/net/ipv6/conf")) {
    const fs::path switched_off = path / "disable_ipv6";
    facts.interfaces[path.filename()].keeps_ipv6 =
        first_line(switched_off) == "0" && faccessat(AT_FDCWD, switched_off.c_str(), W_OK, AT_EACCESS) != 0;
  }
}

}  // namespace

CoreList parse_core_list(std::string_view text) {
  constexpr unsigned kHighest = 65'535;
  CoreList cores;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t dash = part.find('-');
    const auto first = parse_number<unsigned>(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number<unsigned>(part.substr(dash + 1));
    if (!first || !last || *last > kHighest) {
      break;
    }
    for (unsigned core = *first; core <= *last; ++core) {
      cores.push_back(core);
    }
  }
  return cores;
}

std::string core_list_text(const CoreList& cores) { return ranges_text(cores, ","); }

bool contains(const CoreList& cores, unsigned core) {
  return std::find(cores.begin(), cores.end(), core) != cores.end();
}

ProcessFacts read_process(const fs::path& root) {
  ProcessFacts facts;
  const fs::path status = root / "proc/self/status";
  facts.usable_cores = parse_core_list(value_of(status, "Cpus_allowed_list:"));
  facts.effective_capabilities = parse_number<std::uint64_t>(value_of(status, "CapEff:"), 16).value_or(0);
  const std::string limit = value_of(root / "proc/self/limits", "Max locked memory");
  facts.locked_memory = parse_number<std::uint64_t>(std::string_view{limit}.substr(0, limit.find(' ')));
  return facts;
}

CoreList read_online_cores(const fs::path& root) {
  return parse_core_list(first_line(root / "sys/devices/system/cpu/online"));
}

MachineFacts read_facts(const fs::path& root) {
  MachineFacts facts;
  facts.process = read_process(root);
  read_cores(root, facts);
  read_nodes(root, facts);
  read_interrupts(root, facts);
  facts.hugepages = read_hugepages(root);
  std::error_code error;
  facts.shows_cores = fs::exists(root / "sys/devices/system/cpu", error);
  facts.shows_modules = fs::exists(root / "sys/module", error);
  facts.polling = read_polling_threads(root, getpid());
  facts.available_kib = kib_of(root / "proc/meminfo", "MemAvailable:");
  read_devices(root, facts);
  return facts;
}

std::string runtime_directory() {
  if (const char* directory = std::getenv("RUNTIME_DIRECTORY")) {
    return directory;
  }
  if (geteuid() == 0) {
    return "/var/run";
  }
  if (const char* directory = std::getenv("XDG_RUNTIME_DIR")) {
    return directory;
  }
  return "/tmp";
}

}  // namespace mcswitch::machine

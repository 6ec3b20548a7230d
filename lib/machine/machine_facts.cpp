// SPDX-License-Identifier: BSD-3-Clause

#include "machine/machine_facts.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <tuple>

#include "base/ranges.hpp"

namespace mcswitch::machine {
namespace fs = std::filesystem;
namespace {

// The first line; empty if there is no such file.
std::string first_line(const fs::path& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

template <typename T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && rest == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

template <typename T>
T number_or(const fs::path& path, T otherwise) {
  return parse_number<T>(first_line(path)).value_or(otherwise);
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{folder, error}) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// The last part of where a symbolic link leads; empty if there is none.
std::string link_target(const fs::path& link) {
  std::error_code error;
  return fs::read_symlink(link, error).filename();
}

// The number behind a prefix: "node1", "hugepages-2048kB".
std::optional<unsigned> number_behind(std::string_view name, std::string_view prefix,
                                      std::string_view suffix = "") {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() < prefix.size() + suffix.size()) {
    return std::nullopt;
  }
  return parse_number<unsigned>(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
}

// "key:   value..." of a file of such lines.
std::string value_of(const fs::path& path, std::string_view key) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      const std::size_t begin = line.find_first_not_of(" \t", key.size());
      return begin == std::string::npos ? "" : line.substr(begin);
    }
  }
  return {};
}

std::size_t kib_of(const fs::path& meminfo, std::string_view key) {
  const std::string value = value_of(meminfo, key);
  return parse_number<std::size_t>(std::string_view{value}.substr(0, value.find(' '))).value_or(0);
}

void read_pools(const fs::path& folder, int node, std::vector<HugepagePool>& pools) {
  for (const fs::path& path : entries(folder)) {
    if (const auto kib = number_behind(path.filename().string(), "hugepages-", "kB")) {
      pools.push_back({*kib, node, number_or<std::size_t>(path / "nr_hugepages", 0),
                       number_or<std::size_t>(path / "free_hugepages", 0)});
    }
  }
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
    read_pools(path / "hugepages", static_cast<int>(*node), facts.hugepages);
  }
  // A kernel without NUMA has no such folders.
  if (facts.hugepages.empty()) {
    read_pools(root / "sys/kernel/mm/hugepages", kNoNode, facts.hugepages);
  }
  std::sort(facts.hugepages.begin(), facts.hugepages.end(), [](const HugepagePool& a, const HugepagePool& b) {
    return std::tie(a.kib, a.node) < std::tie(b.kib, b.node);
  });
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

// "pagesize=2M", "pagesize=1024M" or "pagesize=1G" among the options of a mount.
unsigned page_kib_of(std::string_view options, unsigned otherwise) {
  constexpr std::string_view kOption = "pagesize=";
  const std::size_t found = options.find(kOption);
  if (found == std::string_view::npos) {
    return otherwise;
  }
  std::string_view value = options.substr(found + kOption.size());
  value = value.substr(0, value.find(','));
  if (value.empty()) {
    return otherwise;
  }
  const char unit = value.back();
  const unsigned factor = unit == 'K' ? 1 : unit == 'M' ? 1024 : unit == 'G' ? 1024 * 1024 : 0;
  value.remove_suffix(1);
  return parse_number<unsigned>(value).value_or(0) * factor;
}

void read_memory(const fs::path& root, MachineFacts& facts) {
  const fs::path meminfo = root / "proc/meminfo";
  facts.available_kib = kib_of(meminfo, "MemAvailable:");
  const auto default_kib = static_cast<unsigned>(kib_of(meminfo, "Hugepagesize:"));
  std::ifstream mounts{root / "proc/mounts"};
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words{line};
    std::string device;
    std::string folder;
    std::string type;
    std::string options;
    if (words >> device >> folder >> type >> options && type == "hugetlbfs") {
      facts.mounted_page_kib.push_back(page_kib_of(options, default_kib));
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
  read_memory(root, facts);
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

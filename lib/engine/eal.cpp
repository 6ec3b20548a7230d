// SPDX-License-Identifier: BSD-3-Clause

#include "engine/eal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "config/device_string.hpp"
#include "machine/machine_facts.hpp"

namespace mcswitch::engine {
namespace fs = std::filesystem;

namespace {

// NUMA node of a core; 0 where the kernel does not say.
int node_of_core(unsigned core) {
  constexpr int kMaxNodes = 64;
  for (int node = 0; node < kMaxNodes; ++node) {
    std::error_code error;
    if (fs::exists(fmt::format("/sys/devices/system/cpu/cpu{}/node{}", core, node), error)) {
      return node;
    }
  }
  return 0;
}

// Allows the cards of this switch only, those of bonds included. Otherwise DPDK would take every card that is
// bound for it, also those of other programs. True if there are any.
bool allow_cards(const config::Config& config, std::vector<std::string>& args) {
  bool any = false;
  const auto allow = [&](std::string_view device, std::string_view arguments) {
    if (const auto address = config::pci_address(device)) {
      args.emplace_back("-a");
      args.push_back(fmt::format("{}{}", *address, arguments));
      any = true;
    }
  };
  for (const config::Port& port : config.ports) {
    const std::string_view name = config::device_name(port.device);
    allow(name, std::string_view{port.device}.substr(name.size()));
    for (const std::string& member : config::device_arguments(port.device, "slave")) {
      allow(member, "");
    }
  }
  return any;
}

}  // namespace

std::size_t free_hugepage_megabytes() {
  bool mounted = false;
  std::ifstream mounts{"/proc/mounts"};
  for (std::string line; std::getline(mounts, line);) {
    mounted = mounted || line.find(" hugetlbfs ") != std::string::npos;
  }
  if (!mounted) {
    return 0;
  }
  std::size_t megabytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{"/sys/kernel/mm/hugepages", error}) {
    // hugepages-2048kB
    const std::string name = entry.path().filename();
    const std::size_t dash = name.find('-');
    if (dash == std::string::npos) {
      continue;
    }
    std::size_t free = 0;
    std::ifstream{entry.path() / "free_hugepages"} >> free;
    megabytes += free * std::strtoul(name.c_str() + dash + 1, nullptr, 10) / 1024;
  }
  return megabytes;
}

Eal::~Eal() {
  if (started_) {
    rte_eal_cleanup();
  }
  if (lock_ >= 0) {
    close(lock_);
  }
}

std::optional<std::string> Eal::take_name(const std::string& name) {
  const fs::path directory = fs::path{machine::runtime_directory()} / "dpdk" / name;
  std::error_code error;
  fs::create_directories(directory, error);
  const std::string path = directory / "mcswitch.lock";
  lock_ = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock_ < 0) {
    return fmt::format(
        "{} cannot be written: {}. The switch keeps its telemetry socket there; set RUNTIME_DIRECTORY to a "
        "directory that can be written",
        directory.string(), error ? error.message() : std::strerror(errno));
  }
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return fmt::format("a switch with the name \"{}\" is running already; give this one another switch.name",
                       name);
  }
  return std::nullopt;
}

std::optional<std::string> Eal::start(const config::Config& config, const machine::MemoryPlan& plan,
                                      const Log& log) {
  if (auto problem = take_name(config.sw.name)) {
    return problem;
  }
  const std::size_t need = plan.eal_megabytes();
  const std::size_t have = config.sw.hugepages == config::Hugepages::off ? 0 : free_hugepage_megabytes();
  hugepages_ = have >= need;
  if (!hugepages_ && config.sw.hugepages == config::Hugepages::required) {
    return fmt::format(
        "{} MiB of huge pages are needed and {} are free (or no hugetlbfs is mounted): "
        "echo {} > /proc/sys/vm/nr_hugepages && mount -t hugetlbfs none /dev/hugepages",
        need, have, (need + 1) / 2);
  }
  if (!hugepages_ && config.sw.hugepages == config::Hugepages::automatic) {
    log(LogLevel::warning, "memory",
        fmt::format(
            "{} MiB of huge pages are needed and {} are free: going on with plain memory, which is slower",
            need, have));
  }

  // DPDK's numbers (lcores) are ours: two of them may be on one core, and cores may have large numbers.
  std::string cores = fmt::format("0@{}", config.sw.main_core);
  for (unsigned worker = 0; worker < config.sw.worker_cores.size(); ++worker) {
    cores += fmt::format(",{}@{}", worker_lcore(worker), config.sw.worker_cores[worker]);
  }
  std::vector<std::string> args{"mcswitch", fmt::format("--lcores={}", cores), "--main-lcore=0",
                                fmt::format("--file-prefix={}", config.sw.name), "--log-level=*:error"};
  const bool has_cards = allow_cards(config, args);
  if (!has_cards) {
    args.emplace_back("--no-pci");
  }
  if (hugepages_) {
    if (!has_cards) {
      args.emplace_back("--iova-mode=va");  // no device asks for physical addresses
    }
    std::string nodes;
    for (int node = node_of_core(config.sw.main_core); node > 0; --node) {
      nodes += "0,";
    }
    args.emplace_back(fmt::format("--socket-mem={}{}", nodes, need));
    args.emplace_back("--huge-unlink=existing");
  } else {
    args.emplace_back("--no-huge");
    args.emplace_back("-m");
    args.emplace_back(std::to_string(need));
    // Physical addresses are neither known nor needed by the devices that work without huge pages.
    args.emplace_back("--iova-mode=va");
  }
  args.insert(args.end(), config.sw.eal_args.begin(), config.sw.eal_args.end());

  std::vector<char*> argv;
  argv.reserve(args.size());
  for (std::string& arg : args) {
    argv.push_back(arg.data());
  }
  dpdk_log_.emplace(log);
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    std::string all;
    for (const std::string& arg : args) {
      all += " " + arg;
    }
    return fmt::format("DPDK does not start: {} (its arguments were:{})", rte_strerror(rte_errno), all);
  }
  started_ = true;
  return std::nullopt;
}

}  // namespace mcswitch::engine

// SPDX-License-Identifier: BSD-3-Clause

#include "engine/eal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "config/device_string.hpp"
#include "machine/hugepages.hpp"
#include "machine/machine_check.hpp"
#include "machine/machine_rules.hpp"

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

// Looks for huge pages, and removes what earlier runs of this name have left of them. `node_mib`: what to
// take on each node; empty: plain memory, and the log says why. Returns what is wrong if it has to be huge
// pages.
std::optional<std::string> take_hugepages(const config::Switch& sw, std::size_t need, const Log& log,
                                          std::vector<std::size_t>& node_mib) {
  machine::HugepageFacts facts = machine::read_hugepages("/");
  if (const std::size_t freed = machine::remove_left_hugepages(facts, sw.name); freed > 0) {
    log(LogLevel::notice, "memory",
        fmt::format("removed the files of huge pages that an earlier run of this name left: {} MiB", freed));
    facts = machine::read_hugepages("/");
  }
  machine::HugepagePlan plan = machine::plan_hugepages(facts, node_of_core(sw.main_core), sw.name, need);
  if (plan.is_possible()) {
    if (auto refusal = machine::refused_hugepages(facts, need)) {
      plan = {.node_mib = {}, .cause = *std::move(refusal), .advice = ""};
    }
  }
  node_mib = plan.node_mib;
  if (plan.cause.empty()) {
    return std::nullopt;
  }
  machine::MachineFinding finding{machine::Severity::warning, "huge pages", plan.cause, plan.advice};
  if (!plan.is_possible()) {
    finding = machine::without_hugepages(sw.hugepages, plan.cause, plan.advice);
  }
  if (finding.severity == machine::Severity::error) {
    return finding.what();
  }
  log(LogLevel::warning, "memory", finding.what());
  return std::nullopt;
}

}  // namespace

Eal::~Eal() {
  if (started_) {
    rte_eal_cleanup();
  }
  if (lock_ >= 0) {
    close(lock_);
  }
}

std::optional<std::string> Eal::take_name(const std::string& name) {
  const std::string path = machine::lock_path(name);
  const fs::path directory = fs::path{path}.parent_path();
  std::error_code error;
  fs::create_directories(directory, error);
  lock_ = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock_ < 0) {
    return fmt::format(
        "{} cannot be written: {}. The switch keeps its telemetry socket there; set RUNTIME_DIRECTORY to a "
        "directory that can be written",
        directory.string(), error ? error.message() : std::strerror(errno));
  }
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return machine::name_is_taken(name);
  }
  return std::nullopt;
}

std::optional<std::string> Eal::start(const config::Config& config, const machine::MemoryPlan& plan,
                                      const Log& log) {
  if (auto problem = take_name(config.sw.name)) {
    return problem;
  }
  const std::size_t need = plan.eal_megabytes();
  std::vector<std::size_t> node_mib;
  if (config.sw.hugepages != config::Hugepages::off) {
    if (auto problem = take_hugepages(config.sw, need, log, node_mib)) {
      return problem;
    }
  }
  hugepages_ = !node_mib.empty();

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
    args.emplace_back(fmt::format("--socket-mem={}", fmt::join(node_mib, ",")));
    // No files, neither of pages nor of DPDK's own records: nothing of it stays, and no directory can be
    // full.
    args.emplace_back("--in-memory");
  } else {
    args.emplace_back("--no-huge");
    args.emplace_back("--no-shconf");  // no files of DPDK's own records; --in-memory needs huge pages
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

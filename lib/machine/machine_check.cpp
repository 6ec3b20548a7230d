// SPDX-License-Identifier: BSD-3-Clause

#include "machine/machine_check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "machine/device_claims.hpp"
#include "machine/machine_facts.hpp"
#include "machine/start_rules.hpp"

namespace mcswitch::machine {
namespace fs = std::filesystem;
namespace {

void append(MachineFindings& all, MachineFindings more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

// The directory of the telemetry socket has to be writable; if it does not exist, the first directory above
// that does.
void check_runtime_directory(MachineFindings& findings) {
  std::error_code error;
  const fs::path wanted = fs::path{runtime_directory()} / "dpdk";
  fs::path there = wanted;
  while (!fs::exists(there, error) && there.has_relative_path()) {
    there = there.parent_path();
  }
  if (access(there.c_str(), W_OK | X_OK) != 0 || !fs::is_directory(there, error)) {
    findings.push_back(
        {Severity::error, "runtime directory",
         fmt::format("{} cannot be written, and the telemetry socket is created there", wanted.string()),
         "set RUNTIME_DIRECTORY to a directory that can be written"});
  }
}

void check_claims(const config::Config& config, MachineFindings& findings) {
  for (const config::Port& port : config.ports) {
    if (const auto holder = DeviceClaims::holder(port.device)) {
      findings.push_back(in_use(port, *holder));
    }
  }
}

void check_name(const std::string& name, MachineFindings& findings) {
  const int lock = open(lock_path(name).c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) {
    return;  // Nobody has had it, or what is wrong with the directory is reported anyway.
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    findings.push_back({Severity::error, "switch.name", name_is_taken(name), ""});
  }
  close(lock);
}

}  // namespace

void check_ports(std::span<const std::unique_ptr<dataplane::Port>> ports, MachineFindings& findings) {
  for (const auto& port : ports) {
    if (auto problem = port->check()) {
      findings.push_back({Severity::error, port_and_device(port->settings()), *std::move(problem), ""});
    }
  }
}

std::vector<config::Finding> check_cores_exist(const config::LoadResult& loaded) {
  const fs::path root{"/"};
  return missing_cores(loaded, read_process(root), read_online_cores(root), RTE_MAX_LCORE);
}

std::uint32_t largest_data_room(std::span<const std::unique_ptr<dataplane::Port>> ports) {
  std::uint32_t room = 0;
  for (const auto& port : ports) {
    room = std::max(room, port->limits().min_data_room);
  }
  return room;
}

MachineFinding in_use(const config::Port& port, const std::string& holder) {
  return {Severity::error, port_and_device(port), "in use: it is " + holder, ""};
}

std::string lock_path(const std::string& name) {
  return fs::path{runtime_directory()} / "dpdk" / name / "mcswitch.lock";
}

std::string name_is_taken(const std::string& name) {
  return fmt::format("a switch with the name \"{}\" is running already; give this one another switch.name",
                     name);
}

MachineFindings check_machine(const config::Config& config, dataplane::PortFamilies families,
                              const MachineFacts& facts, const MemoryPlan& plan) {
  MachineFindings findings = check_permissions(config, families, facts.process);
  check_claims(config, findings);
  check_name(config.sw.name, findings);
  check_runtime_directory(findings);
  append(findings, check_system(facts));
  append(findings, check_interfaces(config, families, facts));
  append(findings, check_locked_memory(config, families, facts.process, plan.eal_megabytes()));
  append(findings, check_devices(config, families, facts));
  append(findings, check_cores(config, facts));
  append(findings, check_neighbours(config, facts));
  append(findings, check_memory(config, facts,
                                {.hugepage_mib = plan.eal_megabytes(),
                                 .all_mib = plan.eal_megabytes() + plan.table_megabytes()}));
  if (config.sw.hugepages != config::Hugepages::off) {
    if (const auto refusal = refused_hugepages(facts.hugepages, plan.eal_megabytes())) {
      findings.push_back(without_hugepages(config.sw.hugepages, *refusal, ""));
    }
  }
  return findings;
}

}  // namespace mcswitch::machine

// SPDX-License-Identifier: BSD-3-Clause

#include "machine/machine_check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "machine/device_claims.hpp"
#include "machine/machine_facts.hpp"

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

// A configuration is often checked while a switch runs with it, so this is no error here.
void check_claims(const config::Config& config, MachineFindings& findings) {
  for (const config::Port& port : config.ports) {
    if (const auto holder = DeviceClaims::holder(port.device)) {
      findings.push_back({Severity::warning, port_and_device(port), "in use: it is " + *holder,
                          "stop that process before starting this configuration"});
    }
  }
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

MachineFindings check_machine(const config::Config& config, dataplane::PortFamilies families,
                              const MachineFacts& facts, const MemoryPlan& plan) {
  MachineFindings findings = check_permissions(config, families, facts.process);
  check_claims(config, findings);
  check_runtime_directory(findings);
  append(findings, check_devices(config, families, facts));
  append(findings, check_cores(config, facts));
  append(findings, check_memory(config, families, facts,
                                {.hugepage_mib = plan.eal_megabytes(),
                                 .all_mib = plan.eal_megabytes() + plan.table_megabytes()}));
  return findings;
}

}  // namespace mcswitch::machine

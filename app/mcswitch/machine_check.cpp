// SPDX-License-Identifier: BSD-3-Clause

#include "machine_check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "device_claims.hpp"
#include "driver_table.hpp"
#include "eal.hpp"
#include "exit_codes.hpp"
#include "machine_facts.hpp"

namespace mcswitch::app {
namespace fs = std::filesystem;
namespace {

const fs::path kRoot{"/"};

void append(MachineFindings& all, MachineFindings more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

// The directory of the telemetry socket, or what of it is there, has to be writable.
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
         fmt::format("{} cannot be written, and the telemetry socket belongs there", wanted.string()),
         "set RUNTIME_DIRECTORY to a directory that can be written"});
  }
}

// A configuration is often checked while a switch runs with it, so this is no error here.
void check_claims(const config::Config& config, MachineFindings& findings) {
  for (const config::Port& port : config.ports) {
    if (const auto holder = DeviceClaims::holder(port.device)) {
      findings.push_back({Severity::warning, port_and_device(port), "in use: it is " + *holder,
                          "end that one before this configuration is started"});
    }
  }
}

}  // namespace

Ports make_ports(const config::Config& config, MachineFindings& findings) {
  Ports ports;
  for (const config::Port& port : config.ports) {
    if (const drivers::Driver* driver = drivers::find_driver(port.device)) {
      ports.push_back(driver->make(port));
    } else {
      findings.push_back({Severity::error, port_and_device(port),
                          fmt::format("no driver for it; there are: {}", drivers::known_devices()), ""});
    }
  }
  return ports;
}

void check_ports(std::span<const std::unique_ptr<dataplane::Port>> ports, MachineFindings& findings) {
  for (const auto& port : ports) {
    if (auto problem = port->check()) {
      findings.push_back({Severity::error, port_and_device(port->settings()), *std::move(problem), ""});
    }
  }
}

std::vector<config::Finding> check_cores_exist(const config::LoadResult& loaded) {
  return missing_cores(loaded, read_process(kRoot), read_online_cores(kRoot), RTE_MAX_LCORE);
}

std::uint32_t largest_data_room(std::span<const std::unique_ptr<dataplane::Port>> ports) {
  std::uint32_t room = 0;
  for (const auto& port : ports) {
    room = std::max(room, port->limits().min_data_room);
  }
  return room;
}

int print_machine_check(const config::LoadResult& loaded) {
  const config::Config& config = *loaded.config;
  const std::vector<config::Finding> cores = check_cores_exist(loaded);
  for (const config::Finding& finding : cores) {
    fmt::print("error: {}\n", loaded.format(finding));
  }
  const MachineFacts facts = read_facts(kRoot);
  MachineFindings findings;
  const Ports ports = make_ports(config, findings);
  check_ports(ports, findings);
  const MemoryPlan plan = plan_memory(config, largest_data_room(ports));
  append(findings, check_permissions(config, facts.process));
  check_claims(config, findings);
  check_runtime_directory(findings);
  append(findings, check_devices(config, facts));
  append(findings, check_cores(config, facts));
  append(findings, check_memory(config, facts,
                                {.hugepage_mib = plan.eal_megabytes(),
                                 .all_mib = plan.eal_megabytes() + plan.table_megabytes()}));
  std::stable_sort(findings.begin(), findings.end(),
                   [](const MachineFinding& a, const MachineFinding& b) { return a.severity > b.severity; });
  for (const MachineFinding& finding : findings) {
    fmt::print("{}\n", finding.text());
  }
  for (const std::string& line : describe(plan)) {
    fmt::print("{}\n", line);
  }
  for (const std::string& line : describe_hugepages(facts)) {
    fmt::print("{}\n", line);
  }
  const bool ok = cores.empty() && !has_error(findings);
  fmt::print("{}\n",
             ok ? "ok: this configuration can run here" : "error: this configuration cannot run here");
  return ok ? kExitSuccess : kExitConfiguration;
}

}  // namespace mcswitch::app

// SPDX-License-Identifier: BSD-3-Clause

#include "check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "config/restart_cost.hpp"
#include "driver_table.hpp"
#include "exit_codes.hpp"
#include "machine/machine_check.hpp"
#include "machine/machine_facts.hpp"
#include "machine/memory_plan.hpp"

namespace mcswitch::app {

Ports make_ports(const config::Config& config, machine::MachineFindings& findings) {
  Ports ports;
  for (const config::Port& port : config.ports) {
    if (const dataplane::PortFamily* family = drivers::find_driver(port.device)) {
      ports.push_back(family->make_port(port));
    } else {
      findings.push_back({machine::Severity::error, machine::port_and_device(port),
                          fmt::format("no driver for it; there are: {}", drivers::known_devices()), ""});
    }
  }
  return ports;
}

int print_check(const config::LoadResult& loaded) {
  const config::Config& config = *loaded.config;
  const std::vector<config::Finding> cores = machine::check_cores_exist(loaded);
  for (const config::Finding& finding : cores) {
    fmt::print("error: {}\n", loaded.format(finding));
  }
  const machine::MachineFacts facts = machine::read_facts("/");
  machine::MachineFindings findings;
  const Ports ports = make_ports(config, findings);
  machine::check_ports(ports, findings);
  for (const auto& port : ports) {
    if (const auto remark = port->remark()) {
      findings.push_back({remark->is_warning ? machine::Severity::warning : machine::Severity::notice,
                          machine::port_and_device(port->settings()), remark->text, ""});
    }
  }
  const machine::MemoryPlan plan =
      machine::plan_memory(config, drivers::driver_table(), machine::largest_data_room(ports));
  machine::MachineFindings more = machine::check_machine(config, drivers::driver_table(), facts, plan);
  std::move(more.begin(), more.end(), std::back_inserter(findings));
  for (std::string& line : config::describe_restart(config)) {
    findings.push_back({machine::Severity::notice, "restart", std::move(line), ""});
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
  for (const machine::MachineFinding& finding : findings) {
    fmt::print("{}\n", finding.text());
  }
  for (const std::string& line : machine::describe(plan)) {
    fmt::print("{}\n", line);
  }
  for (const std::string& line : machine::describe_hugepages(facts.hugepages)) {
    fmt::print("{}\n", line);
  }
  const bool ok = cores.empty() && !machine::has_error(findings);
  fmt::print("{}\n",
             ok ? "ok: this configuration can run here" : "error: this configuration cannot run here");
  return ok ? kExitSuccess : kExitConfiguration;
}

}  // namespace mcswitch::app

// SPDX-License-Identifier: BSD-3-Clause
//
// Does this machine have what the configuration asks for? Looks, and changes nothing.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "dataplane/port.hpp"
#include "machine_rules.hpp"
#include "memory_plan.hpp"

namespace mcswitch::app {

using Ports = std::vector<std::unique_ptr<dataplane::Port>>;

// The ports of the configuration as their families make them; a device that no family knows is a
// finding.
Ports make_ports(const config::Config& config, MachineFindings& findings);

// What each device says about itself, and what this process may not do with it.
void check_ports(std::span<const std::unique_ptr<dataplane::Port>> ports, MachineFindings& findings);

// Cores of the configuration that are not there, as errors of the configuration.
std::vector<config::Finding> check_cores_exist(const config::LoadResult& loaded);

// The largest packet buffer that a port asks for, in octets.
std::uint32_t largest_data_room(std::span<const std::unique_ptr<dataplane::Port>> ports);

// mcswitch --check: prints a line for each finding, then the memory that will be taken. Returns the exit
// code.
int print_machine_check(const config::LoadResult& loaded);

}  // namespace mcswitch::app

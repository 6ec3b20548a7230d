// SPDX-License-Identifier: BSD-3-Clause
//
// The ports of a configuration, and mcswitch --check.
//
// Threads: main.

#pragma once

#include <memory>
#include <vector>

#include "config/load.hpp"
#include "dataplane/port.hpp"
#include "machine/machine_rules.hpp"

namespace mcswitch::app {

using Ports = std::vector<std::unique_ptr<dataplane::Port>>;

// The ports of the configuration as their families make them; a device that no family knows is a finding.
Ports make_ports(const config::Config& config, machine::MachineFindings& findings);

// mcswitch --check: prints a line for each finding, then the memory that will be taken. Returns the exit
// code.
int print_check(const config::LoadResult& loaded);

}  // namespace mcswitch::app

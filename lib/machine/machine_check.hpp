// SPDX-License-Identifier: BSD-3-Clause
//
// Does this machine have what the configuration asks for? Looks, and changes nothing.
//
// Threads: main.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "dataplane/port.hpp"
#include "machine/machine_rules.hpp"
#include "machine/memory_plan.hpp"

namespace mcswitch::machine {

// What each device says about itself, and what this process may not do with it.
void check_ports(std::span<const std::unique_ptr<dataplane::Port>> ports, MachineFindings& findings);

// Cores of the configuration that are not there, as errors of the configuration.
std::vector<config::Finding> check_cores_exist(const config::LoadResult& loaded);

// The largest packet buffer that a port asks for, in bytes.
std::uint32_t largest_data_room(std::span<const std::unique_ptr<dataplane::Port>> ports);

// Another switch has the device of this port. `holder`: see DeviceClaims.
MachineFinding in_use(const config::Port& port, const std::string& holder);

// The file that a running switch of this name has locked, and what another one of it is told.
std::string lock_path(const std::string& name);
std::string name_is_taken(const std::string& name);

// Everything else that --check says of the machine: permissions, devices in use, the name, the runtime
// directory, the system, cores, memory. A start that meets an error of these does not go on; so they are to
// be asked for before the devices and the name are taken.
MachineFindings check_machine(const config::Config& config, dataplane::PortFamilies families,
                              const MachineFacts& facts, const MemoryPlan& plan);

}  // namespace mcswitch::machine

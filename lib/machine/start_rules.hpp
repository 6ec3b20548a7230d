// SPDX-License-Identifier: BSD-3-Clause
//
// What keeps a start from succeeding besides the devices themselves: what the system shows to this process,
// what it may write and lock, who else is there.
//
// Threads: pure functions; any thread.

#pragma once

#include <cstddef>
#include <string>

#include "config/config.hpp"
#include "dataplane/port_family.hpp"
#include "machine/machine_facts.hpp"
#include "machine/machine_rules.hpp"

namespace mcswitch::machine {

// /sys, without which DPDK does not start.
MachineFindings check_system(const MachineFacts& facts);
// Interfaces of the kernel on which IPv6 cannot be switched off.
MachineFindings check_interfaces(const config::Config& config, dataplane::PortFamilies families,
                                 const MachineFacts& facts);
// Memory that devices lock: `dpdk_mib` of DPDK for those that read and write it by themselves, and the rings
// that the kernel shares with others.
MachineFindings check_locked_memory(const config::Config& config, dataplane::PortFamilies families,
                                    const ProcessFacts& process, std::size_t dpdk_mib);
// Worker cores on which another program polls.
MachineFindings check_neighbours(const config::Config& config, const MachineFacts& facts);

}  // namespace mcswitch::machine

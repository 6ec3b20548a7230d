// SPDX-License-Identifier: BSD-3-Clause
//
// Findings about a machine and a configuration that do not fit each other, each with the command that fixes
// it.
//
// Threads: pure functions; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/load.hpp"
#include "dataplane/port_family.hpp"
#include "machine/machine_facts.hpp"

namespace mcswitch::machine {

// error: the switch cannot run like this; warning: it can, and slower or with less certainty; notice: good to
// know.
enum class Severity : std::uint8_t { notice, warning, error };

struct MachineFinding {
  Severity severity = Severity::error;
  std::string subject;  // "worker cores 3-5", "port "p0", device "0000:03:00.0"", "memory"
  std::string finding;
  std::string advice;  // the command that fixes it, or empty

  // SUBJECT: FINDING; fix: ADVICE
  [[nodiscard]] std::string what() const;
  // One line: SEVERITY: SUBJECT: FINDING; fix: ADVICE
  [[nodiscard]] std::string text() const;
};
using MachineFindings = std::vector<MachineFinding>;

// port "p0", device "0000:03:00.0"
std::string port_and_device(const config::Port& port);

// What the switch takes at start: `hugepage_mib` of huge pages where it has them, `all_mib` in total.
struct MemoryNeed {
  std::size_t hugepage_mib = 0;
  std::size_t all_mib = 0;
};

// Cores of the configuration that this process cannot have, with their places in the file. `most`: numbers of
// cores that DPDK was built for.
std::vector<config::Finding> missing_cores(const config::LoadResult& loaded, const ProcessFacts& process,
                                           const CoreList& online, unsigned most);

// Workers that share their core with others: the scheduler, hyperthreads, interrupts, power management.
MachineFindings check_cores(const config::Config& config, const MachineFacts& facts);
// Huge pages cannot be had, for this cause: an error if they are required, else a warning.
MachineFinding without_hugepages(config::Hugepages wanted, const std::string& cause,
                                 const std::string& advice);
// Huge pages, and memory in all.
MachineFindings check_memory(const config::Config& config, const MachineFacts& facts, MemoryNeed need);
// IOMMU and binding of PCI devices, NUMA nodes, queues.
MachineFindings check_devices(const config::Config& config, dataplane::PortFamilies families,
                              const MachineFacts& facts);
// Capabilities that the devices of the configuration need.
MachineFindings check_permissions(const config::Config& config, dataplane::PortFamilies families,
                                  const ProcessFacts& process);

bool has_error(const MachineFindings& findings);

}  // namespace mcswitch::machine

// SPDX-License-Identifier: BSD-3-Clause
//
// What /proc and /sys say about this machine and this process. Only reads. What a kernel does not say is left
// at "not known", which is never an error here: the rules (machine_rules.hpp) do not report it.
//
// Threads: pure functions but for reading files; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/hugepages.hpp"
#include "machine/neighbours.hpp"

namespace mcswitch::machine {

// Numbers of processors, rising.
using CoreList = std::vector<unsigned>;

// "0-3,8" as the kernel writes it; "" and "(null)" are the empty list. What is not a list ends it.
CoreList parse_core_list(std::string_view text);
// The same the other way round: "0-3,8".
std::string core_list_text(const CoreList& cores);
bool contains(const CoreList& cores, unsigned core);

struct CoreFacts {
  int node = kNoNode;
  CoreList siblings;        // hyperthreads of the same core, without this one
  std::string governor;     // of cpufreq; empty: there is none
  unsigned interrupts = 0;  // interrupts with a handler that are delivered here
};

struct PciFacts {
  std::string driver;  // empty: none is bound
  int node = kNoNode;
};

struct InterfaceFacts {
  int node = kNoNode;
  bool keeps_ipv6 = false;  // it has IPv6, and this process cannot switch that off
};

// The process that asks.
struct ProcessFacts {
  CoreList usable_cores;                       // affinity and cpuset; empty: not known
  std::uint64_t effective_capabilities = 0;    // bits of capabilities(7)
  std::optional<std::uint64_t> locked_memory;  // RLIMIT_MEMLOCK in bytes; absent: unlimited
};

struct MachineFacts {
  ProcessFacts process;
  CoreList online_cores;
  CoreList isolated_cores;     // isolcpus=
  bool has_nohz_full = false;  // the kernel can do without a tick
  CoreList nohz_full_cores;    // nohz_full=
  std::map<unsigned, CoreFacts> cores;
  HugepageFacts hugepages;
  std::size_t available_kib = 0;  // MemAvailable; 0: not known
  std::size_t iommu_groups = 0;
  bool allows_no_iommu = false;         // vfio's unsafe mode without IOMMU is on
  std::map<std::string, PciFacts> pci;  // by address: "0000:03:00.0"
  std::map<std::string, InterfaceFacts> interfaces;
  bool shows_cores = true;             // /sys/devices/system/cpu is there
  bool shows_modules = true;           // /sys/module
  std::vector<PollingThread> polling;  // workers of other programs, by core
};

// Below `root`, which is "/" but in tests.
ProcessFacts read_process(const std::filesystem::path& root);
CoreList read_online_cores(const std::filesystem::path& root);
MachineFacts read_facts(const std::filesystem::path& root);

// Where DPDK keeps the files of instances: $RUNTIME_DIRECTORY, else the system's run directory for root,
// else $XDG_RUNTIME_DIR, else the temporary directory.
std::string runtime_directory();

}  // namespace mcswitch::machine

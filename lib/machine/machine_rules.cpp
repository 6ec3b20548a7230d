// SPDX-License-Identifier: BSD-3-Clause

#include "machine/machine_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/capability.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "config/device_string.hpp"
#include "machine/queue_bounds.hpp"

namespace mcswitch::machine {
namespace {

CoreList sorted(CoreList cores) {
  std::sort(cores.begin(), cores.end());
  return cores;
}

CoreList without(const CoreList& cores, const CoreList& taken) {
  CoreList rest;
  std::copy_if(cores.begin(), cores.end(), std::back_inserter(rest),
               [&](unsigned core) { return !contains(taken, core); });
  return rest;
}

// "worker core 3", "worker cores 3-5"
std::string worker_cores(const CoreList& cores) {
  return fmt::format("worker core{} {}", cores.size() == 1 ? "" : "s", core_list_text(cores));
}

const CoreFacts& core_facts(const MachineFacts& facts, unsigned core) {
  static const CoreFacts kNothing;
  const auto found = facts.cores.find(core);
  return found == facts.cores.end() ? kNothing : found->second;
}

void check_isolation(const CoreList& workers, const CoreList& others, const MachineFacts& facts,
                     MachineFindings& findings) {
  const std::string all = core_list_text(workers);
  const std::string parameters = fmt::format("isolcpus={0} nohz_full={0} rcu_nocbs={0}{1}", all,
                                             others.empty() ? "" : " irqaffinity=" + core_list_text(others));
  const std::string advice = "add " + parameters + " to the kernel's command line and boot";
  if (const CoreList shared = without(workers, facts.isolated_cores); !shared.empty()) {
    findings.push_back({Severity::warning, worker_cores(shared),
                        "not isolated: the kernel runs other programs there too, and frames wait or are lost",
                        advice});
  } else if (const CoreList ticking = without(workers, facts.nohz_full_cores);
             facts.has_nohz_full && !ticking.empty()) {
    findings.push_back({Severity::warning, worker_cores(ticking),
                        "isolated, but interrupted by the kernel's clock at each tick", advice});
  }
  if (contains(workers, 0)) {
    findings.push_back({Severity::warning, worker_cores({0}),
                        "the kernel does its own work on core 0 and cannot leave it",
                        others.empty() ? "" : fmt::format("name another core, such as {}", others.back())});
  }
}

// Two hyperthreads have one core between them.
void check_siblings(const config::Switch& sw, const MachineFacts& facts, MachineFindings& findings) {
  CoreList said;
  for (const unsigned core : sorted(sw.worker_cores)) {
    for (const unsigned sibling : core_facts(facts, core).siblings) {
      const bool is_worker = contains(sw.worker_cores, sibling);
      if (contains(said, sibling) || !contains(facts.online_cores, sibling)) {
        continue;
      }
      const std::string_view other = is_worker                 ? "another worker"
                                     : sibling == sw.main_core ? "the control thread"
                                                               : "whatever runs there";
      findings.push_back({Severity::warning, worker_cores({core}),
                          fmt::format("shares its core with {} on its hyperthread {}", other, sibling),
                          is_worker || sibling == sw.main_core
                              ? std::string{"name a core that has another thread_siblings_list"}
                              : fmt::format("echo 0 > /sys/devices/system/cpu/cpu{}/online", sibling)});
    }
    said.push_back(core);
  }
}

void check_interrupts(const CoreList& workers, const CoreList& others, const MachineFacts& facts,
                      MachineFindings& findings) {
  unsigned interrupts = 0;
  CoreList cores;
  for (const unsigned core : workers) {
    if (const unsigned here = core_facts(facts, core).interrupts; here > 0) {
      interrupts += here;
      cores.push_back(core);
    }
  }
  if (cores.empty()) {
    return;
  }
  findings.push_back({Severity::warning, worker_cores(cores),
                      fmt::format("{} interrupt{} of devices {} delivered there", interrupts,
                                  interrupts == 1 ? "" : "s", interrupts == 1 ? "is" : "are"),
                      others.empty()
                          ? std::string{}
                          : fmt::format("for f in /proc/irq/[0-9]*/smp_affinity_list; do echo {} > $f; done "
                                        "(irqbalance undoes it: systemctl disable --now irqbalance)",
                                        core_list_text(others))});
}

void check_governor(const CoreList& workers, const MachineFacts& facts, MachineFindings& findings) {
  CoreList slow;
  std::copy_if(workers.begin(), workers.end(), std::back_inserter(slow), [&](unsigned core) {
    const std::string& governor = core_facts(facts, core).governor;
    return !governor.empty() && governor != "performance";
  });
  if (!slow.empty()) {
    findings.push_back({Severity::warning, worker_cores(slow),
                        fmt::format("cpufreq governor \"{}\" changes the clock rate",
                                    core_facts(facts, slow.front()).governor),
                        fmt::format("for c in {}; do echo performance > "
                                    "/sys/devices/system/cpu/cpu$c/cpufreq/scaling_governor; done",
                                    fmt::join(slow, " "))});
  }
}

void check_hugepages(const config::Switch& sw, const MachineFacts& facts, std::size_t need,
                     MachineFindings& findings) {
  const HugepagePlan plan =
      plan_hugepages(facts.hugepages, core_facts(facts, sw.main_core).node, sw.name, need);
  if (plan.is_possible()) {
    if (!plan.cause.empty()) {
      findings.push_back({Severity::warning, "huge pages", plan.cause, plan.advice});
    }
    return;
  }
  findings.push_back(without_hugepages(sw.hugepages, plan.cause, plan.advice));
}

bool has_capability(const ProcessFacts& process, int capability) {
  return (process.effective_capabilities >> capability & 1) != 0;
}

int node_of(const config::Port& port, const MachineFacts& facts) {
  if (const auto address = config::device_pci_address(port.device)) {
    const auto found = facts.pci.find(*address);
    return found == facts.pci.end() ? kNoNode : found->second.node;
  }
  if (const auto interface = config::device_interface(port.device)) {
    const auto found = facts.interfaces.find(*interface);
    return found == facts.interfaces.end() ? kNoNode : found->second.node;
  }
  return kNoNode;
}

// Frames that cross from node to node cost a memory access on the other one each.
void check_node(const config::Port& port, const config::Switch& sw, const MachineFacts& facts,
                MachineFindings& findings) {
  const int node = node_of(port, facts);
  if (node == kNoNode) {
    return;
  }
  CoreList there;
  CoreList known;
  for (const auto& [core, core_facts] : facts.cores) {
    if (core_facts.node == node && contains(facts.online_cores, core)) {
      there.push_back(core);
    }
    if (core_facts.node != kNoNode) {
      known.push_back(core);
    }
  }
  const bool has_worker = std::any_of(sw.worker_cores.begin(), sw.worker_cores.end(),
                                      [&](unsigned core) { return contains(there, core); });
  const bool is_known = std::any_of(sw.worker_cores.begin(), sw.worker_cores.end(),
                                    [&](unsigned core) { return contains(known, core); });
  if (!has_worker && is_known) {
    findings.push_back(
        {Severity::warning, port_and_device(port),
         fmt::format("on NUMA node {}, where no worker core is: its frames cross between the nodes", node),
         there.empty() ? std::string{}
                       : fmt::format("name a worker core of node {}: {}", node, core_list_text(there))});
  }
}

// Kernel drivers for which no IOMMU has to be checked: vfio-pci has found one, those of UIO use none, and
// Mellanox devices stay with the kernel (DPDK 22.11, NIC guides mlx4 and mlx5).
bool needs_no_iommu(std::string_view driver) {
  constexpr std::array<std::string_view, 5> kDrivers{"vfio-pci", "igb_uio", "uio_pci_generic", "mlx4_core",
                                                     "mlx5_core"};
  return std::find(kDrivers.begin(), kDrivers.end(), driver) != kDrivers.end();
}

// Before a device is bound to vfio-pci. After that the driver itself reports what is wrong (drivers/pci).
void check_iommu(const config::Port& port, const std::string& address, const MachineFacts& facts,
                 MachineFindings& findings) {
  const auto found = facts.pci.find(address);
  if (found == facts.pci.end() || needs_no_iommu(found->second.driver)) {
    return;
  }
  if (facts.iommu_groups == 0 && !facts.allows_no_iommu) {
    findings.push_back({Severity::warning, port_and_device(port), "no IOMMU is at work, which vfio-pci needs",
                        "switch it on in the firmware (VT-d, AMD-Vi) and add intel_iommu=on iommu=pt to the "
                        "kernel's command line; or, without its protection, "
                        "echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode"});
  }
}

void check_queues(const config::Port& port, const dataplane::PortFamily& family, std::size_t workers,
                  MachineFindings& findings) {
  const QueueBounds bounds = queue_bounds(port, family, workers);
  if (port.rx_queues && *port.rx_queues > bounds.rx) {
    findings.push_back({Severity::error, port_and_device(port),
                        fmt::format("rx-queues = {} is more than the device has: the limit is {}",
                                    *port.rx_queues, bounds.rx),
                        "write rx-queues = \"auto\""});
  } else if (bounds.rx > 1) {
    findings.push_back(
        {Severity::notice, port_and_device(port),
         fmt::format("{} receive and {} transmit queues are wanted; how many the device has, and "
                     "whether it steers IGMP to one of them, is known after its start",
                     bounds.rx, bounds.tx),
         ""});
  }
}

void check_idle_workers(const config::Config& config, dataplane::PortFamilies families,
                        MachineFindings& findings) {
  const std::size_t workers = config.sw.worker_cores.size();
  std::size_t queues = 0;
  for (const config::Port& port : config.ports) {
    queues += queue_bounds(port, families.of(port.device), workers).rx;
  }
  if (queues < workers) {
    findings.push_back(
        {Severity::warning, "workers",
         fmt::format("there are {} workers, and the ports have {} receive queues at most: {} would have "
                     "nothing to do",
                     workers, queues, workers - queues),
         fmt::format("name {} worker core{}", queues, queues == 1 ? "" : "s")});
  }
}

struct Capability {
  int bit;
  std::string_view name;
};
// Those that a family of ports may need.
constexpr std::array<Capability, 2> kCapabilities{
    {{CAP_NET_RAW, "CAP_NET_RAW"}, {CAP_NET_ADMIN, "CAP_NET_ADMIN"}}};

}  // namespace

std::string MachineFinding::what() const {
  return fmt::format("{}: {}{}{}", subject, finding, advice.empty() ? "" : "; fix: ", advice);
}

std::string MachineFinding::text() const {
  constexpr std::array<std::string_view, 3> kWords{"notice", "warning", "error"};
  return fmt::format("{}: {}", kWords[static_cast<std::size_t>(severity)], what());
}

std::string port_and_device(const config::Port& port) {
  return fmt::format("port \"{}\", device \"{}\"", port.name, port.device);
}

std::vector<config::Finding> missing_cores(const config::LoadResult& loaded, const ProcessFacts& process,
                                           const CoreList& online, unsigned most) {
  std::vector<config::Finding> findings;
  const auto check = [&](std::string_view key, unsigned core, config::Position at) {
    const CoreList& usable = process.usable_cores;
    if (usable.empty()) {
      return;
    }
    std::string problem;
    if (!contains(usable, core)) {
      problem = contains(online, core)
                    ? fmt::format(
                          "core {} is there, but this process may not use it (a cpuset or taskset); it may "
                          "use {}",
                          core, core_list_text(usable))
                    : fmt::format("there is no core {}; there are {}", core, core_list_text(usable));
    } else if (core >= most) {
      problem = fmt::format("core {} is beyond what DPDK was built for; its cores are 0-{}", core, most - 1);
    } else {
      return;
    }
    findings.push_back({at.line, at.column, fmt::format("{}: {}", key, problem)});
  };
  const config::Switch& sw = loaded.config->sw;
  check("switch.main-core", sw.main_core, loaded.places.main_core);
  for (std::size_t i = 0; i < sw.worker_cores.size(); ++i) {
    check("switch.worker-cores", sw.worker_cores[i], loaded.places.worker_core(i));
  }
  return findings;
}

MachineFindings check_cores(const config::Config& config, const MachineFacts& facts) {
  MachineFindings findings;
  // Of cores that are not there only that is reported (missing_cores).
  CoreList workers = sorted(config.sw.worker_cores);
  std::erase_if(workers, [&](unsigned core) { return !contains(facts.online_cores, core); });
  if (workers.empty()) {
    return findings;
  }
  const CoreList others = without(facts.online_cores, workers);
  check_isolation(workers, others, facts, findings);
  check_siblings(config.sw, facts, findings);
  check_interrupts(workers, others, facts, findings);
  check_governor(workers, facts, findings);
  return findings;
}

MachineFinding without_hugepages(config::Hugepages wanted, const std::string& cause,
                                 const std::string& advice) {
  const bool is_required = wanted == config::Hugepages::required;
  return {is_required ? Severity::error : Severity::warning, "huge pages",
          fmt::format("{}: {}", cause,
                      is_required ? "hugepages = \"required\" does not start without"
                                  : "plain memory is taken, which is slower"),
          advice};
}

MachineFindings check_memory(const config::Config& config, const MachineFacts& facts, MemoryNeed need) {
  MachineFindings findings;
  if (config.sw.hugepages != config::Hugepages::off) {
    check_hugepages(config.sw, facts, need.hugepage_mib, findings);
  }
  const std::size_t available = facts.available_kib / 1024;
  if (config.sw.hugepages == config::Hugepages::off && available != 0 && available < need.all_mib) {
    findings.push_back({Severity::warning, "memory",
                        fmt::format("{} MiB are wanted and {} MiB are available", need.all_mib, available),
                        "lower switch.max-groups, switch.max-macs or rx-descriptors and tx-descriptors"});
  }
  return findings;
}

MachineFindings check_devices(const config::Config& config, dataplane::PortFamilies families,
                              const MachineFacts& facts) {
  MachineFindings findings;
  for (const config::Port& port : config.ports) {
    if (const auto address = config::device_pci_address(port.device)) {
      check_iommu(port, *address, facts, findings);
    }
    check_node(port, config.sw, facts, findings);
    check_queues(port, families.of(port.device), config.sw.worker_cores.size(), findings);
  }
  check_idle_workers(config, families, findings);
  return findings;
}

MachineFindings check_permissions(const config::Config& config, dataplane::PortFamilies families,
                                  const ProcessFacts& process) {
  MachineFindings findings;
  for (const config::Port& port : config.ports) {
    const std::uint64_t needed = families.of(port.device).capabilities;
    std::vector<std::string_view> missing;
    for (const Capability& capability : kCapabilities) {
      if ((needed >> capability.bit & 1) != 0 && !has_capability(process, capability.bit)) {
        missing.push_back(capability.name);
      }
    }
    if (!missing.empty()) {
      findings.push_back(
          {Severity::error, port_and_device(port),
           fmt::format("no permission: it needs {}; this process lacks it", fmt::join(missing, " and ")),
           "start it as root, or setcap cap_net_raw,cap_net_admin+ep on the mcswitch program"});
    }
  }
  return findings;
}

bool has_error(const MachineFindings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const MachineFinding& f) { return f.severity == Severity::error; });
}

}  // namespace mcswitch::machine

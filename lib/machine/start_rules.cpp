// SPDX-License-Identifier: BSD-3-Clause

#include "machine/start_rules.hpp"

#include <fmt/format.h>
#include <linux/capability.h>

#include <algorithm>
#include <cstdint>

#include "config/device_string.hpp"

namespace mcswitch::machine {
namespace {

constexpr std::size_t kKib = 1024;

std::string size_text(std::size_t bytes) {
  return bytes < kKib * kKib ? fmt::format("{} KiB", (bytes + kKib - 1) / kKib)
                             : fmt::format("{} MiB", (bytes + kKib * kKib - 1) / (kKib * kKib));
}

// Of the ring that the kernel shares with the device, both ways, in bytes.
std::size_t ring_size(std::string_view device) {
  constexpr unsigned long kFrames = 512;  // as net_af_packet has it
  constexpr unsigned long kFrameSize = 2048;
  return 2 * config::device_number(device, "framecnt").value_or(kFrames) *
         config::device_number(device, "framesz").value_or(kFrameSize);
}

}  // namespace

MachineFindings check_system(const MachineFacts& facts) {
  MachineFindings findings;
  if (!facts.shows_cores || !facts.shows_modules) {
    findings.push_back({Severity::error, "system",
                        fmt::format("there is no {}, and DPDK does not start without",
                                    facts.shows_cores ? "/sys/module" : "/sys/devices/system/cpu"),
                        "mount -t sysfs sysfs /sys (a container has it only if it is given the machine's)"});
  }
  return findings;
}

MachineFindings check_interfaces(const config::Config& config, dataplane::PortFamilies families,
                                 const MachineFacts& facts) {
  MachineFindings findings;
  for (const config::Port& port : config.ports) {
    const auto name = config::device_interface(port.device);
    const auto found = name ? facts.interfaces.find(*name) : facts.interfaces.end();
    if (families.of(port.device).capabilities == 0 || found == facts.interfaces.end() ||
        !found->second.keeps_ipv6) {
      continue;
    }
    findings.push_back(
        {Severity::error, port_and_device(port),
         fmt::format("IPv6 of {} cannot be switched off: /proc/sys is read-only for this process", *name),
         fmt::format("sysctl net.ipv6.conf.{}.disable_ipv6=1 where it can be written (for a "
                     "container: outside, in its network namespace)",
                     *name)});
  }
  return findings;
}

MachineFindings check_locked_memory(const config::Config& config, dataplane::PortFamilies families,
                                    const ProcessFacts& process, std::size_t dpdk_mib) {
  const config::Port* first = nullptr;
  bool locks_dpdk = false;
  std::size_t need = 0;
  for (const config::Port& port : config.ports) {
    const dataplane::PortFamily& family = families.of(port.device);
    if (!family.locks_memory && !family.locks_ring) {
      continue;
    }
    first = first == nullptr ? &port : first;
    need += family.locks_ring ? ring_size(port.device) : 0;
    locks_dpdk |= family.locks_memory;
  }
  need += locks_dpdk ? dpdk_mib * kKib * kKib : 0;
  const bool may_lock = (process.effective_capabilities >> CAP_IPC_LOCK & 1) != 0;
  if (may_lock || !process.locked_memory || *process.locked_memory >= need) {
    return {};
  }
  return {{Severity::error, "locked memory",
           fmt::format("the limit is {}, and up to {} are locked (first by {})",
                       size_text(*process.locked_memory), size_text(need), port_and_device(*first)),
           "ulimit -l unlimited (in a systemd unit: LimitMEMLOCK=infinity), or give it CAP_IPC_LOCK"}};
}

MachineFindings check_neighbours(const config::Config& config, const MachineFacts& facts) {
  MachineFindings findings;
  for (const PollingThread& thread : facts.polling) {
    if (contains(config.sw.worker_cores, thread.core)) {
      findings.push_back({Severity::warning, fmt::format("worker core {}", thread.core),
                          fmt::format("a worker of {}, process {}, polls there too: each gets half of it",
                                      thread.program, thread.process),
                          "name another core in one of the two"});
    }
  }
  return findings;
}

}  // namespace mcswitch::machine

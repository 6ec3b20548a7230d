// SPDX-License-Identifier: BSD-3-Clause

#include "machine/memory_plan.hpp"

#include <fmt/format.h>
#include <rte_mbuf.h>

#include <algorithm>

#include "config/device_string.hpp"
#include "control/control_core.hpp"
#include "dataplane/handover.hpp"
#include "dataplane/queue_plan.hpp"
#include "dataplane/worker.hpp"
#include "machine/queue_bounds.hpp"

namespace mcswitch::machine {
namespace {

constexpr std::uint16_t kDefaultDescriptors = 1024;
// A refill of the cache in large pieces decides more about packet rate than code does.
constexpr std::uint32_t kCache = 512;
// What DPDK keeps in addition to a buffer: the mbuf itself, the mempool's object header and trailer.
constexpr std::size_t kBufferOverhead = sizeof(rte_mbuf) + 2 * RTE_CACHE_LINE_SIZE;
// For DPDK itself: ethdev data, rings of the mempool, telemetry, heap elements. Seen with 32 ports: 20.
constexpr std::size_t kEalMegabytes = 48;

// A bond has as many devices as members, each with queues of its own.
std::size_t devices_of(const config::Port& port) {
  return std::max<std::size_t>(config::device_arguments(port.device, "slave").size(), 1);
}

std::string megabytes(std::size_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024.0 * 1024.0));
}

// Of the transmit queues, in frames; those of each member of a bond.
std::size_t transmit_room(const config::Port& port, const dataplane::PortFamily& family,
                          std::size_t workers) {
  return devices_of(port) * queue_bounds(port, family, workers).tx *
         port.tx_descriptors.value_or(kDefaultDescriptors);
}

// How many buffers of its own each port needs.
std::vector<std::uint32_t> plan_own_buffers(const config::Config& config, dataplane::PortFamilies families) {
  const std::size_t workers = config.sw.worker_cores.size();
  // A port has one worker that receives from it, and a ring to each of the others.
  const std::size_t in_rings = (workers - 1) * dataplane::Handover::kSize;
  std::size_t kept = 0;
  for (const config::Port& port : config.ports) {
    const dataplane::PortFamily& family = families.of(port.device);
    kept += family.keeps_sent ? transmit_room(port, family, workers) : 0;
  }
  std::vector<std::uint32_t> buffers;
  for (const config::Port& port : config.ports) {
    const dataplane::PortFamily& family = families.of(port.device);
    const auto& own = family.own_buffers;
    const std::size_t kept_by_itself = family.keeps_sent ? transmit_room(port, family, workers) : 0;
    const std::size_t need = own.in_device + (workers + 1) * own.per_core + in_rings + kept - kept_by_itself;
    buffers.push_back(own.size == 0 ? 0 : static_cast<std::uint32_t>(need));
  }
  return buffers;
}

}  // namespace

std::size_t MemoryPlan::eal_megabytes() const {
  // A fifth more: buffers do not fill pages to the end.
  return (packet_memory + device_memory + ring_memory) / (1024 * 1024) * 6 / 5 + kEalMegabytes;
}

std::size_t MemoryPlan::table_megabytes() const {
  constexpr std::size_t kMegabyte = std::size_t{1024} * 1024;
  return (group_memory + mac_memory + control_memory + worker_memory + kMegabyte - 1) / kMegabyte;
}

MemoryPlan plan_memory(const config::Config& config, dataplane::PortFamilies families,
                       std::uint32_t data_room) {
  MemoryPlan plan;
  plan.rx_descriptors = kDefaultDescriptors;
  plan.tx_descriptors = kDefaultDescriptors;
  const std::size_t workers = config.sw.worker_cores.size();
  std::size_t in_devices = 0;
  std::vector<dataplane::PlanPort> plan_ports;
  for (const config::Port& port : config.ports) {
    const dataplane::PortFamily& family = families.of(port.device);
    const QueueBounds queues = queue_bounds(port, family, workers);
    in_devices += devices_of(port) * queues.rx * port.rx_descriptors.value_or(kDefaultDescriptors);
    in_devices += transmit_room(port, family, workers);
    plan_ports.push_back({.rx_queues = static_cast<std::uint16_t>(queues.rx),
                          .tx_queues = static_cast<std::uint16_t>(queues.tx)});
  }
  plan.own_buffers = plan_own_buffers(config, families);
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    plan.device_memory +=
        std::size_t{plan.own_buffers[i]} * families.of(config.ports[i].device).own_buffers.size;
  }
  const std::vector<dataplane::PlanWorker> plan_workers(workers);
  plan.ring_memory = dataplane::Handover::kMemory *
                     dataplane::handovers(dataplane::plan_queues(plan_ports, plan_workers)).size();
  const std::size_t cores = workers + 1;
  // On their way from worker to worker: a full ring for each, so that a port that takes nothing leaves enough
  // for the others.
  const std::size_t between_workers = workers > 1 ? workers * dataplane::Handover::kSize : 0;
  plan.mbuf_cache = kCache;
  plan.mbufs = config.sw.mbufs.value_or(
      static_cast<std::uint32_t>(in_devices + between_workers + cores * (kCache + kCache / 2 + 128)));
  plan.mbuf_data_room = std::max<std::uint32_t>(data_room, RTE_MBUF_DEFAULT_DATAROOM);
  plan.packet_memory =
      plan.mbufs * (kBufferOverhead + RTE_PKTMBUF_HEADROOM + std::size_t{plan.mbuf_data_room});
  plan.group_memory = table::GroupControl::memory_size(config.sw.max_groups, config.ports.size());
  plan.mac_memory = table::MacControl::memory_size(config.sw.max_macs);
  plan.control_memory = control::ControlCore::memory_size(config);
  plan.worker_memory = workers * (dataplane::Worker::kMessageRing * sizeof(table::WorkerMessage) +
                                  dataplane::Worker::kFrameRing * sizeof(table::ControlFrame) +
                                  kMaxPorts * sizeof(PortCounters));
  return plan;
}

std::vector<std::string> describe(const MemoryPlan& plan) {
  std::vector<std::string> lines{fmt::format("memory: packet buffers: {} ({} of {} bytes)",
                                             megabytes(plan.packet_memory), plan.mbufs, plan.mbuf_data_room)};
  if (plan.device_memory > 0) {
    lines.push_back(fmt::format("memory: packet buffers of ports that have their own: {}",
                                megabytes(plan.device_memory)));
  }
  if (plan.ring_memory > 0) {
    lines.push_back(fmt::format("memory: rings between workers: {}", megabytes(plan.ring_memory)));
  }
  lines.push_back(fmt::format("memory: group table and memberships: {}", megabytes(plan.group_memory)));
  lines.push_back(fmt::format("memory: MAC table: {}", megabytes(plan.mac_memory)));
  lines.push_back(fmt::format("memory: control thread: {}", megabytes(plan.control_memory)));
  lines.push_back(fmt::format("memory: workers: {}", megabytes(plan.worker_memory)));
  lines.push_back(fmt::format(
      "memory: all together: {} MiB: {} for packet buffers and DPDK (huge pages, if there are enough), {} "
      "for the "
      "rest",
      plan.eal_megabytes() + plan.table_megabytes(), plan.eal_megabytes(), plan.table_megabytes()));
  return lines;
}

}  // namespace mcswitch::machine

// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/rig.hpp"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <stdexcept>

#include "packet_rate/ceiling.hpp"

namespace mcswitch::bench {
namespace {

constexpr unsigned kBuffers = 8191;
constexpr unsigned kCache = 512;  // as mcswitch has it (app/mcswitch/memory_plan.cpp)
constexpr std::uint32_t kLongestFrame = 9018;

struct WorkerJob {
  dataplane::Worker* worker;
  dataplane::RunWorker run;
};
int run_worker(void* argument) {
  const auto* job = static_cast<const WorkerJob*>(argument);
  job->run(*job->worker);
  return 0;
}

struct CeilingJob {
  std::uint16_t from;
  std::vector<std::uint16_t> to;
  std::atomic<bool> stop{false};
};
int run_ceiling_job(void* argument) {
  auto* job = static_cast<CeilingJob*>(argument);
  run_ceiling(job->from, job->to, job->stop);
  return 0;
}

rte_mempool* make_pool() {
  rte_mempool* pool = rte_pktmbuf_pool_create("bench", kBuffers, kCache, 0,
                                              kLongestFrame + 14 + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
  if (pool == nullptr) {
    throw std::runtime_error{fmt::format("no packet buffers: {}", rte_strerror(rte_errno))};
  }
  return pool;
}

}  // namespace

PortSet Rig::sinks(std::size_t count) {
  PortSet set;
  for (std::size_t n = 0; n < count; ++n) {
    set.add(static_cast<PortId>(kFirstSink + n));
  }
  return set;
}

Rig::Rig(std::uint32_t max_groups, std::size_t ports, unsigned worker_lcore)
    : lcore_{worker_lcore}, pool_{make_pool()}, groups_{max_groups, ports, 0x5eed'5eed'5eed'5eedULL} {
  for (std::size_t n = 0; n < ports; ++n) {
    ports_.push_back(std::make_unique<BenchPort>(fmt::format("bench{}", n), pool_));
  }
  const PortSet all = PortSet::first(ports);
  link_up_.store(all);
  table::VlanForwarding& words = (*vlans_)[kVlan];
  words.flood.store(all);
  words.igmp = table::Snooping::prune;
}

Rig::~Rig() {
  ports_.clear();
  rte_mempool_free(pool_);
}

void Rig::join(std::uint32_t group, PortSet members) {
  for (const PortId port : members) {
    if (groups_.join({kVlan, IpAddress::from(group_address(group))}, port, 1, 2) == table::JoinResult::full) {
      throw std::runtime_error{"the group table is full"};
    }
  }
}

void Rig::make_worker() {
  dataplane::WorkerSetup setup;
  setup.receives.push_back({.port = 0, .ethdev = ports_[0]->ethdev(), .queue = 0});
  for (PortId port = 0; port < ports_.size(); ++port) {
    setup.transmits[port] = {.exists = true,
                             .ethdev = ports_[port]->ethdev(),
                             .queue = 0,
                             .max_frame = kLongestFrame,
                             .multi_segment = true};
    setup.settings.ports[port] = {.vlan = kVlan, .own_mac = MacAddress{0x02'aa'00'00'00'00U + port}};
  }
  worker_ =
      std::make_unique<dataplane::Worker>(setup, dataplane::Worker::Shared{.groups = groups_,
                                                                           .macs = macs_,
                                                                           .vlans = *vlans_,
                                                                           .ports = *port_table_,
                                                                           .link_up = link_up_,
                                                                           .quiescence = quiescence_,
                                                                           .pool = pool_,
                                                                           .clock = dataplane::TscClock{}});
}

std::uint64_t Rig::sent() const {
  std::uint64_t sum = 0;
  for (const auto& port : ports_) {
    sum += port->sink().packets;
  }
  return sum;
}

Run Rig::measure(std::uint64_t frames) const {
  while (!ports_[0]->is_done()) {
    rte_pause();
  }
  const Source& source = ports_[0]->source();
  return {.nanoseconds = static_cast<double>(source.ended - source.started) * 1e9 /
                         static_cast<double>(rte_get_tsc_hz()),
          .frames = frames};
}

Run Rig::forward(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames) {
  make_worker();
  WorkerJob job{worker_.get(), dataplane::best_fast_path().run};
  const std::uint64_t before = sent();
  ports_[0]->arm(templates, size, frames);
  rte_eal_remote_launch(run_worker, &job, lcore_);
  Run run = measure(frames);
  worker_->request_stop();
  rte_eal_wait_lcore(lcore_);
  run.replicas = sent() - before;
  return run;
}

Run Rig::ceiling(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames,
                 std::size_t fan_out) {
  CeilingJob job{.from = ports_[0]->ethdev(), .to = {}};
  for (const PortId port : sinks(fan_out)) {
    job.to.push_back(ports_[port]->ethdev());
  }
  const std::uint64_t before = sent();
  ports_[0]->arm(templates, size, frames);
  rte_eal_remote_launch(run_ceiling_job, &job, lcore_);
  Run run = measure(frames);
  job.stop.store(true, std::memory_order_relaxed);
  rte_eal_wait_lcore(lcore_);
  run.replicas = sent() - before;
  return run;
}

}  // namespace mcswitch::bench

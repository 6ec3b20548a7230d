// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/rig.hpp"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <optional>
#include <stdexcept>

#include "dataplane/packet_pool.hpp"
#include "packet_rate/ceiling.hpp"

namespace mcswitch::bench {

struct CeilingJob {
  std::uint16_t from;
  std::vector<std::uint16_t> to;
  std::span<const PortSet> schedule = {};  // empty: each frame to all of `to`
  std::optional<std::uint16_t> also = {};
  std::atomic<bool> stop{false};
};

namespace {

int run_ceiling_on_core(void* argument) {
  auto* job = static_cast<CeilingJob*>(argument);
  if (job->also) {
    run_ceiling_beside(job->from, job->to, *job->also, job->stop);
  } else if (job->schedule.empty()) {
    run_ceiling(job->from, job->to, job->stop);
  } else {
    run_ceiling_by(job->from, job->schedule, job->to, job->stop);
  }
  return 0;
}

constexpr unsigned kBuffers = 8191;
constexpr unsigned kCache = 512;  // as mcswitch has it (lib/machine/memory_plan.cpp)
constexpr std::uint32_t kLongestFrame = 9018;

int run_worker(void* worker) {
  dataplane::best_fast_path().run(*static_cast<dataplane::Worker*>(worker));
  return 0;
}

table::GroupKey key_of(std::uint32_t group) { return {Rig::kVlan, IpAddress::from(group_address(group))}; }

void require_room(table::JoinResult result) {
  if (result == table::JoinResult::refused_table_full) {
    throw std::runtime_error{"the group table is full"};
  }
}

rte_mempool* make_pool() {
  rte_mempool* pool = dataplane::make_packet_pool("bench", kBuffers, kCache,
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
    : lcore_{worker_lcore},
      pool_{make_pool()},
      tables_{std::make_unique<table::Tables>(table::Tables::Sizes{
          .max_groups = max_groups, .max_macs = 4096, .ports = ports, .seed = 0x5eed'5eed'5eed'5eedULL})} {
  for (std::size_t n = 0; n < ports; ++n) {
    ports_.push_back(std::make_unique<BenchPort>(fmt::format("bench{}", n), pool_));
  }
  tables_->link_up.store(PortSet::first(ports));
  publish({}, table::Snooping::prune);
}

void Rig::publish(PortSet trunks, table::Snooping snooping) {
  auto settings = std::make_unique<table::ForwardingBlock>();
  for (std::size_t n = 0; n < ports_.size(); ++n) {
    const auto port = static_cast<PortId>(n);
    settings->ports[port] = {.own_mac = mac_of(port), .vlan = trunks.contains(port) ? VlanId{0} : kVlan};
  }
  settings->has_tags = !trunks.empty();
  settings->vlans[kVlan].flood.store(PortSet::first(ports_.size()));
  settings->vlans[kVlan].tagged = trunks;
  settings->vlans[kVlan].igmp = snooping;
  tables_->forwarding.publish(std::move(settings), quiescence_);
}

Rig::~Rig() {
  stop();
  ports_.clear();
  rte_mempool_free(pool_);
}

void Rig::join(std::uint32_t group, PortSet members) {
  for (const PortId port : members) {
    require_room(tables_->groups.join(key_of(group), port, 1, 2));
  }
}

void Rig::include(std::uint32_t group, Ipv4Address source, PortSet members) {
  for (const PortId port : members) {
    require_room(tables_->groups.join_source(key_of(group), IpAddress::from(source), port, 1));
  }
}

void Rig::exclude(std::uint32_t group, Ipv4Address source, PortSet members) {
  for (const PortId port : members) {
    require_room(tables_->groups.control_join_source(table::EntryKind::excluded, key_of(group),
                                                     IpAddress::from(source), port, 1));
    require_room(tables_->groups.join(key_of(group), port, 1, 3));
  }
}

void Rig::learn(MacAddress mac, PortId port) {
  if (tables_->macs.learn(kVlan, mac, port, clock_.now()) != table::LearnResult::learned) {
    throw std::runtime_error{"the address table is full"};
  }
}

std::unique_ptr<dataplane::Worker> Rig::make_worker(unsigned index, std::span<const PortId> receives) {
  dataplane::WorkerSetup setup;
  setup.index = index;
  setup.control_ports = PortSet::first(kMaxPorts);
  for (const PortId port : receives) {
    setup.receives.push_back({.port = port, .ethdev = ports_[port]->ethdev(), .queue = 0});
  }
  for (std::size_t n = 0; n < ports_.size(); ++n) {
    const auto port = static_cast<PortId>(n);
    setup.transmits[port] = {.exists = true,
                             .ethdev = ports_[port]->ethdev(),
                             .queue = 0,
                             .max_frame = kLongestFrame,
                             .multi_segment = true};
  }
  return std::make_unique<dataplane::Worker>(
      setup, dataplane::Worker::Shared{
                 .tables = *tables_, .quiescence = quiescence_, .pool = pool_, .clock = clock_});
}

void Rig::prepare(const std::vector<std::vector<PortId>>& receives) {
  workers_.clear();
  workers_.reserve(receives.size());
  for (unsigned index = 0; index < receives.size(); ++index) {
    workers_.push_back(make_worker(index, receives[index]));
  }
}

void Rig::launch() {
  is_running_ = true;
  rte_eal_remote_launch(run_worker, workers_.front().get(), lcore_);
}

void Rig::run_on_main() { run_worker(workers_.at(1).get()); }

void Rig::stop() {
  if (is_running_) {
    workers_.front()->request_stop();
    rte_eal_wait_lcore(lcore_);
    is_running_ = false;
  }
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
  prepare({{0}});
  const std::uint64_t before = sent();
  ports_[0]->arm(templates, size, frames);
  launch();
  Run run = measure(frames);
  stop();
  run.replicas = sent() - before;
  return run;
}

Run Rig::run_ceiling_job(CeilingJob& job, std::uint64_t frames) {
  const std::uint64_t before = sent();
  rte_eal_remote_launch(run_ceiling_on_core, &job, lcore_);
  Run run = measure(frames);
  job.stop.store(true, std::memory_order_relaxed);
  rte_eal_wait_lcore(lcore_);
  run.replicas = sent() - before;
  return run;
}

std::vector<std::uint16_t> Rig::sink_ethdevs(std::size_t fan_out) const {
  std::vector<std::uint16_t> ethdevs;
  ethdevs.reserve(fan_out);
  for (const PortId port : sinks(fan_out)) {
    ethdevs.push_back(ports_[port]->ethdev());
  }
  return ethdevs;
}

Run Rig::ceiling(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames,
                 std::size_t fan_out) {
  CeilingJob job{.from = ports_[0]->ethdev(), .to = sink_ethdevs(fan_out)};
  ports_[0]->arm(templates, size, frames);
  return run_ceiling_job(job, frames);
}

void Rig::ceiling_until(const std::atomic<bool>& is_done, std::size_t fan_out) {
  CeilingJob job{.from = ports_[0]->ethdev(), .to = sink_ethdevs(fan_out)};
  rte_eal_remote_launch(run_ceiling_on_core, &job, lcore_);
  while (!is_done.load(std::memory_order_acquire)) {
    rte_pause();
  }
  job.stop.store(true, std::memory_order_relaxed);
  rte_eal_wait_lcore(lcore_);
}

Run Rig::ceiling_beside(PortId also, std::span<const Template> templates, std::uint16_t size,
                        std::uint64_t frames, std::size_t fan_out, std::atomic<bool>& over) {
  CeilingJob job{.from = ports_[0]->ethdev(), .to = sink_ethdevs(fan_out), .also = ports_[also]->ethdev()};
  ports_[0]->arm(templates, size, frames, &over);
  return run_ceiling_job(job, frames);
}

Run Rig::ceiling_by(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames,
                    std::span<const PortSet> schedule) {
  CeilingJob job{.from = ports_[0]->ethdev(), .to = {}, .schedule = schedule};
  for (const auto& port : ports_) {
    job.to.push_back(port->ethdev());
  }
  ports_[0]->arm(templates, size, frames);
  return run_ceiling_job(job, frames);
}

}  // namespace mcswitch::bench

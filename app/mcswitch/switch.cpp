// SPDX-License-Identifier: BSD-3-Clause

#include "switch.hpp"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <random>

#include "log.hpp"

namespace mcswitch::app {
namespace {

// Ethernet header and one VLAN tag beside the MTU.
constexpr std::uint32_t kLinkHeader = 14 + 4;

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

struct Launch {
  dataplane::Worker* worker;
  dataplane::RunWorker run;
};

int run_worker(void* argument) {
  const auto* launch = static_cast<const Launch*>(argument);
  launch->run(*launch->worker);
  return 0;
}

}  // namespace

Switch::Switch(const config::Config& config, const MemoryPlan& plan,
               std::vector<std::unique_ptr<dataplane::Port>> ports)
    : config_{config}, plan_{plan}, ports_{std::move(ports)} {}

Switch::~Switch() { stop(); }

std::optional<std::string> Switch::start() {
  const std::uint64_t seed = random_seed();
  groups_ = std::make_unique<table::GroupTable>(config_.sw.max_groups, ports_.size(), seed);
  macs_ = std::make_unique<table::MacTable>(config_.sw.max_macs, seed ^ 0x5bd1e995);
  vlans_ = std::make_unique<table::VlanTable>();
  port_table_ = std::make_unique<table::PortTable>();

  pool_ = rte_pktmbuf_pool_create("frames", plan_.mbufs, plan_.mbuf_cache, 0,
                                  static_cast<std::uint16_t>(plan_.mbuf_data_room + RTE_PKTMBUF_HEADROOM),
                                  static_cast<int>(rte_socket_id()));
  if (pool_ == nullptr) {
    return fmt::format("{} packet buffers of {} octets cannot be had: {}", plan_.mbufs, plan_.mbuf_data_room,
                       rte_strerror(rte_errno));
  }
  if (auto problem = start_ports()) {
    return problem;
  }
  make_workers();

  frame_sink_ = std::make_unique<WorkerFrameSink>(*workers_.front());
  core_ = std::make_unique<control::ControlCore>(
      config_, ports_.front()->mac(), *groups_, *macs_, *vlans_, *port_table_, *frame_sink_, quiescence_,
      [](control::LogLevel level, const std::string& text) {
        log(level == control::LogLevel::warning ? LogLevel::warning : LogLevel::info, "control", text);
      });
  control_thread_ = std::make_unique<ControlThread>(ControlThread::Parts{.core = *core_,
                                                                         .workers = workers_,
                                                                         .ports = ports_,
                                                                         .link_up = link_up_,
                                                                         .clock = clock_,
                                                                         .stats = control_stats_});
  const TimePoint now = clock_.now();
  core_->start(now);
  control_thread_->poll_links(now);

  const dataplane::FastPath path = dataplane::best_fast_path();
  static std::vector<Launch> launches;
  launches.clear();
  launches.reserve(workers_.size());
  for (const auto& worker : workers_) {
    launches.push_back({worker.get(), path.run});
    if (const int result = rte_eal_remote_launch(run_worker, &launches.back(), worker->setup().core);
        result != 0) {
      return fmt::format("worker on core {} does not start: {}", worker->setup().core, rte_strerror(-result));
    }
  }
  workers_running_ = true;
  return std::nullopt;
}

std::optional<std::string> Switch::start_ports() {
  for (const auto& port : ports_) {
    const config::Port& settings = port->settings();
    auto problem = port->open();
    if (!problem) {
      problem = port->start(pool_, settings.rx_descriptors.value_or(plan_.rx_descriptors),
                            settings.tx_descriptors.value_or(plan_.tx_descriptors));
    }
    if (problem) {
      return fmt::format("port \"{}\", device \"{}\": {}", settings.name, settings.device, *problem);
    }
  }
  return std::nullopt;
}

void Switch::make_workers() {
  for (unsigned index = 0; index < config_.sw.worker_cores.size(); ++index) {
    dataplane::WorkerSetup setup;
    setup.index = index;
    setup.core = config_.sw.worker_cores[index];
    setup.settings.require_router_alert = config_.igmp.require_router_alert;
    setup.settings.ignore_v1_reports = config_.igmp.ignore_v1_reports;
    for (PortId id = 0; id < ports_.size(); ++id) {
      const dataplane::Port& port = *ports_[id];
      setup.receives.push_back({.port = id, .ethdev = port.ethdev(), .queue = 0});
      setup.transmits[id] = {.exists = true,
                             .ethdev = port.ethdev(),
                             .queue = 0,
                             .max_frame = port.settings().mtu + kLinkHeader};
      setup.settings.ports[id] = {.vlan = port.settings().vlan,
                                  .own_mac = port.mac(),
                                  .block_queries = port.settings().block_queries};
    }
    workers_.push_back(
        std::make_unique<dataplane::Worker>(setup, dataplane::Worker::Shared{.groups = *groups_,
                                                                             .macs = *macs_,
                                                                             .vlans = *vlans_,
                                                                             .ports = *port_table_,
                                                                             .link_up = link_up_,
                                                                             .quiescence = quiescence_,
                                                                             .pool = pool_,
                                                                             .clock = clock_}));
  }
}

void Switch::run(const std::atomic<bool>& stop) { control_thread_->run(stop); }

void Switch::stop() {
  if (workers_running_) {
    for (const auto& worker : workers_) {
      worker->request_stop();
    }
    rte_eal_mp_wait_lcore();
    workers_running_ = false;
  }
  for (const auto& port : ports_) {
    port->stop();
  }
  if (pool_ != nullptr) {
    rte_mempool_free(pool_);
    pool_ = nullptr;
  }
}

}  // namespace mcswitch::app

// SPDX-License-Identifier: BSD-3-Clause

#include "engine/switch.hpp"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <random>

#include "control/table_sizes.hpp"
#include "dataplane/packet_pool.hpp"
#include "engine/eal.hpp"
#include "engine/priority.hpp"

namespace mcswitch::engine {
namespace {

// Ethernet header and one VLAN tag, on top of the MTU.
constexpr std::uint32_t kLinkHeader = 14 + 4;

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::string about(const dataplane::Port& port, const std::string& problem) {
  return fmt::format("port \"{}\", device \"{}\": {}", port.settings().name, port.settings().device, problem);
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

Switch::Switch(const config::Config& config, const machine::MemoryPlan& plan,
               std::vector<std::unique_ptr<dataplane::Port>> ports, Log log)
    : config_{config}, plan_{plan}, log_{std::move(log)}, ports_{std::move(ports)} {}

Switch::~Switch() { stop(); }

std::optional<std::string> Switch::start() {
  tables_ = std::make_unique<table::Tables>(control::table_sizes(config_, random_seed()));

  if (auto problem = start_ports()) {
    return problem;
  }
  if (auto problem = make_workers()) {
    return problem;
  }

  frame_sink_ = std::make_unique<WorkerFrameSink>(workers_);
  control::PortMacs port_macs;
  std::transform(ports_.begin(), ports_.end(), port_macs.begin(),
                 [](const auto& port) { return port->mac(); });
  core_ = std::make_unique<control::ControlCore>(
      config_, ports_.front()->mac(), *tables_,
      control::ControlCore::Environment{
          .sink = *frame_sink_, .grace_period = quiescence_, .port_macs = port_macs},
      [this](control::LogLevel level, const std::string& text) {
        constexpr LogLevel kLevels[] = {LogLevel::info, LogLevel::notice, LogLevel::warning};
        log_(kLevels[static_cast<std::size_t>(level)], "control", text);
      });
  control_thread_ = std::make_unique<ControlThread>(ControlThread::Parts{.core = *core_,
                                                                         .workers = workers_,
                                                                         .ports = ports_,
                                                                         .link_up = tables_->link_up,
                                                                         .clock = clock_,
                                                                         .stats = control_stats_,
                                                                         .log = log_});
  const TimePoint now = clock_.now();
  core_->start(now);
  control_thread_->poll_links(now);
  core_->log_events(now);

  const dataplane::FastPath path = dataplane::best_fast_path();
  static std::vector<Launch> launches;
  launches.clear();
  launches.reserve(workers_.size());
  // Also if only some can be started, stop() ends them.
  workers_running_ = true;
  for (const auto& worker : workers_) {
    launches.push_back({worker.get(), path.run});
    if (const int result =
            rte_eal_remote_launch(run_worker, &launches.back(), worker_lcore(worker->setup().index));
        result != 0) {
      return fmt::format("worker on core {} does not start: {}", worker->setup().core, rte_strerror(-result));
    }
  }
  return std::nullopt;
}

std::optional<std::string> Switch::start_ports() {
  for (const auto& port : ports_) {
    if (const auto remark = port->remark()) {
      log_(remark->is_warning ? LogLevel::warning : LogLevel::notice, "device",
           fmt::format("port {}: {}", port->settings().name, remark->text));
    }
    if (auto problem = port->open()) {
      return about(*port, *problem);
    }
  }
  if (auto problem = make_pool()) {
    return problem;
  }
  const auto workers = static_cast<std::uint16_t>(config_.sw.worker_cores.size());
  for (PortId id = 0; id < ports_.size(); ++id) {
    const auto& port = ports_[id];
    const config::Port& settings = port->settings();
    const dataplane::PortCapabilities can = port->capabilities();
    if (settings.rx_queues && *settings.rx_queues > can.max_rx_queues) {
      return about(*port, fmt::format("rx-queues = {} is more than the device has: the limit is {}",
                                      *settings.rx_queues, can.max_rx_queues));
    }
    const dataplane::StartRequest request{
        .pool = pool_,
        .rx_queues = settings.rx_queues.value_or(std::min(workers, can.max_rx_queues)),
        .rx_queues_required = settings.rx_queues.has_value(),
        .tx_queues = std::min(workers, can.max_tx_queues),
        .rx_descriptors = settings.rx_descriptors.value_or(plan_.rx_descriptors),
        .tx_descriptors = settings.tx_descriptors.value_or(plan_.tx_descriptors),
        .own_buffers = plan_.own_buffers[id]};
    if (auto problem = port->start(request)) {
      return about(*port, *problem);
    }
    if (const std::string remark = port->queues().remark; !remark.empty()) {
      log_(LogLevel::notice, "device", fmt::format("port {}: one receive queue: {}", settings.name, remark));
    }
  }
  return std::nullopt;
}

std::optional<std::string> Switch::make_pool() {
  // Buffers are where the devices are, if they are all in one place.
  int node = ports_.front()->capabilities().node;
  for (const auto& port : ports_) {
    if (port->capabilities().node != node) {
      node = SOCKET_ID_ANY;
    }
  }
  pool_ = dataplane::make_packet_pool("frames", plan_.mbufs, plan_.mbuf_cache,
                                      static_cast<std::uint16_t>(plan_.mbuf_data_room + RTE_PKTMBUF_HEADROOM),
                                      node);
  if (pool_ == nullptr) {
    return fmt::format("{} packet buffers of {} bytes cannot be allocated: {}", plan_.mbufs,
                       plan_.mbuf_data_room, rte_strerror(rte_errno));
  }
  return std::nullopt;
}

std::vector<dataplane::PortPlan> Switch::plan() const {
  std::vector<dataplane::PlanPort> ports;
  for (const auto& port : ports_) {
    ports.push_back(
        {.rx_queues = port->queues().rx, .tx_queues = port->queues().tx, .node = port->capabilities().node});
  }
  std::vector<dataplane::PlanWorker> workers;
  for (unsigned worker = 0; worker < config_.sw.worker_cores.size(); ++worker) {
    workers.push_back({.node = static_cast<int>(rte_lcore_to_socket_id(worker_lcore(worker)))});
  }
  return dataplane::plan_queues(ports, workers);
}

// The ring by which `from` gives frames to `to`; made when first asked for.
dataplane::Handover* Switch::handover(unsigned from, unsigned to) {
  std::unique_ptr<dataplane::Handover>& ring = handovers_[{from, to}];
  if (ring == nullptr) {
    ring = dataplane::Handover::make(fmt::format("handover_{}_{}", from, to), SOCKET_ID_ANY);
  }
  return ring.get();
}

std::optional<std::string> Switch::make_workers() {
  const std::vector<dataplane::PortPlan> plans = plan();
  const auto count = static_cast<unsigned>(config_.sw.worker_cores.size());
  std::vector<dataplane::WorkerSetup> setups(count);
  for (unsigned w = 0; w < count; ++w) {
    dataplane::WorkerSetup& setup = setups[w];
    setup.index = w;
    setup.core = config_.sw.worker_cores[w];
    for (PortId id = 0; id < ports_.size(); ++id) {
      const dataplane::Port& port = *ports_[id];
      const dataplane::PortPlan& plan = plans[id];
      for (std::uint16_t queue = 0; queue < plan.rx_worker.size(); ++queue) {
        if (plan.rx_worker[queue] == w) {
          setup.receives.push_back({.port = id, .ethdev = port.burst_ethdev(), .queue = queue});
        }
      }
      const dataplane::PortPlan::Transmit& tx = plan.tx[w];
      setup.transmits[id] = {.exists = true,
                             .ethdev = port.burst_ethdev(),
                             .queue = tx.queue,
                             .max_frame = port.settings().mtu + kLinkHeader,
                             .multi_segment = port.limits().multi_segment_transmit,
                             .own_array = port.limits().writes_transmit_array,
                             .needs_calls = port.limits().works_in_transmit};
      if (tx.worker != w) {
        setup.transmits[id].handover = handover(w, tx.worker);
      }
      if (plan.owner() == w) {
        setup.control_ports.add(id);
      } else if (std::find(plan.rx_worker.begin(), plan.rx_worker.end(), w) != plan.rx_worker.end()) {
        setup.owners[id] = handover(w, plan.owner());
      }
    }
  }
  for (const auto& [pair, ring] : handovers_) {
    if (ring == nullptr) {
      return fmt::format("no memory for the ring from worker {} to worker {}: {}", pair.first, pair.second,
                         rte_strerror(rte_errno));
    }
    setups[pair.second].taken_from.push_back(ring.get());
  }
  for (const dataplane::WorkerSetup& setup : setups) {
    workers_.push_back(std::make_unique<dataplane::Worker>(
        setup, dataplane::Worker::Shared{
                   .tables = *tables_, .quiescence = quiescence_, .pool = pool_, .clock = clock_}));
  }
  return std::nullopt;
}

void Switch::run(const std::atomic<bool>& stop) {
  const auto& cores = config_.sw.worker_cores;
  const bool has_own_core = std::find(cores.begin(), cores.end(), config_.sw.main_core) == cores.end();
  if (has_own_core && !take_real_time_priority()) {
    log_(LogLevel::notice, "control",
         fmt::format(
             "no real-time priority: what else runs on core {} can delay the control thread by milliseconds; "
             "root has it, others with CAP_SYS_NICE or a limit of 1 (LimitRTPRIO=1, ulimit -r 1)",
             config_.sw.main_core));
  }
  control_thread_->run(stop);
  give_back_priority();
}

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
  handovers_.clear();
  if (pool_ != nullptr) {
    rte_mempool_free(pool_);
    pool_ = nullptr;
  }
}

}  // namespace mcswitch::engine

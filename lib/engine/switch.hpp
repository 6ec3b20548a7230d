// SPDX-License-Identifier: BSD-3-Clause
//
// The switch: every part, made and ended in one visible order.

#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "control/control_core.hpp"
#include "dataplane/port.hpp"
#include "dataplane/queue_plan.hpp"
#include "dataplane/quiescence.hpp"
#include "dataplane/worker.hpp"
#include "engine/control_thread.hpp"
#include "engine/log.hpp"
#include "machine/memory_plan.hpp"
#include "table/tables.hpp"

struct rte_mempool;

namespace mcswitch::engine {

class Switch {
 public:
  Switch(const config::Config& config, const machine::MemoryPlan& plan,
         std::vector<std::unique_ptr<dataplane::Port>> ports, Log log);
  ~Switch();
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;

  // Opens and starts the ports, then the workers. What is wrong, or nothing: then every port forwards.
  std::optional<std::string> start();

  // The control thread, on the calling thread, until `stop`.
  void run(const std::atomic<bool>& stop);

  // Ends the workers and closes the ports.
  void stop();

  // --- for telemetry and the last words ----------------------------------------------------------
  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] const table::Tables& tables() const { return *tables_; }
  [[nodiscard]] dataplane::Quiescence& quiescence() { return quiescence_; }
  [[nodiscard]] const control::ControlCore& core() const { return *core_; }
  [[nodiscard]] const ControlStats& control_stats() const { return control_stats_; }
  [[nodiscard]] std::span<const std::unique_ptr<dataplane::Port>> ports() const { return ports_; }
  [[nodiscard]] std::span<const std::unique_ptr<dataplane::Worker>> workers() const { return workers_; }
  [[nodiscard]] const dataplane::TscClock& clock() const { return clock_; }
  [[nodiscard]] const rte_mempool* pool() const { return pool_; }

 private:
  std::optional<std::string> start_ports();
  std::optional<std::string> make_pool();
  std::optional<std::string> make_workers();
  [[nodiscard]] std::vector<dataplane::PortPlan> plan() const;
  dataplane::Handover* handover(unsigned from, unsigned to);

  const config::Config config_;
  const machine::MemoryPlan plan_;
  const Log log_;
  const dataplane::TscClock clock_;
  rte_mempool* pool_ = nullptr;
  std::vector<std::unique_ptr<dataplane::Port>> ports_;
  // By giving and taking worker.
  std::map<std::pair<unsigned, unsigned>, std::unique_ptr<dataplane::Handover>> handovers_;
  dataplane::Quiescence quiescence_;
  std::unique_ptr<table::Tables> tables_;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
  std::unique_ptr<WorkerFrameSink> frame_sink_;
  std::unique_ptr<control::ControlCore> core_;
  ControlStats control_stats_;
  std::unique_ptr<ControlThread> control_thread_;
  bool workers_running_ = false;
};

}  // namespace mcswitch::engine

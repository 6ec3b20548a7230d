// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK's environment (EAL), brought up from the configuration. Only one running instance can have a name.
// This is checked here, before DPDK would find it, so that the message can say what is wrong.

#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "engine/dpdk_log.hpp"
#include "engine/log.hpp"
#include "machine/memory_plan.hpp"

namespace mcswitch::engine {

class Eal {
 public:
  Eal() = default;
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  // What is wrong, or nothing.
  std::optional<std::string> start(const config::Config& config, const machine::MemoryPlan& plan,
                                   const Log& log);
  [[nodiscard]] bool uses_hugepages() const { return hugepages_; }

 private:
  std::optional<std::string> take_name(const std::string& name);

  int lock_ = -1;
  std::optional<DpdkLog> dpdk_log_;
  bool started_ = false;
  bool hugepages_ = false;
};

// DPDK's number of a worker's thread; the main thread is 0. The core is in the configuration.
constexpr unsigned worker_lcore(unsigned worker) { return worker + 1; }

}  // namespace mcswitch::engine

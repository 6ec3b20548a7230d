// SPDX-License-Identifier: BSD-3-Clause
//
// Grace periods over rte_rcu_qsbr. Readers are the workers, quiescent after each turn of their loop, and
// telemetry threads, which take a slot for one page and go offline before they format it.
//
// Threads
//   worker     online() and offline() once, quiescent() after each turn; its own slot only
//   telemetry  enter() and leave()
//   control    begin() and has_passed()

#pragma once

#include <rte_rcu_qsbr.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "table/reclamation.hpp"

namespace mcswitch::dataplane {

class Quiescence final : public table::GracePeriod {
 public:
  static constexpr unsigned kMaxWorkers = 64;
  static constexpr unsigned kTelemetrySlots = 16;  // rte_telemetry serves 10 clients at once

  Quiescence();

  // --- worker; `worker` is its index ------------------------------------------------------------
  void online(unsigned worker) { rte_rcu_qsbr_thread_online(qsbr_.get(), worker); }
  void offline(unsigned worker) { rte_rcu_qsbr_thread_offline(qsbr_.get(), worker); }
  void quiescent(unsigned worker) { rte_rcu_qsbr_quiescent(qsbr_.get(), worker); }

  // --- telemetry ----------------------------------------------------------------------------------
  // False if all slots are taken.
  bool enter(unsigned& slot);
  void leave(unsigned slot);

  // --- control --------------------------------------------------------------------------------------
  std::uint64_t begin() override { return rte_rcu_qsbr_start(qsbr_.get()); }
  bool has_passed(std::uint64_t token) override { return rte_rcu_qsbr_check(qsbr_.get(), token, false) == 1; }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  std::unique_ptr<rte_rcu_qsbr, Free> qsbr_;
  // Telemetry threads take and return; a set bit is a taken slot.
  std::atomic<std::uint32_t> taken_{0};
};

}  // namespace mcswitch::dataplane

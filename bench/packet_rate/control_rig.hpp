// SPDX-License-Identifier: BSD-3-Clause
//
// The control side of a Rig: ControlCore on the rig's tables, run by the control thread that mcswitch has
// (lib/engine/control_thread.hpp), on main. It is the querier of the VLAN; unregistered groups go nowhere.
//
//     rig.prepare({{0, 1}});
//     ControlRig control{rig, {.fast_leave = PortSet::of(1)}};
//     rig.launch();
//     control.run(stop);                  until it is set, mostly by a port (BenchPort::arm)
//     rig.stop();
//
// Threads: main.

#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "control/control_core.hpp"
#include "engine/control_thread.hpp"
#include "packet_rate/rig.hpp"

namespace mcswitch::bench {

struct ControlOptions {
  PortSet fast_leave = {};
  Duration last_member_query_interval = std::chrono::seconds{1};
  std::uint8_t version = 2;
};

class ControlRig {
 public:
  // The rig's workers have been prepared and do not run yet.
  ControlRig(Rig& rig, const ControlOptions& options);
  ~ControlRig();
  ControlRig(const ControlRig&) = delete;
  ControlRig& operator=(const ControlRig&) = delete;

  // The control thread, on this one, until `stop`, which a worker sets.
  void run(const std::atomic<bool>& stop) { thread_->run(stop); }
  [[nodiscard]] const control::ControlCounters& counters() const { return core_->counters(); }
  [[nodiscard]] Duration last_member_query_time() const { return last_member_query_time_; }

 private:
  const config::Config config_;
  engine::WorkerFrameSink sink_;
  Duration last_member_query_time_{};
  std::vector<std::unique_ptr<dataplane::Port>> ports_;
  engine::ControlStats stats_;
  std::unique_ptr<control::ControlCore> core_;
  std::unique_ptr<engine::ControlThread> thread_;
};

}  // namespace mcswitch::bench

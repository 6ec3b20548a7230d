// SPDX-License-Identifier: BSD-3-Clause
//
// The control thread: takes the workers' messages, watches the links, and runs ControlCore. It polls, and
// after 0.2 ms without work sleeps in steps of at most 50 us, so that no worker ever has to wake it by a
// system call. While it runs it has real-time priority, where it may and where no worker is on its core.
//
// After a pause (the process was stopped, the machine was, or it had no core) reports wait in the devices.
// Nothing ends before the workers have looked at them.

#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "base/counters.hpp"
#include "control/control_core.hpp"
#include "dataplane/port.hpp"
#include "dataplane/tsc_clock.hpp"
#include "dataplane/worker.hpp"
#include "engine/catch_up.hpp"
#include "engine/log.hpp"
#include "table/atomic_port_set.hpp"

namespace mcswitch::engine {

// Gives the control thread's frames to the workers: for each port to one that sends on it itself, and so
// knows whether the device has taken them.
class WorkerFrameSink final : public control::FrameSink {
 public:
  using Workers = std::span<const std::unique_ptr<dataplane::Worker>>;
  // `workers` outlive this.
  explicit WorkerFrameSink(Workers workers);
  bool send(PortSet ports, VlanId vlan, std::span<const std::uint8_t> frame) override;

 private:
  Workers workers_;
  std::vector<PortSet> ports_of_;  // by worker
  table::ControlFrame buffer_;
};

// Written by the control thread, read by anyone.
struct ControlStats {
  // Longest time without a look at the rings since the start, without the sleep that an idle thread asks for.
  // On a shared core that is mostly time in which the machine ran something else.
  std::atomic<std::int64_t> longest_pause_ns{0};
  // Maximum processor time from one look to the next: the control thread's own part of it.
  std::atomic<std::int64_t> longest_turn_ns{0};
  Counter turns;
  Counter events;
};

class ControlThread {
 public:
  struct Parts {
    control::ControlCore& core;
    std::span<const std::unique_ptr<dataplane::Worker>> workers;
    std::span<const std::unique_ptr<dataplane::Port>> ports;
    table::AtomicPortSet& link_up;
    dataplane::TscClock clock;
    ControlStats& stats;
    Log log = [](LogLevel, std::string_view, std::string_view) {};
  };
  explicit ControlThread(const Parts& parts) : parts_{parts} {}

  // Asks each port for its link and notifies ControlCore of changes.
  void poll_links(TimePoint now);
  // Until `stop`.
  void run(const std::atomic<bool>& stop);

 private:
  // The time, after a look at the clock that is right.
  [[nodiscard]] TimePoint now() const;
  bool take_messages(TimePoint now);
  void take_all_messages(TimePoint now);
  void note_turn(TimePoint now);
  // Of so long a time without a turn.
  void on_pause(Duration pause, TimePoint now);
  // Of each worker, in how many turns it has found nothing.
  [[nodiscard]] std::vector<std::uint64_t> idle_turns() const;
  // `is_idle`: there is nothing to do; else others are to have the core for once.
  void sleep(Duration time, bool is_idle);
  // The next turn is measured from here.
  void begin_turn(TimePoint now);

  Parts parts_;
  TimePoint last_look_;
  Duration last_processor_time_{};
  TimePoint rested_until_;
  CatchUp catch_up_;
  TimePoint next_warning_;
};

}  // namespace mcswitch::engine

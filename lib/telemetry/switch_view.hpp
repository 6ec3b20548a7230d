// SPDX-License-Identifier: BSD-3-Clause
//
// SwitchView: the switch as telemetry sees it. lib/engine implements it over the parts of the switch, tests
// over made-up ones. Telemetry only reads.
//
// Threads
//   DPDK serves each client in a thread of its own, at most 10 at a time. All of them call all of this at
//   once, while the workers and the control thread run. An implementation must therefore not take a lock that
//   a worker or the control thread can ever want (control() may take one that the control thread holds for
//   the swap of one pointer), and must not change anything.
//
// Life
//   From the construction of Commands (commands.hpp) to the end of its destructor.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/counters.hpp"
#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "control/control_counters.hpp"
#include "proto/parse_error.hpp"
#include "table/tables.hpp"

namespace mcswitch::control {
struct Snapshot;  // control/snapshot.hpp
}  // namespace mcswitch::control
namespace mcswitch::table {
class HostTable;  // table/host_table.hpp
}  // namespace mcswitch::table

namespace mcswitch::telemetry {

// Who may look into the tables: a grace period covers the threads between enter() and leave().
class ReaderSections {
 public:
  virtual ~ReaderSections() = default;

  // Any telemetry thread. False, and nothing to leave, when all slots are taken; never blocks. The
  // caller copies at most one page between enter() and leave(), and formats after leave().
  virtual bool enter(unsigned& slot) = 0;
  // The slot that enter() gave, from the same thread.
  virtual void leave(unsigned slot) = 0;
};

// A reader section as a scope. Ask entered() before looking into a table.
class ReaderScope {
 public:
  explicit ReaderScope(ReaderSections& sections) : sections_{sections}, entered_{sections.enter(slot_)} {}
  ~ReaderScope() {
    if (entered_) {
      sections_.leave(slot_);
    }
  }
  ReaderScope(const ReaderScope&) = delete;
  ReaderScope& operator=(const ReaderScope&) = delete;

  [[nodiscard]] bool entered() const { return entered_; }

 private:
  ReaderSections& sections_;
  unsigned slot_ = 0;
  bool entered_;
};

// Which program it is.
struct BuildInfo {
  std::string version;       // of mcswitch
  std::string dpdk_version;  // rte_version()
  std::string build;         // build flags, as --version prints them
};

// Since when it runs, and what it took from the machine.
struct ProcessStatus {
  TimePoint started;             // when it became ready
  bool hugepages = false;        // false: plain memory
  std::uint32_t mbufs = 0;       // packet buffers in the pool
  std::uint32_t mbufs_free = 0;  // at this moment
};

// A port's device, as it is now.
struct PortStatus {
  std::string driver;  // the driver's own name, such as net_af_packet
  bool link_up = false;
  std::uint32_t speed_mbps = 0;  // 0: unknown, or no link
  MacAddress mac;
  std::uint16_t rx_queues = 0;
  std::uint16_t tx_queues = 0;
  DeviceLosses losses{};
};

// A port's counters, summed over the workers (base/counters.hpp).
struct PortTotals {
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_bytes = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(FrameFate::count)> fates{};
  std::array<std::uint64_t, static_cast<std::size_t>(PortEvent::count)> events{};
  std::array<std::uint64_t, static_cast<std::size_t>(TxDrop::count)> tx_drops{};
  std::array<std::uint64_t, proto::kParseErrorCount> parse_errors{};

  // Adds one worker's block.
  PortTotals& operator+=(const PortCounters& counters);
  [[nodiscard]] std::uint64_t tx_dropped() const;
  // Frames that went nowhere for what they are.
  [[nodiscard]] std::uint64_t rx_dropped() const;
};

// One worker, since the start.
struct WorkerStatus {
  // A receive queue that it polls.
  struct Queue {
    PortId port = 0;
    std::uint16_t queue = 0;
  };

  unsigned core = 0;
  std::vector<Queue> queues;
  // Indexed by WorkerCounter (base/counters.hpp).
  std::array<std::uint64_t, WorkerCounters::size()> counters{};

  [[nodiscard]] std::uint64_t operator[](WorkerCounter counter) const {
    return counters[static_cast<std::size_t>(counter)];
  }
};

// The control thread, since the start. A turn is the time from one look at the workers' messages to the next.
struct ControlStatus {
  std::uint64_t turns = 0;
  std::uint64_t events = 0;  // leaves and queries that workers gave it
  Duration longest_pause{};  // longest turn as time passed, other programs on its core included
  Duration longest_turn{};   // longest turn in processor time of its own
};

class SwitchView {
 public:
  virtual ~SwitchView() = default;

  [[nodiscard]] virtual const config::Config& config() const = 0;
  [[nodiscard]] virtual BuildInfo build_info() const = 0;
  [[nodiscard]] virtual ProcessStatus process_status() const = 0;
  // The switch's clock (dataplane/tsc_clock.hpp).
  [[nodiscard]] virtual TimePoint now() const = 0;

  // Groups and MAC addresses inside a reader section only, except for the counts and capacities.
  [[nodiscard]] virtual const table::Tables& tables() const = 0;
  [[nodiscard]] virtual ReaderSections& reader_sections() const = 0;

  // The newest snapshot that the control thread published: queriers, routers, intervals. Never null.
  [[nodiscard]] virtual std::shared_ptr<const control::Snapshot> control() const = 0;
  [[nodiscard]] virtual const control::ControlCounters& control_counters() const = 0;
  [[nodiscard]] virtual ControlStatus control_status() const = 0;
  // The hosts that are members; nullptr: hosts are not tracked.
  [[nodiscard]] virtual const table::HostTable* hosts() const = 0;

  // `port` is an index into config().ports.
  [[nodiscard]] virtual PortStatus port_status(PortId port) const = 0;
  [[nodiscard]] virtual PortTotals port_totals(PortId port) const = 0;

  // In the order of worker-cores.
  [[nodiscard]] virtual std::vector<WorkerStatus> workers() const = 0;
};

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// Rig: ports, tables, real workers, and the ceiling on the same core, taking turns. All ports are in VLAN 1,
// and pruning is in force. Port 0 receives the stream; control_rig.hpp adds the control side where a test
// needs it.
//
//     rig.prepare({{0, 5}});             a worker that polls ports 0 and 5
//     rig.port(5).arm(...), ...          what comes
//     rig.launch();
//     ...
//     rig.stop();
//
// Threads: everything is main's; the worker core runs from launch() to stop(), or what forward() or ceiling()
// gives it, and nothing between. A second worker runs on main, in run_on_main().

#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/port_set.hpp"
#include "dataplane/worker.hpp"
#include "packet_rate/bench_port.hpp"
#include "packet_rate/frames.hpp"

namespace mcswitch::bench {

// One run: so many ingress frames, and what came out.
struct Run {
  double nanoseconds = 0;  // for all of them
  std::uint64_t frames = 0;
  std::uint64_t replicas = 0;
  [[nodiscard]] double ns_per_frame() const { return nanoseconds / static_cast<double>(frames); }
  [[nodiscard]] double egress_mpps() const { return static_cast<double>(replicas) * 1e3 / nanoseconds; }
};

class Rig {
 public:
  static constexpr PortId kFirstSink = 1;
  static constexpr VlanId kVlan = 1;
  // Of the port itself.
  static constexpr MacAddress mac_of(PortId port) { return MacAddress{0x02'aa'00'00'00'00U + port}; }

  // Room for `max_groups` groups on `ports` ports (2 to 32).
  Rig(std::uint32_t max_groups, std::size_t ports, unsigned worker_lcore);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // Ports kFirstSink to kFirstSink + count - 1.
  static PortSet sinks(std::size_t count);
  void join(std::uint32_t group, PortSet members);
  // The members want nothing of the group but what `source` sends (filter mode INCLUDE), or all but that
  // (EXCLUDE).
  void include(std::uint32_t group, Ipv4Address source, PortSet members);
  void exclude(std::uint32_t group, Ipv4Address source, PortSet members);

  // Other settings: ports that carry kVlan in a tag, none at first, and what is done about IGMP. While no
  // worker runs.
  void publish(PortSet trunks, table::Snooping snooping);

  // `frames` frames of `size` bytes through the switch.
  Run forward(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames);
  // The same past it, each to `fan_out` ports.
  Run ceiling(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames,
              std::size_t fan_out);

  // The same for what port 0 has been given to receive by (BenchPort::receive_by), until `is_done`.
  void ceiling_until(const std::atomic<bool>& is_done, std::size_t fan_out);
  // As ceiling(); what comes on `also`, which is as the caller has armed it, is taken and freed.
  Run ceiling_beside(PortId also, std::span<const Template> templates, std::uint16_t size,
                     std::uint64_t frames, std::size_t fan_out, std::atomic<bool>& over);
  // As ceiling(), the n-th frame to schedule[n], round and round.
  Run ceiling_by(std::span<const Template> templates, std::uint16_t size, std::uint64_t frames,
                 std::span<const PortSet> schedule);

  // Frames to `mac` leave by `port`.
  void learn(MacAddress mac, PortId port);

  // Makes workers, one for each list of the ports that it polls, in that order: the first for the worker
  // core, the second for main. They send on all ports, so no two may have frames for the same.
  void prepare(const std::vector<std::vector<PortId>>& receives);
  void launch();
  // The second worker, on this thread until it is asked to stop.
  void run_on_main();
  // Ends the workers, if they run. The second one has been asked to stop before.
  void stop();

  BenchPort& port(PortId n) { return *ports_[n]; }
  [[nodiscard]] std::size_t port_count() const { return ports_.size(); }
  std::span<const std::unique_ptr<dataplane::Worker>> workers() { return workers_; }
  // Of all ports, since the rig was made.
  [[nodiscard]] std::uint64_t sent() const;

  table::Tables& tables() { return *tables_; }
  dataplane::Quiescence& quiescence() { return quiescence_; }
  [[nodiscard]] const dataplane::TscClock& clock() const { return clock_; }

 private:
  // Waits until the source has given its frames.
  [[nodiscard]] Run measure(std::uint64_t frames) const;
  Run run_ceiling_job(struct CeilingJob& job, std::uint64_t frames);
  [[nodiscard]] std::vector<std::uint16_t> sink_ethdevs(std::size_t fan_out) const;
  std::unique_ptr<dataplane::Worker> make_worker(unsigned index, std::span<const PortId> receives);

  const unsigned lcore_;
  rte_mempool* pool_;
  std::vector<std::unique_ptr<BenchPort>> ports_;
  const std::unique_ptr<table::Tables> tables_;
  dataplane::Quiescence quiescence_;
  dataplane::TscClock clock_;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
  bool is_running_ = false;
};

}  // namespace mcswitch::bench

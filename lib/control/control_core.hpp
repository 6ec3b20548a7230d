// SPDX-License-Identifier: BSD-3-Clause
//
// The engine of the control thread: membership timers, leaves, queries, router ports, held pruning, loss
// of carrier, ageing. Workers add to the tables, this alone takes away.
//
// It reads no clock and owns no thread: the caller's loop polls the rings and the links, and calls run().
//
//     core.start(now);
//     for each port with link: core.on_link(port, true, now);
//     loop:
//       core.on_message(message, now) for what the rings give, core.on_link() for links that have changed
//       wake = core.run(now)
//       until `wake`, or a millisecond at most: rings, links, and again
//
// run() also polls what workers leave without a ring (fresh memberships, PortState::attention), so it must be
// called every millisecond, no matter what it returned.
//
// Work per call is bounded by budgets (control_core.cpp says them), for well under 500 us: a leave waits
// for no more than one run(), also while a million memberships expire.
//
// Rules: RFC 2236 sections 3 to 7 and RFC 9776 section 6 (router side), RFC 4541 section 2.1. What this adds
// to them:
//   - A leave is asked about on its own port only, of all ports with members, and lowers that port's
//     membership only.
//   - A leave is void if the membership has a newer report. A decision to end a membership names the
//     reports that it rests on, and GroupControl::remove() refuses if there is a newer one.
//   - A leave on a group's only member port is asked about on the router ports too.
//   - fast-leave ports prune at once where the leaver is the only host that was seen since the link came
//     up, by MAC address and by the IP address of reports, or, for version 3, the only one that is tracked
//     for what it leaves and no older host has reported the group; also where another router is the querier,
//     but not where a version 1 host is present or version 1 is configured.
//   - Another's specific query counts only if a general query of its sender was heard on the same port and
//     its sender still counts as present; both as known before this query.
//   - The end of a membership is lowered, never raised.
//
// Threads: everything is the control thread's, except snapshot(), counters() and hosts(), which any thread
// may call.

#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "control/attention.hpp"
#include "control/checks.hpp"
#include "control/context.hpp"
#include "control/foreign_queries.hpp"
#include "control/forwarding_settings.hpp"
#include "control/frame_sink.hpp"
#include "control/mac_ageing.hpp"
#include "control/membership_state.hpp"
#include "control/queries.hpp"
#include "control/records.hpp"
#include "control/snapshots.hpp"
#include "control/vlans.hpp"
#include "table/reclamation.hpp"
#include "table/tables.hpp"
#include "table/worker_message.hpp"

namespace mcswitch::control {

class ControlCore {
 public:
  // Outlives the core.
  struct Environment {
    FrameSink& sink;
    table::GracePeriod& grace_period;
    PortMacs port_macs{};  // of each of `config.ports`
  };

  // `tables` outlive the core and have a port for each of `config.ports`; the forwarding settings of `config`
  // are in force on return. `switch_mac`: source address of our own queries; a query from it is one of them,
  // come back.
  ControlCore(const config::Config& config, MacAddress switch_mac, table::Tables& tables,
              const Environment& environment, Log log);
  ~ControlCore();
  // Bytes that the constructor takes: what grows with the tables, and what is large.
  static std::size_t memory_size(const config::Config& config);
  ControlCore(const ControlCore&) = delete;
  ControlCore& operator=(const ControlCore&) = delete;

  // Once, first. All ports are without link until on_link() says otherwise.
  void start(TimePoint now);

  // A message that a worker has pushed. A leave is answered before this returns. The parts of one message
  // come one after the other, without another message of the same port in between.
  void on_message(const table::WorkerMessage& message, TimePoint now);

  // The link of `port` is up or down; saying it again changes nothing.
  void on_link(PortId port, bool up, TimePoint now);

  // Logs now what run() would log a moment later, together with more of its kind.
  void log_events(TimePoint now) { context_.events.log_all(now); }

  // Does what is due. Returns when it wants to be called again; `now` if it has not finished.
  TimePoint run(TimePoint now);

  // --- any thread -------------------------------------------------------------------------------
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const { return snapshots_.read(); }
  [[nodiscard]] const ControlCounters& counters() const { return context_.counters; }
  // nullptr: no VLAN tracks its hosts.
  [[nodiscard]] const table::HostTable* hosts() const { return state_.hosts.table(); }

 private:
  void take(const table::WorkerMessage& message, TimePoint now);
  // A message whose parts have all arrived; `sources`: of all parts, a set. Only in a VLAN that is snooped.
  void on_whole(const table::LeaveMessage& leave, const membership::Sources& sources, TimePoint now);
  void on_whole(const table::QueryMessage& query, const membership::Sources& sources, TimePoint now);
  void on_whole(const table::RecordMessage& record, const membership::Sources& sources, TimePoint now);
  void on_whole(const table::HostMessage& host, const membership::Sources& sources, TimePoint now);
  void on_whole(const table::RouterMessage& router, const membership::Sources& sources, TimePoint now);
  [[nodiscard]] TimePoint next(TimePoint now) const;

  // A part may call those above it, and none below (README.md).
  Context context_;
  Queries queries_;
  Vlans vlans_;
  MembershipState state_;
  MacAgeing ageing_;
  Attention attention_;
  Checks checks_;
  ForeignQueries foreign_queries_;
  Records records_;
  Snapshots snapshots_;
  PortSet up_;  // ports with link
  // Sources of a message of which some parts have come, by port.
  std::array<membership::Sources, kMaxPorts> parts_;
};

}  // namespace mcswitch::control

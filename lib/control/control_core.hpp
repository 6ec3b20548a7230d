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
//       core.on_event(event, now) for what the rings give, core.on_link() for links that have changed
//       wake = core.run(now)
//       until `wake`, or a millisecond at most: rings, links, and again
//
// run() also polls what workers leave without a ring (fresh memberships, PortState::attention), so it is
// to be called every millisecond, whatever it returned.
//
// Work per call is bounded by budgets (control_core.cpp says them), for well under 500 us: a leave waits
// for no more than one run(), also while a million memberships expire.
//
// Rules: RFC 2236 sections 3 to 7 and RFC 9776 section 6 (router side), RFC 4541 section 2.1. What this adds
// to them:
//   - A leave is asked about on its own port only, and lowers that port's membership only.
//   - A leave is void if the membership has a newer report. A decision to end a membership names the
//     reports that it rests on, and GroupControl::remove() refuses if there is a newer one.
//   - fast-leave ports prune at once where the leaver is the only host that was seen in the last
//     membership interval, or, for version 3, the only one that is tracked for what it leaves and no older
//     host has reported the group; whoever is querier, unless a version 1 host is there or version 1 is
//     configured.
//   - Another querier's specific query counts only if it is from the elected one, or came from a router
//     port; both as known before this query.
//   - The end of a membership is lowered, never raised.
//
// Threads: everything is the control thread's, except snapshot() and counters(), which any thread may
// call.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "control/control_counters.hpp"
#include "control/due_queue.hpp"
#include "control/endings.hpp"
#include "control/frame_sink.hpp"
#include "control/leave_checks.hpp"
#include "control/link_sweep.hpp"
#include "control/mac_ageing.hpp"
#include "control/membership_timers.hpp"
#include "control/memberships.hpp"
#include "control/proxy_reports.hpp"
#include "control/snapshot.hpp"
#include "control/source_checks.hpp"
#include "control/vlan_control.hpp"
#include "table/control_event.hpp"
#include "table/host_table.hpp"
#include "table/reclamation.hpp"
#include "table/tables.hpp"

namespace mcswitch::control {

enum class LogLevel : std::uint8_t { info, warning };
// One line without a line end. Called for what is rare or rate limited, never per frame.
using Log = std::function<void(LogLevel, const std::string&)>;

class ControlCore {
 public:
  // Outlives the core.
  struct Environment {
    FrameSink& sink;
    table::GracePeriod& grace_period;
  };

  // `tables` outlive the core and have a port for each of `config.ports`. `switch_mac`: source address of our
  // own queries; a query from it is one of them, come back.
  ControlCore(const config::Config& config, MacAddress switch_mac, table::Tables& tables,
              const Environment& environment, Log log);
  ~ControlCore();
  // Octets that the constructor takes: what grows with the tables, and what is large.
  static std::size_t memory_size(const config::Config& config);
  ControlCore(const ControlCore&) = delete;
  ControlCore& operator=(const ControlCore&) = delete;

  // Once, first. All ports are without link until on_link() says otherwise.
  void start(TimePoint now);

  // What a worker has pushed. Answers a leave at once, before it returns. The parts of one message come one
  // behind the other, as far as its port is concerned.
  void on_event(const table::ControlEvent& event, TimePoint now);

  // The link of `port` is up or down; saying it again changes nothing.
  void on_link(PortId port, bool up, TimePoint now);

  // Does what is due. Returns when it wants to be called again; `now` if it has not finished.
  TimePoint run(TimePoint now);

  // --- any thread -------------------------------------------------------------------------------
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const { return snapshots_.read(); }
  [[nodiscard]] const ControlCounters& counters() const { return counters_; }
  // nullptr: no VLAN tracks its hosts.
  [[nodiscard]] const table::HostTable* hosts() const { return hosts_.get(); }

 private:
  using Sources = membership::Sources;
  struct Vlan {
    VlanControl control;
    PortSet ask;  // ports that a general query still has to leave by
    // When a shorter Group Membership Interval comes into force; see set_interval().
    TimePoint shrinks_at = kNever;
  };
  // Per port, beside what the VLAN knows of it.
  struct Port {
    std::string name;
    bool fast_leave = false;
    bool up = false;
    bool lost_leave = false;                 // to be asked
    TimePoint ask_again = TimePoint::min();  // not before
    TimePoint next_limit_log = TimePoint::min();
    TimePoint next_crowd_log = TimePoint::min();
  };
  using Key = LeaveChecks::Key;

  // While something waits that nobody announces: a grace period, a full ring, a reader of the snapshot.
  static constexpr Duration kRetry = std::chrono::milliseconds{1};

  void count(ControlEventCount what) { counters_[what].add(); }
  [[nodiscard]] Vlan* find_vlan(VlanId vlan);

  void apply(Vlan& vlan, const membership::Effects& effects, TimePoint now);
  // What a query of ours is about.
  struct Question {
    Ipv4Address group;
    Duration max_resp_time{};
    bool suppress_router_processing = false;
    std::span<const Ipv4Address> sources{};
  };
  bool send_query(const Vlan& vlan, PortSet ports, const Question& question);
  void ask_ports(Vlan& vlan, TimePoint now);

  void on_whole_event(Vlan& vlan, const table::ControlEvent& event, Sources& sources, TimePoint now);
  void on_leave(Vlan& vlan, const table::ControlEvent& event, TimePoint now);
  void on_query(Vlan& vlan, const table::ControlEvent& event, const Sources& sources, TimePoint now);
  void lower_group(Vlan& vlan, const table::ControlEvent& event, TimePoint end, TimePoint now);
  void lower_sources(Vlan& vlan, const table::ControlEvent& event, const Sources& sources, TimePoint end);
  bool lower(Key key, Stamp stamp, TimePoint end, Duration interval);
  bool ask_group(Vlan& vlan, Key key, Stamp stamp, TimePoint now);
  [[nodiscard]] bool may_prune_at_once(const Vlan& vlan, const table::ControlEvent& event, Key key,
                                       TimePoint now) const;

  // control_records.cpp
  void on_record(Vlan& vlan, const table::ControlEvent& event, Sources& listed, TimePoint now);
  void read_filter(table::EntryId id, PortId port, membership::PortFilter& filter) const;
  [[nodiscard]] membership::Compatibility compatibility(const Vlan& vlan, table::EntryId id, PortId port,
                                                        TimePoint now) const;
  void apply_additions(const Vlan& vlan, const table::ControlEvent& event, TimePoint group_end);
  bool apply_exclude(const Vlan& vlan, const table::ControlEvent& event);
  void apply_ends(const table::ControlEvent& event);
  bool run_endings(std::size_t limit);
  void answer_record(Vlan& vlan, const table::ControlEvent& event, TimePoint now);
  void ask_sources(Vlan& vlan, const table::ControlEvent& event, TimePoint now);
  void advance_source_check(const SourceChecks::Key& key, TimePoint now);
  bool send_source_queries(const Vlan& vlan, const SourceChecks::Key& key, const Sources& sources,
                           bool suppress);
  [[nodiscard]] bool is_asking(Key key) const;

  // control_hosts.cpp
  void on_host(Vlan& vlan, const table::ControlEvent& event, const Sources& sources);
  void note_host(const Vlan& vlan, const table::ControlEvent& event, table::EntryId id);
  void forget_host(const table::ControlEvent& event, table::EntryId id);
  [[nodiscard]] bool is_only_host(const table::ControlEvent& event, table::EntryId id, TimePoint since) const;

  void age_hosts(TimePoint now);

  // control_static.cpp
  void add_static_groups(const config::Config& config, TimePoint now);
  void note_change(table::EntryId id);
  void run_proxies(TimePoint now);
  void set_interval(Vlan& vlan, TimePoint now);
  // The Group Membership Interval that timers go by.
  [[nodiscard]] Duration interval_of(const Vlan& vlan) const {
    return (*intervals_)[vlan.control.settings().vlan];
  }
  bool put_check(Key key, const membership::LeaveCheck& check, Stamp report);
  void advance_check(Key key, TimePoint now);

  void run_vlan(Vlan& vlan, TimePoint now);
  bool run_vlans(TimePoint now);
  void schedule(const Vlan& vlan, TimePoint now);
  bool run_checks(TimePoint now);
  void take_attention(TimePoint now);
  void ask_for_lost_leaves(TimePoint now);
  void note_refused_joins(PortId port, TimePoint now);
  void note_limit(PortId port, TimePoint now);
  void note_crowd(PortId port, TimePoint now);
  void note_refusal(PortId port, table::JoinResult result);
  void publish_snapshot(TimePoint now);
  [[nodiscard]] TimePoint next(TimePoint now) const;

  const config::Config config_;
  const MacAddress switch_mac_;
  table::GroupControl& groups_;
  table::PortTable& port_table_;
  FrameSink& sink_;
  table::GracePeriod& grace_period_;
  const Log log_;

  std::vector<Port> ports_;
  std::vector<Vlan> vlans_;                            // in order of VLAN
  std::array<std::uint16_t, kMaxVlans> vlan_index_{};  // into vlans_, plus 1; 0: not carried
  DueQueue due_;                                       // of vlans_, by index
  std::unique_ptr<IntervalTable> intervals_;
  ControlCounters counters_;
  LeaveChecks checks_;
  SourceChecks source_checks_;
  const std::unique_ptr<table::HostTable> hosts_;
  Memberships memberships_;
  MembershipTimers timers_;
  LinkSweep sweep_;
  MacAgeing ageing_;

  // Sources of a message of which some parts have come, by port.
  std::array<Sources, kMaxPorts> parts_;
  // Of the record that is being handled; kept here for their memory.
  membership::PortFilter filter_;
  membership::RecordEffects effects_;
  Sources scratch_;
  std::vector<table::EntryId> new_entries_;
  membership::SourceCheck::Queries queries_;

  Endings endings_;
  TimePoint next_host_look_ = TimePoint::min();
  std::size_t next_proxy_ = 0;         // whose turn it is
  std::vector<ProxyReports> proxies_;  // of VLANs with report-mode "proxy"
  std::vector<StaticRow> static_rows_;

  bool is_refusing_ = false;  // joins, for want of room; said once
  TimePoint next_refusal_log_ = TimePoint::min();

  SnapshotHolder snapshots_;
  std::shared_ptr<const Snapshot> pending_snapshot_;  // could not be published yet
  bool is_changed_ = true;                            // since the last snapshot was made
  TimePoint next_snapshot_ = TimePoint::min();
};

}  // namespace mcswitch::control

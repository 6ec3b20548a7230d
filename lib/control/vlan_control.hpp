// SPDX-License-Identifier: BSD-3-Clause
//
// One VLAN as the control thread knows it: settings, querier, router ports and held pruning, and what
// follows from them for the workers (table::VlanWords).
//
// The words of a VLAN, by mode:
//
//   mode              flood  registered          unregistered             reports
//   off, or disabled  up     up                  up                       up
//   observe           up     up                  up                       up
//   prune             up     routers, held, all  by policy, see below     routers
//   (report-mode "proxy": reports nowhere; the switch reports itself)
//
// Policy for unregistered groups: flood: up; router-ports and automatic: routers; drop: nowhere. Held ports
// and ports with flood-unregistered are added to each, those with all-multicast ("all") as well. `held` is
// empty where hold-pruning is false. Router ports are those of RFC 4541 section 2.1.1, and reports go
// to them. While pruning is held and no router is known, a router may wait
// anywhere: version 3 reports then go to all ports, older ones to the ports that have not reported, as long
// as nobody asks.
//
// A VLAN that is not snooped has no querier either: its election could not be followed.
//
// Control thread only. Functions return what has to be done; nothing is sent from here.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "control/snapshot.hpp"
#include "membership/held_pruning.hpp"
#include "membership/port_queries.hpp"
#include "membership/querier.hpp"
#include "membership/router_ports.hpp"
#include "table/forwarding_block.hpp"
#include "table/older_hosts.hpp"

namespace mcswitch::control {

struct VlanSettings {
  VlanId vlan = 0;
  PortSet ports;   // that carry it
  PortSet tagged;  // those of them that carry it with a tag
  config::SnoopingMode mode = config::SnoopingMode::prune;
  config::Unregistered unregistered = config::Unregistered::automatic;
  config::HoldPruning hold_pruning;
  config::Igmp igmp;
  PortSet always_router;
  PortSet never_router;
  PortSet flood_unregistered;
  PortSet all_multicast;

  // The switch reports for its hosts.
  [[nodiscard]] bool is_proxy() const {
    return is_snooped() && mode == config::SnoopingMode::prune &&
           igmp.report_mode == config::ReportMode::proxy;
  }
  [[nodiscard]] bool is_snooped() const { return mode != config::SnoopingMode::off && igmp.enabled; }
};

// What the timers of the memberships of a VLAN go by.
struct MembershipTimes {
  Duration group_membership{};    // Group Membership Interval; zero where no port carries the VLAN
  Duration older_host_present{};  // Older Host Present Interval
  // Timers of older hosts that ran when it became shorter last, then, run to the end of this one.
  Duration older_host_present_before{};
  TimePoint older_host_present_changed{};
  // No timer ends before: we have taken over from a querier that is gone, and hosts may take their time to
  // answer our first Robustness Variable queries, of which all but one may be lost. kNever: none has left
  // yet.
  TimePoint not_before = TimePoint::min();

  // Does a host of `version` 1 or 2 count as present (RFC 9776 sections 7.3.2 and 8.13)?
  [[nodiscard]] bool is_present(const table::OlderHosts& hosts, std::uint8_t version, TimePoint now) const;
  void set_older_host_present(Duration interval, TimePoint now);

  // The end of the timer of a membership whose last report is `report`.
  [[nodiscard]] TimePoint end_after(Stamp report) const {
    return std::max(time_of(report) + group_membership, not_before);
  }
};
// By VLAN.
using TimesTable = std::array<MembershipTimes, kMaxVlans>;

// One for each VLAN that a port carries, in order of VLAN.
std::vector<VlanSettings> vlan_settings(const config::Config& config);

class VlanControl {
 public:
  using Query = membership::HeardQuery;

  // A router that said so itself.
  struct Router {
    PortId port = 0;
    membership::RouterOrigin origin = membership::RouterOrigin::pim;
    IpAddress source;
    Duration lifetime{};  // 0: it is going; RouterPorts::kForever
  };

  // The words are those of the block in force, in `blocks`, which outlives this.
  VlanControl(const VlanSettings& settings, table::ForwardingBlocks& blocks);

  // SendGeneralQuery among the effects means: on all ports with link.
  membership::Effects start(TimePoint now);
  membership::Effects on_query(const Query& query, TimePoint now);
  void on_router(const Router& router, TimePoint now);
  membership::Effects on_time(TimePoint now);
  void on_link(PortId port, bool up, TimePoint now);
  // The port has link, and was not sent a query that counted as sent.
  void on_not_asked(PortId port, TimePoint now);
  // Ports that came up and have to be sent a general query now (RFC 4541 section 2.1.1(4): relearn quickly).
  // They are not named again before `retry`.
  PortSet take_ports_to_ask(TimePoint now, TimePoint retry);
  // A general query of our own has left on `ports`. times() may have changed.
  void general_query_sent(PortSet ports, TimePoint now);
  // When on_time() or take_ports_to_ask() has something to do.
  [[nodiscard]] TimePoint next() const { return next_; }

  [[nodiscard]] const VlanSettings& settings() const { return settings_; }
  [[nodiscard]] const membership::Querier& querier() const { return querier_; }
  [[nodiscard]] const membership::RouterPorts& router_ports() const { return router_ports_; }
  // The values in force: the configured ones, or as non-querier the querier's where they are larger.
  [[nodiscard]] membership::Intervals intervals() const { return querier_.effective(); }
  // The Group Membership Interval in it follows intervals() when update_times() is called: upwards at once,
  // downwards one interval later.
  [[nodiscard]] const MembershipTimes& times() const { return times_; }
  // Call it after an effect IntervalsChanged, and at times_change_at().
  void update_times(TimePoint now);
  [[nodiscard]] TimePoint times_change_at() const { return shrinks_at_; }
  // Ports with link.
  [[nodiscard]] PortSet up() const { return up_; }
  // How long hosts take to answer a general query of ours.
  [[nodiscard]] Duration response_interval() const { return settings_.igmp.intervals.response_interval(); }

  // Appends the rows of this VLAN.
  void describe(Snapshot& snapshot) const;

 private:
  // After any change: held pruning, the words, the next time.
  void update(TimePoint now);
  void publish();

  const VlanSettings settings_;
  table::ForwardingBlocks& blocks_;
  membership::Querier querier_;
  membership::RouterPorts router_ports_;
  membership::HeldPruning pruning_;
  membership::PortQueries port_queries_;
  PortSet up_;
  PortSet held_;          // empty unless pruning is to be held
  bool is_held_ = false;  // likewise
  TimePoint next_ = kNever;
  MembershipTimes times_;
  TimePoint shrinks_at_ = kNever;  // when a shorter Group Membership Interval comes into force
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "control/vlan_control.hpp"

#include <algorithm>
#include <map>

namespace mcswitch::control {
namespace {

membership::Querier::Settings querier_settings(const VlanSettings& settings) {
  return {.active = settings.igmp.querier && settings.is_snooped(),
          .address = settings.igmp.querier_address,
          .intervals = settings.igmp.intervals};
}

// How many general queries release a port; more of ours than that are as good.
membership::HeldPruning held_pruning(const VlanSettings& settings) {
  const auto queries = [&](std::uint8_t derived) {
    return std::min<std::size_t>(settings.hold_pruning.queries.value_or(derived),
                                 membership::HeldPruning::kMaxQueries);
  };
  const membership::Intervals& intervals = settings.igmp.intervals;
  return {queries(intervals.startup_query_count()), queries(intervals.robustness_variable)};
}

// Workers read these words with every burst: a line is dirtied only by a change.
void store(table::AtomicPortSet& word, PortSet ports) {
  if (word.load() != ports) {
    word.store(ports);
  }
}

}  // namespace

std::vector<VlanSettings> vlan_settings(const config::Config& config) {
  std::map<VlanId, VlanSettings> vlans;
  for (std::size_t i = 0; i < config.ports.size() && i < kMaxPorts; ++i) {
    const config::Port& port = config.ports[i];
    const PortSet bit = PortSet::of(static_cast<PortId>(i));
    const auto carry = [&](VlanId id) -> VlanSettings& {
      VlanSettings& vlan = vlans[id];
      vlan.ports |= bit;
      if (port.multicast_router == config::MulticastRouter::always) {
        vlan.always_router |= bit;
      }
      if (port.multicast_router == config::MulticastRouter::never) {
        vlan.never_router |= bit;
      }
      if (port.flood_unregistered) {
        vlan.flood_unregistered |= bit;
      }
      if (port.all_multicast) {
        vlan.all_multicast |= bit;
      }
      return vlan;
    };
    if (port.vlan != 0) {
      carry(port.vlan);
    }
    for (const VlanId id : port.tagged_vlans) {
      carry(id).tagged |= bit;
    }
  }
  std::vector<VlanSettings> settings;
  settings.reserve(vlans.size());
  for (auto& [id, vlan] : vlans) {
    vlan.vlan = id;
    vlan.mode = config.snooping_of(id).mode;
    vlan.unregistered = config.snooping_of(id).unregistered;
    vlan.hold_pruning = config.snooping_of(id).hold_pruning();
    vlan.igmp = config.igmp_of(id);
    // If there is no room for any host, workers need not notify of hosts.
    vlan.igmp.host_tracking = vlan.igmp.host_tracking && config::tracked_hosts(config) != 0;
    settings.push_back(vlan);
  }
  return settings;
}

bool MembershipTimes::is_present(const table::OlderHosts& hosts, std::uint8_t version, TimePoint now) const {
  if (hosts.is_present(version, now, older_host_present)) {
    return true;
  }
  // What has been heard since began with the shorter interval. Its time is kept in ticks of a millisecond.
  constexpr Duration kTick = std::chrono::milliseconds{2};
  const Duration since = now - older_host_present_changed;
  return hosts.is_present(version, now, older_host_present_before) &&
         !hosts.is_present(version, now, since - kTick);
}

void MembershipTimes::set_older_host_present(Duration interval, TimePoint now) {
  if (interval < older_host_present) {
    const bool is_over = older_host_present_before <= now - older_host_present_changed;
    older_host_present_before =
        is_over ? older_host_present : std::max(older_host_present, older_host_present_before);
    older_host_present_changed = now;
  }
  older_host_present = interval;
}

VlanControl::VlanControl(const VlanSettings& settings, table::ForwardingBlocks& blocks)
    : settings_{settings},
      blocks_{blocks},
      querier_{querier_settings(settings)},
      router_ports_{settings.always_router, settings.never_router,
                    settings.igmp.intervals.router_port_interval()},
      pruning_{held_pruning(settings)},
      port_queries_{settings.igmp.intervals.startup_query_count(),
                    settings.igmp.intervals.startup_query_interval()},
      times_{.group_membership = settings.igmp.intervals.group_membership_interval(),
             .older_host_present = settings.igmp.intervals.older_host_present_interval()} {}

membership::Effects VlanControl::start(TimePoint now) {
  membership::Effects effects = querier_.start(now);
  update(now);
  return effects;
}

membership::Effects VlanControl::on_query(const Query& query, TimePoint now) {
  // One without an address makes its port a router port by its general queries, and while it counts (RFC 4541
  // section 2.1.1(1b)): a querier has to get what it asks for, or what is behind it starves.
  const bool counts = querier_.counts(query.source);
  const Duration interval = settings_.igmp.intervals.router_port_interval(querier_.given_by(query, now));
  if (counts && query.is_general) {
    router_ports_.on_query(query.port, query.source, now, interval);
  } else if (counts && !query.source.is_unspecified()) {
    router_ports_.on_specific_query(query.port, query.source, now, interval);
  }
  membership::Effects effects;
  if (query.is_general) {
    effects = querier_.on_query(query, now);
  }
  if (!querier_.is_querier() && times_.not_before == kNever) {
    times_.not_before = TimePoint::min();
  }
  if (querier_.is_numbered_known()) {
    router_ports_.forget_unnumbered();
  }
  if (query.is_general && counts) {
    // A code of 0, which version 3 can have, leaves hosts no time; they take some.
    const Duration response =
        query.max_resp_time > Duration::zero() ? query.max_resp_time : response_interval();
    pruning_.on_general_query(up_, response, now);
  }
  update(now);
  return effects;
}

void VlanControl::on_router(const Router& router, TimePoint now) {
  router_ports_.on_router(router.port, router.origin, router.source, router.lifetime, now);
  update(now);
}

membership::Effects VlanControl::on_time(TimePoint now) {
  const bool was_querier = querier_.is_querier();
  membership::Effects effects = querier_.on_time(now);
  if (querier_.is_querier() && !was_querier) {
    times_.not_before = kNever;  // until general_query_sent()
  }
  router_ports_.on_time(now);
  update(now);
  return effects;
}

void VlanControl::on_link(PortId port, bool up, TimePoint now) {
  if (up) {
    up_.add(port);
  } else {
    up_.remove(port);
    router_ports_.on_link_down(port);
    querier_.on_link_down(port);
  }
  pruning_.on_link(port);
  port_queries_.on_link(port, up, now);
  update(now);
}

void VlanControl::on_not_asked(PortId port, TimePoint now) {
  pruning_.on_link(port);
  port_queries_.on_link(port, true, now);
  update(now);
}

PortSet VlanControl::take_ports_to_ask(TimePoint now, TimePoint retry) {
  const PortSet ports = querier_.is_querier() ? port_queries_.take_due(now, retry) : PortSet{};
  if (!ports.empty()) {
    update(now);
  }
  return ports;
}

void VlanControl::general_query_sent(PortSet ports, TimePoint now) {
  if (times_.not_before == kNever) {
    const membership::Intervals& intervals = settings_.igmp.intervals;
    times_.not_before =
        now + (intervals.robustness_variable - 1) * intervals.query_interval + response_interval();
  }
  pruning_.on_general_query(ports, response_interval(), now);
  port_queries_.on_sent(ports, response_interval(), now);
  update(now);
}

// A timer looks at the interval when it fires. None is armed for longer than the shortest configured
// interval, and another querier's values only make the interval longer. When that querier goes, its values go
// too; but hosts have reported only as often as it asked. They get one interval of ours to answer our own
// queries before ours counts. A timer that is armed then may fire late by as much.
void VlanControl::update_times(TimePoint now) {
  if (!settings_.is_snooped()) {
    return;
  }
  times_.set_older_host_present(querier_.effective().older_host_present_interval(), now);
  const Duration wanted = querier_.effective().group_membership_interval();
  if (wanted >= times_.group_membership || shrinks_at_ <= now) {
    times_.group_membership = wanted;
    shrinks_at_ = kNever;
  } else if (shrinks_at_ == kNever) {
    shrinks_at_ = now + wanted;
  }
}

void VlanControl::update(TimePoint now) {
  pruning_.on_querier(querier_.is_querier_known(), querier_.is_querier());
  const bool may_hold =
      settings_.is_snooped() && settings_.mode == config::SnoopingMode::prune && settings_.hold_pruning.is_on;
  held_ = may_hold ? pruning_.held(up_, now) : PortSet{};
  is_held_ = may_hold && (pruning_.is_held() || (held_ == up_ && !up_.empty()));
  next_ = std::min(querier_.next(), router_ports_.next());
  if (querier_.is_querier()) {
    next_ = std::min(next_, port_queries_.next());
  }
  if (may_hold) {
    next_ = std::min(next_, pruning_.next(up_, now));
  }
  publish();
}

void VlanControl::publish() {
  PortSet registered = up_;
  PortSet unregistered = up_;
  PortSet reports = up_;
  PortSet reports_v3 = up_;
  PortSet reports_if_silent;
  if (settings_.is_snooped() && settings_.mode == config::SnoopingMode::prune) {
    const PortSet routers = router_ports_.ports() & up_;
    registered = routers | held_ | (settings_.all_multicast & up_);
    const bool is_proxy = settings_.igmp.report_mode == config::ReportMode::proxy;
    reports = is_proxy ? PortSet{} : routers;
    reports_v3 = reports;
    if (!is_proxy && routers.empty() && !held_.empty()) {
      reports_v3 = up_;
      reports_if_silent = querier_.is_querier_known() ? PortSet{} : up_;
    }
    switch (settings_.unregistered) {
      case config::Unregistered::flood:
        unregistered = up_;
        break;
      case config::Unregistered::router_ports:
      case config::Unregistered::automatic:
        unregistered = routers | held_;
        break;
      case config::Unregistered::drop:
        unregistered = held_;
        break;
    }
    unregistered |= (settings_.flood_unregistered | settings_.all_multicast) & up_;
  }
  table::VlanWords& words = blocks_.words(settings_.vlan);
  store(words.flood, up_);
  store(words.registered, registered);
  store(words.unregistered, unregistered);
  store(words.reports, reports);
  store(words.reports_v3, reports_v3);
  store(words.reports_if_silent, reports_if_silent);
}

void VlanControl::describe(Snapshot& snapshot) const {
  snapshot.vlans.push_back({.vlan = settings_.vlan,
                            .snooped = settings_.is_snooped(),
                            .group_membership_interval = times_.group_membership,
                            .no_end_before = times_.not_before,
                            .ports = settings_.ports,
                            .up = up_,
                            .held = is_held_,
                            .held_ports = held_});
  snapshot.queriers.push_back({.vlan = settings_.vlan,
                               .role = querier_.role(),
                               .address = querier_.address(),
                               .version = querier_.version(),
                               .expires = querier_.expires()});
  for (const membership::RouterPorts::Router& router : router_ports_.routers()) {
    snapshot.routers.push_back({settings_.vlan, router});
  }
}

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// Life of the core: start, links, run(). What messages do is in control_messages.cpp.

#include "control/control_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/net_text.hpp"

namespace mcswitch::control {
namespace {

// Budgets of one run(). With cold caches a timer that ends a membership costs about 1 us, as does a fresh
// entry or a recycled one with 32 ports; an entry that the sweep passes over 0.1 us. Together 300 us.
constexpr std::size_t kTimersPerRun = 96;
constexpr std::size_t kFreshPerRun = 64;
constexpr std::size_t kRecycledPerRun = 64;
constexpr std::size_t kEndingsPerRun = 64;
constexpr std::size_t kSweptPerRun = 384;
// With a query to be sent, about 2 us each.
constexpr std::size_t kVlansPerRun = 48;

// A picture of thousands of VLANs is not made anew with every query that is heard.
constexpr std::size_t kFewVlans = 64;
constexpr Duration kSnapshotInterval = std::chrono::milliseconds{10};

// A port that loses leaves is asked at most this often.
constexpr Duration kAskInterval = std::chrono::seconds{1};
constexpr Duration kRefusalLogInterval = std::chrono::seconds{60};

std::unique_ptr<IntervalTable> interval_table(const config::Config& config) {
  auto table = std::make_unique<IntervalTable>();
  table->fill(Duration::zero());
  for (const VlanSettings& vlan : vlan_settings(config)) {
    (*table)[vlan.vlan] = vlan.igmp.intervals.group_membership_interval();
  }
  return table;
}

std::unique_ptr<table::HostTable> host_table(const config::Config& config, std::uint64_t seed) {
  const std::uint32_t hosts = config::tracked_hosts(config);
  return hosts == 0 ? nullptr : std::make_unique<table::HostTable>(hosts, seed);
}

const char* text_of(membership::Role role) {
  switch (role) {
    case membership::Role::querier:
      return "querier";
    case membership::Role::non_querier:
      return "non-querier";
    case membership::Role::off:
      break;
  }
  return "off";
}

}  // namespace

ControlCore::ControlCore(const config::Config& config, MacAddress switch_mac, table::Tables& tables,
                         const Environment& environment, Log log)
    : config_{config},
      switch_mac_{switch_mac},
      groups_{tables.groups},
      port_table_{tables.ports},
      sink_{environment.sink},
      grace_period_{environment.grace_period},
      log_{std::move(log)},
      due_{vlan_settings(config).size()},
      intervals_{interval_table(config)},
      checks_{groups_.capacity()},
      hosts_{host_table(config, groups_.seed())},
      memberships_{groups_, hosts_.get()},
      timers_{groups_, memberships_, *intervals_, counters_},
      sweep_{groups_, memberships_, tables.macs, counters_},
      ageing_{tables.macs, config.sw.mac_aging_time} {
  for (const config::Port& port : config.ports) {
    ports_.push_back({.name = port.name, .fast_leave = port.fast_leave});
  }
  memberships_.set_ended([this](table::EntryId id, PortId port) {
    checks_.erase({id, port});
    if (groups_.kind(id) == table::EntryKind::requested) {
      const SourceChecks::Key key{groups_.key(id), port};
      if (source_checks_.find(key) != nullptr) {
        source_checks_.get(key)->forget({groups_.source(id).v4()});
        source_checks_.settle(key);
      }
    }
  });
  const std::vector<VlanSettings> settings = vlan_settings(config);
  vlans_.reserve(settings.size());
  for (const VlanSettings& vlan : settings) {
    vlans_.push_back({.control = VlanControl{vlan, tables.vlans[vlan.vlan]}, .ask = {}});
    vlan_index_[vlan.vlan] = static_cast<std::uint16_t>(vlans_.size());
    if (vlan.is_snooped() && vlan.mode == config::SnoopingMode::prune &&
        vlan.igmp.report_mode == config::ReportMode::proxy) {
      proxies_.emplace_back(vlan, switch_mac, groups_.seed());
    }
  }
  for (PortId port = 0; port < config.ports.size(); ++port) {
    groups_.set_limit(port, config.ports[port].max_groups);
  }
  groups_.set_source_limit(config.sw.max_sources_per_group);
  memberships_.set_listener([this](table::EntryId id) { note_change(id); });
}

ControlCore::~ControlCore() = default;

std::size_t ControlCore::memory_size(const config::Config& config) {
  return LeaveChecks::memory_size(config.sw.max_groups) + MembershipTimers::memory_size() +
         sizeof(IntervalTable) + table::HostTable::memory_size(config::tracked_hosts(config));
}

ControlCore::Vlan* ControlCore::find_vlan(VlanId vlan) {
  const std::uint16_t index = vlan < kMaxVlans ? vlan_index_[vlan] : std::uint16_t{0};
  return index == 0 ? nullptr : &vlans_[index - 1];
}

void ControlCore::start(TimePoint now) {
  timers_.start(now);
  add_static_groups(config_, now);
  for (Vlan& vlan : vlans_) {
    apply(vlan, vlan.control.start(now), now);
    schedule(vlan, now);
  }
  publish_snapshot(now);
}

void ControlCore::on_link(PortId port, bool up, TimePoint now) {
  if (port >= ports_.size() || ports_[port].up == up) {
    return;
  }
  ports_[port].up = up;
  ports_[port].lost_leave = false;
  if (up) {
    sweep_.on_up(port);
  } else {
    sweep_.on_down(port, now);
  }
  for (Vlan& vlan : vlans_) {
    if (!vlan.control.settings().ports.contains(port)) {
      continue;
    }
    const bool has_to_ask = vlan.control.on_link(port, up, now);
    if (has_to_ask) {
      vlan.ask.add(port);
    }
    if (has_to_ask && vlans_.size() > kFewVlans) {
      due_.set(static_cast<std::size_t>(&vlan - vlans_.data()), now);  // run() asks, some at a time
    } else {
      if (has_to_ask) {
        ask_ports(vlan, now);
      }
      schedule(vlan, now);
    }
  }
  is_changed_ = true;
}

TimePoint ControlCore::run(TimePoint now) {
  bool is_unfinished = timers_.take_fresh(now, kFreshPerRun);
  take_attention(now);
  is_unfinished |= run_vlans(now);
  is_unfinished |= run_checks(now);
  is_unfinished |= timers_.expire(now, kTimersPerRun);
  is_unfinished |= sweep_.run(now, kSweptPerRun);
  ageing_.run(now);
  age_hosts(now);
  // None of the entries that are to end may be another's before.
  const bool has_endings = run_endings(kEndingsPerRun);
  is_unfinished |= has_endings || groups_.reclaim(grace_period_, kRecycledPerRun) == kRecycledPerRun;
  run_proxies(now);
  publish_snapshot(now);
  return is_unfinished ? now : next(now);
}

TimePoint ControlCore::next(TimePoint now) const {
  TimePoint next =
      std::min({timers_.next(), checks_.next(), source_checks_.next(), sweep_.next(now), ageing_.next()});
  const bool is_waiting = pending_snapshot_ != nullptr || !groups_.is_settled();
  next = std::min(next, is_waiting ? now + kRetry : kNever);
  next = std::min({next, due_.next(), is_changed_ ? next_snapshot_ : kNever});
  for (const Port& port : ports_) {
    next = std::min(next, port.lost_leave ? port.ask_again : kNever);
  }
  for (const ProxyReports& proxy : proxies_) {
    next = std::min(next, proxy.next());
  }
  return std::max(next, now);
}

void ControlCore::run_vlan(Vlan& vlan, TimePoint now) {
  if (vlan.control.next() <= now) {
    apply(vlan, vlan.control.on_time(now), now);
  }
  if (!vlan.ask.empty()) {
    ask_ports(vlan, now);
  }
  if (vlan.shrinks_at <= now) {
    set_interval(vlan, now);
  }
  schedule(vlan, now);
}

// True if some VLAN is still due.
bool ControlCore::run_vlans(TimePoint now) {
  for (std::size_t n = 0; due_.next() <= now; ++n) {
    if (n == kVlansPerRun) {
      return true;
    }
    run_vlan(vlans_[due_.first()], now);
  }
  return false;
}

// To be called whenever something of the VLAN may have changed.
void ControlCore::schedule(const Vlan& vlan, TimePoint now) {
  const auto index = static_cast<std::size_t>(&vlan - vlans_.data());
  due_.set(index, std::min({vlan.control.next(), vlan.shrinks_at, vlan.ask.empty() ? kNever : now + kRetry}));
}

void ControlCore::apply(Vlan& vlan, const membership::Effects& effects, TimePoint now) {
  is_changed_ = true;
  const VlanId id = vlan.control.settings().vlan;
  for (const membership::Effect& effect : effects) {
    if (std::holds_alternative<membership::SendGeneralQuery>(effect)) {
      vlan.ask |= vlan.control.up();
      ask_ports(vlan, now);
    } else if (const auto* warning = std::get_if<membership::WarnOfVersion>(&effect)) {
      log_(LogLevel::warning, fmt::format("vlan {}: {} sends IGMP version {} queries, version {} is "
                                          "configured here (RFC 2236 section 4, RFC 9776 section 7.3.1)",
                                          id, to_string(warning->source), warning->version,
                                          vlan.control.settings().igmp.intervals.version));
    } else if (std::holds_alternative<membership::IntervalsChanged>(effect)) {
      set_interval(vlan, now);
    } else if (const auto* change = std::get_if<membership::RoleChanged>(&effect)) {
      count(ControlEventCount::querier_changes);
      log_(LogLevel::info,
           fmt::format("vlan {}: {}, the querier is {}", id, text_of(change->role),
                       change->role == membership::Role::off ? std::string{"not known"}
                                                             : to_string(vlan.control.querier().address())));
    }
  }
}

// Sends the general query that is due on vlan.ask; what finds no room stays there for the next run().
void ControlCore::ask_ports(Vlan& vlan, TimePoint now) {
  vlan.ask &= vlan.control.up();
  if (!vlan.control.querier().is_querier()) {
    vlan.ask = {};  // lost the election while it waited
  }
  if (vlan.ask.empty()) {
    return;
  }
  const membership::Intervals& intervals = vlan.control.settings().igmp.intervals;
  if (!send_query(vlan, vlan.ask, {.group = {}, .max_resp_time = intervals.query_response_interval})) {
    return;
  }
  count(ControlEventCount::general_queries_sent);
  vlan.control.general_query_sent(vlan.ask, now);
  vlan.ask = {};
  is_changed_ = true;
}

void ControlCore::take_attention(TimePoint now) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    std::atomic<std::uint32_t>& word = port_table_[i].attention;
    if (word.load(std::memory_order_relaxed) == 0) {
      continue;
    }
    // Pairs with the workers' fetch_or. Queries that were lost are counted where they were lost, and
    // come again by themselves.
    const std::uint32_t reasons = word.exchange(0, std::memory_order_acquire);
    if ((reasons & table::kLeaveLost) != 0) {
      ports_[i].lost_leave = true;
    }
    if ((reasons & table::kJoinRefused) != 0) {
      note_refused_joins(static_cast<PortId>(i), now);
    }
    if ((reasons & table::kJoinLimited) != 0) {
      note_limit(static_cast<PortId>(i), now);
    }
    if ((reasons & table::kJoinCrowded) != 0) {
      note_crowd(static_cast<PortId>(i), now);
    }
  }
  ask_for_lost_leaves(now);
  if (is_refusing_ && groups_.group_count() + groups_.retired_count() < groups_.capacity()) {
    is_refusing_ = false;
  }
}

// Nobody knows which group was left: as Querier ask for all, so that what is not wanted ends with its
// interval at the latest, and what is wanted is refreshed.
void ControlCore::ask_for_lost_leaves(TimePoint now) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    Port& port = ports_[i];
    if (!port.lost_leave || port.ask_again > now) {
      continue;
    }
    port.lost_leave = false;
    port.ask_again = now + kAskInterval;
    const auto id = static_cast<PortId>(i);
    for (Vlan& vlan : vlans_) {
      if (vlan.control.up().contains(id) && vlan.control.querier().is_querier()) {
        vlan.ask.add(id);
        due_.set(static_cast<std::size_t>(&vlan - vlans_.data()), now);
        count(ControlEventCount::ports_asked);
      }
    }
  }
}

void ControlCore::note_refused_joins(PortId port, TimePoint now) {
  if (!is_refusing_ && now >= next_refusal_log_) {
    next_refusal_log_ = now + kRefusalLogInterval;
    log_(LogLevel::warning,
         fmt::format("port {}: join refused, {} groups are all there is room for (max-groups); further ones "
                     "are counted and not said",
                     ports_[port].name, groups_.capacity()));
  }
  is_refusing_ = true;
}

void ControlCore::note_limit(PortId port, TimePoint now) {
  Port& p = ports_[port];
  if (now >= p.next_limit_log) {
    p.next_limit_log = now + kRefusalLogInterval;
    log_(LogLevel::warning,
         fmt::format(
             "port {}: join refused, the port has its {} memberships (its max-groups); further ones are "
             "counted and not said",
             p.name, config_.ports[port].max_groups));
  }
}

void ControlCore::note_crowd(PortId port, TimePoint now) {
  Port& p = ports_[port];
  if (now >= p.next_crowd_log) {
    p.next_crowd_log = now + kRefusalLogInterval;
    log_(
        LogLevel::warning,
        fmt::format("port {}: source refused, its group has {} already (max-sources-per-group); further ones "
                    "are counted and not said",
                    p.name, config_.sw.max_sources_per_group));
  }
}

void ControlCore::publish_snapshot(TimePoint now) {
  if (is_changed_ && now >= next_snapshot_) {
    next_snapshot_ = vlans_.size() > kFewVlans ? now + kSnapshotInterval : now;
    auto snapshot = std::make_shared<Snapshot>();
    for (const Vlan& vlan : vlans_) {
      vlan.control.describe(*snapshot);
      if (vlan.control.settings().is_snooped()) {
        snapshot->vlans.back().group_membership_interval = (*intervals_)[vlan.control.settings().vlan];
      }
    }
    snapshot->static_members = static_rows_;
    pending_snapshot_ = std::move(snapshot);
    is_changed_ = false;
  }
  if (pending_snapshot_ != nullptr && snapshots_.publish(pending_snapshot_)) {
    pending_snapshot_.reset();
  }
}

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "control/control_core.hpp"

#include <algorithm>
#include <utility>

#include "control/static_groups.hpp"

namespace mcswitch::control {
namespace {

// Budgets of one run(). With cold caches a timer that ends a membership costs about 1 us, as does a fresh
// entry or a recycled one with 32 ports; an entry that the sweep passes over 0.1 us. Together 300 us.
constexpr std::size_t kTimersPerRun = 96;
constexpr std::size_t kFreshPerRun = 64;
constexpr std::size_t kRecycledPerRun = 64;
constexpr std::size_t kRemovalsPerRun = 64;
constexpr std::size_t kSweptPerRun = 384;
// With a query to be sent, about 2 us each. Checks: of each kind.
constexpr std::size_t kVlansPerRun = 48;
constexpr std::size_t kChecksPerRun = 48;

}  // namespace

ControlCore::ControlCore(const config::Config& config, MacAddress switch_mac, table::Tables& tables,
                         const Environment& environment, Log log)
    : context_{config, tables, environment.grace_period, std::move(log)},
      queries_{context_, switch_mac, environment.sink},
      vlans_{context_, queries_},
      state_{context_, vlans_, switch_mac, environment.sink},
      ageing_{tables.macs, config.sw.mac_aging_time},
      attention_{context_, vlans_},
      checks_{context_, vlans_, queries_, state_},
      foreign_queries_{context_, vlans_, state_, checks_, switch_mac},
      records_{context_, state_, checks_, attention_},
      snapshots_{vlans_} {
  for (PortId port = 0; port < config.ports.size(); ++port) {
    tables.groups.set_limit(port, config.ports[port].max_groups);
  }
  tables.groups.set_source_limit(config.sw.max_sources_per_group);
}

ControlCore::~ControlCore() = default;

std::size_t ControlCore::memory_size(const config::Config& config) {
  return MembershipState::memory_size(config) + sizeof(IntervalTable);
}

void ControlCore::start(TimePoint now) {
  state_.timers.start(now);
  snapshots_.start(add_static_groups(context_, vlans_, state_.memberships, now));
  vlans_.start(now);
  snapshots_.run(now);
}

void ControlCore::on_link(PortId port, bool up, TimePoint now) {
  if (port >= context_.config.ports.size() || up_.contains(port) == up) {
    return;
  }
  attention_.on_link(port);
  if (up) {
    up_.add(port);
    state_.sweep.on_up(port);
  } else {
    up_.remove(port);
    state_.sweep.on_down(port, now);
  }
  vlans_.on_link(port, up, now);
}

void ControlCore::on_event(const table::ControlEvent& event, TimePoint now) {
  const VlanControl* vlan = vlans_.find(event.vlan);
  if (vlan == nullptr || !vlan->settings().is_snooped() || !vlan->settings().ports.contains(event.port)) {
    return context_.count(ControlEventCount::events_invalid);
  }
  membership::Sources& sources = parts_[event.port];
  sources.insert(sources.end(), event.sources.begin(), event.sources.begin() + event.source_count);
  if (event.has_more) {
    return;
  }
  if (state_.sweep.is_forgotten(event.port, event.stamp)) {
    context_.count(ControlEventCount::events_link_lost);
  } else {
    on_whole_event(*vlan, event, sources, now);
  }
  sources.clear();
}

void ControlCore::on_whole_event(const VlanControl& vlan, const table::ControlEvent& event,
                                 membership::Sources& sources, TimePoint now) {
  using Kind = table::ControlEvent::Kind;
  if (event.kind == Kind::host) {
    return state_.hosts.on_host(event, sources);
  }
  // What is due comes first: a querier that has been silent for too long is not the elected one.
  vlans_.catch_up(event.vlan, now);
  membership::make_set(sources);
  if (event.kind == Kind::query) {
    return foreign_queries_.on_query(event, sources, now);
  }
  const bool is_leave = event.kind == Kind::leave;
  records_.on_record(vlan,
                     {.type = is_leave ? proto::RecordType::change_to_include_mode
                                       : static_cast<proto::RecordType>(event.record_type),
                      .is_leave = is_leave,
                      .version = event.version,
                      .port = event.port,
                      .group = {event.vlan, event.group},
                      .host = {event.source_mac, event.source},
                      .stamp = event.stamp,
                      .previous = event.previous},
                     sources, now);
}

TimePoint ControlCore::run(TimePoint now) {
  table::GroupControl& groups = context_.tables.groups;
  bool is_unfinished = state_.timers.take_fresh(now, kFreshPerRun);
  attention_.run(now);
  is_unfinished |= vlans_.run(now, kVlansPerRun);
  is_unfinished |= checks_.run(now, kChecksPerRun);
  is_unfinished |= state_.timers.expire(now, kTimersPerRun);
  is_unfinished |= state_.sweep.run(now, kSweptPerRun);
  ageing_.run(now);
  state_.hosts.run(now);
  // None of the entries that are to end may be another's before.
  const bool has_removals = records_.run(kRemovalsPerRun);
  is_unfinished |= has_removals || groups.reclaim(context_.grace_period, kRecycledPerRun) == kRecycledPerRun;
  state_.proxies.run(now);
  snapshots_.run(now);
  return is_unfinished ? now : next(now);
}

TimePoint ControlCore::next(TimePoint now) const {
  const TimePoint settled = context_.tables.groups.is_settled() ? kNever : now + kRetry;
  return std::max(
      now, std::min({settled, attention_.next(), vlans_.next(), checks_.next(), state_.timers.next(),
                     state_.sweep.next(now), ageing_.next(), state_.proxies.next(), snapshots_.next(now)}));
}

}  // namespace mcswitch::control

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
      attention_{context_, vlans_, state_.exclusions},
      checks_{context_, vlans_, queries_, state_},
      foreign_queries_{context_, vlans_, state_, checks_, switch_mac},
      records_{context_, state_, checks_, attention_},
      snapshots_{vlans_} {
  for (PortId port = 0; port < config.ports.size(); ++port) {
    tables.groups.set_limit(port, config.ports[port].max_groups);
  }
  tables.forwarding.publish(forwarding_settings(config, environment.port_macs, switch_mac),
                            environment.grace_period);
  tables.groups.set_source_limit(config.sw.max_sources_per_group);
}

ControlCore::~ControlCore() = default;

std::size_t ControlCore::memory_size(const config::Config& config) {
  return MembershipState::memory_size(config) + sizeof(TimesTable);
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
  context_.events.port(LogLevel::notice, context_.config.ports[port].name, up ? "link up" : "link down", now);
  attention_.on_link(port);
  if (up) {
    up_.add(port);
    state_.sweep.on_up(port);
  } else {
    up_.remove(port);
    context_.tables.reporting.remove(port);
    state_.sweep.on_down(port, now);
  }
  vlans_.on_link(port, up, now);
}

void ControlCore::on_message(const table::WorkerMessage& message, TimePoint now) {
  take(message, now);
  if (const auto* record = std::get_if<table::RecordMessage>(&message);
      record != nullptr && record->is_exclude && !record->sources.has_more) {
    // Pairs with PortState::has_excludes_pending().
    context_.tables.ports[record->port].excludes_done.fetch_add(1, std::memory_order_release);
  }
}

void ControlCore::take(const table::WorkerMessage& message, TimePoint now) {
  const table::MessageHead& head = table::head_of(message);
  const VlanControl* vlan = vlans_.find(head.vlan);
  if (vlan == nullptr || !vlan->settings().is_snooped() || !vlan->settings().ports.contains(head.port)) {
    return context_.count(ControlCounter::events_invalid);
  }
  membership::Sources& sources = parts_[head.port];
  if (const table::SourcesPart* part = table::sources_of(message); part != nullptr) {
    const AddressList listed = part->in_use();
    sources.insert(sources.end(), listed.begin(), listed.end());
    if (part->has_more) {
      return;
    }
  }
  if (state_.sweep.is_forgotten(head.port, head.stamp)) {
    context_.count(ControlCounter::events_link_lost);
  } else {
    membership::make_set(sources);
    if (std::holds_alternative<table::RecordMessage>(message)) {
      // As the worker has done. Not of a query: without its sources it would ask about the group.
      std::erase_if(sources, [](const IpAddress& source) { return !is_host(source); });
    }
    std::visit([&](const auto& whole) { on_whole(whole, sources, now); }, message);
  }
  sources.clear();
}

void ControlCore::on_whole(const table::HostMessage& host, const membership::Sources& /*sources*/,
                           TimePoint /*now*/) {
  state_.hosts.on_host(host);
}

// Of the others: what is due comes first. A querier that has been silent for too long is not the elected one.

void ControlCore::on_whole(const table::QueryMessage& query, const membership::Sources& sources,
                           TimePoint now) {
  vlans_.catch_up(query.vlan, now);
  foreign_queries_.on_query(query, sources, now);
}

void ControlCore::on_whole(const table::RouterMessage& router, const membership::Sources& /*sources*/,
                           TimePoint now) {
  vlans_.catch_up(router.vlan, now);
  vlans_.on_router(
      router.vlan,
      {.port = router.port,
       .origin = router.protocol == table::RouterMessage::Protocol::pim ? membership::RouterOrigin::pim
                                                                        : membership::RouterOrigin::mrd,
       .source = router.source_address,
       .lifetime = router.lifetime},
      now);
}

void ControlCore::on_whole(const table::RecordMessage& record, const membership::Sources& sources,
                           TimePoint now) {
  vlans_.catch_up(record.vlan, now);
  records_.on_record(*vlans_.find(record.vlan), Record::of(record), sources, now);
}

void ControlCore::on_whole(const table::LeaveMessage& leave, const membership::Sources& sources,
                           TimePoint now) {
  vlans_.catch_up(leave.vlan, now);
  records_.on_record(*vlans_.find(leave.vlan), Record::of(leave), sources, now);
}

TimePoint ControlCore::run(TimePoint now) {
  table::GroupControl& groups = context_.tables.groups;
  bool is_unfinished = state_.timers.take_fresh(now, kFreshPerRun);
  attention_.run(now);
  is_unfinished |= vlans_.run(now, kVlansPerRun);
  is_unfinished |= checks_.run(now, kChecksPerRun);
  is_unfinished |= state_.timers.expire(now, kTimersPerRun);
  is_unfinished |= state_.sweep.run(now, kSweptPerRun);
  is_unfinished |= state_.exclusions.run(kSweptPerRun);
  ageing_.run(now);
  state_.hosts.run(now);
  // None of the entries that are to end may be another's before.
  const bool has_removals = records_.run(kRemovalsPerRun);
  is_unfinished |= has_removals || groups.reclaim(context_.grace_period, kRecycledPerRun) == kRecycledPerRun;
  state_.proxies.run(now);
  context_.tables.forwarding.reclaim(context_.grace_period);
  snapshots_.run(now);
  context_.events.run(now);
  return is_unfinished ? now : next(now);
}

TimePoint ControlCore::next(TimePoint now) const {
  const table::Tables& tables = context_.tables;
  const bool is_settled = tables.groups.is_settled() && tables.forwarding.is_settled();
  const TimePoint settled = is_settled ? kNever : now + kRetry;
  return std::max(now, std::min({settled, attention_.next(), vlans_.next(), checks_.next(),
                                 state_.timers.next(), state_.sweep.next(now), ageing_.next(),
                                 state_.proxies.next(), snapshots_.next(now), context_.events.next()}));
}

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// What leaves and queries do, and the queries that the core sends. Records of version 3 are in
// control_records.cpp.
//
// A leave on a port that is a member (RFC 2236 section 3; docs/choices.md), in this order:
//
//   newer report behind it                       void
//   version 1 is configured                      ignored (section 4)
//   version 1 host on the port                   ignored (section 5)
//   fast-leave port, nobody else behind it       the membership ends
//   we are not Querier                           ignored (section 3)
//   being asked already, to end no later         nothing more
//   else                                         Checking Membership (section 7)

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/control_core.hpp"
#include "proto/igmp.hpp"
#include "table/membership_end.hpp"

namespace mcswitch::control {
namespace {

using membership::LeaveCheck;
using table::ControlEvent;

// Of each kind.
constexpr std::size_t kChecksPerRun = 48;
// The shortest time that version 2 can give its hosts to answer (RFC 2236 section 2.2). A query that
// says 0 would end memberships before anybody could.
constexpr Duration kShortestResponse = std::chrono::milliseconds{100};

}  // namespace

void ControlCore::on_event(const ControlEvent& event, TimePoint now) {
  Vlan* vlan = find_vlan(event.vlan);
  if (vlan == nullptr || !vlan->control.settings().is_snooped() ||
      !vlan->control.settings().ports.contains(event.port)) {
    return count(ControlEventCount::events_invalid);
  }
  Sources& sources = parts_[event.port];
  sources.insert(sources.end(), event.sources.begin(), event.sources.begin() + event.source_count);
  if (event.has_more) {
    return;
  }
  if (sweep_.is_forgotten(event.port, event.stamp)) {
    count(ControlEventCount::events_link_lost);
  } else {
    on_whole_event(*vlan, event, sources, now);
  }
  sources.clear();
}

void ControlCore::on_whole_event(Vlan& vlan, const ControlEvent& event, Sources& sources, TimePoint now) {
  if (event.kind == ControlEvent::Kind::host) {
    return on_host(vlan, event, sources);
  }
  // What is due comes first: a querier that has been silent for too long is not the elected one.
  run_vlan(vlan, now);
  switch (event.kind) {
    case ControlEvent::Kind::query:
      membership::make_set(sources);
      on_query(vlan, event, sources, now);
      break;
    case ControlEvent::Kind::leave:
    case ControlEvent::Kind::record:
      membership::make_set(sources);
      on_record(vlan, event, sources, now);
      break;
    case ControlEvent::Kind::host:
      break;
  }
  schedule(vlan, now);
}

bool ControlCore::send_query(const Vlan& vlan, PortSet ports, const Question& question) {
  const VlanSettings& settings = vlan.control.settings();
  const membership::Intervals& intervals = settings.igmp.intervals;
  const std::uint8_t version = vlan.control.querier().own_version();
  std::array<std::uint8_t, proto::kMaxQueryFrameSize> frame;
  const std::size_t size =
      proto::build_query({.source_mac = switch_mac_,
                          .source = settings.igmp.querier_address,
                          .group = question.group,
                          .version = version,
                          .max_resp_time = question.max_resp_time,
                          .suppress_router_processing = question.suppress_router_processing,
                          .robustness_variable = intervals.robustness_variable,
                          .query_interval = intervals.query_interval,
                          .sources = version == 3 ? question.sources : std::span<const Ipv4Address>{}},
                         frame);
  if (sink_.send(ports, settings.vlan, {frame.data(), size})) {
    return true;
  }
  count(ControlEventCount::queries_delayed);
  return false;
}

// --- leaves ---------------------------------------------------------------------------------------

// Safe to end it without asking: nobody else can be behind the port who wants it.
bool ControlCore::may_prune_at_once(const Vlan& vlan, const ControlEvent& event, Key key,
                                    TimePoint now) const {
  if (!ports_[event.port].fast_leave) {
    return false;
  }
  const Duration interval = interval_of(vlan);
  const TimePoint since = std::max(now - interval, sweep_.last_loss(event.port));
  return port_table_[event.port].has_single_host(since) ||
         (event.version == 3 && vlan.control.settings().igmp.host_tracking &&
          is_only_host(event, key.id, since));
}

// A leave of version 2, or TO_IN({}) where the port has no sources.
void ControlCore::on_leave(Vlan& vlan, const ControlEvent& event, TimePoint now) {
  const table::EntryId id = groups_.find_entry({event.vlan, event.group});
  if (id == table::kNoEntry || !groups_.ports(id).contains(event.port)) {
    return count(ControlEventCount::leaves_ignored_no_member);
  }
  const table::Membership& m = groups_.membership(id, event.port);
  const Stamp report = m.stamp.load(std::memory_order_seq_cst);
  if (report > event.stamp) {
    return count(ControlEventCount::leaves_superseded);
  }
  const membership::Intervals& intervals = vlan.control.settings().igmp.intervals;
  if (intervals.version == 1) {
    return count(ControlEventCount::leaves_ignored_v1_mode);
  }
  if (m.older_hosts().is_present(1, now, interval_of(vlan))) {
    return count(ControlEventCount::leaves_ignored_v1_host);
  }
  const Key key{id, event.port};
  if (may_prune_at_once(vlan, event, key, now)) {
    if (memberships_.end(id, event.port, event.stamp) != Memberships::End::ended) {
      return count(ControlEventCount::leaves_superseded);
    }
    count(ControlEventCount::memberships_left);
    return count(ControlEventCount::leaves_fast);
  }
  forget_host(event, id);
  const membership::Querier& querier = vlan.control.querier();
  if (!querier.is_querier()) {
    return count(querier.is_querier_known() ? ControlEventCount::leaves_ignored_other_querier
                                            : ControlEventCount::leaves_ignored_no_querier);
  }
  ask_group(vlan, key, event.stamp, now);
}

// Q(G): the group timer is lowered to the Last Member Query Time, and the port asked. False if it is being
// asked already, or cannot be.
bool ControlCore::ask_group(Vlan& vlan, Key key, Stamp stamp, TimePoint now) {
  const membership::Intervals& intervals = vlan.control.settings().igmp.intervals;
  const Stamp report = groups_.membership(key.id, key.port).stamp.load(std::memory_order_seq_cst);
  const bool goes_on = vlan.control.querier().own_version() == 3;
  const LeaveCheck check = LeaveCheck::asking(stamp, now, intervals, goes_on);
  const LeaveCheck* current = checks_.find(key);
  if (current != nullptr && !current->is_answered_by(report) && current->end() <= check.end()) {
    count(ControlEventCount::leaves_repeated);
    return false;
  }
  if (!put_check(key, check, report)) {
    count(ControlEventCount::leaves_ignored_full);
    return false;
  }
  count(ControlEventCount::leaves_asked);
  advance_check(key, now);
  return true;
}

bool ControlCore::put_check(Key key, const LeaveCheck& check, Stamp report) {
  if (!checks_.put(key, check)) {
    return false;
  }
  set_lowered_end(groups_.membership(key.id, key.port), report, check.end());
  return true;
}

bool ControlCore::run_checks(TimePoint now) {
  std::size_t limit = kChecksPerRun;
  for (; limit > 0 && source_checks_.next() <= now; --limit) {
    advance_source_check(source_checks_.first(), now);
  }
  const bool is_unfinished = limit == 0;
  for (limit = kChecksPerRun; limit > 0 && checks_.next() <= now; --limit) {
    advance_check(checks_.first(), now);
  }
  return is_unfinished || limit == 0;
}

void ControlCore::advance_check(Key key, TimePoint now) {
  LeaveCheck check = *checks_.find(key);
  // The membership may have ended, and the entry may be another's by now; then its reports are
  // newer than the check.
  if (!groups_.ports(key.id).contains(key.port)) {
    return checks_.erase(key);
  }
  table::Membership& m = groups_.membership(key.id, key.port);
  const Stamp report = m.stamp.load(std::memory_order_seq_cst);
  const LeaveCheck::Step step = check.on_time(report, now);
  switch (step) {
    case LeaveCheck::Step::wait:
      // A report can have made it wait for longer.
      checks_.put(key, check);
      return;
    case LeaveCheck::Step::answered:
      clear_lowered_end(m);
      return checks_.erase(key);
    case LeaveCheck::Step::end:
      if (is_asking(key) && source_checks_.find({groups_.key(key.id), key.port})->next() <= now) {
        // The query about this source has found no room yet.
        put_check(key, LeaveCheck::waiting(check.stamp(), now + kRetry), report);
        return;
      }
      if (memberships_.end(key.id, key.port, check.stamp()) == Memberships::End::ended) {
        count(ControlEventCount::memberships_left);
      } else {
        clear_lowered_end(m);
      }
      return checks_.erase(key);
    case LeaveCheck::Step::query:
    case LeaveCheck::Step::query_answered:
      break;
  }
  const bool is_answered = step == LeaveCheck::Step::query_answered;
  const table::GroupKey group = groups_.key(key.id);
  const Vlan& vlan = *find_vlan(group.vlan);
  if (vlan.control.up().contains(key.port) &&
      send_query(vlan, PortSet::of(key.port),
                 {.group = group.group.v4(),
                  .max_resp_time = vlan.control.settings().igmp.intervals.last_member_query_interval,
                  .suppress_router_processing = is_answered})) {
    count(ControlEventCount::specific_queries_sent);
    check.query_sent(now);
  } else {
    check.query_delayed(now + kRetry);
  }
  if (is_answered) {
    clear_lowered_end(m);
    checks_.put(key, check);
  } else {
    put_check(key, check, report);
  }
}

// --- queries --------------------------------------------------------------------------------------

void ControlCore::on_query(Vlan& vlan, const ControlEvent& event, const Sources& sources, TimePoint now) {
  if (event.source_mac == switch_mac_) {
    return count(ControlEventCount::queries_looped);
  }
  const Ipv4Address source = event.source.is_v4() ? event.source.v4() : Ipv4Address{};
  const bool is_general = event.group == IpAddress{};
  const membership::Querier& querier = vlan.control.querier();
  if (querier.is_other_version(event.version)) {
    count(ControlEventCount::queries_of_other_version);
  }
  const bool is_trusted = querier.is_elected(source) || vlan.control.router_ports().contains(event.port);

  apply(vlan,
        vlan.control.on_query({.port = event.port,
                               .source = source,
                               .version = event.version,
                               .is_general = is_general,
                               .max_resp_time = event.max_resp_time,
                               .robustness_variable = event.robustness_variable,
                               .query_interval = event.query_interval},
                              now),
        now);
  for (ProxyReports& proxy : proxies_) {
    if (proxy.vlan() == event.vlan && vlan.control.router_ports().contains(event.port)) {
      proxy.on_query(event, sources, now);
    }
  }

  // Version 1 knows no specific queries (RFC 2236 section 4), and no leaves that they would be about.
  if (is_general || event.version == 1 || event.keeps_timers) {
    return;
  }
  if (!is_trusted || vlan.control.settings().igmp.intervals.version == 1) {
    return count(ControlEventCount::specific_queries_ignored);
  }
  // RFC 2236 section 3, RFC 9776 section 6.6.1: to Last Member Query Count times the Max Response Time.
  const Duration response = std::max(event.max_resp_time, kShortestResponse);
  const TimePoint end = time_of(event.stamp) + vlan.control.intervals().last_member_query_count() * response;
  if (sources.empty()) {
    lower_group(vlan, event, end, now);
  } else {
    lower_sources(vlan, event, sources, end);
  }
}

void ControlCore::lower_group(Vlan& vlan, const ControlEvent& event, TimePoint end, TimePoint now) {
  const table::EntryId id = groups_.find_entry({event.vlan, event.group});
  if (id == table::kNoEntry) {
    return;
  }
  const Duration interval = interval_of(vlan);
  for (const PortId port : groups_.ports(id)) {
    if (!groups_.membership(id, port).older_hosts().is_present(1, now, interval) &&
        lower({id, port}, event.stamp, end, interval)) {
      count(ControlEventCount::timers_lowered);
    }
  }
}

void ControlCore::lower_sources(Vlan& vlan, const ControlEvent& event, const Sources& sources,
                                TimePoint end) {
  const table::EntryId group = groups_.find_entry({event.vlan, event.group});
  if (group == table::kNoEntry) {
    return;
  }
  for (const Ipv4Address source : sources) {
    const table::EntryId id =
        groups_.find_source(table::EntryKind::requested, group, IpAddress::from(source));
    if (id == table::kNoEntry) {
      continue;
    }
    const Duration interval = interval_of(vlan);
    for (const PortId port : groups_.ports(id)) {
      if (!groups_.membership(group, port).older_hosts().is_present(1, time_of(event.stamp), interval) &&
          lower({id, port}, event.stamp, end, interval)) {
        count(ControlEventCount::timers_lowered);
      }
    }
  }
}

// The membership ends at `end` if that is earlier than it would, and nobody has reported since `stamp`.
bool ControlCore::lower(Key key, Stamp stamp, TimePoint end, Duration interval) {
  const Stamp report = groups_.membership(key.id, key.port).stamp.load(std::memory_order_seq_cst);
  if (report > stamp || memberships_.is_pinned(key.id, key.port)) {
    return false;
  }
  LeaveCheck check = LeaveCheck::waiting(stamp, end);
  const LeaveCheck* current = checks_.find(key);
  if (current != nullptr && !current->is_answered_by(report)) {
    check = *current;
    if (!check.lower(end)) {
      return false;
    }
  } else if (end >= time_of(report) + interval) {
    return false;
  }
  return put_check(key, check, report);
}

}  // namespace mcswitch::control

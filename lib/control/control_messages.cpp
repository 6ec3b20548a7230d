// SPDX-License-Identifier: BSD-3-Clause
//
// What leaves and queries do, and the queries that the core sends.
//
// A leave on a port that is a member (RFC 2236 section 3; DESIGN "Leaves"), in this order:
//
//   newer report behind it                       void
//   version 1 is configured                      ignored (section 4)
//   version 1 host on the port                   ignored (section 5)
//   fast-leave port, one host only               the membership ends
//   we are not Querier                           ignored (section 3)
//   being asked already, to end no later         nothing more
//   else                                         Checking Membership (section 7)

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/control_core.hpp"
#include "control/membership_end.hpp"
#include "proto/igmp.hpp"

namespace mcswitch::control {
namespace {

using membership::LeaveCheck;
using table::ControlEvent;

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
  if (sweep_.is_forgotten(event.port, event.stamp)) {
    return count(ControlEventCount::events_link_lost);
  }
  // What is due comes first: a querier that has been silent for too long is not the elected one.
  run_vlan(*vlan, now);
  switch (event.kind) {
    case ControlEvent::Kind::query:
      on_query(*vlan, event, now);
      break;
    case ControlEvent::Kind::leave:
      on_leave(*vlan, event, now);
      break;
  }
  schedule(*vlan, now);
}

bool ControlCore::send_query(const Vlan& vlan, PortSet ports, Ipv4Address group, Duration max_resp_time) {
  const VlanSettings& settings = vlan.control.settings();
  std::array<std::uint8_t, proto::kQueryFrameSize> frame;
  const std::size_t size = proto::build_query({.source_mac = switch_mac_,
                                               .source = settings.igmp.querier_address,
                                               .group = group,
                                               .version = vlan.control.querier().own_version(),
                                               .max_resp_time = max_resp_time},
                                              frame);
  if (sink_.send(ports, settings.vlan, {frame.data(), size})) {
    return true;
  }
  count(ControlEventCount::queries_delayed);
  return false;
}

// --- leaves ---------------------------------------------------------------------------------------

// RFC 2236 section 5. What was reported before the port lost its link does not count.
bool ControlCore::has_v1_host(const table::Membership& m, PortId port, Duration interval,
                              TimePoint now) const {
  const Stamp report = m.v1_stamp.load(std::memory_order_relaxed);
  return report != 0 && !sweep_.is_forgotten(port, report) && time_of(report) + interval > now;
}

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
  const Duration interval = vlan.control.group_membership_interval();
  if (has_v1_host(m, event.port, interval, now)) {
    return count(ControlEventCount::leaves_ignored_v1_host);
  }
  const TimePoint since = std::max(now - interval, sweep_.last_loss(event.port));
  if (ports_[event.port].fast_leave && port_table_[event.port].has_single_host(since)) {
    if (!groups_.remove(id, event.port, event.stamp)) {
      return count(ControlEventCount::leaves_superseded);
    }
    count(ControlEventCount::memberships_left);
    return count(ControlEventCount::leaves_fast);
  }
  const membership::Querier& querier = vlan.control.querier();
  if (!querier.is_querier()) {
    return count(querier.is_querier_known() ? ControlEventCount::leaves_ignored_other_querier
                                            : ControlEventCount::leaves_ignored_no_querier);
  }
  const Key key{id, event.port};
  const LeaveCheck check = LeaveCheck::asking(event.stamp, now, intervals);
  const LeaveCheck* current = checks_.find(key);
  if (current != nullptr && !current->is_answered_by(report) && current->end() <= check.end()) {
    return count(ControlEventCount::leaves_repeated);
  }
  if (!put_check(key, check, report)) {
    return count(ControlEventCount::leaves_ignored_full);
  }
  count(ControlEventCount::leaves_asked);
  advance_check(key, now);
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
  while (checks_.next() <= now) {
    if (limit-- == 0) {
      return true;
    }
    advance_check(checks_.first(), now);
  }
  return false;
}

void ControlCore::advance_check(Key key, TimePoint now) {
  LeaveCheck check = *checks_.find(key);
  // The membership may have ended, and the entry may be another group's by now; then its reports are
  // newer than the check.
  if (!groups_.ports(key.id).contains(key.port)) {
    return checks_.erase(key);
  }
  table::Membership& m = groups_.membership(key.id, key.port);
  const Stamp report = m.stamp.load(std::memory_order_seq_cst);
  switch (check.on_time(report, now)) {
    case LeaveCheck::Step::wait:
      return;
    case LeaveCheck::Step::answered:
      clear_lowered_end(m);
      return checks_.erase(key);
    case LeaveCheck::Step::end:
      if (groups_.remove(key.id, key.port, check.stamp())) {
        count(ControlEventCount::memberships_left);
      } else {
        clear_lowered_end(m);
      }
      return checks_.erase(key);
    case LeaveCheck::Step::query:
      break;
  }
  const table::GroupKey group = groups_.key(key.id);
  const Vlan& vlan = *find_vlan(group.vlan);
  if (vlan.control.up().contains(key.port) &&
      send_query(vlan, PortSet::of(key.port), group.group.v4(),
                 vlan.control.settings().igmp.intervals.last_member_query_interval)) {
    count(ControlEventCount::specific_queries_sent);
    check.query_sent(now);
  } else {
    check.query_delayed(now + kRetry);
  }
  put_check(key, check, report);
}

// --- queries --------------------------------------------------------------------------------------

void ControlCore::on_query(Vlan& vlan, const ControlEvent& event, TimePoint now) {
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
                               .max_resp_time = event.max_resp_time},
                              now),
        now);

  // Version 1 knows no specific queries (RFC 2236 section 4), and no leaves that they would be about.
  if (is_general || event.version == 1 || event.keeps_timers) {
    return;
  }
  if (!is_trusted || vlan.control.settings().igmp.intervals.version == 1) {
    return count(ControlEventCount::specific_queries_ignored);
  }
  lower(vlan, event, now);
}

// RFC 2236 section 3: a timer that has more left is lowered to Last Member Query Count times the Max
// Response Time in the query.
void ControlCore::lower(Vlan& vlan, const ControlEvent& event, TimePoint now) {
  const table::EntryId id = groups_.find_entry({event.vlan, event.group});
  if (id == table::kNoEntry) {
    return;
  }
  const Duration response = std::max(event.max_resp_time, kShortestResponse);
  const TimePoint end =
      time_of(event.stamp) + vlan.control.settings().igmp.intervals.last_member_query_count() * response;
  const Duration interval = vlan.control.group_membership_interval();
  for (const PortId port : groups_.ports(id)) {
    const table::Membership& m = groups_.membership(id, port);
    const Stamp report = m.stamp.load(std::memory_order_seq_cst);
    if (report > event.stamp || has_v1_host(m, port, interval, now)) {
      continue;
    }
    const Key key{id, port};
    LeaveCheck check = LeaveCheck::waiting(event.stamp, end);
    const LeaveCheck* current = checks_.find(key);
    if (current != nullptr && !current->is_answered_by(report)) {
      check = *current;
      if (!check.lower(end)) {
        continue;
      }
    } else if (end >= time_of(report) + interval) {
      continue;
    }
    if (put_check(key, check, report)) {
      count(ControlEventCount::timers_lowered);
    }
  }
}

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "control/checks.hpp"

#include <algorithm>

#include "table/membership_end.hpp"

namespace mcswitch::control {

using membership::LeaveCheck;
using membership::SourceCheck;
using membership::Sources;
using table::EntryId;
using table::EntryKind;

namespace {

// Version 2 asks about the group instead, but in an SSM range nobody would answer.
bool can_ask_about_sources(const VlanControl& vlan, const IpAddress& group) {
  const std::uint8_t version = vlan.querier().own_version();
  return version == 3 || (version == 2 && !vlan.settings().igmp.is_source_specific(group));
}

}  // namespace

Checks::Checks(Context& context, const Vlans& vlans, Queries& queries, MembershipState& state)
    : context_{context},
      groups_{context.tables.groups},
      vlans_{vlans},
      queries_{queries},
      memberships_{state.memberships},
      pending_{state.checks} {}

TimePoint Checks::next() const {
  return std::min(pending_.of_memberships.next(), pending_.of_sources.next());
}

bool Checks::run(TimePoint now, std::size_t limit) {
  std::size_t left = limit;
  for (; left > 0 && pending_.of_sources.next() <= now; --left) {
    advance_sources(pending_.of_sources.first(), now);
  }
  const bool is_unfinished = left == 0;
  for (left = limit; left > 0 && pending_.of_memberships.next() <= now; --left) {
    advance(pending_.of_memberships.first(), now);
  }
  return is_unfinished || left == 0;
}

// --- of memberships -------------------------------------------------------------------------------

void Checks::ask_group(const VlanControl& vlan, Key key, Stamp stamp, TimePoint now) {
  const membership::Intervals& intervals = vlan.settings().igmp.intervals;
  const Stamp report = groups_.membership(key.id, key.port).stamp.load(std::memory_order_seq_cst);
  const bool goes_on = vlan.querier().own_version() == 3;
  const LeaveCheck check = LeaveCheck::asking(stamp, now, intervals, goes_on);
  const LeaveCheck* current = pending_.of_memberships.find(key);
  if (current != nullptr && !current->is_answered_by(report) && current->end() <= check.end()) {
    return context_.count(ControlCounter::leaves_repeated);
  }
  if (!put(key, check, report)) {
    return context_.count(ControlCounter::leaves_ignored_full);
  }
  context_.count(ControlCounter::leaves_asked);
  advance(key, now);
}

bool Checks::lower(Key key, const LeaveCheck& to, const MembershipTimes& times) {
  const Stamp report = groups_.membership(key.id, key.port).stamp.load(std::memory_order_seq_cst);
  if (to.is_answered_by(report) || memberships_.is_pinned(key.id, key.port) ||
      to.end() >= end_of(key, report, times)) {
    return false;
  }
  LeaveCheck check = to;
  if (const LeaveCheck* current = pending_.of_memberships.find(key);
      current != nullptr && !current->is_answered_by(report)) {
    check = *current;
    check.lower(to);
  }
  const bool has_room = put(key, check, report);
  if (!has_room) {
    context_.count(ControlCounter::timers_not_lowered);
  }
  return has_room;
}

// A query about this source has left, or will, so late that it ends at `end`.
void Checks::extend(Key key, TimePoint end) {
  const LeaveCheck* current = pending_.of_memberships.find(key);
  if (current == nullptr) {
    return;
  }
  LeaveCheck check = *current;
  const Stamp report = groups_.membership(key.id, key.port).stamp.load(std::memory_order_seq_cst);
  if (check.extend(end)) {
    put(key, check, report);
  }
}

TimePoint Checks::end_of(Key key, Stamp report, const MembershipTimes& times) const {
  const TimePoint end = times.end_after(report);
  const LeaveCheck* check = pending_.of_memberships.find(key);
  return check != nullptr && !check->is_answered_by(report) ? std::min(end, check->end()) : end;
}

bool Checks::put(Key key, const LeaveCheck& check, Stamp report) {
  if (!pending_.of_memberships.put(key, check)) {
    return false;
  }
  table::set_lowered_end(groups_.membership(key.id, key.port), report, check.end());
  return true;
}

// Goes on with a check that is due.
void Checks::advance(Key key, TimePoint now) {
  LeaveChecks& checks = pending_.of_memberships;
  LeaveCheck check = *checks.find(key);
  // The membership may have ended, and the entry may be another's by now; then its reports are
  // newer than the check.
  if (!groups_.ports(key.id).contains(key.port)) {
    return checks.erase(key);
  }
  table::Membership& m = groups_.membership(key.id, key.port);
  const Stamp report = m.stamp.load(std::memory_order_seq_cst);
  const LeaveCheck::Step step = check.on_time(report, now);
  switch (step) {
    case LeaveCheck::Step::wait:
      // A report can have made it wait for longer.
      checks.put(key, check);
      return;
    case LeaveCheck::Step::answered:
      table::clear_lowered_end(m);
      return checks.erase(key);
    case LeaveCheck::Step::end:
      if (!check.is_anothers() && is_asking_about(key) && check.extend(now)) {
        put(key, check, report);
        return;
      }
      if (memberships_.end(key.id, key.port, check.stamp()) == Memberships::End::ended) {
        context_.count(ControlCounter::memberships_left);
      } else {
        table::clear_lowered_end(m);
      }
      return checks.erase(key);
    case LeaveCheck::Step::query:
    case LeaveCheck::Step::query_answered:
      return query(key, check, report, now);
  }
}

// `report`: the stamp that the check was asked with.
void Checks::query(Key key, LeaveCheck check, Stamp report, TimePoint now) {
  const bool is_answered = check.is_answered_by(report);
  const table::GroupKey group = groups_.key(key.id);
  const VlanControl& vlan = *vlans_.find(group.vlan);
  if (vlan.up().contains(key.port) &&
      queries_.send_for_group(vlan, to_ask(vlan, key), group.group, is_answered)) {
    check.query_sent(now);
  } else {
    check.query_delayed(now + kRetry);
  }
  if (is_answered) {
    table::clear_lowered_end(groups_.membership(key.id, key.port));
    pending_.of_memberships.put(key, check);
  } else {
    put(key, check, report);
  }
}

// A query about this source is overdue: its membership must not end before.
bool Checks::is_asking_about(Key key) const {
  if (groups_.kind(key.id) != EntryKind::requested) {
    return false;
  }
  const SourceCheck* check = pending_.of_sources.find({groups_.key(key.id), key.port});
  return check != nullptr && check->is_asking(groups_.source(key.id));
}

// A proxy's routers hear no answers of hosts.
PortSet Checks::routers_to_ask(const VlanControl& vlan, Key group) const {
  PortSet members = groups_.ports(group.id);
  groups_.for_each_child(group.id, [&](EntryId child) {
    if (groups_.kind(child) == EntryKind::requested) {
      members |= groups_.ports(child);
    }
  });
  if (!members.remove(group.port).empty() || vlan.settings().igmp.report_mode == config::ReportMode::proxy) {
    return {};
  }
  return vlan.router_ports().ports() & vlan.up();
}

void Checks::ask_routers(const VlanControl& vlan, PortSet routers, const IpAddress& group,
                         const Sources* sources) {
  if (routers.empty() || !vlan.querier().is_querier()) {
    return;
  }
  if (sources == nullptr) {
    queries_.send_for_group(vlan, routers, group, false);
  } else if (!sources->empty() && can_ask_about_sources(vlan, group)) {
    queries_.send_for_sources(vlan, routers, group, *sources, false);
  }
}

// --- of sources -----------------------------------------------------------------------------------

void Checks::ask_sources(const VlanControl& vlan, const SourceChecks::Key& key, Stamp stamp, Sources& sources,
                         TimePoint now) {
  if (!can_ask_about_sources(vlan, key.group.group)) {
    return;
  }
  SourceCheck* check = pending_.of_sources.get(key);
  if (check == nullptr) {
    return context_.count(ControlCounter::leaves_ignored_full);
  }
  const membership::Intervals& intervals = vlan.settings().igmp.intervals;
  const LeaveCheck to = LeaveCheck::asked_about(stamp, now + intervals.last_member_query_time());
  const EntryId group = groups_.find_entry(key.group);
  // Those that are being asked about already stay as they are.
  std::erase_if(sources, [&](const IpAddress& source) {
    return !lower({requested(group, source), key.port}, to, vlan.times());
  });
  if (!sources.empty()) {
    check->ask(sources, now, intervals);
    context_.count(ControlCounter::sources_asked, sources.size());
  }
  advance_sources(key, now);
}

// Goes on with a check that is due.
void Checks::advance_sources(const SourceChecks::Key& key, TimePoint now) {
  SourceCheck& check = *pending_.of_sources.get(key);
  const EntryId group = groups_.find_entry(key.group);
  // A source whose timer has ended is asked about no more.
  Sources& ended = due_.clear;
  check.due(now, ended);
  std::erase_if(ended, [&](const IpAddress& source) {
    const EntryId id = requested(group, source);
    return id != table::kNoEntry && groups_.ports(id).contains(key.port);
  });
  check.forget(ended);
  query_sources(key, group, check, now);
  pending_.of_sources.settle(key);
}

void Checks::query_sources(const SourceChecks::Key& key, EntryId group, SourceCheck& check, TimePoint now) {
  const auto is_lowered = [&](const IpAddress& source) {
    const EntryId id = requested(group, source);
    const LeaveCheck* lowered = pending_.of_memberships.find({id, key.port});
    return lowered != nullptr &&
           !lowered->is_answered_by(groups_.membership(id, key.port).stamp.load(std::memory_order_seq_cst));
  };
  check.transmission(now, is_lowered, is_group_query_due({group, key.port}, now), due_);
  if (due_.clear.empty() && due_.suppressed.empty()) {
    if (check.next() <= now) {
      check.query_sent(now);  // nothing of it had to be sent
    }
    return;
  }
  const VlanControl& vlan = *vlans_.find(key.group.vlan);
  const IpAddress& address = key.group.group;
  const PortSet ports = to_ask(vlan, {group, key.port});
  // "The first one has the S bit set": it has what the routers know to be wanted still.
  const bool has_left = vlan.up().contains(key.port) &&
                        queries_.send_for_sources(vlan, ports, address, due_.suppressed, true) &&
                        queries_.send_for_sources(vlan, ports, address, due_.clear, false);
  for (const IpAddress& source : due_.clear) {
    extend({requested(group, source), key.port}, check.end(source, has_left ? now : now + kRetry));
  }
  if (has_left) {
    check.query_sent(now);
  } else {
    check.query_delayed(now, now + kRetry);
  }
}

// Does a query of the whole group leave now? The end of its timer is due in the same way, and sends nothing.
bool Checks::is_group_query_due(Key group, TimePoint now) const {
  const LeaveCheck* check = group.id == table::kNoEntry ? nullptr : pending_.of_memberships.find(group);
  if (check == nullptr) {
    return false;
  }
  const Stamp report = groups_.membership(group.id, group.port).stamp.load(std::memory_order_seq_cst);
  const LeaveCheck::Step step = check->on_time(report, now);
  return step == LeaveCheck::Step::query || step == LeaveCheck::Step::query_answered;
}

EntryId Checks::requested(EntryId group, const IpAddress& source) const {
  return groups_.find_source(EntryKind::requested, group, source);
}

}  // namespace mcswitch::control

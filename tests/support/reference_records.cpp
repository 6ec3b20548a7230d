// SPDX-License-Identifier: BSD-3-Clause
//
// Memberships: RFC 9776 sections 6.2 to 6.6 and 7.3.2, for each port of a VLAN by itself. A report of version
// 1 or 2 is IS_EX({}), a leave is TO_IN({}).
//
// The letters are those of the RFC: A (or B) the sources of the record, X those with a running timer, Y those
// that are excluded in mode EXCLUDE.

#include <algorithm>
#include <chrono>
#include <iterator>

#include "support/reference_switch.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kIsIn = 1;
constexpr unsigned kIsEx = 2;
constexpr unsigned kToIn = 3;
constexpr unsigned kToEx = 4;
constexpr unsigned kAllow = 5;
constexpr unsigned kBlock = 6;

bool contains(const std::vector<IpAddress>& sources, const IpAddress& source) {
  return std::find(sources.begin(), sources.end(), source) != sources.end();
}

}  // namespace

// --- timers --------------------------------------------------------------------------------------

TimePoint ReferenceSwitch::end_of(VlanId vlan, const Timer& timer) const {
  if (timer.is_static) {
    return kNever;
  }
  const TimePoint undisturbed =
      std::max(timer.reported + group_membership_interval(vlan), vlans_.at(vlan).first_answers);
  return timer.lowered ? std::min(undisturbed, *timer.lowered) : undisturbed;
}

// "a grace of 50 ms" (docs/choices.md, "Timers").
TimePoint ReferenceSwitch::gone_at(VlanId vlan, const Timer& timer) const {
  const TimePoint end = end_of(vlan, timer);
  return end == kNever ? kNever : end + 50ms;
}

// "= group timer", which is not less than what the source has if both wait for the answers to our queries.
void ReferenceSwitch::end_with(VlanId vlan, Timer& timer, const Timer& group) const {
  if (const TimePoint end = end_of(vlan, group); end < end_of(vlan, timer)) {
    timer.lowered = end;
  }
}

// "= GMI". With version 3 what was begun to be asked is asked to its end (section 6.6.3.1: with the S flag).
void ReferenceSwitch::restart(const Report& report, Member& member, Timer& timer) const {
  timer.reported = report.at;
  timer.lowered.reset();
  if (igmp(report.vlan).intervals.version != 3) {
    timer.queries.clear();  // RFC 2236 section 7: Checking Membership -> Members Present
  }
  timer.hosts[report.host] = report.at;
  member.hosts[report.host] = report.at;
}

// Section 6.5: what is still requested is the INCLUDE list.
void ReferenceSwitch::end_group_timer(Member& member) const {
  member.any.reset();
  member.excluded.clear();
  member.older_hosts.clear();
}

// --- what a message asks for -----------------------------------------------------------------------

void ReferenceSwitch::join(Report& report) {
  const Record& record = report.record;
  const bool is_exclude = record.type == kIsEx || record.type == kToEx;
  report.group_timer = member_of(report).any;
  const Members& members = vlans_[report.vlan].groups[record.group];
  report.has_sources = std::any_of(members.begin(), members.end(), [](const auto& member) {
    return !member.second.requested.empty() || !member.second.excluded.empty();
  });
  if (is_exclude && (record.sources.empty() || report.group_timer)) {
    if (!report.group_timer && !take_room(report, Kind::group)) {
      report.has_sources = false;  // it is refused for good
      return;
    }
    Member& member = member_of(report);
    member.any = report.group_timer.value_or(Timer{});
    restart(report, member, *member.any);
    if (report.version < 3) {
      member.older_hosts[report.version] = report.at;
    }
  }
  if (record.type == kIsIn || record.type == kToIn || record.type == kAllow) {
    for (const IpAddress& source : record.sources) {
      Member& member = member_of(report);
      if (member.requested.contains(source) || take_room(report, Kind::requested, source)) {
        restart(report, member, member.requested[source]);
      }
    }
  }
}

// --- what else it means ------------------------------------------------------------------------------

void ReferenceSwitch::apply(Report report) {
  std::sort(report.record.sources.begin(), report.record.sources.end());
  Member& member = member_of(report);
  const bool is_ignored = igmp(report.vlan).intervals.version == 1 &&
                          (report.record.type == kToIn || report.record.type == kBlock);
  const bool wants_none = report.record.type != kIsEx && report.record.type != kToEx &&
                          report.record.type != kToIn && report.record.sources.empty();
  if (is_ignored || wants_none ||
      (member.any && (member.any->is_static || member.any->reported > report.at))) {
    return;
  }
  switch (report.record.type) {
    case kIsIn:
    case kToIn:
    case kAllow:
      include(report, member);
      break;
    case kIsEx:
    case kToEx:
      exclude(report, member);
      break;
    case kBlock:
      block(report, member);
      break;
    default:
      break;
  }
  queries_due(report.vlan, report.record.group, report.port, member);
}

void ReferenceSwitch::list_requested(const Report& report, Member& member) {
  for (const auto& [source, timer] : member.requested) {
    if (member.any && !member.excluded.contains(source) && take_room(report, Kind::excluded, source)) {
      member.excluded.insert(source);
    }
  }
}

// INCLUDE (A) + B: INCLUDE (A+B). EXCLUDE (X,Y) + A: EXCLUDE (X+A,Y-A). The timers run already.
// TO_IN also: Send Q(G,A-B); Send Q(G,X-A), Send Q(G).
void ReferenceSwitch::include(const Report& report, Member& member) {
  const Sources& named = report.record.sources;
  if (report.record.type != kToIn && !report.group_timer) {
    return;  // done
  }
  for (const IpAddress& source : named) {
    if (!member.requested.contains(source) && take_room(report, Kind::requested, source)) {
      restart(report, member, member.requested[source]);
    }
  }
  list_requested(report, member);
  if (report.record.type == kToIn && named.empty()) {
    member.hosts.erase(report.host);  // it wants nothing any more
  }
  if (report.record.type != kToIn || compatibility(report.vlan, member) == 1) {
    return;
  }
  Sources others;
  for (const auto& [source, timer] : member.requested) {
    if (!contains(named, source)) {
      others.push_back(source);
    }
  }
  ask(report, member, true, others);
}

// INCLUDE (A) + B: EXCLUDE (A*B,B-A), delete (A-B). EXCLUDE (X,Y) + A: EXCLUDE (A-Y,Y*A), delete (X-A) and
// (Y-A), (A-X-Y) = GMI or, for TO_EX, the group timer. Group timer = GMI.
// TO_EX also: Send Q(G,A*B); Send Q(G,A-Y).
void ReferenceSwitch::exclude(const Report& report, Member& member) {
  const bool is_change = report.record.type == kToEx;
  const bool ignores_sources = is_change && compatibility(report.vlan, member) < 3;
  const Sources named = ignores_sources ? Sources{} : report.record.sources;

  std::optional<Timer> group_timer = report.group_timer;
  if (report.record.sources.empty() && !report.has_sources) {
    return;  // done
  }
  if (member.any && member.any->reported != report.at) {
    group_timer = member.any;
    restart(report, member, *member.any);
  }
  std::set<IpAddress> listed;
  for (const IpAddress& source : named) {
    const bool is_new =
        group_timer && !member.requested.contains(source) && !member.excluded.contains(source);
    if (is_new && take_room(report, Kind::requested, source)) {
      Timer& timer = member.requested[source];
      timer.reported = report.at;
      if (is_change) {
        end_with(report.vlan, timer, *group_timer);
      }
    }
    if (!is_new || member.requested.contains(source)) {
      listed.insert(source);
    }
  }
  Sources added;
  for (const IpAddress& source : listed) {
    if (!member.excluded.contains(source) && take_room(report, Kind::excluded, source)) {
      member.excluded.insert(source);
      added.push_back(source);
    }
  }
  if (!member.any) {
    // Rather all but one of the list than no join.
    if (is_at_port_limit(report) && !added.empty()) {
      member.excluded.erase(added.back());
    }
    if (!take_room(report, Kind::group)) {
      member.excluded.clear();
      return;  // refused
    }
    restart(report, member, member.any.emplace(Timer{}));
  }
  for (auto next = member.requested.begin(); next != member.requested.end();) {
    const auto& [source, timer] = *next;
    const bool is_kept = contains(named, source) || timer.is_static || timer.reported > report.at;
    if (is_kept && !contains(named, source) && !member.excluded.contains(source) &&
        take_room(report, Kind::excluded, source)) {
      member.excluded.insert(source);
    }
    if (!is_kept) {
      deleted_.insert({report.vlan, report.record.group, Kind::requested, source});
    }
    next = is_kept ? std::next(next) : member.requested.erase(next);
  }
  std::erase_if(member.excluded, [&](const IpAddress& source) {
    return !listed.contains(source) && !member.requested.contains(source);
  });
  Sources about;
  for (auto& [source, timer] : member.requested) {
    if (contains(named, source)) {
      about.push_back(source);
    }
  }
  if (is_change) {
    ask(report, member, false, about);
  }
}

// INCLUDE (A) + B: Send Q(G,A*B). EXCLUDE (X,Y) + A: EXCLUDE (X+(A-Y),Y), (A-X-Y) = group timer, Send
// Q(G,A-Y).
void ReferenceSwitch::block(const Report& report, Member& member) {
  if (compatibility(report.vlan, member) < 3) {
    return list_requested(report, member);
  }
  Sources about;
  for (const IpAddress& source : report.record.sources) {
    const bool is_new = !member.requested.contains(source) && !member.excluded.contains(source);
    if (member.any && is_new && take_room(report, Kind::requested, source)) {
      Timer& timer = member.requested[source];
      timer.reported = report.at;
      end_with(report.vlan, timer, *member.any);
    }
    if (member.requested.contains(source)) {
      about.push_back(source);
    }
  }
  list_requested(report, member);
  ask(report, member, false, about);
}

// --- asking ----------------------------------------------------------------------------------------

// Sections 6.6.3.1 and 6.6.3.2, and docs/choices.md, "Leaves".
void ReferenceSwitch::ask(const Report& report, Member& member, bool about_group, const Sources& about) {
  const config::Port& port = config_.ports[report.port];
  Sources ended;
  for (const IpAddress& source : about) {
    const auto found = member.requested.find(source);
    if (found == member.requested.end() || found->second.is_static || found->second.reported > report.at) {
      continue;
    }
    Timer& timer = found->second;
    timer.hosts.erase(report.host);
    if (port.fast_leave && is_safe_to_end(report, member, member.any ? member.hosts : timer.hosts)) {
      member.requested.erase(found);
      ended.push_back(source);
    } else if (end_of(report.vlan, timer) > now_ + last_member_query_time(report.vlan)) {
      ask_about(report, timer);
    }
  }
  if (!ended.empty()) {
    ask_routers(report, ended);
  }
  if (about_group && member.any) {
    if (port.fast_leave && is_safe_to_end(report, member, member.hosts)) {
      end_group_timer(member);
      ask_routers(report, {});
    } else {
      ask_about(report, *member.any);
    }
  }
}

// "as Querier the switch asks the router ports, once"; without sources: about the group.
void ReferenceSwitch::ask_routers(const Report& report, const Sources& ended) {
  const unsigned version = igmp(report.vlan).intervals.version;
  const bool cannot_ask = version == 1 || (version == 2 && !ended.empty() &&
                                           is_source_specific(report.vlan, report.record.group));
  if (vlans_[report.vlan].is_querier && !cannot_ask) {
    send_specific_query(report.vlan, {.group = report.record.group, .port = report.port, .is_asked = false},
                        false, version == 3 ? ended : Sources{});
  }
}

void ReferenceSwitch::ask_about(const Report& report, Timer& timer) {
  const bool is_querier = vlans_[report.vlan].is_querier;
  const unsigned version = igmp(report.vlan).intervals.version;
  const bool cannot_ask =
      version == 1 || (version == 2 && is_source_specific(report.vlan, report.record.group));
  const TimePoint end = now_ + last_member_query_time(report.vlan);
  if (!is_querier || cannot_ask || (timer.lowered && *timer.lowered <= end)) {
    return;
  }
  timer.lowered = end;
  timer.queries.clear();
  for (unsigned n = 0; n < last_member_query_count(report.vlan); ++n) {
    timer.queries.push_back(now_ + n * igmp(report.vlan).intervals.last_member_query_interval);
  }
}

// Does no other host want what `hosts` have reported? Either the port has had a single host since its link
// came up, by MAC address and by the IP address of reports; or the leaver speaks version 3, whose hosts
// report each for themselves, no older host is there, and every other host that has reported it has left it
// or fallen silent. In mode EXCLUDE every host counts that has reported anything of the group: the sources
// that others have requested are forgotten with each IS_EX({}) (section 6.4.1), and would be missing when the
// mode ends before those hosts have been asked; and the end of a source excludes it.
bool ReferenceSwitch::is_safe_to_end(const Report& report, const Member& member,
                                     const std::map<Host, TimePoint>& hosts) const {
  if (has_single_host(report.port)) {
    return true;
  }
  if (report.version < 3 || !igmp(report.vlan).host_tracking ||
      is_older_host_present(report.vlan, member, 1) || is_older_host_present(report.vlan, member, 2)) {
    return false;
  }
  return std::none_of(hosts.begin(), hosts.end(), [&](const auto& host) {
    return host.first != report.host && host.second + group_membership_interval(report.vlan) >= now_;
  });
}

bool ReferenceSwitch::has_single_host(PortId port) const {
  const auto reporters = reporters_.find(port);
  return hosts_.at(port).size() <= 1 && (reporters == reporters_.end() || reporters->second.size() <= 1);
}

// --- limits ----------------------------------------------------------------------------------------

std::set<ReferenceSwitch::Entry> ReferenceSwitch::entries() const {
  std::set<Entry> entries;
  for (const auto& [id, vlan] : vlans_) {
    for (const auto& [group, members] : vlan.groups) {
      for (const auto& [port, member] : members) {
        if (!member.is_nothing()) {
          entries.emplace(id, group, Kind::group, IpAddress{});
        }
        for (const auto& [source, timer] : member.requested) {
          entries.emplace(id, group, Kind::requested, source);
        }
        for (const IpAddress& source : member.excluded) {
          entries.emplace(id, group, Kind::excluded, source);
        }
      }
    }
  }
  return entries;
}

std::size_t ReferenceSwitch::memberships(PortId port) const {
  std::size_t count = 0;
  for (const auto& [id, vlan] : vlans_) {
    for (const auto& [group, members] : vlan.groups) {
      if (const auto member = members.find(port); member != members.end()) {
        count +=
            (member->second.any ? 1 : 0) + member->second.requested.size() + member->second.excluded.size();
      }
    }
  }
  return count;
}

bool ReferenceSwitch::is_at_port_limit(const Report& report) const {
  const std::uint32_t limit = config_.ports[report.port].max_groups;
  return limit != 0 && memberships(report.port) + deleted_.size() >= limit;
}

// max-sources-per-group: of all ports, what is deleted but there still among them.
bool ReferenceSwitch::is_at_source_limit(const Report& report, const Entry& added,
                                         std::set<Entry> live) const {
  live.insert(deleted_.begin(), deleted_.end());
  const auto of_group = std::count_if(live.begin(), live.end(), [&](const Entry& entry) {
    return std::get<VlanId>(entry) == report.vlan && std::get<1>(entry) == report.record.group &&
           std::get<Kind>(entry) != Kind::group;
  });
  return std::get<Kind>(added) != Kind::group && !live.contains(added) &&
         of_group >= config_.sw.max_sources_per_group;
}

// [switch] and [[port]] max-groups, max-sources-per-group: "refuses the new join".
bool ReferenceSwitch::take_room(const Report& report, Kind kind, const IpAddress& source) {
  if (deleted_.erase({report.vlan, report.record.group, kind, source}) > 0) {
    return true;  // it is there still
  }
  const std::set<Entry> live = entries();
  if (is_at_port_limit(report) ||
      is_at_source_limit(report, {report.vlan, report.record.group, kind, source}, live)) {
    return false;
  }
  // A source stands below its group.
  for (const Entry& entry : {Entry{report.vlan, report.record.group, Kind::group, IpAddress{}},
                             Entry{report.vlan, report.record.group, kind, source}}) {
    const bool is_group = std::get<Kind>(entry) == Kind::group;
    if (live.contains(entry) || (is_group && added_groups_.contains(entry))) {
      continue;
    }
    if (used_ >= config_.sw.max_groups) {
      return false;
    }
    ++used_;
    if (is_group) {
      added_groups_.insert(entry);
    }
  }
  return true;
}

}  // namespace mcswitch::test

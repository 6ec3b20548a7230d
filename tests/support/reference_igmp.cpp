// SPDX-License-Identifier: BSD-3-Clause
//
// Memberships and the querier: RFC 2236 sections 3 to 7.

#include "support/reference_switch.hpp"

#include <algorithm>
#include <chrono>

namespace mcswitch::test {

using namespace std::chrono_literals;

// Strictly rising for each port.
TimePoint ReferenceSwitch::message_time(PortId port) {
  TimePoint time = now_;
  if (const auto last = last_message_.find(port); last != last_message_.end() && time <= last->second) {
    time = last->second + 1ns;
  }
  last_message_[port] = time;
  return time;
}

void ReferenceSwitch::join(PortId port, VlanId in, Ipv4Address group, bool is_version_1) {
  if (group.is_link_local_multicast()) {
    return;  // 224.0.0.0/24 (RFC 4541 section 2.1.2(2))
  }
  const TimePoint time = message_time(port);
  Vlan& vlan = vlans_[in];
  std::size_t group_count = 0;
  for (const auto& [id, v] : vlans_) {
    group_count += v.groups.size();
  }
  if (!vlan.groups.contains(group) && group_count >= config_.sw.max_groups) {
    return;  // "refuses the new join"
  }
  Member& member = vlan.groups[group][port];
  member.reported = time;
  member.check.reset();  // section 7: Checking Membership -> Members Present
  if (is_version_1) {
    member.v1_reported = time;
  }
}

TimePoint ReferenceSwitch::end_of(VlanId vlan, const Member& member) const {
  const TimePoint undisturbed = member.reported + group_membership_interval(vlan);
  return member.check ? std::min(undisturbed, member.check->end) : undisturbed;
}

// Section 5: the version 1 host timer is one Group Membership Interval.
bool ReferenceSwitch::has_v1_host(VlanId vlan, const Member& member) const {
  return member.v1_reported && now_ < *member.v1_reported + group_membership_interval(vlan);
}

bool ReferenceSwitch::has_single_host(PortId port, VlanId vlan) const {
  for (const auto& [mac, seen] : hosts_.at(port)) {
    if (mac != latest_host_.at(port) && seen + group_membership_interval(vlan) >= now_) {
      return false;
    }
  }
  return true;
}

void ReferenceSwitch::leave(PortId port, VlanId id, const Leave& leave) {
  Vlan& vlan = vlans_[id];
  const auto group = vlan.groups.find(leave.group);
  if (group == vlan.groups.end() || !group->second.contains(port)) {
    return;  // section 3: "for groups without members"
  }
  Member& member = group->second.at(port);
  if (member.reported > leave.at) {
    return;  // a newer report is behind it
  }
  if (igmp(id).intervals.version == 1 || has_v1_host(id, member)) {
    return;  // sections 4 and 5
  }
  if (config_.ports[port].fast_leave && has_single_host(port, id)) {
    group->second.erase(port);
    if (group->second.empty()) {
      vlan.groups.erase(group);
    }
    return;
  }
  if (!vlan.is_querier) {
    return;  // section 3
  }
  const Duration interval = igmp(id).intervals.last_member_query_interval;
  const unsigned count = last_member_query_count(id);
  const TimePoint end = now_ + count * interval;
  if (member.check && member.check->end <= end) {
    return;  // being asked already
  }
  Check check{.begun = leave.at, .end = end, .queries = {}};
  for (unsigned n = 1; n < count; ++n) {
    check.queries.push_back(now_ + n * interval);
  }
  member.check = check;
  send_specific_query(id, port, leave.group);
}

void ReferenceSwitch::query(PortId port, VlanId id, const Message& query, Ipv4Address source, TimePoint at) {
  Vlan& vlan = vlans_[id];
  const bool is_general = query.group.bits == 0;
  // "it counts only from the elected querier or a router port", as they were before it.
  const bool is_elected = !vlan.is_querier && vlan.elected && vlan.elected->address == source;
  const bool is_trusted = is_elected || router_ports(id).contains(port);

  // Election (section 3). 0.0.0.0 takes no part, and an own address of 0.0.0.0 yields to all others.
  const bool is_active = igmp(id).querier;
  const Ipv4Address own = igmp(id).querier_address;
  const Heard heard{source, query.version, now_};
  if (source.is_unspecified()) {
    if (!is_active) {
      vlan.unnumbered = heard;
    }
  } else if (!is_active || own.is_unspecified() || source < own) {
    vlan.other = heard;
    if (!vlan.elected || source <= vlan.elected->address) {
      vlan.elected = heard;
    }
    vlan.is_querier = false;
    vlan.next_query.reset();
    vlan.startup_queries.clear();
  }
  querier_knowledge(vlan, query.response);

  // Router ports (RFC 4541 section 2.1.1(1b)).
  if (!source.is_unspecified() && config_.ports[port].multicast_router != config::MulticastRouter::never) {
    vlan.routers[port] = {source, now_};
  }
  // The query has reached every port of the VLAN that is up.
  if (is_general && vlan.held_until) {
    for (const PortId asked : up_ports(id)) {
      vlan.port_held_until.emplace(asked, now_ + query.response);
    }
  }
  if (!is_general && query.version != 1 && !query.keeps_timers && is_trusted &&
      igmp(id).intervals.version != 1) {
    lower_timers(id, query, at);
  }
}

// Section 3: to Last Member Query Count times the Max Response Time, if more is left.
void ReferenceSwitch::lower_timers(VlanId id, const Message& query, TimePoint at) {
  Vlan& vlan = vlans_[id];
  const auto group = vlan.groups.find(query.group);
  if (group == vlan.groups.end()) {
    return;
  }
  // A Max Response Time of 0 would leave nobody time to answer; a tenth of a second is the least.
  const TimePoint end = at + last_member_query_count(id) * std::max<Duration>(query.response, 100ms);
  for (auto& [port, member] : group->second) {
    if (has_v1_host(id, member) || end >= end_of(id, member)) {
      continue;
    }
    if (member.check) {
      member.check->end = end;
      std::erase_if(member.check->queries, [&](TimePoint query_at) { return query_at >= end; });
    } else {
      member.check = Check{.begun = at, .end = end, .queries = {}};
    }
  }
}

}  // namespace mcswitch::test

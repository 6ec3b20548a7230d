// SPDX-License-Identifier: BSD-3-Clause

#include "control/leaves.hpp"

namespace mcswitch::control {

using table::EntryId;

Leaves::Leaves(Context& context, MembershipState& state, Checks& checks)
    : context_{context},
      groups_{context.tables.groups},
      hosts_{state.hosts},
      memberships_{state.memberships},
      checks_{checks},
      fast_{context, state} {}

void Leaves::prune_or_ask_group(const VlanControl& vlan, const Record& record, TimePoint now) {
  const EntryId id = groups_.find_entry(record.group);
  if (id == table::kNoEntry || !groups_.ports(id).contains(record.port)) {
    return context_.count(ControlCounter::leaves_ignored_no_member);
  }
  const table::Membership& m = groups_.membership(id, record.port);
  if (m.stamp.load(std::memory_order_seq_cst) > record.stamp) {
    return context_.count(ControlCounter::leaves_superseded);
  }
  if (vlan.settings().igmp.intervals.version == 1) {
    return context_.count(ControlCounter::leaves_ignored_v1_mode);
  }
  if (vlan.times().is_present(m.older_hosts(), 1, now)) {
    return context_.count(ControlCounter::leaves_ignored_v1_host);
  }
  if (fast_.may_prune_at_once(vlan, record, id, now)) {
    const PortSet routers = checks_.routers_to_ask(vlan, {id, record.port});
    if (memberships_.end(id, record.port, record.stamp) != Memberships::End::ended) {
      return context_.count(ControlCounter::leaves_superseded);
    }
    checks_.ask_routers(vlan, routers, record.group.group, nullptr);
    context_.count(ControlCounter::memberships_left);
    return context_.count(ControlCounter::leaves_fast);
  }
  hosts_.left(record, id);
  if (may_ask(vlan)) {
    checks_.ask_group(vlan, {id, record.port}, record.stamp, now);
  }
}

void Leaves::prune_or_ask_sources(const VlanControl& vlan, const Record& record, membership::Sources& sources,
                                  TimePoint now) {
  const EntryId group = groups_.find_entry(record.group);
  membership::Sources ended;
  PortSet routers;
  const auto may_end = [&](EntryId id) {
    return fast_.may_prune_at_once(vlan, record, id, now) &&
           (!groups_.ports(group).contains(record.port) || fast_.may_prune_at_once(vlan, record, group, now));
  };
  // Sources that end now, or that a host has requested since, need no query to the port.
  std::erase_if(sources, [&](const IpAddress& source) {
    const EntryId id = groups_.find_source(table::EntryKind::requested, group, source);
    if (id == table::kNoEntry || !groups_.ports(id).contains(record.port)) {
      return true;
    }
    if (groups_.membership(id, record.port).stamp.load(std::memory_order_seq_cst) > record.stamp) {
      return true;
    }
    if (may_end(id)) {
      if (ended.empty()) {
        routers = checks_.routers_to_ask(vlan, {group, record.port});
      }
      if (memberships_.end(id, record.port, record.stamp) == Memberships::End::ended) {
        context_.count(ControlCounter::sources_ended_fast);
        ended.push_back(source);
        return true;
      }
    }
    hosts_.left(record, id);
    return false;
  });
  checks_.ask_routers(vlan, routers, record.group.group, &ended);
  if (!sources.empty() && may_ask(vlan)) {
    checks_.ask_sources(vlan, {record.group, record.port}, record.stamp, sources, now);
  }
}

// Are the hosts ours to ask? Else the leave is ignored, and counted.
bool Leaves::may_ask(const VlanControl& vlan) {
  const membership::Querier& querier = vlan.querier();
  if (querier.is_querier() || (vlan.settings().is_proxy() && querier.is_querier_known())) {
    return true;
  }
  context_.count(querier.is_querier_known() ? ControlCounter::leaves_ignored_other_querier
                                            : ControlCounter::leaves_ignored_no_querier);
  return false;
}

}  // namespace mcswitch::control

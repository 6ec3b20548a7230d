// SPDX-License-Identifier: BSD-3-Clause

#include "control/foreign_queries.hpp"

#include <algorithm>

namespace mcswitch::control {

using membership::Sources;
using table::EntryId;

namespace {

// The shortest time that version 2 can give its hosts to answer (RFC 2236 section 2.2). A query that says 0
// would end memberships before any host could answer.
constexpr Duration kShortestResponse = std::chrono::milliseconds{100};

}  // namespace

ForeignQueries::ForeignQueries(Context& context, Vlans& vlans, MembershipState& state, Checks& checks,
                               MacAddress switch_mac)
    : context_{context},
      groups_{context.tables.groups},
      vlans_{vlans},
      proxies_{state.proxies},
      checks_{checks},
      switch_mac_{switch_mac} {}

void ForeignQueries::on_query(const table::QueryMessage& query, const Sources& sources, TimePoint now) {
  if (query.source_mac == switch_mac_) {
    return context_.count(ControlCounter::queries_looped);
  }
  const VlanControl& vlan = *vlans_.find(query.vlan);
  if (!vlan.settings().igmp.allows_querier(query.source_address)) {
    return context_.count(ControlCounter::queries_not_allowed);
  }
  if (vlan.querier().is_other_version(query.version)) {
    context_.count(ControlCounter::queries_of_other_version);
  }
  const bool is_believed = vlan.querier().believes(query.port, query.source_address, now);

  vlans_.on_query(query.vlan,
                  {.port = query.port,
                   .source = query.source_address,
                   .version = query.version,
                   .is_general = query.is_general,
                   .max_resp_time = query.max_resp_time,
                   .robustness_variable = query.robustness_variable,
                   .query_interval = query.query_interval},
                  now);
  proxies_.on_query(query, sources, now);

  // Version 1 knows no specific queries (RFC 2236 section 4), and no leaves that they would be about.
  if (query.is_general || query.version == 1 || query.suppress_router_processing) {
    return;
  }
  if (!is_believed || vlan.settings().igmp.intervals.version == 1) {
    return context_.count(ControlCounter::specific_queries_ignored);
  }
  const Duration response = std::max(query.max_resp_time, kShortestResponse);
  const TimePoint end = time_of(query.stamp) + vlan.intervals().last_member_query_count() * response;
  const EntryId group = groups_.find_entry({query.vlan, query.group});
  if (group == table::kNoEntry) {
    return;
  }
  if (sources.empty()) {
    return lower(vlan, query, {group, group}, end, now);
  }
  for (const IpAddress& source : sources) {
    const EntryId id = groups_.find_source(table::EntryKind::requested, group, source);
    if (id != table::kNoEntry) {
      lower(vlan, query, {group, id}, end, time_of(query.stamp));
    }
  }
}

// On all ports of this entry, but those with a host of version 1, which does not leave and would not be
// asked.
void ForeignQueries::lower(const VlanControl& vlan, const table::QueryMessage& query, Asked asked,
                           TimePoint end, TimePoint now) {
  const MembershipTimes& times = vlan.times();
  const membership::LeaveCheck to = membership::LeaveCheck::waiting(query.stamp, end);
  for (const PortId port : groups_.ports(asked.id)) {
    if (!times.is_present(groups_.membership(asked.group, port).older_hosts(), 1, now) &&
        checks_.lower({asked.id, port}, to, times)) {
      context_.count(ControlCounter::timers_lowered);
    }
  }
}

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// Held pruning of the reference switch, and the queries to ports that come up.

#include <algorithm>

#include "support/reference_switch.hpp"

namespace mcswitch::test {

using namespace std::chrono_literals;

// "With `unregistered = "auto"` nothing is pruned in a VLAN until a querier has been known there, nor on a
// port until what is behind it has had a fair chance to report": Startup Query Count queries where we are the
// querier, Robustness Variable of others; or as many as are configured.
PortSet ReferenceSwitch::held_ports(VlanId id) const {
  const config::Snooping& snooping = config_.snooping_of(id);
  const bool is_on = snooping.written_hold_pruning ? snooping.written_hold_pruning->is_on
                                                   : snooping.unregistered == config::Unregistered::automatic;
  if (!prunes(id) || !is_on) {
    return {};
  }
  const Vlan& vlan = vlans_.at(id);
  const auto& i = igmp(id).intervals;
  std::size_t wanted =
      vlan.is_querier ? i.set_startup_query_count.value_or(i.robustness_variable) : i.robustness_variable;
  if (snooping.written_hold_pruning && snooping.written_hold_pruning->queries) {
    wanted = *snooping.written_hold_pruning->queries;
  }
  PortSet held;
  for (const PortId port : up_ports(id)) {
    const auto asked = vlan.answered.find(port);
    const std::size_t chances = asked == vlan.answered.end() ? 0 : chances_by(asked->second, now_);
    if (!vlan.has_querier() || chances < std::min<std::size_t>(wanted, 10)) {
      held.add(port);
    }
  }
  return held;
}

// Whenever the querier may have come or gone.
void ReferenceSwitch::querier_knowledge(Vlan& vlan) {
  if (!vlan.has_querier()) {
    vlan.answered.clear();
  }
}

// How often has every host had to answer for itself by now? One that waits with its answer gives it for two
// queries at once. Of the queries that are over: the one that is over first, the first of those sent since,
// and so on.
std::size_t ReferenceSwitch::chances_by(std::vector<Asked> queries, TimePoint now) {
  std::ranges::sort(queries, {}, &Asked::over);
  std::size_t chances = 0;
  TimePoint free = TimePoint::min();
  for (const Asked& query : queries) {
    if (query.over <= now && query.at >= free) {
      ++chances;
      free = query.over;
    }
  }
  return chances;
}

// A general query has reached these ports; it and the answers are on their way for 50 ms at most.
void ReferenceSwitch::asked(VlanId id, PortSet ports, Duration response) {
  for (const PortId port : ports) {
    std::vector<Asked>& queries = vlans_[id].answered[port];
    if (chances_by(queries, now_) < 10) {  // more are never wanted
      queries.push_back({now_, now_ + response + 50ms});
    }
  }
}

// One of those that a port that came up is sent. It is none if the last one is not over.
void ReferenceSwitch::count_port_query(VlanId id, PortId port) {
  const auto queries = vlans_[id].port_queries.find(port);
  if (queries == vlans_[id].port_queries.end()) {
    return;
  }
  auto& [left, next, over] = queries->second;
  if (left < startup_query_count(id) && now_ < over) {
    return;
  }
  left -= 1;
  over = now_ + own_response_interval(id) + 50ms;
  next = std::max(now_ + startup_query_interval(id), over);
  if (left == 0) {
    vlans_[id].port_queries.erase(queries);
  }
}

// Ports that came up, as querier.
void ReferenceSwitch::ports_due(VlanId id, Vlan& vlan) {
  PortSet due;
  for (const auto& [port, queries] : vlan.port_queries) {
    if (vlan.is_querier && queries.next <= now_) {
      due.add(port);
    }
  }
  send_general_query(id, due);
}

}  // namespace mcswitch::test

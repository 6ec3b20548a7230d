// SPDX-License-Identifier: BSD-3-Clause
//
// Configuration, links, time, and what is seen.

#include "support/reference_switch.hpp"

#include <algorithm>
#include <chrono>

namespace mcswitch::test {

using namespace std::chrono_literals;

// --- configuration -------------------------------------------------------------------------------

bool ReferenceSwitch::snoops(VlanId vlan) const {
  return !forgets_snooping_ && igmp(vlan).enabled &&
         config_.snooping_of(vlan).mode != config::SnoopingMode::off;
}

bool ReferenceSwitch::prunes(VlanId vlan) const {
  return snoops(vlan) && config_.snooping_of(vlan).mode == config::SnoopingMode::prune;
}

bool ReferenceSwitch::carries(PortId port, VlanId vlan) const {
  const config::Port& settings = config_.ports[port];
  return settings.vlan == vlan ||
         std::count(settings.tagged_vlans.begin(), settings.tagged_vlans.end(), vlan) > 0;
}

// RFC 2236 section 8.4, RFC 9776 section 8.4.
Duration ReferenceSwitch::group_membership_interval(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  const Duration derived =
      i.robustness_variable * i.query_interval + (i.version == 3 ? 2 : 1) * i.query_response_interval;
  return i.set_group_membership_interval.value_or(derived);
}

// Section 8.5.
Duration ReferenceSwitch::other_querier_present_interval(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  const Duration derived = i.robustness_variable * i.query_interval + i.query_response_interval / 2;
  return i.set_other_querier_present_interval.value_or(derived);
}

Duration ReferenceSwitch::router_port_interval(VlanId vlan) const {
  return igmp(vlan).intervals.set_router_port_interval.value_or(other_querier_present_interval(vlan));
}

// Sections 8.6, 8.7, 8.9.
Duration ReferenceSwitch::startup_query_interval(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  return i.set_startup_query_interval.value_or(i.query_interval / 4);
}

unsigned ReferenceSwitch::startup_query_count(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  return i.set_startup_query_count.value_or(i.robustness_variable);
}

unsigned ReferenceSwitch::last_member_query_count(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  return i.set_last_member_query_count.value_or(i.robustness_variable);
}

// A version 1 query has no Max Response Time; its hosts take ten seconds (RFC 2236 section 4).
Duration ReferenceSwitch::own_response_interval(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  return i.version == 1 ? 10s : i.query_response_interval;
}

// --- life ----------------------------------------------------------------------------------------

ReferenceSwitch::ReferenceSwitch(const config::Config& config, TimePoint now) : config_{config}, now_{now} {
  for (const config::Port& port : config_.ports) {
    if (port.vlan != 0) {
      vlans_[port.vlan];
    }
    for (const VlanId id : port.tagged_vlans) {
      vlans_[id];
    }
  }
  // Section 3: starts as querier; the first of the startup queries leaves at once, by no port so far.
  for (auto& [id, vlan] : vlans_) {
    if (!snoops(id) || !igmp(id).querier) {
      continue;
    }
    vlan.is_querier = true;
    vlan.held_until = now_ + own_response_interval(id);
    for (unsigned n = 1; n < startup_query_count(id); ++n) {
      vlan.startup_queries.push_back(now_ + n * startup_query_interval(id));
    }
    const TimePoint last = vlan.startup_queries.empty() ? now_ : vlan.startup_queries.back();
    vlan.next_query = last + igmp(id).intervals.query_interval;
  }
}

void ReferenceSwitch::link(PortId port, bool up) {
  if (up_.contains(port) == up) {
    return;
  }
  if (up) {
    up_.insert(port);
  } else {
    // "loss of carrier ends what was learned on a port at once"
    up_.erase(port);
    std::erase_if(macs_, [&](const auto& mac) { return mac.second.first == port; });
    hosts_.erase(port);
  }
  for (auto& [id, vlan] : vlans_) {
    if (!carries(port, id)) {
      continue;
    }
    vlan.port_held_until.erase(port);
    if (!up) {
      vlan.routers.erase(port);
      for (auto& [group, members] : vlan.groups) {
        members.erase(port);
      }
      std::erase_if(vlan.groups, [](const auto& group) { return group.second.empty(); });
    } else if (vlan.is_querier) {
      // RFC 4541 section 2.1.1(4): ask the new port.
      send_general_query(id, PortSet::of(port));
    }
  }
}

// --- where ports stand ---------------------------------------------------------------------------

PortSet ReferenceSwitch::up_ports(VlanId vlan) const {
  PortSet ports;
  for (const PortId port : up_) {
    if (carries(port, vlan)) {
      ports.add(port);
    }
  }
  return ports;
}

PortSet ReferenceSwitch::router_ports(VlanId vlan) const {
  PortSet ports;
  for (const PortId port : up_ports(vlan)) {
    if (config_.ports[port].multicast_router == config::MulticastRouter::always ||
        vlans_.at(vlan).routers.contains(port)) {
      ports.add(port);
    }
  }
  return ports;
}

// "nothing is pruned in a VLAN until a querier has been known there for one query response interval, nor on
// a port until it has been up that long after a query"
PortSet ReferenceSwitch::held_ports(VlanId id) const {
  if (!prunes(id) || config_.snooping_of(id).unregistered != config::Unregistered::automatic) {
    return {};
  }
  const Vlan& vlan = vlans_.at(id);
  PortSet held;
  for (const PortId port : up_ports(id)) {
    const bool vlan_held = !vlan.held_until || now_ < *vlan.held_until;
    const auto asked = vlan.port_held_until.find(port);
    const bool port_held = asked == vlan.port_held_until.end() || now_ < asked->second;
    if (vlan_held || port_held) {
      held.add(port);
    }
  }
  return held;
}

PortSet ReferenceSwitch::report_ports(VlanId vlan) const {
  return prunes(vlan) ? router_ports(vlan) : up_ports(vlan);
}

PortSet ReferenceSwitch::unregistered_ports(VlanId vlan) const {
  if (!prunes(vlan)) {
    return up_ports(vlan);
  }
  PortSet ports;
  switch (config_.snooping_of(vlan).unregistered) {
    case config::Unregistered::flood:
      ports = up_ports(vlan);
      break;
    case config::Unregistered::router_ports:
      ports = router_ports(vlan);
      break;
    case config::Unregistered::drop:
      break;
    case config::Unregistered::automatic:
      ports = router_ports(vlan) | held_ports(vlan);
      break;
  }
  for (const PortId port : up_ports(vlan)) {
    if (config_.ports[port].flood_unregistered) {
      ports.add(port);
    }
  }
  return ports;
}

// --- time ----------------------------------------------------------------------------------------

// Whenever the querier may have come or gone.
void ReferenceSwitch::querier_knowledge(Vlan& vlan, Duration response) {
  const bool is_known = vlan.is_querier || vlan.other || vlan.unnumbered;
  if (!is_known) {
    vlan.held_until.reset();
    vlan.port_held_until.clear();
  } else if (!vlan.held_until) {
    vlan.held_until = now_ + response;
  }
}

void ReferenceSwitch::send_general_query(VlanId id, PortSet ports) {
  if (ports.empty()) {
    return;
  }
  const auto& i = igmp(id).intervals;
  sent_.push_back({.at = now_,
                   .vlan = id,
                   .group = {},
                   .ports = ports,
                   .code = static_cast<std::uint8_t>(i.version == 1 ? 0 : i.query_response_interval / 100ms),
                   .source = igmp(id).querier_address});
  for (const PortId port : ports) {
    vlans_[id].port_held_until.emplace(port, now_ + own_response_interval(id));
  }
}

void ReferenceSwitch::send_specific_query(VlanId id, PortId port, Ipv4Address group) {
  const Duration interval = igmp(id).intervals.last_member_query_interval;
  sent_.push_back({.at = now_,
                   .vlan = id,
                   .group = group,
                   .ports = PortSet::of(port),
                   .code = static_cast<std::uint8_t>(interval / 100ms),
                   .source = igmp(id).querier_address});
}

TimePoint ReferenceSwitch::next() const {
  TimePoint next = kNever;
  const auto consider = [&](TimePoint time) { next = std::min(next, time); };
  for (const auto& [id, vlan] : vlans_) {
    for (const TimePoint query : vlan.startup_queries) {
      consider(query);
    }
    if (vlan.next_query) {
      consider(*vlan.next_query);
    }
    for (const auto& heard : {vlan.other, vlan.elected, vlan.unnumbered}) {
      if (heard) {
        consider(heard->at + other_querier_present_interval(id));
      }
    }
    for (const auto& [port, router] : vlan.routers) {
      consider(router.heard + router_port_interval(id));
    }
    for (const auto& [group, members] : vlan.groups) {
      for (const auto& [port, member] : members) {
        consider(end_of(id, member));
        if (member.check) {
          for (const TimePoint query : member.check->queries) {
            consider(query);
          }
        }
      }
    }
  }
  return next;
}

void ReferenceSwitch::advance(Duration by) {
  const TimePoint end = now_ + by;
  while (next() <= end) {
    now_ = std::max(now_, next());
    do_what_is_due();
  }
  now_ = end;
}

void ReferenceSwitch::do_what_is_due() {
  for (auto& [vlan_id, vlan] : vlans_) {
    const VlanId id = vlan_id;
    const auto is_gone = [&](const std::optional<Heard>& heard) {
      return heard && heard->at + other_querier_present_interval(id) <= now_;
    };
    // Router ports.
    std::erase_if(vlan.routers,
                  [&](const auto& router) { return router.second.heard + router_port_interval(id) <= now_; });

    // Section 7, Other Querier Present.
    if (is_gone(vlan.unnumbered)) {
      vlan.unnumbered.reset();
    }
    const bool is_other_gone = is_gone(vlan.other);
    if (is_other_gone) {
      vlan.other.reset();
    }
    if (is_gone(vlan.elected)) {
      vlan.elected = vlan.other;
    }
    if (is_other_gone && igmp(id).querier) {
      vlan.is_querier = true;
      vlan.next_query = now_;
    }
    querier_knowledge(vlan, own_response_interval(id));

    // General queries.
    if (std::erase_if(vlan.startup_queries, [&](TimePoint query) { return query <= now_; }) > 0) {
      send_general_query(id, up_ports(id));
    }
    if (vlan.next_query && *vlan.next_query <= now_) {
      vlan.next_query = *vlan.next_query + igmp(id).intervals.query_interval;
      send_general_query(id, up_ports(id));
    }

    // Leave checks, then ends of memberships.
    for (auto& [group, members] : vlan.groups) {
      for (auto& [port, member] : members) {
        if (member.check && member.check->end > now_ &&
            std::erase_if(member.check->queries, [&](TimePoint query) { return query <= now_; }) > 0) {
          send_specific_query(id, port, group);
        }
      }
      std::erase_if(members, [&](const auto& member) { return end_of(id, member.second) <= now_; });
    }
    std::erase_if(vlan.groups, [](const auto& group) { return group.second.empty(); });
  }
}

// --- view ----------------------------------------------------------------------------------------

SwitchView ReferenceSwitch::view() const {
  SwitchView view;
  for (const auto& [vlan_id, vlan] : vlans_) {
    const VlanId id = vlan_id;
    VlanView seen;
    seen.vlan = id;
    seen.held = held_ports(id);
    const auto until = [&](const Heard& heard) { return heard.at + other_querier_present_interval(id); };
    if (vlan.is_querier) {
      seen.role = QuerierRole::querier;
      seen.querier = igmp(id).querier_address;
      seen.querier_version = igmp(id).intervals.version == 1 ? 1 : 2;
    } else if (vlan.other || vlan.unnumbered) {
      const Heard& shown = vlan.elected ? *vlan.elected : *vlan.unnumbered;
      seen.role = QuerierRole::non_querier;
      seen.querier = shown.address;
      seen.querier_version = shown.version;
      seen.querier_expires = until(vlan.other ? *vlan.other : *vlan.unnumbered);
    }
    view.vlans.push_back(seen);

    for (PortId port = 0; port < config_.ports.size(); ++port) {
      const config::Port& settings = config_.ports[port];
      if (carries(port, id) && settings.multicast_router == config::MulticastRouter::always) {
        view.routers.push_back({.vlan = id, .port = port, .is_configured = true, .address = {}});
      }
      if (const auto router = vlan.routers.find(port); router != vlan.routers.end()) {
        view.routers.push_back({.vlan = id,
                                .port = port,
                                .address = router->second.address,
                                .expires = router->second.heard + router_port_interval(id)});
      }
    }
    for (const auto& [group, members] : vlan.groups) {
      for (const auto& [port, member] : members) {
        view.memberships.push_back({.vlan = id, .group = group, .port = port, .ends = end_of(id, member)});
      }
    }
  }
  return view;
}

}  // namespace mcswitch::test

// SPDX-License-Identifier: BSD-3-Clause
//
// Links, time, and what is seen.

#include "support/reference_switch.hpp"

#include <algorithm>
#include <chrono>

namespace mcswitch::test {

using namespace std::chrono_literals;

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
  for (const auto& [id, vlan] : vlans_) {
    add_static_members(id, ~PortSet{});
  }
  // Section 3: starts as querier; the first of the startup queries leaves at once, by no port so far.
  for (auto& [id, vlan] : vlans_) {
    if (!snoops(id) || !igmp(id).querier) {
      continue;
    }
    vlan.is_querier = true;
    for (unsigned n = 1; n < startup_query_count(id); ++n) {
      vlan.startup_queries.push_back(now_ + n * startup_query_interval(id));
    }
    const TimePoint last = vlan.startup_queries.empty() ? now_ : vlan.startup_queries.back();
    vlan.next_query = last + igmp(id).intervals.query_interval;
  }
}

void ReferenceSwitch::add_static_members(VlanId id, PortSet ports) {
  const config::Vlan* settings = config_.find_vlan(id);
  if (settings == nullptr) {
    return;
  }
  for (const config::StaticGroup& entry : settings->static_groups) {
    for (const PortId port : entry.ports& ports) {
      Member& member = vlans_[id].groups[entry.group][port];
      Timer& timer = entry.source ? member.requested[*entry.source] : member.any.emplace(Timer{});
      timer.is_static = true;
      timer.reported = now_;
    }
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
    reporting_.erase(port);
    reporters_.erase(port);
  }
  for (auto& [id, vlan] : vlans_) {
    if (!carries(port, id)) {
      continue;
    }
    vlan.answered.erase(port);
    vlan.port_queries.erase(port);
    if (!up) {
      vlan.routers.erase(port);
      for (std::optional<Heard>* const heard : {&vlan.other, &vlan.elected, &vlan.unnumbered}) {
        if (*heard && (*heard)->port == port) {
          (*heard)->port.reset();
        }
      }
      std::erase_if(vlan.askers, [&](const auto& asker) { return asker.first.first == port; });
      for (auto& [group, members] : vlan.groups) {
        members.erase(port);
      }
      add_static_members(id, PortSet::of(port));
      forget_what_is_nothing();
    } else {
      // RFC 4541 section 2.1.1(4): ask the new port; as often as at the start.
      vlan.port_queries[port] = {.left = startup_query_count(id), .next = now_};
      ports_due(id, vlan);
    }
  }
}

// --- time ----------------------------------------------------------------------------------------

SentQuery ReferenceSwitch::query_of(VlanId id, Duration response) const {
  const auto& i = igmp(id).intervals;
  // RFC 9776 section 4.1.1: the largest code that says no more than this.
  const auto code_of = [](std::int64_t value) -> std::uint8_t {
    std::uint8_t code = static_cast<std::uint8_t>(std::clamp<std::int64_t>(value, 1, 127));
    for (unsigned byte = 128; byte < 256; ++byte) {
      const unsigned said = (byte % 16 + 16) << (byte / 16 % 8 + 3);
      code = said <= value ? static_cast<std::uint8_t>(byte) : code;
    }
    return code;
  };
  SentQuery query{
      .at = now_, .vlan = id, .group = kUnspecifiedV4, .ports = {}, .source = igmp(id).querier_address};
  if (i.version == 2) {
    query.code = static_cast<std::uint8_t>(response / 100ms);
  }
  if (i.version == 3) {
    query.is_version_3 = true;
    query.code = code_of(response / 100ms);
    query.qrv = i.robustness_variable;
    query.qqic = code_of(i.query_interval / 1s);
  }
  return query;
}

void ReferenceSwitch::send_general_query(VlanId id, PortSet ports) {
  if (ports.empty()) {
    return;
  }
  SentQuery query = query_of(id, igmp(id).intervals.query_response_interval);
  query.ports = ports;
  sent_.push_back(query);
  asked(id, ports, own_response_interval(id));
  for (const PortId port : ports) {
    count_port_query(id, port);
  }
}

void ReferenceSwitch::send_specific_query(VlanId id, const Left& left, bool s_flag, const Sources& sources) {
  SentQuery query = query_of(id, igmp(id).intervals.last_member_query_interval);
  query.ports = left.is_asked ? PortSet::of(left.port) : PortSet{};
  // Where nobody else wants the group, other routers learn of its end (docs/choices.md, "Leaves").
  const Members& members = vlans_[id].groups[left.group];
  if (std::none_of(members.begin(), members.end(), [&](const auto& member) {
        return member.first != left.port && !member.second.is_nothing();
      })) {
    query.ports |= router_ports(id) & up_ports(id);
  }
  if (query.ports.empty()) {
    return;
  }
  query.group = left.group;
  query.s_flag = s_flag;
  query.sources = sources;
  sent_.push_back(query);
}

TimePoint ReferenceSwitch::next() const {
  TimePoint next = kNever;
  const auto consider = [&](TimePoint time) { next = std::min(next, time); };
  const auto consider_timer = [&](VlanId id, const Timer& timer) {
    consider(gone_at(id, timer));
    for (const TimePoint query : timer.queries) {
      consider(query);
    }
  };
  for (const auto& [id, vlan] : vlans_) {
    for (const TimePoint query : vlan.startup_queries) {
      consider(query);
    }
    if (vlan.next_query) {
      consider(*vlan.next_query);
    }
    for (const auto& heard : {vlan.other, vlan.elected, vlan.unnumbered}) {
      if (heard) {
        consider(heard->until);
      }
    }
    for (const auto& [port, routers] : vlan.routers) {
      for (const auto& [router, until] : routers) {
        consider(until);
      }
    }
    for (const auto& [port, queries] : vlan.port_queries) {
      if (vlan.is_querier) {
        consider(queries.next);
      }
    }
    for (const auto& [group, members] : vlan.groups) {
      for (const auto& [port, member] : members) {
        if (member.any) {
          consider_timer(id, *member.any);
        }
        for (const auto& [source, timer] : member.requested) {
          consider_timer(id, timer);
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
  for (auto& [id, vlan] : vlans_) {
    querier_due(id, vlan);
    for (auto& [group, members] : vlan.groups) {
      for (auto& [port, member] : members) {
        queries_due(id, group, port, member);
        ends_due(id, member);
      }
    }
  }
  forget_what_is_nothing();
}

void ReferenceSwitch::forget_what_is_nothing() {
  for (auto& [id, vlan] : vlans_) {
    for (auto& [group, members] : vlan.groups) {
      std::erase_if(members, [](const auto& member) { return member.second.is_nothing(); });
    }
    std::erase_if(vlan.groups, [](const auto& group) { return group.second.empty(); });
  }
}

void ReferenceSwitch::querier_due(VlanId id, Vlan& vlan) {
  const auto is_gone = [&](const std::optional<Heard>& heard) { return heard && heard->until <= now_; };
  // Router ports.
  for (auto& [port, routers] : vlan.routers) {
    std::erase_if(routers, [&](const auto& router) { return router.second <= now_; });
  }
  std::erase_if(vlan.routers, [](const auto& port) { return port.second.empty(); });

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
    const auto& i = igmp(id).intervals;
    vlan.first_answers = now_ + (i.robustness_variable - 1) * i.query_interval + own_response_interval(id);
  }
  querier_knowledge(vlan);
  note_older_host_present_interval(id, vlan);

  // General queries.
  if (std::erase_if(vlan.startup_queries, [&](TimePoint query) { return query <= now_; }) > 0) {
    send_general_query(id, up_ports(id));
  }
  if (vlan.next_query && *vlan.next_query <= now_) {
    vlan.next_query = *vlan.next_query + igmp(id).intervals.query_interval;
    send_general_query(id, up_ports(id));
  }
  ports_due(id, vlan);
}

// What is to be asked now about a group on a port (RFC 9776 sections 6.6.3.1, 6.6.3.2). The S flag says that
// an answer has come meanwhile.
void ReferenceSwitch::queries_due(VlanId id, const IpAddress& group, PortId port, Member& member) {
  const bool is_version_3 = igmp(id).intervals.version == 3;
  const auto is_due = [&](Timer& timer) {
    return std::erase_if(timer.queries, [&](TimePoint query) { return query <= now_; }) > 0 &&
           now_ < gone_at(id, timer);
  };
  const auto has_answer = [&](const Timer& timer) { return is_version_3 && !timer.lowered; };
  const bool is_group_due = member.any && is_due(*member.any);
  std::map<bool, Sources> due;
  for (auto& [source, timer] : member.requested) {
    if (is_due(timer)) {
      due[has_answer(timer)].push_back(source);
    }
  }
  if (is_group_due) {
    send_specific_query(id, {group, port}, has_answer(*member.any), {});
  }
  for (const auto& [s_flag, sources] : due) {
    if (!is_version_3) {
      send_specific_query(id, {group, port}, false, {});
    } else if (!s_flag || !is_group_due) {
      send_specific_query(id, {group, port}, s_flag, sources);
    }
  }
}

void ReferenceSwitch::ends_due(VlanId id, Member& member) {
  if (member.any && gone_at(id, *member.any) <= now_) {
    end_group_timer(member);
  }
  std::erase_if(member.requested, [&](const auto& source) { return gone_at(id, source.second) <= now_; });
}

// --- view ----------------------------------------------------------------------------------------

SwitchView ReferenceSwitch::view() const {
  SwitchView view;
  for (const auto& [vlan_id, vlan] : vlans_) {
    const VlanId id = vlan_id;
    VlanView seen;
    seen.vlan = id;
    seen.held = held_ports(id);
    if (vlan.is_querier) {
      seen.role = QuerierRole::querier;
      seen.querier = igmp(id).querier_address;
      seen.querier_version = igmp(id).intervals.version;
    } else if (vlan.other || vlan.unnumbered) {
      const Heard& shown = vlan.elected ? *vlan.elected : *vlan.unnumbered;
      seen.role = QuerierRole::non_querier;
      seen.querier = shown.address;
      seen.querier_version = shown.version;
      seen.querier_expires = vlan.other ? vlan.other->until : vlan.unnumbered->until;
    }
    view.vlans.push_back(seen);

    for (PortId port = 0; port < config_.ports.size(); ++port) {
      const config::Port& settings = config_.ports[port];
      if (carries(port, id) && settings.multicast_router == config::MulticastRouter::always) {
        view.routers.push_back({.vlan = id, .port = port, .reason = RouterReason::configured, .address = {}});
      }
      if (const auto heard = vlan.routers.find(port); heard != vlan.routers.end()) {
        for (const auto& [router, until] : heard->second) {
          view.routers.push_back({id, port, router.first, router.second, until});
        }
      }
    }
    for (const auto& [group, members] : vlan.groups) {
      for (const auto& [port, member] : members) {
        MembershipView seen_member{.vlan = id, .group = group, .port = port};
        if (member.any) {
          seen_member.mode = FilterMode::exclude;
          seen_member.ends = end_of(id, *member.any);
        }
        for (const auto& [source, timer] : member.requested) {
          seen_member.requested.push_back({source, end_of(id, timer)});
        }
        seen_member.excluded.assign(member.excluded.begin(), member.excluded.end());
        view.memberships.push_back(seen_member);
      }
    }
  }
  return view;
}

}  // namespace mcswitch::test

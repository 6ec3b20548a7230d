// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/demands.hpp"

#include <algorithm>

#include "base/net_text.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::test::sim {

Demands::Demands(World& world, const Lan& lan) : world_{world}, lan_{lan} {
  for (const Ipv4Address group : kGroups) {
    for (const Ipv4Address source : kSources) {
      frames_.push_back(udp(group, {.source_mac = MacAddress{0x02'00'00'00'09'01}, .source = source}));
    }
  }
  for (const PortId port : lan.ports()) {
    ports_[port];
  }
}

void Demands::add(HostNode& host) {
  members_.push_back({.host = &host});
  host.on_version_change = [this, &host] { forget(host); };
}

// What others behind the port have made the switch hear does for this one too.
bool Demands::is_owed_to_another(const Member& member, std::size_t group, std::size_t source) const {
  return std::ranges::any_of(members_, [&](const Member& other) {
    return other.host->port() == member.host->port() && other.streams[group][source].is_owed &&
           (member.host->newest_version() > 1 || other.host->newest_version() == 1);
  });
}

void Demands::on_wish(const HostNode& host) {
  Member& member = *std::ranges::find(members_, &host, &Member::host);
  for (std::size_t group = 0; group < kGroups.size(); ++group) {
    const Wish& wish = host.wish_for(kGroups[group]);
    for (std::size_t source = 0; source < kSources.size(); ++source) {
      Stream& stream = member.streams[group][source];
      const bool was_wanted = stream.is_wanted;
      stream.is_wanted = wish.wants(kSources[source]);
      if (!stream.is_wanted) {
        stream.is_owed = false;
      } else if (!was_wanted) {
        stream.wanted_since = world_.now();
        stream.is_owed = is_owed_to_another(member, group, source);
      }
    }
  }
}

void Demands::forget(const HostNode& host) {
  for (auto& group : std::ranges::find(members_, &host, &Member::host)->streams) {
    for (Stream& stream : group) {
      stream.is_owed = false;
    }
  }
}

void Demands::on_heard(PortId port, const Message& message) {
  if (lan_.querier && port == lan_.querier->port && message.is_general_query()) {
    is_router_known_ = is_querier_there_ && (!lan_.igmp.querier || lan_.querier->address < kOurAddress);
  }
  if (message.is_query() || message.kind() == proto::IgmpKind::leave) {
    return;
  }
  for (Member& member : members_) {
    if (member.host->port() != port || (member.host->newest_version() == 1 && message.version() != 1)) {
      continue;
    }
    for (std::size_t group = 0; group < kGroups.size(); ++group) {
      for (std::size_t source = 0; source < kSources.size(); ++source) {
        Stream& stream = member.streams[group][source];
        if (stream.is_wanted && !stream.is_owed && message.sent() >= stream.wanted_since &&
            message.asks_for(kGroups[group], kSources[source])) {
          stream.is_owed = true;
          ++count_.owed;
        }
      }
    }
  }
}

void Demands::on_link(PortId port, bool is_up) {
  Port& p = ports_.at(port);
  p.is_up = is_up;
  p.may_be_held_until = world_.now() + lan_.longest_hold();
  if (lan_.querier && port == lan_.querier->port) {
    is_router_known_ = false;
  }
  for (Member& member : members_) {
    if (member.host->port() != port) {
      continue;
    }
    for (auto& group : member.streams) {
      for (Stream& stream : group) {
        stream.is_owed = stream.is_wanted && is_up && lan_.is_held_at_first();
      }
    }
  }
}

void Demands::on_querier(bool is_there) {
  is_querier_there_ = is_there;
  is_router_known_ = false;
  for (auto& [port, p] : ports_) {
    // When nobody asks any more, all is held.
    p.may_be_held_until = is_there || lan_.igmp.querier ? world_.now() + 2 * lan_.longest_hold() : kNever;
  }
}

bool Demands::is_registered(std::size_t group) const {
  return std::ranges::any_of(members_, [&](const Member& member) {
    return std::ranges::any_of(member.streams[group], &Stream::is_owed);
  });
}

std::string Demands::check(SwitchNode& ethernet_switch) {
  const std::vector<PortSet> egress = ethernet_switch.ports_of(lan_.source_port, frames_);
  std::string problem;
  for (std::size_t i = 0; i < frames_.size() && problem.empty(); ++i) {
    problem = check(i / kSources.size(), i % kSources.size(), egress[i]);
  }
  return problem;
}

std::string Demands::check(std::size_t group, std::size_t source, PortSet egress) {
  const TimePoint now = world_.now();
  if (const PortSet strange = egress & ~lan_.ports(); !strange.empty()) {
    return wrong(group, source, "leaves VLAN " + std::to_string(lan_.vlan) + " by " + describe(strange));
  }
  const bool is_flooded = lan_.unregistered == config::Unregistered::flood && !is_registered(group);
  for (const Member& member : members_) {
    const Stream& stream = member.streams[group][source];
    Port& port = ports_.at(member.host->port());
    if (stream.is_owed && port.is_up && !egress.contains(member.host->port())) {
      return wrong(group, source, "is missed by " + member.host->name());
    }
    // Who cannot name sources gets all of them.
    if (stream.is_wanted ||
        (!member.host->names_sources() && !member.host->wish_for(kGroups[group]).is_nothing())) {
      port.last_wanted[group][source] = now;
    }
  }
  if (is_router_known_ && lan_.unregistered != config::Unregistered::drop &&
      !egress.contains(lan_.querier->port)) {
    return wrong(group, source, "is missed by the querier");
  }
  for (auto& [id, port] : ports_) {
    const bool gets = egress.contains(id);
    const TimePoint last = std::max(port.last_wanted[group][source], world_.start());
    count_.ended += port.gets[group][source] && !gets && last < now ? 1U : 0U;
    port.gets[group][source] = gets;
    if (gets && !is_flooded && (!lan_.querier || id != lan_.querier->port) && now > port.may_be_held_until &&
        now - last > lan_.longest_stay()) {
      return wrong(group, source,
                   "goes to port " + std::to_string(id) + ", where nobody wants it since " +
                       describe(last, world_.start()));
    }
  }
  return {};
}

std::string Demands::wrong(std::size_t group, std::size_t source, const std::string& what) const {
  return describe(world_.now(), world_.start()) + " " + to_string(kSources[source]) + " to " +
         to_string(kGroups[group]) + " " + what;
}

}  // namespace mcswitch::test::sim

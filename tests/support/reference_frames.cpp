// SPDX-License-Identifier: BSD-3-Clause
//
// What is done with a frame: the forwarding rules in their order.

#include <algorithm>
#include <chrono>

#include "support/reference_bytes.hpp"
#include "support/reference_switch.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

// RFC 791 section 3.1, RFC 2113.
bool has_router_alert(ByteSpan options) {
  std::size_t i = 0;
  while (i < options.size()) {
    if (options[i] == 148) {
      return true;
    }
    if (options[i] == 0) {
      return false;
    }
    if (options[i] == 1) {
      i = i + 1;
    } else if (i + 1 < options.size() && options[i + 1] >= 2) {
      i = i + options[i + 1];
    } else {
      return false;
    }
  }
  return false;
}

bool is_among(const std::vector<Ipv4Prefix>& prefixes, Ipv4Address address) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) {
    const unsigned rest = 32U - prefix.length;
    return std::uint64_t{address.bits} >> rest == std::uint64_t{prefix.address.bits} >> rest;
  });
}

// RFC 7761 section 4.9: the low half of the first byte is the type, and 0 is Hello.
bool is_pim_hello(ByteSpan datagram) {
  const std::size_t header = datagram[0] % 16U * 4;
  return datagram[9] == 103 && number(datagram, 6, 2) % 0x2000 == 0 && number(datagram, 2, 2) > header &&
         datagram.size() > header && datagram[header] % 16 == 0;
}

constexpr ReferenceSwitch::Decision nowhere(const char* rule) { return {.egress = {}, .rule = rule}; }

}  // namespace

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

// "membership reports, leaves, done ...: router ports. While pruning is held and no router port is known,
// version 3 ... reports go to every port; older reports and leaves, while no querier is known either, ... go
// to the ports from which no report has been heard since their link came up"
PortSet ReferenceSwitch::report_ports(VlanId vlan, unsigned version) const {
  if (!prunes(vlan)) {
    return up_ports(vlan);
  }
  const PortSet routers = router_ports(vlan);
  if (!routers.empty() || held_ports(vlan).empty()) {
    return routers;
  }
  if (version == 3) {
    return up_ports(vlan);
  }
  PortSet silent;
  for (const PortId port : up_ports(vlan)) {
    if (!vlans_.at(vlan).has_querier() && !reporting_.contains(port)) {
      silent.add(port);
    }
  }
  return silent;
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
    case config::Unregistered::automatic:
      ports = router_ports(vlan) | held_ports(vlan);
      break;
    case config::Unregistered::drop:
      ports = held_ports(vlan);
      break;
  }
  for (const PortId port : up_ports(vlan)) {
    if (config_.ports[port].flood_unregistered) {
      ports.add(port);
    }
  }
  return ports | all_multicast_ports(vlan);
}

// IEEE 802.1Q section 8.8, "forward all groups".
PortSet ReferenceSwitch::all_multicast_ports(VlanId vlan) const {
  PortSet ports;
  for (const PortId port : up_ports(vlan)) {
    if (config_.ports[port].all_multicast) {
      ports.add(port);
    }
  }
  return ports;
}

std::optional<PortSet> ReferenceSwitch::accepting_ports(VlanId id, const IpAddress& group,
                                                        const IpAddress& source) const {
  std::optional<PortSet> ports;
  if (const auto found = vlans_.at(id).groups.find(group); found != vlans_.at(id).groups.end()) {
    ports.emplace();
    for (const auto& [port, member] : found->second) {
      const bool is_excluded = member.excluded.contains(source);
      if (member.requested.contains(source) || (member.any && !is_excluded)) {
        ports->add(port);
      }
    }
  }
  return ports;
}

// --- forwarding rules ----------------------------------------------------------------------------

ReferenceSwitch::Decision ReferenceSwitch::receive(PortId port, Frame frame) {
  do_what_is_due();
  Decision decision = decide(port, frame);
  decision.egress.remove(port);
  if (decision.or_else) {
    decision.or_else->remove(port);
  }
  return decision;
}

ReferenceSwitch::Decision ReferenceSwitch::decide(PortId port, Frame frame) {
  if (frame.size() < 14) {
    return nowhere("runt");
  }
  const MacAddress destination = MacAddress::from_bytes(frame.data());
  const MacAddress source = MacAddress::from_bytes(frame.data() + 6);
  if (source == port_mac(port)) {
    return nowhere("own source address");
  }
  if (source.is_group() || source.is_zero()) {
    return nowhere("invalid source address");
  }
  // IEEE 802.1Q section 6.9: VID 0, and no tag, stand for the VLAN of the port.
  std::size_t at = 12;
  unsigned tci = 0;
  if (number(frame, at, 2) == 0x8100 || number(frame, at, 2) == 0x88a8) {
    if (frame.size() < 18) {
      return nowhere("runt");
    }
    tci = number(frame, at + 2, 2);
    at += 4;
  }
  const config::Port& settings = config_.ports[port];
  auto id = static_cast<VlanId>(tci % 4096);
  if (id == 0) {
    id = settings.vlan;
  } else if (std::count(settings.tagged_vlans.begin(), settings.tagged_vlans.end(), id) == 0) {
    id = 0;
  }
  if (id == 0) {
    return nowhere("VLAN not carried");
  }
  // Row 1 of docs/forwarding.md, as all rows below.
  if (destination.bits >= 0x0180c2000000 && destination.bits <= 0x0180c200000f) {
    return nowhere("reserved address");
  }
  Decision decision = decide_in(port, id, frame, at);
  if (snoops(id) && !prunes(id) && !decision.is_final) {
    // "observe: learn and count as if pruning, forward as if off"
    forgets_snooping_ = true;
    decision = decide_in(port, id, frame, at);
    forgets_snooping_ = false;
  }
  decision.tci = tci / 4096 * 4096 + id;
  return decision;
}

ReferenceSwitch::Decision ReferenceSwitch::decide_in(PortId port, VlanId id, Frame frame, std::size_t at) {
  return number(frame, at, 2) == 0x0800 ? decide_ipv4(port, id, frame, at + 2) : bridge(port, id, frame);
}

ReferenceSwitch::Decision ReferenceSwitch::decide_ipv4(PortId port, VlanId id, Frame frame, std::size_t at) {
  const MacAddress destination = MacAddress::from_bytes(frame.data());
  const bool is_multicast_frame = destination.is_group() && !destination.is_broadcast();
  const Frame datagram = frame.subspan(at);
  if (datagram.size() < 20) {
    return is_multicast_frame ? nowhere("IP header cut off") : bridge(port, id, frame);
  }
  const unsigned protocol = datagram[9];
  const bool is_igmp = protocol == 2;
  const bool is_blocked_hello =
      snoops(id) && destination.is_group() && config_.ports[port].block_queries && is_pim_hello(datagram);
  if (is_blocked_hello && destination.is_broadcast()) {
    learn(port, id, MacAddress::from_bytes(frame.data() + 6));
    return nowhere("PIM hello in a broadcast frame blocked");
  }
  // Unicast is not looked into, and broadcast for IGMP only, where IGMP is looked at.
  if (!is_multicast_frame && !(is_igmp && snoops(id) && destination.is_broadcast())) {
    return bridge(port, id, frame);
  }
  // Row 2.
  const std::size_t header = datagram[0] % 16U * 4;
  const std::size_t total = number(datagram, 2, 2);
  if (datagram[0] / 16 != 4 || header < 20 || total < header) {
    return nowhere("IP header malformed");
  }
  if (header > datagram.size()) {
    return nowhere("IP header cut off");
  }
  if (!checksum_is_right(datagram.first(header))) {
    return nowhere("IP header checksum");
  }
  if (total > datagram.size()) {
    return nowhere("cut off");
  }
  const IpAddress to = address(datagram, 16);
  if (is_igmp && snoops(id)) {
    const bool is_fragment = number(datagram, 6, 2) % 0x4000 != 0;
    if (is_fragment) {
      return nowhere("IGMP fragment");
    }
    return decide_igmp(port, id, frame, datagram.first(total));
  }
  if (is_igmp) {
    return flood(port, id, frame, "IGMP, not snooped");
  }
  // Row 5.
  if (protocol == 103) {
    const bool is_whole = number(datagram, 6, 2) % 0x4000 == 0;
    const bool is_to_all = to == Ipv4Address::of(224, 0, 0, 13) && destination.bits == 0x01005e00000d;
    if (is_blocked_hello) {
      learn(port, id, MacAddress::from_bytes(frame.data() + 6));
      return nowhere("PIM hello blocked");
    }
    if (snoops(id) && is_whole && is_to_all && datagram[8] == 1) {
      hear_pim(port, id, datagram.first(total));
    }
    return flood(port, id, frame, "PIM");
  }
  // Row 6.
  if (is_link_local(to)) {
    return flood(port, id, frame, "link-local multicast");
  }
  if (!is_multicast(to)) {
    return flood(port, id, frame, "other multicast");
  }
  if (!snoops(id)) {
    return flood(port, id, frame, "multicast, not snooped");
  }
  learn(port, id, MacAddress::from_bytes(frame.data() + 6));
  // Row 7.
  if (const auto accepting = accepting_ports(id, to, address(datagram, 12))) {
    const PortSet others =
        prunes(id) ? router_ports(id) | held_ports(id) | all_multicast_ports(id) : up_ports(id);
    return {.egress = *accepting | others, .rule = "registered"};
  }
  // Row 8.
  return {.egress = unregistered_ports(id), .rule = "unregistered"};
}

// Rows 9, 10, and 6 for IPv6, which is flooded as well.
ReferenceSwitch::Decision ReferenceSwitch::bridge(PortId port, VlanId id, Frame frame) {
  const MacAddress destination = MacAddress::from_bytes(frame.data());
  if (destination.is_group()) {
    return flood(port, id, frame, "broadcast or other multicast");
  }
  learn(port, id, MacAddress::from_bytes(frame.data() + 6));
  const auto known = macs_.find({id, destination});
  if (known == macs_.end()) {
    return {.egress = up_ports(id), .rule = "unicast unknown"};
  }
  const auto [where, seen] = known->second;
  const Duration ageing = config_.sw.mac_aging_time;
  const Duration late = std::clamp<Duration>(ageing / 8, 20ms, 10s);
  if (ageing == 0s || now_ < seen + ageing - 1s) {
    return {.egress = PortSet::of(where), .rule = "unicast known"};
  }
  if (now_ > seen + ageing + late + 1ms) {
    return {.egress = up_ports(id), .rule = "unicast aged out"};
  }
  return {.egress = PortSet::of(where), .or_else = up_ports(id), .rule = "unicast, may have aged out"};
}

ReferenceSwitch::Decision ReferenceSwitch::flood(PortId port, VlanId id, Frame frame, const char* rule) {
  learn(port, id, MacAddress::from_bytes(frame.data() + 6));
  return {.egress = up_ports(id), .rule = rule};
}

void ReferenceSwitch::learn(PortId port, VlanId id, MacAddress source) {
  macs_[{id, source}] = {port, now_};
  hosts_[port].insert(source);
}

// --- IGMP ----------------------------------------------------------------------------------------

ReferenceSwitch::Decision ReferenceSwitch::decide_igmp(PortId port, VlanId id, Frame frame, Frame datagram) {
  const std::size_t header = datagram[0] % 16U * 4;
  Message message;
  const char* const problem = read(datagram.subspan(header), message);
  const MacAddress source = MacAddress::from_bytes(frame.data() + 6);
  // Row 0: what we have sent ourselves has come back by a loop (RFC 2236 section 7, IEEE 802.1Q section 8.8).
  if (source == kSwitchMac) {
    if (problem == nullptr && message.type == 0x11) {
      message_time(port);
    }
    return {.egress = {}, .is_final = true, .rule = "our own IGMP, come back"};
  }
  if (problem != nullptr) {
    return nowhere(problem);
  }
  // Row 5.
  if (!message.is_known()) {
    const bool is_to_group =
        MacAddress::from_bytes(frame.data()).bits == 0x01005e000000U + number(datagram, 16, 4) % 0x800000U;
    if (config_.ports[port].block_queries && message.type >= 0x30 && message.type <= 0x32) {
      learn(port, id, MacAddress::from_bytes(frame.data() + 6));
      return nowhere("router discovery blocked");
    }
    hear_mrd(port, id, datagram, has_router_alert(datagram.first(header).subspan(20)), is_to_group);
    return flood(port, id, frame, "unknown IGMP type");
  }
  // Row 2 once more: "IGMP with a TTL other than 1 is ignored".
  if (datagram[8] != 1) {
    return nowhere("IGMP TTL");
  }
  if (igmp(id).require_router_alert && !has_router_alert(datagram.first(header).subspan(20))) {
    return nowhere("IGMP without Router Alert");
  }
  // "Source addresses that no host can have (127/8, multicast, broadcast, 240/4, 0/8 but 0.0.0.0) are
  // malformed."
  const IpAddress from = address(datagram, 12);
  if (!can_send(from)) {
    return nowhere("IGMP from no host");
  }
  learn(port, id, source);
  const IpAddress to = address(datagram, 16);
  const MacAddress to_mac = MacAddress::from_bytes(frame.data());

  // Row 4.
  if (message.type == 0x11) {
    if (config_.ports[port].block_queries) {
      return nowhere("query blocked");
    }
    // "A query changes state only if it was sent to where everybody hears it."
    const IpAddress asked = message.group.is_unspecified() ? Ipv4Address::of(224, 0, 0, 1) : message.group;
    if (to != asked || to_mac != mac_of_group(asked)) {
      return {.egress = up_ports(id), .rule = "query that not everybody hears"};
    }
    const TimePoint at = message_time(port);
    if (igmp(id).allowed_queriers.empty() || is_among(igmp(id).allowed_queriers, from.v4())) {
      query(port, id, message, from, at);
    }
    return {.egress = up_ports(id), .rule = "query"};
  }
  // Row 3a: "to any multicast address". Others are row 10's.
  if (!is_multicast(to)) {
    return {.egress = up_ports(id), .rule = "report to no group"};
  }
  reporters_[port].insert(from);
  if (message.type != 0x17) {
    reporting_.insert(port);
  }
  const bool is_version_2 = message.type == 0x16 || message.type == 0x17;
  if ((message.type == 0x12 && igmp(id).ignore_v1_reports) || (is_version_2 && igmp(id).ignore_v2_reports)) {
    return nowhere("report of an ignored version");
  }
  if (!igmp(id).report_sources.empty() && !is_among(igmp(id).report_sources, from.v4())) {
    return nowhere("report from elsewhere");
  }
  take_report(port, id, message, {source, from});
  return {.egress = report_ports(id, message.type == 0x22 ? 3 : 2), .rule = "report or leave"};
}

}  // namespace mcswitch::test

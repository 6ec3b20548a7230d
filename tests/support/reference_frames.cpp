// SPDX-License-Identifier: BSD-3-Clause
//
// What is done with a frame: the forwarding rules in their order, and reading IGMP.

#include "support/reference_switch.hpp"

#include <algorithm>
#include <chrono>

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

// --- reading octets ------------------------------------------------------------------------------

using Octets = std::span<const std::uint8_t>;

unsigned number(Octets octets, std::size_t at, std::size_t size) {
  unsigned value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value * 256 + octets[at + i];
  }
  return value;
}

Ipv4Address address(Octets octets, std::size_t at) { return Ipv4Address{number(octets, at, 4)}; }

// RFC 1071: the one's complement sum with the checksum in it is all ones.
bool checksum_is_right(Octets octets) {
  unsigned long sum = 0;
  for (std::size_t i = 0; i < octets.size(); i += 2) {
    sum += octets[i] * 256UL + (i + 1 < octets.size() ? octets[i + 1] : 0UL);
  }
  while (sum > 0xffff) {
    sum = sum % 0x10000 + sum / 0x10000;
  }
  return sum == 0xffff;
}

// RFC 9776 section 4.1.1.
Duration floating_tenths(unsigned code) {
  if (code < 128) {
    return code * 100ms;
  }
  const unsigned exponent = (code / 16) % 8;
  const unsigned mantissa = code % 16;
  return ((mantissa + 16) << (exponent + 3)) * 100ms;
}

// RFC 791 section 3.1, RFC 2113.
bool has_router_alert(Octets options) {
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

// 224.0.0.0 to 239.255.255.255 (RFC 1112 section 4), 224.0.0.0 to 224.0.0.255 (RFC 4541 section 2.1.2(2)).
bool is_multicast(Ipv4Address a) { return a.bits >= 0xe0000000 && a.bits <= 0xefffffff; }
bool is_link_local(Ipv4Address a) { return a.bits >= 0xe0000000 && a.bits <= 0xe00000ff; }

constexpr ReferenceSwitch::Decision nowhere(const char* rule) { return {.egress = {}, .rule = rule}; }

}  // namespace

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
  const MacAddress destination = MacAddress::from_octets(frame.data());
  const MacAddress source = MacAddress::from_octets(frame.data() + 6);
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
  // Row 1.
  if (destination.bits >= 0x0180c2000000 && destination.bits <= 0x0180c200000f) {
    return nowhere("reserved address");
  }
  Decision decision = decide_in(port, id, frame, at);
  if (snoops(id) && !prunes(id)) {
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
  const MacAddress destination = MacAddress::from_octets(frame.data());
  const bool is_multicast_frame = destination.is_group() && !destination.is_broadcast();
  const Frame datagram = frame.subspan(at);
  if (datagram.size() < 20) {
    return is_multicast_frame ? nowhere("IP header cut off") : bridge(port, id, frame);
  }
  const unsigned protocol = datagram[9];
  const bool is_igmp = protocol == 2;
  // Unicast and broadcast are not looked into, except for IGMP where IGMP is looked at.
  if (!is_multicast_frame && !(is_igmp && snoops(id))) {
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
  const Ipv4Address to = address(datagram, 16);
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
  learn(port, id, MacAddress::from_octets(frame.data() + 6));
  const auto& groups = vlans_[id].groups;
  // Row 7.
  if (const auto group = groups.find(to); group != groups.end()) {
    PortSet ports = prunes(id) ? router_ports(id) | held_ports(id) : up_ports(id);
    for (const auto& [member, unused] : group->second) {
      ports.add(member);
    }
    return {.egress = ports, .rule = "registered"};
  }
  // Row 8.
  return {.egress = unregistered_ports(id), .rule = "unregistered"};
}

// Rows 9, 10, and 6 for IPv6, which is flooded as well.
ReferenceSwitch::Decision ReferenceSwitch::bridge(PortId port, VlanId id, Frame frame) {
  const MacAddress destination = MacAddress::from_octets(frame.data());
  if (destination.is_group()) {
    return flood(port, id, frame, "broadcast or other multicast");
  }
  learn(port, id, MacAddress::from_octets(frame.data() + 6));
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
  learn(port, id, MacAddress::from_octets(frame.data() + 6));
  return {.egress = up_ports(id), .rule = rule};
}

void ReferenceSwitch::learn(PortId port, VlanId id, MacAddress source) {
  macs_[{id, source}] = {port, now_};
  hosts_[port][source] = now_;
  latest_host_[port] = source;
}

// --- IGMP ----------------------------------------------------------------------------------------

// Row 2, for what is in the message: the reason for which it is malformed, or nullptr.
const char* ReferenceSwitch::read(Frame payload, Message& message) {
  if (payload.empty()) {
    return "IGMP without content";
  }
  message.type = payload[0];
  if (!message.is_known()) {
    return nullptr;
  }
  if (payload.size() < 8) {
    return "IGMP too short";
  }
  if (!checksum_is_right(payload)) {
    return "IGMP checksum";
  }
  message.group = address(payload, 4);
  switch (message.type) {
    case 0x11:
      return read_query(payload, message);
    case 0x22:
      return read_v3_report(payload, message);
    default:
      return is_multicast(message.group) ? nullptr : "IGMP for no group";
  }
}

// RFC 9776 section 7.1: the version goes by length and code.
const char* ReferenceSwitch::read_query(Frame payload, Message& message) {
  message.response = payload[1] * 100ms;
  if (payload.size() == 8 && payload[1] == 0) {
    message.version = 1;
    message.group = {};
    message.response = 10s;
    return nullptr;
  }
  if (payload.size() != 8 && payload.size() < 12) {
    return "IGMP query length";
  }
  if (!is_multicast(message.group) && !message.group.is_unspecified()) {
    return "IGMP query for no group";
  }
  message.version = 2;
  if (payload.size() >= 12) {
    const unsigned sources = number(payload, 10, 2);
    if (12 + 4 * sources > payload.size()) {
      return "IGMP query with fewer sources";
    }
    const bool s_flag = payload[8] / 8 % 2 == 1;
    message.version = 3;
    message.response = floating_tenths(payload[1]);
    message.keeps_timers = s_flag || sources > 0;
  }
  return nullptr;
}

// RFC 9776 section 4.2. Auxiliary data is counted in words of four octets.
const char* ReferenceSwitch::read_v3_report(Frame payload, Message& message) {
  std::size_t at = 8;
  for (unsigned n = number(payload, 6, 2); n > 0; --n) {
    if (at + 8 > payload.size()) {
      return "IGMP report with fewer records";
    }
    const unsigned sources = number(payload, at + 2, 2);
    message.records.push_back({.type = payload[at], .group = address(payload, at + 4), .sources = sources});
    at += 8 + 4 * sources + 4UL * payload[at + 1];
    if (at > payload.size()) {
      return "IGMP record with less than it says";
    }
  }
  return nullptr;
}

ReferenceSwitch::Decision ReferenceSwitch::decide_igmp(PortId port, VlanId id, Frame frame, Frame datagram) {
  const std::size_t header = datagram[0] % 16U * 4;
  Message message;
  if (const char* problem = read(datagram.subspan(header), message)) {
    return nowhere(problem);
  }
  // Row 5.
  if (!message.is_known()) {
    return flood(port, id, frame, "unknown IGMP type");
  }
  // Row 2 once more: "IGMP with a TTL other than 1 is ignored".
  if (datagram[8] != 1) {
    return nowhere("IGMP TTL");
  }
  if (igmp(id).require_router_alert && !has_router_alert(datagram.first(header).subspan(20))) {
    return nowhere("IGMP without Router Alert");
  }
  const MacAddress source = MacAddress::from_octets(frame.data() + 6);
  learn(port, id, source);

  // Row 4. A query from our own MAC address is one of ours, come back: it means nothing.
  if (message.type == 0x11) {
    if (config_.ports[port].block_queries) {
      return nowhere("query blocked");
    }
    const TimePoint at = message_time(port);
    if (source != kSwitchMac) {
      query(port, id, message, address(datagram, 12), at);
    }
    return {.egress = up_ports(id), .rule = "query"};
  }
  // Row 3.
  if (message.type == 0x12 && igmp(id).ignore_v1_reports) {
    return nowhere("version 1 report ignored");
  }
  take_report(port, id, message);
  return {.egress = report_ports(id), .rule = "report or leave"};
}

// Joins count while the message is read, leaves when it has been read whole.
void ReferenceSwitch::take_report(PortId port, VlanId id, const Message& message) {
  std::vector<Leave> leaves;
  const auto leave_later = [&](Ipv4Address group) {
    if (!is_link_local(group)) {
      leaves.push_back({group, message_time(port)});
    }
  };
  switch (message.type) {
    case 0x12:
    case 0x16:
      join(port, id, message.group, message.type == 0x12);
      break;
    case 0x17:
      leave_later(message.group);
      break;
    default:
      break;
  }
  for (const Record& record : message.records) {
    if (!is_multicast(record.group)) {
      continue;
    }
    // IS_EX, TO_EX; IS_IN, TO_IN and ALLOW of something; TO_IN of nothing.
    const bool wants_all_but = record.type == 2 || record.type == 4;
    const bool wants_some = (record.type == 1 || record.type == 3 || record.type == 5) && record.sources > 0;
    if (wants_all_but || wants_some) {
      join(port, id, record.group, false);
    } else if (record.type == 3) {
      leave_later(record.group);
    }
  }
  for (const Leave& l : leaves) {
    leave(port, id, l);
  }
}

}  // namespace mcswitch::test

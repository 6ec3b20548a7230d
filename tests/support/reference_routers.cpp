// SPDX-License-Identifier: BSD-3-Clause
//
// Multicast routers: RFC 4541 section 2.1.1(1), by their queries, by PIM hellos (RFC 7761 section 4.9), and
// by multicast router discovery (RFC 4286).

#include <algorithm>
#include <chrono>

#include "support/reference_bytes.hpp"
#include "support/reference_switch.hpp"

namespace mcswitch::test {

using namespace std::chrono_literals;

// `until`: absent if it has said that it goes.
void ReferenceSwitch::hear_router(PortId port, VlanId id, RouterReason reason, const IpAddress& source,
                                  std::optional<TimePoint> until) {
  if (config_.ports[port].multicast_router == config::MulticastRouter::never) {
    return;
  }
  std::map<Router, TimePoint>& routers = vlans_[id].routers[port];
  const Router router{reason, source};
  if (!until) {
    routers.erase(router);
  } else if (routers.contains(router) || routers.size() < 8) {
    routers[router] = *until;
  } else {
    const auto first_to_end =
        std::ranges::min_element(routers, [](const auto& a, const auto& b) { return a.second < b.second; });
    if (first_to_end->second < *until) {
      routers.erase(first_to_end);
      routers[router] = *until;
    }
  }
  if (routers.empty()) {
    vlans_[id].routers.erase(port);
  }
}

// By a query. One about a group does not show how often its sender asks everybody, and shortens nothing.
void ReferenceSwitch::hear_querier(PortId port, VlanId id, const Heard& heard, bool is_general) {
  const Router router{RouterReason::query, heard.address};
  TimePoint until = now_ + router_port_interval(id, heard);
  const auto& ports = vlans_[id].routers;
  if (!is_general && ports.contains(port) && ports.at(port).contains(router)) {
    until = std::max(until, ports.at(port).at(router));
  }
  hear_router(port, id, RouterReason::query, heard.address, until);
}

// The hello of a PIM datagram that went to all PIM routers of the link, if it is one, and right.
void ReferenceSwitch::hear_pim(PortId port, VlanId id, Frame datagram) {
  const Frame payload = datagram.subspan(datagram[0] % 16U * 4);
  if (payload.size() < 4 || payload[0] != 0x20 || !checksum_is_right(payload) ||
      !can_send(address(datagram, 12))) {
    return;
  }
  unsigned holdtime = 105;
  std::size_t at = 4;
  while (at + 4 <= payload.size()) {
    const unsigned option = number(payload, at, 2);
    const unsigned length = number(payload, at + 2, 2);
    if (at + 4 + length > payload.size() || (option == 1 && length != 2)) {
      return;
    }
    if (option == 1) {
      holdtime = number(payload, at + 4, 2);
    }
    at += 4 + length;
  }
  if (!address(datagram, 12).is_unspecified()) {
    std::optional<TimePoint> until;
    if (holdtime != 0) {
      until = holdtime == 0xffff ? kNever : now_ + holdtime * 1s;
    }
    hear_router(port, id, RouterReason::pim, address(datagram, 12), until);
  }
}

// The same of an IGMP datagram whose type is one of router discovery.
void ReferenceSwitch::hear_mrd(PortId port, VlanId id, Frame datagram, bool has_router_alert,
                               bool is_to_group) {
  const Frame payload = datagram.subspan(datagram[0] % 16U * 4);
  const unsigned type = payload.empty() ? 0U : payload[0];
  if (type < 0x30 || type > 0x32 || payload.size() < (type == 0x30 ? 8U : 4U) ||
      !checksum_is_right(payload)) {
    return;
  }
  const IpAddress to = type == 0x31 ? Ipv4Address::of(224, 0, 0, 2) : Ipv4Address::of(224, 0, 0, 106);
  if (datagram[8] != 1 || !has_router_alert || address(datagram, 16) != to || !is_to_group ||
      !can_send(address(datagram, 12))) {
    return;
  }
  if (type != 0x31 && !address(datagram, 12).is_unspecified()) {
    const unsigned interval = payload[1] == 0 ? 20U : payload[1];
    hear_router(port, id, RouterReason::mrd, address(datagram, 12),
                type == 0x30 ? std::optional{now_ + 3 * interval * 1s} : std::nullopt);
  }
}

}  // namespace mcswitch::test

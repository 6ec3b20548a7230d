// SPDX-License-Identifier: BSD-3-Clause
//
// What a worker does about routers that say so themselves: PIM hellos and multicast router discovery become
// messages to the control thread. Their frames go everywhere (RFC 4541 section 2.1.1(3)), also those that are
// wrong: these change nothing here. From a port with "block-queries" none of them goes anywhere: what is
// wrong to us may be right to others.

#include "forwarding/burst.hpp"
#include "forwarding/forwarder.hpp"
#include "proto/mrd.hpp"
#include "proto/pim.hpp"

namespace mcswitch::forwarding {

using proto::MrdKind;
using proto::PimKind;
using table::RouterMessage;

PortSet Forwarder::handle_pim(Burst& burst, const Classified& c, std::span<const std::uint8_t> payload,
                              Vlan vlan) {
  const proto::PimMessage message = proto::parse_pim(payload);
  // Known as a hello only now, where its type is in the second buffer of a frame.
  if (message.kind != PimKind::other && burst.settings.ports[burst.ingress].block_queries) {
    return block_control(burst, c, vlan);
  }
  if (message.kind == PimKind::hello && c.ip_source.is_source()) {
    // No router is at 0.0.0.0.
    const bool is_router = c.ip_source.is_host();
    burst.event(is_router ? PortEvent::pim_hellos : PortEvent::pim_hellos_ignored);
    return hear_router(burst, c, vlan, {RouterMessage::Protocol::pim, message.holdtime, is_router});
  }
  if (message.kind != PimKind::other) {
    burst.event(PortEvent::pim_hellos_ignored);
  }
  return flood_control(burst, c, vlan);
}

// Any IGMP message that membership knows nothing of: RFC 4541 section 2.1.1(3).
PortSet Forwarder::handle_other_igmp(Burst& burst, const Classified& c, std::span<const std::uint8_t> payload,
                                     Vlan vlan) {
  const proto::MrdMessage message = proto::parse_mrd(payload);
  if (message.kind == MrdKind::other) {
    return flood_control(burst, c, vlan);
  }
  if (burst.settings.ports[burst.ingress].block_queries) {
    return block_control(burst, c, vlan);
  }
  // What may have come from another link does not count (RFC 4286 section 8), nor what no host can send.
  const Ipv4Address destination = message.kind == MrdKind::solicitation ? kAllRouters : proto::kAllSnoopers;
  if (message.kind == MrdKind::wrong || c.ttl != 1 || !c.has_router_alert || !c.is_sent_to(destination) ||
      !c.ip_source.is_source()) {
    burst.event(PortEvent::mrd_ignored);
    return flood_control(burst, c, vlan);
  }
  const bool is_solicitation = message.kind == MrdKind::solicitation;
  const bool is_router = !is_solicitation && c.ip_source.is_host();
  burst.event(is_router || is_solicitation ? PortEvent::mrd_messages : PortEvent::mrd_ignored);
  return hear_router(burst, c, vlan, {RouterMessage::Protocol::mrd, message.lifetime, is_router});
}

PortSet Forwarder::hear_router(Burst& burst, const Classified& c, Vlan vlan, const Heard& heard) {
  if (heard.is_router) {
    RouterMessage message{burst.head({0, c.source, c.ip_source}, vlan.id, {}, stamp_at(burst.now))};
    message.protocol = heard.protocol;
    message.lifetime = heard.lifetime;
    if (!messages_.router(message)) {
      burst.event(PortEvent::routers_lost);
    }
  }
  return flood_control(burst, c, vlan);
}

bool Forwarder::is_blocked_hello(const Burst& burst, const Classified& c) {
  return c.is_pim_hello && burst.settings.ports[burst.ingress].block_queries;
}

PortSet Forwarder::block_control(Burst& burst, const Classified& c, Vlan vlan) {
  learn(burst, vlan, c.source);
  burst.fate(FrameFate::igmp_query_blocked);
  return {};
}

PortSet Forwarder::flood_control(Burst& burst, const Classified& c, Vlan vlan) {
  learn(burst, vlan, c.source);
  burst.fate(FrameFate::multicast_control);
  return vlan.words.flood.load();
}

}  // namespace mcswitch::forwarding

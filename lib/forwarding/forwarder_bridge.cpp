// SPDX-License-Identifier: BSD-3-Clause
//
// What every bridge does (IEEE 802.1Q section 8.6): which frames are let in, in which VLAN they are, and
// where unicast goes.

#include "forwarding/burst.hpp"
#include "forwarding/forwarder.hpp"

namespace mcswitch::forwarding {

using proto::ParseError;

// The VLAN that a frame is in; 0 if it is not let in, and then its fate is counted.
VlanId Forwarder::admit(Burst& burst, const Classified& c) {
  const auto refuse = [&](FrameFate fate) {
    burst.fate(fate);
    return VlanId{0};
  };
  if (c.kind == FrameKind::runt) {
    return refuse(FrameFate::runt);
  }
  if (c.source == burst.settings.ports[burst.ingress].own_mac) {
    return refuse(FrameFate::own_source_mac);
  }
  if (c.source.is_group() || c.source.is_zero()) {
    return refuse(FrameFate::source_invalid);
  }
  VlanId id = c.tci & kVidMask;
  if (id != 0) {
    if (!burst.settings.vlans[id].tagged.contains(burst.ingress)) {
      return refuse(FrameFate::vlan_not_carried);
    }
  } else {
    // Untagged, or tagged for its priority only (IEEE 802.1Q section 6.9).
    id = burst.settings.ports[burst.ingress].vlan;
    if (id == 0) {
      return refuse(FrameFate::vlan_not_carried);
    }
  }
  if (c.kind == FrameKind::reserved) {
    return refuse(FrameFate::reserved_mac);
  }
  if (c.kind == FrameKind::truncated) {
    return refuse(FrameFate::truncated);
  }
  return id;
}

PortSet Forwarder::unicast(Burst& burst, MacAddress destination, Vlan vlan) {
  // An address behind a port that has lost its link is forgotten, soon.
  if (const auto port = macs_.find(vlan.id, destination); port && vlan.words.flood.load().contains(*port)) {
    burst.fate(FrameFate::unicast_known);
    return PortSet::of(*port);
  }
  burst.fate(FrameFate::unicast_unknown);
  return vlan.words.flood.load();
}

// Where a frame that was handled or refused as IGMP goes in a VLAN that only observes: where it would go if
// the switch did not look for IGMP. Its fate has been counted.
PortSet Forwarder::unsnooped(Burst& burst, const Classified& c, Vlan vlan) {
  const bool is_multicast = c.destination.is_group() && !c.destination.is_broadcast();
  if (is_multicast && c.kind == FrameKind::malformed && c.error != ParseError::igmp_fragment) {
    return {};  // for its IP header, which is verified in every multicast frame
  }
  learn(burst, vlan, c.source);
  return vlan.words.flood.load();
}

// IGMP that we have sent ourselves and that has come back by a loop changes nothing, and goes nowhere. The
// control thread is notified of queries (queries_looped).
void Forwarder::take_looped(Burst& burst, std::size_t index, const Frame& frame, const Classified& c,
                            Vlan vlan) {
  burst.fate(FrameFate::own_source_mac);
  proto::IgmpMessage message;
  if (read_igmp(payload_of(burst, index, frame, c), message) == ParseError::none &&
      message.kind == proto::IgmpKind::query) {
    notify_of_query(burst, {message.version, c.source, c.ip_source}, message, vlan);
  }
}

}  // namespace mcswitch::forwarding

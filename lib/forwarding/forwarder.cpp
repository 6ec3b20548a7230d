// SPDX-License-Identifier: BSD-3-Clause

#include "forwarding/forwarder.hpp"

#include "forwarding/quick.hpp"

namespace mcswitch::forwarding {

using proto::ParseError;
using table::ControlEvent;
using table::GroupTable;
using table::VlanForwarding;

struct Forwarder::Burst {
  PortId ingress;
  TimePoint now;
  PortCounters& counters;
  table::PortState& port;
  const Linearizer& linearizer;

  // Data frames whose group is looked up for the whole burst at once: in lookups_.
  std::size_t lookups = 0;

  // Source that the MAC table has just been told of, and in which VLAN.
  MacAddress learned{};
  VlanId learned_in = 0;
  std::size_t for_owner = 0;

  void fate(FrameFate f) { counters.fates[f].add(); }
  void event(PortEvent e) { counters.events[e].add(); }
};

Forwarder::Forwarder(const Settings& settings, const Parts& parts)
    : settings_{settings},
      groups_{parts.groups},
      macs_{parts.macs},
      vlans_{parts.vlans},
      ports_{parts.ports},
      events_{parts.events},
      counters_{parts.counters} {}

void Forwarder::process(PortId ingress, std::span<const Frame> frames, TimePoint now,
                        std::span<PortSet> egress, std::span<FrameNote> notes, const Linearizer& linearizer) {
  Burst burst{.ingress = ingress,
              .now = now,
              .counters = counters_[ingress],
              .port = ports_[ingress],
              .linearizer = linearizer};
  // What is the same for all frames without a tag.
  const VlanId own = settings_.ports[ingress].vlan;
  const Vlan vlan{own, vlans_[own]};
  const bool looks_up = own != 0 && vlan.words.igmp.load(std::memory_order_relaxed) != table::Snooping::off;
  if (looks_up && !frames.empty() && all_plain(burst, vlan, frames)) {
    return forward_plain(burst, vlan, frames, egress, notes);
  }

  std::uint64_t octets = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    decide(burst, i, frames[i], egress[i], notes[i]);
    octets += notes[i].for_owner ? 0 : frames[i].length;
  }
  burst.counters.rx_packets.add(frames.size() - burst.for_owner);
  burst.counters.rx_bytes.add(octets);

  if (burst.lookups != 0) {
    look_up(burst.lookups);
    std::uint64_t hits = 0;
    for (std::size_t n = 0; n < burst.lookups; ++n) {
      const VlanForwarding& words = vlans_[lookups_.groups[n].vlan];
      const bool hit = !lookups_.found[n].ports.empty();
      hits += hit ? 1 : 0;
      PortSet ports = hit ? lookups_.found[n].ports | words.registered.load() : words.unregistered.load();
      egress[lookups_.frame_of[n]] = ports.remove(ingress);
    }
    count_lookups(burst, hits);
  }
}

void Forwarder::look_up(std::size_t count) {
  groups_.find_burst_v4(std::span{lookups_.groups.data(), count}, std::span{lookups_.found.data(), count});
}

void Forwarder::count_lookups(Burst& burst, std::uint64_t hits) {
  burst.counters.fates[FrameFate::multicast_registered].add(hits);
  burst.counters.fates[FrameFate::multicast_unregistered].add(burst.lookups - hits);
}

// True if the whole burst is plain multicast data that decide() would look up, as most bursts are that
// matter; then the groups are in lookups_ and the sources are learned. False: nothing has happened yet.
bool Forwarder::all_plain(Burst& burst, Vlan vlan, std::span<const Frame> frames) {
  const MacAddress own = settings_.ports[burst.ingress].own_mac;
  QuickFrame quick;
  if (!read_quick(frames.front(), quick)) {
    return false;
  }
  const MacAddress source = quick.source;
  if (source == own || source.is_group() || source.is_zero()) {
    return false;
  }
  lookups_.groups[0] = {vlan.id, quick.group};
  for (std::size_t i = 1; i < frames.size(); ++i) {
    if (!read_quick(frames[i], quick) || quick.source != source) {
      return false;
    }
    lookups_.groups[i] = {vlan.id, quick.group};
  }
  learn(burst, vlan, source);
  burst.lookups = frames.size();
  return true;
}

void Forwarder::forward_plain(Burst& burst, Vlan vlan, std::span<const Frame> frames,
                              std::span<PortSet> egress, std::span<FrameNote> notes) {
  look_up(frames.size());
  const PortSet others = ~PortSet::of(burst.ingress);
  const PortSet registered = vlan.words.registered.load();
  const PortSet unregistered = vlan.words.unregistered.load() & others;
  std::uint64_t octets = 0;
  std::uint64_t hits = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const PortSet members = lookups_.found[i].ports;
    const bool hit = !members.empty();
    hits += hit ? 1 : 0;
    egress[i] = hit ? (members | registered) & others : unregistered;
    notes[i] = {.tci = vlan.id};
    octets += frames[i].length;
  }
  burst.counters.rx_packets.add(frames.size());
  burst.counters.rx_bytes.add(octets);
  count_lookups(burst, hits);
}

void Forwarder::decide(Burst& burst, std::size_t index, const Frame& frame, PortSet& egress,
                       FrameNote& note) {
  Classified c = classify(frame);
  egress = {};
  note = {};

  // Frames that are not let in.
  if (c.kind == FrameKind::runt) {
    return burst.fate(FrameFate::runt);
  }
  if (c.source == settings_.ports[burst.ingress].own_mac) {
    return burst.fate(FrameFate::own_source_mac);
  }
  if (c.source.is_group() || c.source.is_zero()) {
    return burst.fate(FrameFate::source_invalid);
  }
  VlanId id = c.tci & kVidMask;
  if (id != 0) {
    if (!vlans_[id].tagged.load().contains(burst.ingress)) {
      return burst.fate(FrameFate::vlan_not_carried);
    }
  } else {
    // Untagged, or tagged for its priority only (IEEE 802.1Q section 6.9).
    id = settings_.ports[burst.ingress].vlan;
    if (id == 0) {
      return burst.fate(FrameFate::vlan_not_carried);
    }
  }
  if (c.kind == FrameKind::reserved) {
    return burst.fate(FrameFate::reserved_mac);
  }
  if (c.kind == FrameKind::truncated) {
    return burst.fate(FrameFate::truncated);
  }

  const Vlan vlan{id, vlans_[id]};
  note.tci = static_cast<std::uint16_t>((c.tci & ~kVidMask) | id);
  note.tag = c.tag;
  const table::Snooping snooping = vlan.words.igmp.load(std::memory_order_relaxed);
  const bool snoops = snooping != table::Snooping::off;
  if (!snoops && (!c.destination.is_group() || c.destination.is_broadcast())) {
    // Only for the sake of IGMP was it looked into.
    c.kind = c.destination.is_broadcast() ? FrameKind::broadcast : FrameKind::unicast;
  }
  if (c.kind == FrameKind::malformed && (snoops || c.error != ParseError::igmp_fragment)) {
    egress = malformed(burst, c.error);
    if (snooping == table::Snooping::observe) {
      egress = unsnooped(burst, c, vlan).remove(burst.ingress);
    }
    return;
  }
  if (c.kind == FrameKind::igmp && snoops) {
    if (!settings_.control_ports.contains(burst.ingress)) {
      note.for_owner = true;
      ++burst.for_owner;
      return;
    }
    egress = handle_igmp(burst, index, frame, c, vlan);
    if (snooping == table::Snooping::observe) {
      egress = unsnooped(burst, c, vlan);
    }
    egress.remove(burst.ingress);
    return;
  }

  learn(burst, vlan, c.source);
  switch (c.kind) {
    case FrameKind::ipv4_multicast:
      if (snoops) {
        lookups_.frame_of[burst.lookups] = static_cast<std::uint16_t>(index);
        lookups_.groups[burst.lookups] = {id, c.group};
        ++burst.lookups;
        return;  // its fate is counted with the lookups
      }
      burst.fate(FrameFate::multicast_unsnooped);
      break;
    case FrameKind::igmp:
    case FrameKind::malformed:  // a fragment of IGMP, where IGMP is not looked at
    case FrameKind::ipv6_multicast:
      burst.fate(FrameFate::multicast_unsnooped);
      break;
    case FrameKind::multicast_control:
      burst.fate(FrameFate::multicast_control);
      break;
    case FrameKind::ipv4_link_local:
    case FrameKind::ipv6_link_local:
      burst.fate(FrameFate::multicast_link_local);
      break;
    case FrameKind::other_multicast:
      burst.fate(FrameFate::multicast_other);
      break;
    case FrameKind::broadcast:
      burst.fate(FrameFate::broadcast);
      break;
    default:
      egress = unicast(burst, c.destination, vlan).remove(burst.ingress);
      return;
  }
  egress = vlan.words.flood.load().remove(burst.ingress);
}

PortSet Forwarder::malformed(Burst& burst, ParseError error) {
  burst.fate(FrameFate::malformed);
  burst.counters.parse_errors[static_cast<std::size_t>(error)].add();
  return {};
}

// Where a frame that was handled or refused as IGMP goes in a VLAN that only observes: where it would go
// if nobody looked for IGMP. Its fate has been counted.
PortSet Forwarder::unsnooped(Burst& burst, const Classified& c, Vlan vlan) {
  const bool is_multicast = c.destination.is_group() && !c.destination.is_broadcast();
  if (is_multicast && c.kind == FrameKind::malformed && c.error != ParseError::igmp_fragment) {
    return {};  // for its IP header, which is verified in every multicast frame
  }
  learn(burst, vlan, c.source);
  if (!c.destination.is_group()) {
    if (const auto port = macs_.find(vlan.id, c.destination);
        port && vlan.words.flood.load().contains(*port)) {
      return PortSet::of(*port);
    }
  }
  return vlan.words.flood.load();
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

PortSet Forwarder::handle_igmp(Burst& burst, std::size_t index, const Frame& frame, const Classified& c,
                               Vlan vlan) {
  const std::uint8_t* data = frame.data;
  if (c.payload_offset + c.payload_length > frame.contiguous) {
    data =
        burst.linearizer.whole == nullptr ? nullptr : burst.linearizer.whole(burst.linearizer.context, index);
    if (data == nullptr) {
      return malformed(burst, ParseError::ip_header_truncated);
    }
  }
  proto::IgmpMessage message;
  const ParseError error = proto::parse_igmp({data + c.payload_offset, c.payload_length}, message);
  if (error != ParseError::none) {
    return malformed(burst, error);
  }
  if (message.kind == proto::IgmpKind::other) {
    // RFC 4541 section 2.1.1(3): unknown types go everywhere, whatever else they are.
    learn(burst, vlan, c.source);
    burst.fate(FrameFate::multicast_control);
    return vlan.words.flood.load();
  }
  if (c.ttl != 1) {
    return malformed(burst, ParseError::igmp_ttl_not_1);
  }
  const std::uint8_t rules = vlan.words.igmp_rules.load(std::memory_order_relaxed);
  if ((rules & table::kRequireRouterAlert) != 0 && !c.has_router_alert) {
    return malformed(burst, ParseError::igmp_no_router_alert);
  }
  learn(burst, vlan, c.source);
  switch (message.kind) {
    case proto::IgmpKind::query:
      return handle_query(burst, message, c, vlan);
    case proto::IgmpKind::leave:
      burst.fate(FrameFate::igmp_leave);
      leave(burst, vlan, message.group, c, 2);
      return vlan.words.reports.load();
    case proto::IgmpKind::v3_report:
      return handle_v3_report(burst, message, c, vlan);
    default:
      return handle_report(burst, message, vlan);
  }
}

PortSet Forwarder::handle_report(Burst& burst, const proto::IgmpMessage& message, Vlan vlan) {
  burst.fate(FrameFate::igmp_report);
  burst.event(message.version == 1 ? PortEvent::igmp_v1_reports : PortEvent::igmp_v2_reports);
  const std::uint8_t rules = vlan.words.igmp_rules.load(std::memory_order_relaxed);
  if (message.version == 1 && (rules & table::kIgnoreV1Reports) != 0) {
    burst.event(PortEvent::igmp_v1_reports_ignored);
    return {};
  }
  join(burst, vlan, message.group, message.version);
  return vlan.words.reports.load();
}

// At group level, until source filters exist: whoever wants some source of a group gets the group.
PortSet Forwarder::handle_v3_report(Burst& burst, const proto::IgmpMessage& message, const Classified& c,
                                    Vlan vlan) {
  using proto::RecordType;
  burst.fate(FrameFate::igmp_report);
  burst.event(PortEvent::igmp_v3_reports);
  proto::GroupRecords records{message};
  proto::GroupRecord record;
  while (records.next(record)) {
    if (!record.group.is_multicast()) {
      burst.event(PortEvent::igmp_records_skipped);
      continue;
    }
    switch (static_cast<RecordType>(record.type)) {
      case RecordType::mode_is_exclude:
      case RecordType::change_to_exclude_mode:
        join(burst, vlan, record.group, 3);
        break;
      case RecordType::change_to_include_mode:
        if (record.sources.empty()) {
          leave(burst, vlan, record.group, c, 3);
          break;
        }
        [[fallthrough]];
      case RecordType::mode_is_include:
      case RecordType::allow_new_sources:
        if (!record.sources.empty()) {
          join(burst, vlan, record.group, 3);
        }
        break;
      case RecordType::block_old_sources:
        break;
      default:
        burst.event(PortEvent::igmp_records_skipped);
        break;
    }
  }
  return vlan.words.reports.load();
}

PortSet Forwarder::handle_query(Burst& burst, const proto::IgmpMessage& message, const Classified& c,
                                Vlan vlan) {
  if (settings_.ports[burst.ingress].block_queries) {
    burst.fate(FrameFate::igmp_query_blocked);
    return {};
  }
  burst.fate(FrameFate::igmp_query);
  burst.event(message.version == 1   ? PortEvent::igmp_v1_queries
              : message.version == 2 ? PortEvent::igmp_v2_queries
                                     : PortEvent::igmp_v3_queries);
  ControlEvent event;
  event.kind = ControlEvent::Kind::query;
  event.port = burst.ingress;
  event.vlan = vlan.id;
  event.version = message.version;
  event.stamp = burst.port.next_stamp(burst.now);
  event.max_resp_time = message.max_resp_time;
  event.keeps_timers = message.suppress_router_processing || !message.sources.empty();
  if (!message.group.is_unspecified()) {
    event.group = IpAddress::from(message.group);
  }
  event.source = IpAddress::from(c.ip_source);
  event.source_mac = c.source;
  if (!events_.push(event)) {
    burst.event(PortEvent::queries_lost);
    // Pairs with the exchange by which the control thread takes the word.
    burst.port.attention.fetch_or(table::kQueryLost, std::memory_order_release);
  }
  return vlan.words.flood.load();
}

void Forwarder::join(Burst& burst, Vlan vlan, Ipv4Address group, std::uint8_t version) {
  // 224.0.0.0/24 is never filtered, so nothing is kept of it (RFC 4541 section 2.1.2(2)).
  if (group.is_link_local_multicast()) {
    return;
  }
  switch (groups_.join({vlan.id, IpAddress::from(group)}, burst.ingress, burst.port.next_stamp(burst.now),
                       version)) {
    case table::JoinResult::joined:
      burst.event(PortEvent::joins);
      break;
    case table::JoinResult::refreshed:
      burst.event(PortEvent::refreshes);
      break;
    case table::JoinResult::full:
      burst.event(PortEvent::joins_refused_full);
      burst.port.attention.fetch_or(table::kJoinRefused, std::memory_order_release);
      break;
  }
}

void Forwarder::leave(Burst& burst, Vlan vlan, Ipv4Address group, const Classified& c, std::uint8_t version) {
  if (group.is_link_local_multicast()) {
    return;
  }
  ControlEvent event;
  event.kind = ControlEvent::Kind::leave;
  event.port = burst.ingress;
  event.vlan = vlan.id;
  event.version = version;
  event.stamp = burst.port.next_stamp(burst.now);
  event.group = IpAddress::from(group);
  event.source = IpAddress::from(c.ip_source);
  event.source_mac = c.source;
  if (!events_.push(event)) {
    burst.event(PortEvent::leaves_lost);
    burst.port.attention.fetch_or(table::kLeaveLost, std::memory_order_release);
  }
}

void Forwarder::learn(Burst& burst, Vlan vlan, MacAddress source) {
  // Once per run of frames from the same source, not once per frame; never less, or a station that
  // moves back and forth would be missed.
  if (source == burst.learned && vlan.id == burst.learned_in) {
    return;
  }
  burst.learned = source;
  burst.learned_in = vlan.id;
  burst.port.saw_host(source, burst.now);
  switch (macs_.learn(vlan.id, source, burst.ingress, burst.now)) {
    case table::LearnResult::known:
      break;
    case table::LearnResult::learned:
      burst.event(PortEvent::macs_learned);
      break;
    case table::LearnResult::moved:
      burst.event(PortEvent::macs_moved);
      break;
    case table::LearnResult::full:
      burst.event(PortEvent::macs_refused_full);
      break;
  }
}

}  // namespace mcswitch::forwarding

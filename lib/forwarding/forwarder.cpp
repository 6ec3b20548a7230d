// SPDX-License-Identifier: BSD-3-Clause

#include "forwarding/forwarder.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>

#include "forwarding/burst.hpp"
#include "forwarding/quick_report.hpp"
#include "table/group_lookup.hpp"

namespace mcswitch::forwarding {

using proto::ParseError;
using table::EntryKind;
using table::GroupTable;

Forwarder::Forwarder(const Parts& parts)
    : groups_{parts.tables.groups},
      macs_{parts.tables.macs},
      blocks_{parts.tables.forwarding},
      ports_{parts.tables.ports},
      reporting_{parts.tables.reporting},
      messages_{parts.messages, parts.tables.ports},
      counters_{parts.counters},
      control_ports_{parts.control_ports} {}

void Forwarder::process(PortId ingress, std::span<const Frame> frames, TimePoint now,
                        std::span<PortSet> egress, std::span<FrameNote> notes, const Linearizer& linearizer) {
  const Arrival arrival{ingress, now, blocks_.current()};
  if (!try_plain(arrival, frames, egress, notes)) {
    process_each(arrival, frames, egress, notes, linearizer);
  }
}

// Prefetches what the reports of a burst will need: first the lines of the table, then the memberships. It
// expects reports as most hosts send them (untagged, Router Alert, of version 3 the first record and its
// first source) and changes nothing; a wrong guess only costs time.
void Forwarder::fetch_memberships(const Arrival& arrival, std::span<const Frame> frames) {
  constexpr std::size_t kIgmp = 14 + 24;
  constexpr std::size_t kRecord = kIgmp + 8;
  constexpr std::uint8_t kV3Report = 0x22;
  const auto address = [](const Frame& frame, std::size_t at) {
    return Ipv4Address{__builtin_bswap32(quick::load<std::uint32_t>(frame.data + at))};
  };
  const PortId ingress = arrival.ingress;
  const VlanId vlan = arrival.settings.ports[ingress].vlan;
  std::size_t count = 0;
  std::uint64_t of_sources = 0;
  for (const Frame& frame : frames) {
    if (frame.contiguous < kRecord || frame.data[12] != 0x08 || frame.data[14] != 0x46 ||
        frame.data[23] != proto::kIpProtocolIgmp) {
      continue;
    }
    const bool is_v3 = frame.data[kIgmp] == kV3Report;
    if (is_v3 && frame.contiguous < kRecord + 8) {
      continue;
    }
    lookups_.probes[count] = groups_.begin_v4(vlan, address(frame, is_v3 ? kRecord + 4 : kIgmp + 4));
    if (is_v3 && frame.data[kRecord + 3] != 0 && frame.contiguous >= kRecord + 12) {
      lookups_.source_probes[count] =
          groups_.begin_source_v4(lookups_.probes[count], address(frame, kRecord + 8), EntryKind::requested);
      of_sources |= std::uint64_t{1} << count;
    }
    ++count;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const GroupTable::Found found = groups_.finish(lookups_.probes[i]);
    groups_.prefetch_membership(found.id(), ingress);
    if ((of_sources >> i & 1) != 0) {
      groups_.prefetch_membership(groups_.requested(found, lookups_.source_probes[i]).id(), ingress);
    }
  }
}

void Forwarder::process_each(const Arrival& arrival, std::span<const Frame> frames, std::span<PortSet> egress,
                             std::span<FrameNote> notes, const Linearizer& linearizer) {
  Burst burst{*this, arrival, linearizer};
  fetch_memberships(arrival, frames);
  // The others first: data sees the memberships that its burst asks for.
  const LikelyPlain likely = likely_plain(frames);
  const std::uint64_t plain =
      std::reduce(likely.masks.begin(), likely.masks.end(), std::uint64_t{0}, std::bit_or{});
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  const auto decide_on = [&](std::size_t i) {
    if (!decide_report(burst, frames[i], egress[i], notes[i])) {
      decide(burst, i, frames[i], egress[i], notes[i]);
    }
    bytes += notes[i].for_owner ? 0 : frames[i].length;
    ++count;
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if ((plain >> i & 1U) == 0) {
      decide_on(i);
    }
  }
  for (std::size_t n = 0; n < likely.count; ++n) {
    const std::uint64_t mask = likely.masks[n];
    if (!process_plain_among(arrival, frames, mask, egress, notes)) {
      for (std::uint64_t left = mask; left != 0; left &= left - 1) {
        decide_on(static_cast<std::size_t>(std::countr_zero(left)));
      }
    }
  }
  burst.counters.rx_packets.add(count - burst.for_owner);
  burst.counters.rx_bytes.add(bytes);

  if (burst.lookups != 0) {
    look_up(burst.lookups);
    std::uint64_t hits = 0;
    for (std::size_t n = 0; n < burst.lookups; ++n) {
      const table::VlanForwarding& words = arrival.settings.vlans[lookups_.groups[n].vlan];
      const GroupTable::Found& found = lookups_.found[n];
      hits += found.exists() ? 1 : 0;
      PortSet ports = found.exists() ? found.ports | words.registered.load() : words.unregistered.load();
      egress[lookups_.frame_of[n]] = ports.remove(arrival.ingress);
    }
    count_lookups(burst, hits);
  }
}

void Forwarder::look_up(std::size_t count) {
  for (std::size_t n = 0; n < count; ++n) {
    lookups_.probes[n] = groups_.begin_v4(lookups_.groups[n].vlan, lookups_.groups[n].group);
  }
  groups_.finish(std::span{lookups_.probes.data(), count}, lookups_.found.data());
  if (std::none_of(lookups_.found.data(), lookups_.found.data() + count,
                   [](const GroupTable::Found& found) { return found.has_sources(); })) {
    return;
  }
  for (std::size_t n = 0; n < count; ++n) {
    lookups_.source_probes[n] =
        groups_.begin_source_v4(lookups_.probes[n], lookups_.sources[n], EntryKind::requested);
  }
  filter_sources(count);
}

void Forwarder::count_lookups(Burst& burst, std::uint64_t hits) {
  burst.counters.fates[FrameFate::multicast_registered].add(hits);
  burst.counters.fates[FrameFate::multicast_unregistered].add(burst.lookups - hits);
}

// What decide() does about a right report of version 2 where IGMP is acted on; false if it is something else.
bool Forwarder::decide_report(Burst& burst, const Frame& frame, PortSet& egress, FrameNote& note) {
  const table::PortForwarding& port = burst.settings.ports[burst.ingress];
  QuickReport report;
  if (port.vlan == 0 || !control_ports_.contains(burst.ingress) || !read_quick_report(frame, report) ||
      report.source == port.own_mac || report.source == burst.settings.switch_mac ||
      report.source.is_group() || report.source.is_zero()) {
    return false;
  }
  const Vlan vlan{port.vlan, burst.settings.vlans[port.vlan]};
  if (vlan.words.igmp != table::Snooping::prune) {
    return false;
  }
  note = {.tci = vlan.id};
  learn(burst, vlan, report.source);
  egress = handle_report(burst, {2, report.source, report.address}, report.group, vlan).remove(burst.ingress);
  return true;
}

void Forwarder::decide(Burst& burst, std::size_t index, const Frame& frame, PortSet& egress,
                       FrameNote& note) {
  Classified c = classify(frame);
  egress = {};
  note = {};

  const VlanId id = admit(burst, c);
  if (id == 0) {
    return;
  }
  const Vlan vlan{id, burst.settings.vlans[id]};
  note.tci = static_cast<std::uint16_t>((c.tci & ~kVidMask) | id);
  note.tag = c.tag;
  const table::Snooping snooping = vlan.words.igmp;
  const bool snoops = snooping != table::Snooping::off;
  if (!snoops && c.destination.is_broadcast()) {
    c.kind = FrameKind::broadcast;  // only for the sake of IGMP was it looked into
  }
  if (c.kind == FrameKind::malformed && (snoops || c.error != ParseError::igmp_fragment)) {
    egress = malformed(burst, c.error);
    if (snooping == table::Snooping::observe) {
      egress = unsnooped(burst, c, vlan).remove(burst.ingress);
    }
    return;
  }
  if ((c.kind == FrameKind::igmp || c.is_link_pim || is_blocked_hello(burst, c)) && snoops) {
    if (!control_ports_.contains(burst.ingress)) {
      note.for_owner = true;
      ++burst.for_owner;
      return;
    }
    if (c.kind == FrameKind::igmp && c.source == burst.settings.switch_mac) {
      return take_looped(burst, index, frame, c, vlan);
    }
    egress = handle_igmp(burst, index, frame, c, vlan);
    if (snooping == table::Snooping::observe) {
      egress = unsnooped(burst, c, vlan);
    }
    egress.remove(burst.ingress);
    return;
  }

  learn(burst, vlan, c.source);
  if (c.encapsulates_igmp && snoops) {
    burst.event(PortEvent::igmp_encapsulated);
  }
  switch (c.kind) {
    case FrameKind::ipv4_multicast:
      if (snoops) {
        lookups_.frame_of[burst.lookups] = static_cast<std::uint16_t>(index);
        lookups_.groups[burst.lookups] = {id, c.group};
        lookups_.sources[burst.lookups] = c.ip_source;
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

// SPDX-License-Identifier: BSD-3-Clause

#include "forwarding/forwarder.hpp"

#include <algorithm>
#include <bit>

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

bool Forwarder::try_plain(const Arrival& arrival, std::span<const Frame> frames, std::span<PortSet> egress,
                          std::span<FrameNote> notes) {
  std::array<const std::uint8_t*, kMaxBurst> data;
  std::array<std::uint32_t, kMaxBurst> lengths;
  std::array<PortSet, kMaxBurst> ports;
  QuickBurst burst{
      .data = data.data(), .count = frames.size(), .shortest = UINT32_MAX, .lengths = lengths.data()};
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    if (frame.contiguous != frame.length || frame.has_stripped_tag) {
      return false;
    }
    data[i] = frame.data;
    lengths[i] = frame.length;
    bytes += frame.length;
    burst.longest = std::max(burst.longest, frame.length);
    burst.shortest = std::min(burst.shortest, frame.length);
  }
  if (frames.empty()) {
    return false;
  }
  std::fill(data.begin() + static_cast<std::ptrdiff_t>(frames.size()), data.end(), frames.back().data);
  const Plain plain = process_plain(arrival, burst, bytes, ports);
  if (plain.done) {
    std::copy_n(ports.begin(), frames.size(), egress.begin());
    std::fill_n(notes.begin(), frames.size(), FrameNote{.tci = plain.vlan});
  }
  return plain.done;
}

Forwarder::Plain Forwarder::process_plain(const Arrival& arrival, const QuickBurst& frames,
                                          std::uint64_t bytes, std::span<PortSet> egress) {
  const VlanId id = arrival.settings.ports[arrival.ingress].vlan;
  const Vlan vlan{id, arrival.settings.vlans[id]};
  if (id == 0 || vlan.words.igmp == table::Snooping::off) {
    return {};
  }
  bool one_source = false;
  const auto begin_group = [&](std::size_t i, Ipv4Address group) {
    lookups_.probes[i] = groups_.begin_v4(id, group);
  };
  if (!read_quick(frames, begin_group, one_source)) {
    return {};
  }
  // A burst is mostly like the one before. If that had sources, sources are prefetched along with the groups;
  // if not, nothing is done for them.
  const auto begin_sources = [&] {
    for (std::size_t i = 0; i < frames.count; ++i) {
      // Bytes 26 to 29 of an IP header without options.
      const Ipv4Address source{__builtin_bswap32(quick::load<std::uint32_t>(frames.data[i] + 26))};
      lookups_.source_probes[i] = groups_.begin_source_v4(lookups_.probes[i], source, expected_sources_);
    }
  };
  const bool expects_sources = expected_sources_ != EntryKind::group;
  if (expects_sources) {
    begin_sources();
  }
  Burst burst{*this, arrival, {}};
  if (!learn_sources(burst, vlan, frames, one_source)) {
    return {};
  }

  groups_.finish(std::span{lookups_.probes.data(), frames.count}, lookups_.found.data());
  if (expects_sources) {
    filter_sources(frames.count);
  }
  std::uint32_t hits = 0;
  expected_sources_ = send_registered(burst, vlan, frames.count, egress, hits);
  if (!expects_sources && expected_sources_ != EntryKind::group) {
    begin_sources();
    filter_sources(frames.count);
    send_registered(burst, vlan, frames.count, egress, hits);
  }
  burst.counters.rx_packets.add(frames.count);
  burst.counters.rx_bytes.add(bytes);
  burst.lookups = frames.count;
  count_lookups(burst, hits);
  return {.done = true, .vlan = id};
}

// Computes the egress of data from the groups that were found, and counts those. Returns the kind of sources
// to look up first, if some of the groups have sources; EntryKind::group: none has.
EntryKind Forwarder::send_registered(const Burst& burst, Vlan vlan, std::size_t count,
                                     std::span<PortSet> egress, std::uint32_t& hits) const {
  const std::uint32_t others = ~PortSet::of(burst.ingress).bits();
  const std::uint32_t registered = vlan.words.registered.load().bits();
  const std::uint32_t unregistered = vlan.words.unregistered.load().bits() & others;
  // Compilers make vectors of this, so it knows nothing but words.
  std::uint32_t exist = 0;
  std::uint32_t marks = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const GroupTable::Found& found = lookups_.found[i];
    exist += found.exists() ? 1 : 0;
    marks |= found.bits;  // kNoEntry has no marks
    egress[i] = PortSet{found.exists() ? (found.ports.bits() | registered) & others : unregistered};
  }
  hits = exist;
  return (marks & GroupTable::Found::kHasExcluded) != 0    ? EntryKind::excluded
         : (marks & GroupTable::Found::kHasRequested) != 0 ? EntryKind::requested
                                                           : EntryKind::group;
}

// Narrows the ports of each group that has sources to those that get this source's frames.
void Forwarder::filter_sources(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (GroupTable::Found& found = lookups_.found[i]; found.has_sources()) {
      found.ports = groups_.accepting(found, lookups_.source_probes[i]);
    }
  }
}

// Which frames of a burst look like fast data (quick.hpp), by their first bytes; none if they are too few
// for a burst of their own, or are the whole burst.
std::uint64_t Forwarder::likely_plain(std::span<const Frame> frames) {
  constexpr int kFew = 4;
  std::uint64_t plain = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    const bool fits =
        frame.contiguous == frame.length && frame.length >= quick::kHeaders && !frame.has_stripped_tag;
    plain |= std::uint64_t{fits && quick::is_likely(frame.data)} << i;
  }
  const int count = std::popcount(plain);
  // If they are all, process_plain() has just said no.
  return count >= kFew && count < static_cast<int>(frames.size()) ? plain : 0;
}

// process_plain() for the frames of the mask. False, and nothing has happened, if it does not take them.
bool Forwarder::process_plain_among(const Arrival& arrival, std::span<const Frame> frames, std::uint64_t mask,
                                    std::span<PortSet> egress, std::span<FrameNote> notes) {
  auto& [some, ports, some_notes] = among_;
  std::size_t count = 0;
  for (std::uint64_t left = mask; left != 0; left &= left - 1) {
    some[count++] = frames[static_cast<std::size_t>(std::countr_zero(left))];
  }
  if (!try_plain(arrival, std::span{some.data(), count}, ports, some_notes)) {
    return false;
  }
  count = 0;
  for (std::uint64_t left = mask; left != 0; left &= left - 1, ++count) {
    const auto i = static_cast<std::size_t>(std::countr_zero(left));
    egress[i] = ports[count];
    notes[i] = some_notes[count];
  }
  return true;
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

// False, and nothing has happened, if some source is one that is not let in.
bool Forwarder::learn_sources(Burst& burst, Vlan vlan, const QuickBurst& frames, bool one_source) {
  const MacAddress own = burst.settings.ports[burst.ingress].own_mac;
  const std::size_t count = one_source ? 1 : frames.count;
  for (std::size_t i = 0; i < count; ++i) {
    const MacAddress source = quick::source(frames.data[i]);
    if (source == own || source.is_group() || source.is_zero()) {
      return false;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    learn(burst, vlan, quick::source(frames.data[i]));
  }
  return true;
}

void Forwarder::process_each(const Arrival& arrival, std::span<const Frame> frames, std::span<PortSet> egress,
                             std::span<FrameNote> notes, const Linearizer& linearizer) {
  Burst burst{*this, arrival, linearizer};
  fetch_memberships(arrival, frames);
  // The others first: data sees the memberships that its burst asks for.
  const std::uint64_t plain = likely_plain(frames);
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
  if (plain != 0 && !process_plain_among(arrival, frames, plain, egress, notes)) {
    for (std::uint64_t left = plain; left != 0; left &= left - 1) {
      decide_on(static_cast<std::size_t>(std::countr_zero(left)));
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

// SPDX-License-Identifier: BSD-3-Clause
//
// The Forwarder's short way for fast data (quick.hpp): whole bursts, and such frames among others.

#include <algorithm>
#include <array>
#include <bit>

#include "forwarding/burst.hpp"
#include "table/group_lookup.hpp"

namespace mcswitch::forwarding {

using table::EntryKind;
using table::GroupTable;

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
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const std::uint16_t tci = plain.tag == TagForm::tagged ? quick::tci(data[i]) : plain.vlan;
      notes[i] = {.tci = tci, .tag = plain.tag};
    }
  }
  return plain.done;
}

Forwarder::Plain Forwarder::process_plain(const Arrival& arrival, const QuickBurst& frames,
                                          std::uint64_t bytes, std::span<PortSet> egress) {
  if (frames.shortest < quick::kHeaders) {
    return {};
  }
  const bool in_tag = quick::is_tagged(frames.data[0]);
  const VlanId id =
      in_tag ? quick::tci(frames.data[0]) & kVidMask : arrival.settings.ports[arrival.ingress].vlan;
  const Vlan vlan{id, arrival.settings.vlans[id]};
  if (id == 0 || (in_tag && !vlan.words.tagged.contains(arrival.ingress))) {
    return {};
  }
  const Plain plain{.done = true, .vlan = id, .tag = in_tag ? TagForm::tagged : TagForm::none};
  if (vlan.words.igmp == table::Snooping::off) {
    return flood_plain(arrival, vlan, frames, bytes, egress) ? plain : Plain{};
  }
  bool one_source = false;
  const auto begin_group = [&](std::size_t i, Ipv4Address group) {
    lookups_.probes[i] = groups_.begin_v4(id, group);
  };
  if (!(in_tag ? read_quick<quick::kTag>(frames, begin_group, one_source)
               : read_quick(frames, begin_group, one_source))) {
    return {};
  }
  // A burst is mostly like the one before. If that had sources, sources are prefetched along with the groups;
  // if not, nothing is done for them.
  const auto begin_sources = [&] {
    for (std::size_t i = 0; i < frames.count; ++i) {
      // Bytes 12 to 15 of an IP header.
      const std::size_t at = 14 + 12 + (in_tag ? quick::kTag : 0);
      const Ipv4Address source{__builtin_bswap32(quick::load<std::uint32_t>(frames.data[i] + at))};
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
  return plain;
}

// The same where IGMP is not looked at: to all ports of the VLAN.
bool Forwarder::flood_plain(const Arrival& arrival, Vlan vlan, const QuickBurst& frames, std::uint64_t bytes,
                            std::span<PortSet> egress) {
  const auto none = [](std::size_t, Ipv4Address) {};
  bool one_source = false;
  Burst burst{*this, arrival, {}};
  if (!(quick::is_tagged(frames.data[0]) ? read_quick<quick::kTag>(frames, none, one_source)
                                         : read_quick(frames, none, one_source)) ||
      !learn_sources(burst, vlan, frames, one_source)) {
    return false;
  }
  std::fill_n(egress.begin(), frames.count, vlan.words.flood.load().remove(arrival.ingress));
  burst.counters.rx_packets.add(frames.count);
  burst.counters.rx_bytes.add(bytes);
  burst.counters.fates[FrameFate::multicast_unsnooped].add(frames.count);
  return true;
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

// Which frames of a burst look like fast data (quick.hpp), by their first bytes, for each VLAN and form of
// tag; not those that are too few for a burst of their own, or the whole burst.
Forwarder::LikelyPlain Forwarder::likely_plain(std::span<const Frame> frames) {
  constexpr int kFew = 4;
  std::uint64_t untagged = 0;
  std::uint64_t tagged = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    const bool fits =
        frame.contiguous == frame.length && frame.length >= quick::kHeaders && !frame.has_stripped_tag;
    untagged |= std::uint64_t{fits && quick::is_likely(frame.data)} << i;
    tagged |= std::uint64_t{fits && frame.length >= quick::kHeaders + quick::kTag &&
                            quick::is_likely_in_tag(frame.data)}
              << i;
  }
  LikelyPlain likely;
  const auto add = [&](std::uint64_t mask) {
    const int count = std::popcount(mask);
    // If they are all, process_plain() has just said no.
    if (count >= kFew && count < static_cast<int>(frames.size()) && likely.count < LikelyPlain::kMost) {
      likely.masks[likely.count++] = mask;
    }
  };
  add(untagged);
  const auto vid = [&](int i) { return quick::tci(frames[static_cast<std::size_t>(i)].data) & kVidMask; };
  while (tagged != 0 && likely.count < LikelyPlain::kMost) {
    const auto of = vid(std::countr_zero(tagged));
    std::uint64_t mask = 0;
    for (std::uint64_t left = tagged; left != 0; left &= left - 1) {
      mask |= std::uint64_t{vid(std::countr_zero(left)) == of} << std::countr_zero(left);
    }
    add(mask);
    tagged &= ~mask;
  }
  return likely;
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

}  // namespace mcswitch::forwarding

// SPDX-License-Identifier: BSD-3-Clause
//
// What a worker does about IGMP: reports become memberships here and now; leaves, queries and whatever else
// takes away become events for the control thread.
//
// Records of version 3 (RFC 9776 section 6.4). What the worker does at once never takes anything from the
// port:
//
//   IS_IN(A) ALLOW(A) TO_IN(A)   the sources of A are requested
//   IS_EX({}) TO_EX({})          the port wants any source
//   IS_EX(A) TO_EX(A)            a port that wants any source already goes on doing so; else nothing: who
//                                publishes "any source" first lets the excluded ones through
//   BLOCK(A)                     nothing
//
// The rest of the row is the control thread's. It is told where there may be a rest: of TO_IN, BLOCK, lists
// of excluded sources; of IS_EX({}) and TO_EX({}), and of reports of versions 1 and 2, where the group has
// sources; of IS_IN and ALLOW on a port that wants any source.

#include "forwarding/burst.hpp"
#include "forwarding/forwarder.hpp"
#include "table/group_lookup.hpp"
#include "table/reporter.hpp"

namespace mcswitch::forwarding {

using proto::ParseError;
using proto::RecordType;
using table::ControlEvent;
using table::GroupTable;

namespace {

Ipv4Address source_at(std::span<const std::uint8_t> sources, std::size_t index) {
  const std::uint8_t* o = sources.data() + 4 * index;
  return Ipv4Address::of(o[0], o[1], o[2], o[3]);
}

}  // namespace

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
  const Reporter reporter{message.version, c.source, c.ip_source};
  switch (message.kind) {
    case proto::IgmpKind::query:
      return handle_query(burst, message, c, vlan);
    case proto::IgmpKind::leave:
      burst.fate(FrameFate::igmp_leave);
      leave(burst, reporter, message.group, vlan);
      return vlan.words.reports.load();
    case proto::IgmpKind::v3_report:
      return handle_v3_report(burst, reporter, message, vlan);
    default:
      return handle_report(burst, reporter, message.group, vlan);
  }
}

// --- versions 1 and 2 -----------------------------------------------------------------------------

PortSet Forwarder::handle_report(Burst& burst, const Reporter& reporter, Ipv4Address group, Vlan vlan) {
  burst.fate(FrameFate::igmp_report);
  burst.event(reporter.version == 1 ? PortEvent::igmp_v1_reports : PortEvent::igmp_v2_reports);
  const std::uint8_t rules = vlan.words.igmp_rules.load(std::memory_order_relaxed);
  if (reporter.version == 1 && (rules & table::kIgnoreV1Reports) != 0) {
    burst.event(PortEvent::igmp_v1_reports_ignored);
    return {};
  }
  // 224.0.0.0/24 is never filtered, so nothing is kept of it (RFC 4541 section 2.1.2(2)).
  if (group.is_link_local_multicast()) {
    return vlan.words.reports.load();
  }
  if (vlan.words.is_source_specific(group)) {
    burst.event(PortEvent::igmp_ssm_ignored);  // RFC 4604 section 2.2
    return vlan.words.reports.load();
  }
  const Reported reported{vlan.id, group, std::nullopt, burst.port.next_stamp(burst.now), {}};
  if (join(burst, reporter, reported, vlan).has_sources) {
    // It is an IS_EX({}) (RFC 9776 section 7.3.2), and that ends the port's lists of sources.
    ControlEvent event;
    event.kind = ControlEvent::Kind::record;
    event.port = burst.ingress;
    event.vlan = vlan.id;
    event.version = reporter.version;
    event.record_type = static_cast<std::uint8_t>(RecordType::mode_is_exclude);
    event.stamp = reported.stamp;
    event.group = IpAddress::from(group);
    event.source = IpAddress::from(reporter.address);
    event.source_mac = reporter.mac;
    if (!tell(event, {})) {
      lose(burst, PortEvent::leaves_lost, table::kLeaveLost);
    }
  }
  return vlan.words.reports.load();
}

void Forwarder::leave(Burst& burst, const Reporter& reporter, Ipv4Address group, Vlan vlan) {
  if (group.is_link_local_multicast()) {
    return;
  }
  if (vlan.words.is_source_specific(group)) {
    return burst.event(PortEvent::igmp_ssm_ignored);
  }
  ControlEvent event;
  event.kind = ControlEvent::Kind::leave;
  event.port = burst.ingress;
  event.vlan = vlan.id;
  event.version = reporter.version;
  event.stamp = burst.port.next_stamp(burst.now);
  event.group = IpAddress::from(group);
  event.source = IpAddress::from(reporter.address);
  event.source_mac = reporter.mac;
  if (!events_.push(event)) {
    lose(burst, PortEvent::leaves_lost, table::kLeaveLost);
  }
}

// --- version 3 ------------------------------------------------------------------------------------

PortSet Forwarder::handle_v3_report(Burst& burst, const Reporter& reporter, const proto::IgmpMessage& message,
                                    Vlan vlan) {
  burst.fate(FrameFate::igmp_report);
  burst.event(PortEvent::igmp_v3_reports);
  proto::GroupRecords records{message};
  proto::GroupRecord record;
  while (records.next(record)) {
    const bool is_known = record.type >= static_cast<std::uint8_t>(RecordType::mode_is_include) &&
                          record.type <= static_cast<std::uint8_t>(RecordType::block_old_sources);
    if (!is_known || !record.group.is_multicast()) {
      burst.event(PortEvent::igmp_records_skipped);
    } else if (!record.group.is_link_local_multicast()) {
      handle_record(burst, reporter, record, vlan);
    }
  }
  return vlan.words.reports.load();
}

void Forwarder::handle_record(Burst& burst, const Reporter& reporter, const proto::GroupRecord& record,
                              Vlan vlan) {
  const auto type = static_cast<RecordType>(record.type);
  const bool excludes = type == RecordType::mode_is_exclude || type == RecordType::change_to_exclude_mode;
  if (excludes && vlan.words.is_source_specific(record.group)) {
    return burst.event(PortEvent::igmp_ssm_ignored);
  }
  const std::size_t count = record.sources.size() / 4;
  const GroupTable::Found before = groups_.find_v4(vlan.id, record.group);
  const bool wants_any = before.ports.contains(burst.ingress);
  Reported reported{vlan.id, record.group, std::nullopt, burst.port.next_stamp(burst.now), before};

  ControlEvent event;
  event.kind = ControlEvent::Kind::record;
  event.port = burst.ingress;
  event.vlan = vlan.id;
  event.version = 3;
  event.record_type = record.type;
  event.stamp = reported.stamp;
  event.previous = wants_any
                       ? groups_.membership(before.id(), burst.ingress).stamp.load(std::memory_order_relaxed)
                       : Stamp{0};
  event.group = IpAddress::from(record.group);
  event.source = IpAddress::from(reporter.address);
  event.source_mac = reporter.mac;

  bool has_rest = false;
  switch (type) {
    case RecordType::mode_is_exclude:
    case RecordType::change_to_exclude_mode:
      has_rest = count != 0;
      if (count == 0 || wants_any) {
        has_rest |= join(burst, reporter, reported, vlan).has_sources;
      }
      break;
    case RecordType::mode_is_include:
    case RecordType::allow_new_sources:
    case RecordType::change_to_include_mode:
      for (std::size_t i = 0; i < count; ++i) {
        reported.source = source_at(record.sources, i);
        join(burst, reporter, reported, vlan);
      }
      has_rest = type == RecordType::change_to_include_mode || (count != 0 && wants_any);
      break;
    case RecordType::block_old_sources:
      has_rest = count != 0;
      break;
  }
  if (!has_rest || tell(event, record.sources)) {
    return;
  }
  lose(burst, PortEvent::leaves_lost, table::kLeaveLost);
  if (excludes && !wants_any && count != 0) {
    // A join must not be lost: more than was asked for (as RFC 5790 does by design), until the port is asked.
    burst.event(PortEvent::excludes_widened);
    join(burst, reporter, reported, vlan);
  }
}

// All of it, or nothing: false.
bool Forwarder::tell(const ControlEvent& event, std::span<const std::uint8_t> sources) {
  const std::size_t count = sources.size() / 4;
  const std::size_t parts = count == 0 ? 1 : (count + ControlEvent::kSources - 1) / ControlEvent::kSources;
  return parts <= events_.capacity() && events_.push_all(parts, [&](std::size_t part, ControlEvent& item) {
    item = event;
    const std::size_t first = part * ControlEvent::kSources;
    const std::size_t here = std::min(count - first, ControlEvent::kSources);
    for (std::size_t i = 0; i < here; ++i) {
      item.sources[i] = source_at(sources, first + i);
    }
    item.source_count = static_cast<std::uint8_t>(here);
    item.has_more = part + 1 < parts;
  });
}

void Forwarder::lose(Burst& burst, PortEvent what, std::uint32_t reason) {
  burst.event(what);
  // Pairs with the exchange by which the control thread takes the word.
  burst.port.attention.fetch_or(reason, std::memory_order_release);
}

// --- memberships ------------------------------------------------------------------------------------

GroupTable::Joined Forwarder::join(Burst& burst, const Reporter& reporter, const Reported& reported,
                                   Vlan vlan) {
  const table::GroupKey key{vlan.id, IpAddress::from(reported.group)};
  const GroupTable::Joined joined = reported.source
                                        ? groups_.join_source(key, IpAddress::from(*reported.source),
                                                              burst.ingress, reported.stamp, reported.found)
                                        : groups_.join(key, burst.ingress, reported.stamp, reporter.version);
  switch (joined.result) {
    case table::JoinResult::joined:
      burst.event(PortEvent::joins);
      break;
    case table::JoinResult::refreshed:
      burst.event(PortEvent::refreshes);
      break;
    case table::JoinResult::full:
      lose(burst, PortEvent::joins_refused_full, table::kJoinRefused);
      return joined;
    case table::JoinResult::limited:
      lose(burst, PortEvent::joins_refused_limit, table::kJoinLimited);
      return joined;
    case table::JoinResult::crowded:
      lose(burst, PortEvent::joins_refused_sources, table::kJoinCrowded);
      return joined;
  }
  if ((vlan.words.igmp_rules.load(std::memory_order_relaxed) & table::kTrackHosts) != 0) {
    track(burst, reporter, reported, joined.id);
  }
  return joined;
}

// Another host than the last one is told of. One that cannot be is noted as such, and told of when it, or
// another one, reports again.
void Forwarder::track(Burst& burst, const Reporter& reporter, const Reported& reported, table::EntryId id) {
  table::Membership& membership = groups_.membership(id, burst.ingress);
  const std::uint32_t host = table::reporter_of(reporter.mac, reporter.address, groups_.seed());
  // Behind the exchange of the stamp in join(); HostTracking::left() has the two the other way round.
  const std::uint32_t last = membership.reporter.load(std::memory_order_seq_cst);
  if (last == host) {
    return;
  }
  // Half of the ring is for what must not wait.
  if (burst.port.may_tell_of_host(burst.now) && events_.has_room(events_.capacity() / 2)) {
    ControlEvent event;
    event.kind = ControlEvent::Kind::host;
    event.port = burst.ingress;
    event.vlan = reported.vlan;
    event.version = reporter.version;
    event.others_unknown = last == table::Membership::kUntracked;
    event.stamp = reported.stamp;
    event.previous = last == table::Membership::kNobody ? Stamp{0} : reported.stamp;
    event.group = IpAddress::from(reported.group);
    event.source = IpAddress::from(reporter.address);
    event.source_mac = reporter.mac;
    event.source_count = reported.source ? 1 : 0;
    event.sources[0] = reported.source.value_or(Ipv4Address{});
    events_.push(event);
    membership.reporter.store(host, std::memory_order_relaxed);
  } else if (last != table::Membership::kUntracked) {
    burst.event(PortEvent::hosts_untracked);
    membership.reporter.store(table::Membership::kUntracked, std::memory_order_relaxed);
  }
}

// --- queries --------------------------------------------------------------------------------------

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
  event.keeps_timers = message.suppress_router_processing;
  event.robustness_variable = message.robustness_variable;
  event.query_interval = message.query_interval;
  if (!message.group.is_unspecified()) {
    event.group = IpAddress::from(message.group);
  }
  event.source = IpAddress::from(c.ip_source);
  event.source_mac = c.source;
  if (!tell(event, message.sources)) {
    lose(burst, PortEvent::queries_lost, table::kQueryLost);
  }
  return vlan.words.flood.load();
}

}  // namespace mcswitch::forwarding

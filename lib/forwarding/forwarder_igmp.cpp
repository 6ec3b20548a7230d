// SPDX-License-Identifier: BSD-3-Clause
//
// What a worker does about IGMP: reports become memberships here and now; leaves, queries
// (forwarder_queries.cpp) and everything else that removes become messages to the control thread.
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
// A leave, TO_IN({}) and BLOCK of a group that nobody has are counted, unless the control thread is about to
// join something for the port.
//
// The control thread does the rest of the row. It gets a message where there may be a rest: of TO_IN, BLOCK,
// lists of excluded sources; of IS_EX({}) and TO_EX({}), and of reports of versions 1 and 2, where the group
// has sources; of IS_IN and ALLOW on a port that wants any source.

#include <algorithm>

#include "forwarding/burst.hpp"
#include "forwarding/forwarder.hpp"
#include "table/group_lookup.hpp"

namespace mcswitch::forwarding {

using proto::ParseError;
using proto::RecordType;
using table::GroupTable;

// Empty: the device has it in pieces, and there is nobody to join them.
std::span<const std::uint8_t> Forwarder::payload_of(const Burst& burst, std::size_t index, const Frame& frame,
                                                    const Classified& c) {
  const std::uint8_t* data = frame.data;
  if (c.payload_offset + c.payload_length > frame.contiguous) {
    data =
        burst.linearizer.whole == nullptr ? nullptr : burst.linearizer.whole(burst.linearizer.context, index);
    if (data == nullptr) {
      return {};
    }
  }
  return {data + c.payload_offset, c.payload_length};
}

ParseError Forwarder::read_igmp(std::span<const std::uint8_t> payload, proto::IgmpMessage& message) {
  return payload.data() == nullptr ? ParseError::ip_header_truncated : proto::parse_igmp(payload, message);
}

PortSet Forwarder::handle_igmp(Burst& burst, std::size_t index, const Frame& frame, const Classified& c,
                               Vlan vlan) {
  if (is_blocked_hello(burst, c)) {
    return block_control(burst, c, vlan);
  }
  const std::span<const std::uint8_t> payload = payload_of(burst, index, frame, c);
  if (c.is_link_pim && payload.data() != nullptr) {
    return handle_pim(burst, c, payload, vlan);
  }
  proto::IgmpMessage message;
  if (const ParseError error = read_igmp(payload, message); error != ParseError::none) {
    return malformed(burst, error);
  }
  if (message.kind == proto::IgmpKind::other) {
    return handle_other_igmp(burst, c, payload, vlan);
  }
  if (c.ttl != 1) {
    return malformed(burst, ParseError::igmp_ttl_not_1);
  }
  const std::uint8_t rules = vlan.words.igmp_rules;
  if ((rules & table::kRequireRouterAlert) != 0 && !c.has_router_alert) {
    return malformed(burst, ParseError::igmp_no_router_alert);
  }
  if (!c.ip_source.is_source()) {
    return malformed(burst, ParseError::igmp_source_invalid);
  }
  learn(burst, vlan, c.source);
  const Reporter reporter{message.version, c.source, c.ip_source};
  if (message.kind == proto::IgmpKind::query) {
    return handle_query(burst, reporter, message, c, vlan);
  }
  if (!c.group.is_multicast()) {
    // To one host, which discards it because of its frame (RFC 1122 section 3.3.6): no report.
    burst.fate(c.destination.is_broadcast() ? FrameFate::broadcast : FrameFate::multicast_other);
    return vlan.words.flood.load();
  }
  switch (message.kind) {
    case proto::IgmpKind::leave:
      return handle_leave(burst, reporter, message.group, vlan);
    case proto::IgmpKind::v3_report:
      return handle_v3_report(burst, reporter, message, vlan);
    default:
      return handle_report(burst, reporter, message.group, vlan);
  }
}

// Row 3a of docs/forwarding.md.
PortSet Forwarder::report_ports(std::uint8_t version, Vlan vlan) const {
  if (version == 3) {
    return vlan.words.reports_v3.load();
  }
  return vlan.words.reports.load() | (vlan.words.reports_if_silent.load() & ~reporting_.load());
}

void Forwarder::heard_report(PortId ingress) {
  if (!reporting_.load().contains(ingress)) {
    reporting_.add(ingress);
  }
}

// --- versions 1 and 2 -----------------------------------------------------------------------------

// By configuration: a report or leave that makes no difference and goes nowhere (RFC 2236 section 10, RFC
// 9776 section 9.2).
bool Forwarder::is_ignored(Burst& burst, const Reporter& reporter, Vlan vlan) {
  const std::uint8_t rules = vlan.words.igmp_rules;
  if (reporter.version == 1 && (rules & table::kIgnoreV1Reports) != 0) {
    burst.event(PortEvent::igmp_v1_reports_ignored);
    return true;
  }
  if (reporter.version == 2 && (rules & table::kIgnoreV2Reports) != 0) {
    burst.event(PortEvent::igmp_v2_reports_ignored);
    return true;
  }
  if (!burst.settings.takes_reports(vlan.words, reporter.address)) {
    burst.event(PortEvent::igmp_reports_off_link);
    return true;
  }
  return false;
}

PortSet Forwarder::handle_report(Burst& burst, const Reporter& reporter, Ipv4Address group, Vlan vlan) {
  burst.fate(FrameFate::igmp_report);
  heard_report(burst.ingress);
  burst.port.saw_reporter(reporter.address, burst.now);
  burst.event(reporter.version == 1 ? PortEvent::igmp_v1_reports : PortEvent::igmp_v2_reports);
  if (is_ignored(burst, reporter, vlan)) {
    return {};
  }
  // 224.0.0.0/24 is never filtered, so nothing is kept of it (RFC 4541 section 2.1.2(2)).
  if (group.is_link_local_multicast()) {
    return report_ports(reporter.version, vlan);
  }
  if (vlan.words.is_source_specific(group)) {
    burst.event(PortEvent::igmp_ssm_ignored);  // RFC 4604 section 2.2
    return report_ports(reporter.version, vlan);
  }
  const Reported reported{vlan.id, group, std::nullopt, burst.port.next_stamp(burst.now), {}};
  if (join(burst, reporter, reported, vlan).has_sources) {
    // It is an IS_EX({}) (RFC 9776 section 7.3.2), and that ends the port's lists of sources.
    table::RecordMessage record{burst.head(reporter, vlan.id, group, reported.stamp)};
    record.type = static_cast<std::uint8_t>(RecordType::mode_is_exclude);
    record.is_exclude = true;
    if (!messages_.record(record, {})) {
      burst.event(PortEvent::leaves_lost);
      burst.event(PortEvent::exclusions_lost);
    }
  }
  return report_ports(reporter.version, vlan);
}

PortSet Forwarder::handle_leave(Burst& burst, const Reporter& reporter, Ipv4Address group, Vlan vlan) {
  burst.fate(FrameFate::igmp_leave);
  burst.port.saw_reporter(reporter.address, burst.now);
  if (is_ignored(burst, reporter, vlan)) {
    return {};
  }
  leave(burst, reporter, group, vlan);
  return report_ports(reporter.version, vlan);
}

void Forwarder::leave(Burst& burst, const Reporter& reporter, Ipv4Address group, Vlan vlan) {
  if (group.is_link_local_multicast()) {
    return;
  }
  if (vlan.words.is_source_specific(group)) {
    return burst.event(PortEvent::igmp_ssm_ignored);
  }
  if (!may_be_member(burst, groups_.find_v4(vlan.id, group))) {
    return burst.event(PortEvent::leaves_without_group);
  }
  const Stamp stamp = burst.port.next_stamp(burst.now);
  if (!messages_.leave({burst.head(reporter, vlan.id, group, stamp)})) {
    burst.event(PortEvent::leaves_lost);
  }
}

// --- version 3 ------------------------------------------------------------------------------------

PortSet Forwarder::handle_v3_report(Burst& burst, const Reporter& reporter, const proto::IgmpMessage& message,
                                    Vlan vlan) {
  burst.fate(FrameFate::igmp_report);
  heard_report(burst.ingress);
  burst.port.saw_reporter(reporter.address, burst.now);
  burst.event(PortEvent::igmp_v3_reports);
  if (is_ignored(burst, reporter, vlan)) {
    return {};
  }
  proto::GroupRecords records{message};
  proto::GroupRecord record;
  while (records.next(record)) {
    const bool is_known = record.type >= static_cast<std::uint8_t>(RecordType::mode_is_include) &&
                          record.type <= static_cast<std::uint8_t>(RecordType::block_old_sources);
    if (!is_known || !record.group.is_multicast()) {
      burst.event(PortEvent::igmp_records_skipped);
    } else if (!record.group.v4().is_link_local_multicast()) {
      handle_record(burst, reporter, record, vlan);
    }
  }
  return report_ports(reporter.version, vlan);
}

// Of the sources of a record. The others are as if they were not in the list (RFC 9776 section 4.2.9).
std::size_t Forwarder::count_hosts(Burst& burst, AddressList sources) {
  const auto count = static_cast<std::size_t>(std::count_if(sources.begin(), sources.end(), is_host));
  if (count != sources.size()) {
    burst.event(PortEvent::igmp_sources_skipped, sources.size() - count);
  }
  return count;
}

void Forwarder::handle_record(Burst& burst, const Reporter& reporter, const proto::GroupRecord& record,
                              Vlan vlan) {
  const auto type = static_cast<RecordType>(record.type);
  const bool excludes = type == RecordType::mode_is_exclude || type == RecordType::change_to_exclude_mode;
  const Ipv4Address group = record.group.v4();
  if (excludes && vlan.words.is_source_specific(group)) {
    return burst.event(PortEvent::igmp_ssm_ignored);
  }
  const std::size_t count = count_hosts(burst, record.sources);
  const GroupTable::Found before = groups_.find_v4(vlan.id, group);
  const bool wants_any = before.ports.contains(burst.ingress);
  Reported reported{vlan.id, group, std::nullopt, burst.port.next_stamp(burst.now), before};

  table::RecordMessage message{burst.head(reporter, vlan.id, group, reported.stamp)};
  message.type = record.type;
  message.is_exclude = excludes;
  if (wants_any) {
    message.previous_report =
        groups_.membership(before.id(), burst.ingress).stamp.load(std::memory_order_relaxed);
  }

  bool takes_away = type == RecordType::change_to_include_mode || type == RecordType::block_old_sources;
  if (takes_away && !may_be_member(burst, before)) {
    takes_away = false;
    if (type == RecordType::block_old_sources || count == 0) {
      burst.event(PortEvent::leaves_without_group);
    }
  }
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
      for (const IpAddress source : record.sources) {
        if (is_host(source)) {
          reported.source = source.v4();
          join(burst, reporter, reported, vlan);
        }
      }
      has_rest = takes_away || (count != 0 && wants_any);
      break;
    case RecordType::block_old_sources:
      has_rest = takes_away && count != 0;
      break;
  }
  if (!has_rest || messages_.record(message, record.sources)) {
    return;
  }
  burst.event(PortEvent::leaves_lost);
  if (message.ends_exclusions(count)) {
    burst.event(PortEvent::exclusions_lost);
  }
  if (excludes && !wants_any && count != 0) {
    // A join must not be lost: more than was asked for (as RFC 5790 does by design), until the port is asked.
    burst.event(PortEvent::excludes_widened);
    join(burst, reporter, reported, vlan);
  }
}

// Can the port be a member of this group, or will the control thread make it one?
bool Forwarder::may_be_member(const Burst& burst, const GroupTable::Found& group) {
  return group.exists() || burst.port.has_excludes_pending();
}

}  // namespace mcswitch::forwarding

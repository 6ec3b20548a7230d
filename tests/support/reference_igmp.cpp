// SPDX-License-Identifier: BSD-3-Clause
//
// IGMP messages: reading them (RFC 2236 section 2, RFC 9776 sections 4 and 7.1), what reports mean, and the
// querier (RFC 2236 sections 3 to 7, RFC 9776 sections 6.6.1 and 6.6.2).

#include <algorithm>
#include <chrono>

#include "support/reference_bytes.hpp"
#include "support/reference_switch.hpp"

namespace mcswitch::test {

using namespace std::chrono_literals;

namespace {

// RFC 9776 sections 4.1.1 and 4.1.7.
unsigned floating(unsigned code) {
  if (code < 128) {
    return code;
  }
  const unsigned exponent = (code / 16) % 8;
  const unsigned mantissa = code % 16;
  return (mantissa + 16) << (exponent + 3);
}

std::vector<IpAddress> addresses(ByteSpan bytes, std::size_t at, std::size_t count) {
  std::vector<IpAddress> list;
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back(address(bytes, at + 4 * i));
  }
  return list;
}

}  // namespace

// --- reading ---------------------------------------------------------------------------------------

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
    message.version = 3;
    message.response = floating(payload[1]) * 100ms;
    message.s_flag = payload[8] / 8 % 2 == 1;
    message.qrv = payload[8] % 8;
    message.query_interval = floating(payload[9]) * 1s;
    message.sources = addresses(payload, 12, sources);
  }
  return nullptr;
}

// RFC 9776 section 4.2. Auxiliary data is counted in words of four bytes.
const char* ReferenceSwitch::read_v3_report(Frame payload, Message& message) {
  std::size_t at = 8;
  for (unsigned n = number(payload, 6, 2); n > 0; --n) {
    if (at + 8 > payload.size()) {
      return "IGMP report with fewer records";
    }
    const unsigned sources = number(payload, at + 2, 2);
    const std::size_t end = at + 8 + 4 * sources + 4UL * payload[at + 1];
    if (end > payload.size()) {
      return "IGMP record with less than it says";
    }
    message.records.push_back({.type = payload[at],
                               .group = address(payload, at + 4),
                               .sources = addresses(payload, at + 8, sources)});
    at = end;
  }
  return nullptr;
}

// --- reports ---------------------------------------------------------------------------------------

// Strictly rising for each port.
TimePoint ReferenceSwitch::message_time(PortId port) {
  TimePoint time = now_;
  if (const auto last = last_message_.find(port); last != last_message_.end() && time <= last->second) {
    time = last->second + 1ns;
  }
  last_message_[port] = time;
  return time;
}

void ReferenceSwitch::take_report(PortId port, VlanId id, const Message& message, const Host& host) {
  constexpr unsigned kIsEx = 2;
  constexpr unsigned kToIn = 3;
  constexpr unsigned kToEx = 4;
  std::vector<Report> reports;
  const auto add = [&](unsigned version, const Record& record) {
    const bool is_exclude = record.type == kIsEx || record.type == kToEx;
    const bool is_leave = version < 3 && record.type == kToIn;
    // RFC 4541 section 2.1.2(2); RFC 4604 section 2.2.
    if (!is_multicast(record.group) || is_link_local(record.group) ||
        (is_source_specific(id, record.group) && (is_exclude || is_leave))) {
      return;
    }
    if (record.type >= 1 && record.type <= 6) {
      reports.push_back({.port = port,
                         .vlan = id,
                         .host = host,
                         .at = message_time(port),
                         .version = version,
                         .record = record});
    }
  };
  switch (message.type) {
    case 0x12:
    case 0x16:
      add(message.type == 0x12 ? 1 : 2, {.type = kIsEx, .group = message.group, .sources = {}});
      break;
    case 0x17:
      add(2, {.type = kToIn, .group = message.group, .sources = {}});
      break;
    default:
      for (Record record : message.records) {
        // RFC 9776 section 4.2.9.
        std::erase_if(record.sources, [](const auto& source) { return !can_be_a_hosts(source.v4()); });
        add(3, record);
      }
      break;
  }
  added_groups_.clear();
  used_ = entries().size();
  deleted_.clear();
  for (Report& report : reports) {
    join(report);
  }
  for (const Report& report : reports) {
    apply(report);
  }
  forget_what_is_nothing();
}

// --- queries ---------------------------------------------------------------------------------------

// "from the port where it is known"
bool ReferenceSwitch::is_elsewhere(const std::optional<Heard>& known, PortId port) const {
  return known && known->port && known->port != port && now_ < known->leaves_port;
}

void ReferenceSwitch::query(PortId port, VlanId id, const Message& query, const IpAddress& source,
                            TimePoint at) {
  Vlan& vlan = vlans_[id];
  const bool is_general = query.group.is_unspecified();
  // "Another's specific query lowers timers only if its sender's general query was heard on the same port and
  // is still valid", as it was before it.
  const auto asker = vlan.askers.find({port, source});
  const bool is_known = asker != vlan.askers.end();
  const bool is_believed = is_known && now_ < asker->second.until;

  // "An unnumbered querier (0.0.0.0) never wins an election ... from the first numbered query on it counts
  // for nothing."
  const bool is_active = igmp(id).querier;
  const IpAddress own = igmp(id).querier_address;
  const auto is_numbered_known = [&] {
    return vlan.is_querier ? !own.is_unspecified() : vlan.other.has_value();
  };
  const bool counts = !source.is_unspecified() || !is_numbered_known();

  Heard heard{
      .address = source, .version = query.version, .qrv = query.qrv, .query_interval = query.query_interval};
  if (is_general) {
    heard.response = query.response;
    const Duration ours = igmp(id).intervals.query_interval;
    const Duration shown = is_known ? now_ - asker->second.at : 0s;
    const Duration said = std::max(ours, query.query_interval);
    if (shown > said + said / 16 && shown <= 10 * ours) {
      heard.query_interval = shown;
    }
  }
  heard.until = now_ + other_querier_present_interval(id, heard);
  heard.port = port;
  heard.leaves_port = heard.until;
  // Election (RFC 9776 section 6.6.2: general queries). An own address of 0.0.0.0 yields to all others.
  if (is_general && counts) {
    vlan.askers[{port, source}] = {now_, heard.until};
    if (source.is_unspecified()) {
      if (!is_active && is_elsewhere(vlan.unnumbered, port)) {
        vlan.unnumbered->until = std::max(vlan.unnumbered->until, heard.until);
      } else if (!is_active) {
        vlan.unnumbered = heard;
      }
    } else if (!is_active || own.is_unspecified() || source < own) {
      vlan.is_querier = false;
      vlan.next_query.reset();
      vlan.startup_queries.clear();
      if (!vlan.elected || source < vlan.elected->address ||
          (source == vlan.elected->address && !is_elsewhere(vlan.elected, port))) {
        vlan.elected = heard;
      }
      vlan.other = heard;
      vlan.other->until = std::max(heard.until, vlan.elected->until);
      vlan.unnumbered.reset();
      std::erase_if(vlan.askers, [](const auto& one) { return one.first.second.is_unspecified(); });
    }
  }
  querier_knowledge(vlan);
  note_older_host_present_interval(id, vlan);

  // Router ports (RFC 4541 section 2.1.1(1b)).
  if (counts && (is_general || !source.is_unspecified())) {
    hear_querier(port, id, heard, is_general);
  }
  if (is_numbered_known()) {
    for (auto& [_, routers] : vlan.routers) {
      routers.erase({RouterReason::query, kUnspecifiedV4});
    }
    std::erase_if(vlan.routers, [](const auto& routers) { return routers.second.empty(); });
  }
  // The query has reached every port of the VLAN that is up.
  if (is_general && counts && vlan.has_querier()) {
    asked(id, up_ports(id), query.response > 0s ? query.response : own_response_interval(id));
  }
  if (!is_general && query.version != 1 && !query.s_flag && is_believed && igmp(id).intervals.version != 1) {
    lower_timers(id, query, at);
  }
  // What is adopted may be less than before.
  do_what_is_due();
}

// Section 6.6.1: to Last Member Query Count times the Max Response Time, if more is left; the group timers,
// or those of the sources named. Not where a host of version 1 is, because it does not answer.
void ReferenceSwitch::lower_timers(VlanId id, const Message& query, TimePoint at) {
  const auto group = vlans_[id].groups.find(query.group);
  if (group == vlans_[id].groups.end()) {
    return;
  }
  // A Max Response Time of 0 would leave no host time to answer; a tenth of a second is the least.
  const TimePoint end = at + last_member_query_count(id) * std::max<Duration>(query.response, 100ms);
  const auto lower = [&](Timer& timer) {
    if (end < end_of(id, timer) && !timer.is_static) {
      timer.lowered = end;
      return true;
    }
    return false;
  };
  for (auto& [port, member] : group->second) {
    if (is_older_host_present(id, member, 1)) {
      continue;
    }
    if (query.sources.empty() && member.any) {
      // From its end on the other one asks; at once if who was asked by us has answered.
      const bool is_answered = !member.any->lowered;
      if (lower(*member.any)) {
        std::erase_if(member.any->queries,
                      [&](TimePoint query_at) { return is_answered || query_at >= end; });
      }
    }
    for (auto& [source, timer] : member.requested) {
      if (std::find(query.sources.begin(), query.sources.end(), source) != query.sources.end()) {
        lower(timer);
      }
    }
  }
}

}  // namespace mcswitch::test

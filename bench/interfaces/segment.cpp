// SPDX-License-Identifier: BSD-3-Clause

#include "interfaces/segment.hpp"

#include <algorithm>

namespace mcswitch::bench::interfaces {
namespace {

using membership::SendReport;
using proto::IgmpKind;
using proto::RecordType;

TimePoint time_point(Nanoseconds t) { return TimePoint{Duration{t}}; }

}  // namespace

Segment::Segment(PacketSocket& socket, const SegmentSettings& settings)
    : socket_{socket}, settings_{settings}, delays_{settings.number + 1} {
  // A leave is what is measured: it is said whoever was the last to report.
  const membership::Host::Settings host{.robustness_variable = settings.robustness, .always_leave = true};
  hosts_.reserve(settings.hosts);
  for (std::uint32_t n = 0; n < settings.hosts; ++n) {
    hosts_.emplace_back(host, delays_);
  }
}

// Locally administered; 198.18.0.0/15 is the benchmarks' (RFC 2544 appendix C).
MacAddress Segment::mac(std::uint32_t host) const {
  return MacAddress{0x02'4d'42'00'00'00ULL | std::uint64_t{settings_.number + 1} << 16 | host};
}
Ipv4Address Segment::address(std::uint32_t host) const {
  return Ipv4Address{Ipv4Address::of(198, 18, 0, 1).bits + settings_.number * (kMaxHosts + 48) + host};
}

void Segment::report(std::uint32_t host, const SendReport& report, bool is_change) {
  Frame& frame = outbox_.emplace_back();
  ++counters_.reports;
  if (settings_.igmp_version == 3) {
    build_v3_report(mac(host), address(host),
                    is_change ? RecordType::change_to_exclude_mode : RecordType::mode_is_exclude,
                    report.group, frame);
    return;
  }
  proto::build_report({mac(host), address(host), report.group, report.version}, frame);
  for (std::uint32_t other = 0; other < hosts_.size(); ++other) {
    if (other != host) {
      hosts_[other].on_report(report.group);
    }
  }
}

void Segment::leave_message(std::uint32_t host, Ipv4Address group) {
  Frame& frame = outbox_.emplace_back();
  ++counters_.leaves;
  if (settings_.igmp_version == 3) {
    build_v3_report(mac(host), address(host), RecordType::change_to_include_mode, group, frame);
  } else {
    proto::build_leave({mac(host), address(host), group}, frame);
  }
}

void Segment::join(std::uint32_t host, Ipv4Address group, Nanoseconds now) {
  if (const auto said = hosts_[host].join(group, time_point(now))) {
    report(host, *said, true);
  }
}

void Segment::leave(std::uint32_t host, Ipv4Address group, Nanoseconds now) {
  if (const auto said = hosts_[host].leave(group, time_point(now))) {
    leave_message(host, said->group);
  }
}

void Segment::report_again(std::uint32_t host, Ipv4Address group) { report(host, {group, 2}, true); }

void Segment::on_igmp(std::span<const std::uint8_t> payload, Nanoseconds now) {
  proto::IgmpMessage message;
  if (proto::parse_igmp(payload, message) != proto::ParseError::none) {
    return;
  }
  if (message.kind == IgmpKind::query) {
    ++counters_.queries;
    // Of version 2 to the machine of version 2, unless the hosts' own is asked for: a version 3 host does
    // not speak version 1 or 2 here.
    const auto version = settings_.igmp_version == 3 ? std::uint8_t{3} : message.version;
    for (membership::Host& host : hosts_) {
      host.on_query(message.group, version, message.max_resp_time, time_point(now));
    }
  } else if (message.kind == IgmpKind::report && settings_.igmp_version == 2) {
    for (membership::Host& host : hosts_) {
      host.on_report(message.group);
    }
  }
}

void Segment::on_time(Nanoseconds now) {
  std::array<SendReport, 64> room;
  for (std::uint32_t host = 0; host < hosts_.size(); ++host) {
    if (hosts_[host].next() > time_point(now)) {
      continue;
    }
    // A portion for each call: a stream runs beside.
    const std::size_t count = hosts_[host].on_time(time_point(now), room);
    for (std::size_t i = 0; i < count; ++i) {
      report(host, room[i], false);
    }
  }
  flush();
}

void Segment::flush() {
  constexpr int kTries = 100;
  std::array<std::span<const std::uint8_t>, PacketSocket::kLargestBatch> batch;
  std::size_t sent = 0;
  for (int tries = 0; sent < outbox_.size() && tries < kTries;) {
    const std::size_t count = std::min(outbox_.size() - sent, batch.size());
    for (std::size_t i = 0; i < count; ++i) {
      batch[i] = outbox_[sent + i];
    }
    const std::size_t taken = socket_.send(std::span{batch}.first(count));
    sent += taken;
    tries = taken == 0 ? tries + 1 : 0;
  }
  counters_.unsent += outbox_.size() - sent;
  outbox_.clear();
}

}  // namespace mcswitch::bench::interfaces

// SPDX-License-Identifier: BSD-3-Clause

#include "interfaces/segment.hpp"

#include <algorithm>
#include <array>

namespace mcswitch::bench::interfaces {
namespace {

using host::HostMessageKind;
using membership::FilterMode;
using proto::IgmpKind;
using proto::RecordType;

// A part of the messages that a host has to send, because a stream runs meanwhile.
constexpr std::size_t kReportsAtOnce = 64;
constexpr std::size_t kV3ReportsAtOnce = 4;

TimePoint time_point(Nanoseconds t) { return TimePoint{Duration{t}}; }

}  // namespace

Segment::Segment(FrameSender& sender, const SegmentSettings& settings)
    : sender_{sender}, settings_{settings}, delays_{settings.number + 1} {
  host::Host::Settings host;
  if (!is_version_3()) {
    host = host::Host::Settings::of_version_2();
    // Leaves are measured, so a host sends one even if another host reported last.
    host.always_leave = true;
  }
  host.robustness_variable = settings.robustness;
  host.adopt_robustness = false;
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

template <typename Build>
void Segment::add_frame(Build&& build) {
  std::array<std::uint8_t, proto::kMaxFrameSize> frame;
  const std::size_t size = build(frame);
  bytes_.insert(bytes_.end(), frame.data(), frame.data() + size);
  ends_.push_back(bytes_.size());
}

void Segment::report(std::uint32_t host, const IpAddress& group, std::uint8_t version) {
  ++counters_.reports;
  add_frame([&](auto& frame) {
    return proto::build_report({mac(host), address(host), group, version}, frame);
  });
  for (std::uint32_t other = 0; other < hosts_.size(); ++other) {
    if (other != host) {
      hosts_[other].on_older_report(group);
    }
  }
}

void Segment::take_messages(std::uint32_t host, Nanoseconds now, std::size_t most) {
  for (std::size_t n = 0; n < most && hosts_[host].on_time(time_point(now), message_); ++n) {
    switch (message_.kind()) {
      case HostMessageKind::none:
        break;
      case HostMessageKind::v3_report:
        ++counters_.reports;
        add_frame([&](auto& frame) {
          return proto::build_v3_report({mac(host), address(host), message_.records()}, frame);
        });
        break;
      case HostMessageKind::report:
        report(host, message_.group(), message_.version());
        break;
      case HostMessageKind::leave:
        ++counters_.leaves;
        add_frame([&](auto& frame) {
          return proto::build_leave({mac(host), address(host), message_.group()}, frame);
        });
        break;
    }
  }
}

void Segment::join(std::uint32_t host, Ipv4Address group, Nanoseconds now) {
  // Version 2 has no words for sources.
  const FilterMode mode = is_version_3() ? settings_.filter_mode : FilterMode::exclude;
  hosts_[host].set(group, mode, settings_.sources, time_point(now));
  take_messages(host, now, SIZE_MAX);
}

void Segment::leave(std::uint32_t host, Ipv4Address group, Nanoseconds now) {
  const bool was_member = hosts_[host].is_member(group);
  hosts_[host].set(group, FilterMode::include, {}, time_point(now));
  take_messages(host, now, SIZE_MAX);
  if (is_version_3() && was_member) {
    // The report that has just ended it.
    ++counters_.leaves;
    --counters_.reports;
  }
}

void Segment::report_again(std::uint32_t host, Ipv4Address group) {
  if (!is_version_3()) {
    return report(host, group, 2);
  }
  ++counters_.reports;
  const proto::ReportRecord record{settings_.filter_mode == FilterMode::include
                                       ? RecordType::allow_new_sources
                                       : RecordType::change_to_exclude_mode,
                                   group, settings_.sources};
  add_frame([&](auto& frame) {
    return proto::build_v3_report({mac(host), address(host), {&record, 1}}, frame);
  });
}

void Segment::on_igmp(std::span<const std::uint8_t> payload, Nanoseconds now) {
  proto::IgmpMessage message;
  if (proto::parse_igmp(payload, message) != proto::ParseError::none) {
    return;
  }
  if (message.kind == IgmpKind::query) {
    ++counters_.queries;
    asked_.assign(message.sources.begin(), message.sources.end());
    const std::uint8_t version = is_version_3() ? 3 : message.version;
    for (host::Host& host : hosts_) {
      host.on_query({.version = version,
                     .group = message.group,
                     .sources = asked_,
                     .max_resp_time = message.max_resp_time},
                    time_point(now));
    }
  } else if (message.kind == IgmpKind::report) {
    for (host::Host& host : hosts_) {
      host.on_older_report(message.group);
    }
  }
}

void Segment::on_time(Nanoseconds now) {
  for (std::uint32_t host = 0; host < hosts_.size(); ++host) {
    if (hosts_[host].next() <= time_point(now)) {
      take_messages(host, now, is_version_3() ? kV3ReportsAtOnce : kReportsAtOnce);
    }
  }
  flush();
}

void Segment::flush() {
  constexpr int kTries = 100;
  std::array<std::span<const std::uint8_t>, FrameSender::kLargestBatch> batch;
  std::size_t sent = 0;
  for (int tries = 0; sent < ends_.size() && tries < kTries;) {
    const std::size_t count = std::min(ends_.size() - sent, batch.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t begin = sent + i == 0 ? 0 : ends_[sent + i - 1];
      batch[i] = std::span{bytes_}.subspan(begin, ends_[sent + i] - begin);
    }
    const std::size_t taken = sender_.send(std::span{batch}.first(count));
    sent += taken;
    tries = taken == 0 ? tries + 1 : 0;
  }
  counters_.unsent += ends_.size() - sent;
  bytes_.clear();
  ends_.clear();
}

}  // namespace mcswitch::bench::interfaces

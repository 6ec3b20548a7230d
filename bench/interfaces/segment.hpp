// SPDX-License-Identifier: BSD-3-Clause
//
// Segment: the hosts behind one receiver, as if on one cable (lib/host/host.hpp). Those of version 2 have
// the host role of RFC 2236 section 6; each hears the queries of the switch and the reports of the others,
// which suppress its own. Those of version 3 have that of RFC 9776 section 5: they join with the filter of
// the settings, and no report is suppressed. They take every query as one of version 3 and do not fall back
// to an older one, so that what is measured is what was asked for.
//
// Messages wait until flush(), so that many of them leave in few system calls.
//
// One thread; nothing else uses the segment's sender at the time.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/net_types.hpp"
#include "host/host.hpp"
#include "interfaces/clock.hpp"
#include "interfaces/frame_sender.hpp"
#include "proto/igmp.hpp"

namespace mcswitch::bench::interfaces {

struct SegmentSettings {
  std::uint32_t number = 0;       // of the receiver, 0 to 31: makes its addresses unlike all others
  std::uint32_t hosts = 1;        // 1 to kMaxHosts
  std::uint8_t igmp_version = 2;  // 2 or 3
  std::uint8_t robustness = 1;    // how often a new membership is reported, whatever a querier says
  // Version 3: what a member wants of its group; sources rising, none twice, in mode INCLUDE at least one,
  // and so few that a report has room for them.
  membership::FilterMode filter_mode = membership::FilterMode::exclude;
  membership::Sources sources{};
};

// What the hosts have received and sent.
struct SegmentCounters {
  std::uint64_t queries = 0;  // general and specific
  std::uint64_t reports = 0;  // version 3: messages, but those that end a membership first of all
  std::uint64_t leaves = 0;   // memberships whose end was reported
  std::uint64_t unsent = 0;   // messages that the interface had no room for
};

class Segment {
 public:
  static constexpr std::uint32_t kMaxHosts = 2000;

  Segment(FrameSender& sender, const SegmentSettings& settings);
  // Its hosts share its source of delays.
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  // Host number `host` joins or leaves; the message waits for flush().
  void join(std::uint32_t host, Ipv4Address group, Nanoseconds now);
  void leave(std::uint32_t host, Ipv4Address group, Nanoseconds now);
  // A member reports once more, as if it had just joined.
  void report_again(std::uint32_t host, Ipv4Address group);

  // A frame with an IGMP message came in.
  void on_igmp(std::span<const std::uint8_t> payload, Nanoseconds now);
  // Timers, and what waits.
  void on_time(Nanoseconds now);

  // Sends what waits; what the interface refuses again and again is counted as unsent and dropped.
  void flush();
  [[nodiscard]] std::size_t waiting() const { return ends_.size(); }

  [[nodiscard]] const SegmentCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] bool is_version_3() const { return settings_.igmp_version == 3; }
  // A report of version 1 or 2, which the others hear.
  void report(std::uint32_t host, const IpAddress& group, std::uint8_t version);
  // What the host has to say now, `most` messages of it; counted as reports and leaves.
  void take_messages(std::uint32_t host, Nanoseconds now, std::size_t most);
  // Of one build_...() of lib/proto: the frame waits.
  template <typename Build>
  void add_frame(Build&& build);
  [[nodiscard]] MacAddress mac(std::uint32_t host) const;
  [[nodiscard]] Ipv4Address address(std::uint32_t host) const;

  FrameSender& sender_;
  const SegmentSettings settings_;
  host::SeededDelay delays_;
  std::vector<host::Host> hosts_;
  host::HostMessage message_;
  membership::Sources asked_;
  // Frames that wait, one behind the other, and where each of them ends.
  std::vector<std::uint8_t> bytes_;
  std::vector<std::size_t> ends_;
  SegmentCounters counters_;
};

}  // namespace mcswitch::bench::interfaces

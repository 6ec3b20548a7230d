// SPDX-License-Identifier: BSD-3-Clause
//
// Segment: the hosts behind one receiver, as if on one cable: each has the host role of RFC 2236 section 6
// (lib/membership/host.hpp) and hears the queries of the switch and, with version 2, the reports of the
// others, which suppress its own. With version 3 (RFC 9776 section 5) the same machine decides when to
// answer; what is sent is a version 3 report of one group, and nobody is suppressed.
//
// Messages wait until flush(), so that many of them leave in few system calls.
//
// One thread; the segment's socket is used by nobody else at the time.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "interfaces/clock.hpp"
#include "interfaces/frames.hpp"
#include "interfaces/packet_socket.hpp"
#include "membership/host.hpp"

namespace mcswitch::bench::interfaces {

struct SegmentSettings {
  std::uint32_t number = 0;       // of the receiver, 0 to 31: makes its addresses unlike all others
  std::uint32_t hosts = 1;        // 1 to kMaxHosts
  std::uint8_t igmp_version = 2;  // 2 or 3
  std::uint8_t robustness = 1;    // how often a new membership is reported
};

// What the hosts have heard and said.
struct SegmentCounters {
  std::uint64_t queries = 0;  // general and specific
  std::uint64_t reports = 0;
  std::uint64_t leaves = 0;
  std::uint64_t unsent = 0;  // messages that the interface had no room for
};

class Segment {
 public:
  static constexpr std::uint32_t kMaxHosts = 2000;

  Segment(PacketSocket& socket, const SegmentSettings& settings);
  // Its hosts share its source of delays.
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  // Host number `host` joins or leaves; the message waits for flush().
  void join(std::uint32_t host, Ipv4Address group, Nanoseconds now);
  void leave(std::uint32_t host, Ipv4Address group, Nanoseconds now);
  // A member says so once more.
  void report_again(std::uint32_t host, Ipv4Address group);

  // A frame with an IGMP message came in.
  void on_igmp(std::span<const std::uint8_t> payload, Nanoseconds now);
  // Timers, and what waits.
  void on_time(Nanoseconds now);

  // Sends what waits; what the interface refuses again and again is counted as unsent and dropped.
  void flush();
  [[nodiscard]] std::size_t waiting() const { return outbox_.size(); }

  [[nodiscard]] const SegmentCounters& counters() const { return counters_; }

 private:
  using Frame = std::array<std::uint8_t, kSmallestFrame>;

  void report(std::uint32_t host, const membership::SendReport& report, bool is_change);
  void leave_message(std::uint32_t host, Ipv4Address group);
  [[nodiscard]] MacAddress mac(std::uint32_t host) const;
  [[nodiscard]] Ipv4Address address(std::uint32_t host) const;

  PacketSocket& socket_;
  const SegmentSettings settings_;
  membership::SeededDelay delays_;
  std::vector<membership::Host> hosts_;
  std::vector<Frame> outbox_;
  SegmentCounters counters_;
};

}  // namespace mcswitch::bench::interfaces

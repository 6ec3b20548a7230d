// SPDX-License-Identifier: BSD-3-Clause
//
// Per port: what its worker and the control thread exchange outside the rings.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"

namespace mcswitch::table {

// Bits of PortState::attention.
inline constexpr std::uint32_t kLeaveLost = 1;            // a leave did not fit into the ring: ask the port
inline constexpr std::uint32_t kQueryLost = 2;            // a query, or a router, did not fit into the ring
inline constexpr std::uint32_t kRefusedTableFull = 4;     // no entry for a new group or source
inline constexpr std::uint32_t kRefusedPortLimit = 8;     // the port has all the memberships that it may have
inline constexpr std::uint32_t kRefusedSourceLimit = 16;  // a group has all the sources that it may have
// The end of an exclusion did not fit into the ring: end the port's exclusions.
inline constexpr std::uint32_t kJoinLost = 32;
inline constexpr std::uint32_t kNotAsked = 64;  // a frame of the control thread was not taken by the device

// Has one alone been seen, of MAC addresses or of others? Several threads may store: two that do so at once
// may miss one change, not the next: whoever sees one that is not the latest one notes the time.
class OnlyOne {
 public:
  void saw(std::uint64_t one, TimePoint now) noexcept {
    if (one != latest_.load(std::memory_order_relaxed)) {
      other_seen_.store(latest_seen_.load(std::memory_order_relaxed), std::memory_order_relaxed);
      latest_.store(one, std::memory_order_relaxed);
    }
    latest_seen_.store(stamp_at(now), std::memory_order_relaxed);
  }
  // The last moment at which another one than the latest was seen; 0: never.
  [[nodiscard]] Stamp other_seen() const noexcept { return other_seen_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t latest() const noexcept { return latest_.load(std::memory_order_relaxed); }
  // At most one has been seen since `since`.
  [[nodiscard]] bool is_so(TimePoint since) const noexcept {
    const Stamp other = other_seen();
    return other == 0 || time_of(other) < since;
  }

 private:
  std::atomic<Stamp> other_seen_{0};
  std::atomic<std::uint64_t> latest_{0};
  std::atomic<Stamp> latest_seen_{0};
};

struct alignas(64) PortState {
  // First line: the control thread loads it each turn, and workers hardly ever store here. Were it one with
  // what they store at each report, the line would go to and fro.
  //
  // Sticky reasons to look at this port: workers set bits (fetch_or), control takes them all
  // (exchange). Unlike a ring it is never full.
  std::atomic<std::uint32_t> attention{0};
  // How many records of mode EXCLUDE of `excludes_sent` have been dealt with. Control stores, the worker that
  // handles the port's IGMP and MLD loads.
  std::atomic<std::uint32_t> excludes_done{0};

  // Second line: what each report changes.
  //
  // Source MAC addresses. Workers that poll a queue of the port store, control loads: see has_single_host().
  alignas(64) OnlyOne hosts;
  // IP source addresses of reports and leaves. The worker that handles the port's IGMP and MLD stores,
  // control loads.
  OnlyOne reporters;
  // Only that worker touches what follows.
  Stamp last_stamp = 0;
  // Records of mode EXCLUDE of this port that have been given to the control thread.
  std::uint32_t excludes_sent = 0;
  // Messages about hosts that may still be sent before host_messages_until.
  std::uint32_t host_messages_left = 0;
  TimePoint host_messages_until = TimePoint::min();

  // Worker: a frame with this (unicast) source address was received now.
  void saw_host(MacAddress source, TimePoint now) noexcept { hosts.saw(source.bits, now); }
  // The port's worker for IGMP and MLD: so was a report or a leave with this IP source address.
  // (Link-local addresses of IPv6 differ in their low half.)
  void saw_reporter(const IpAddress& source, TimePoint now) noexcept { reporters.saw(source.low, now); }

  // The port's worker for IGMP and MLD: is the control thread about to join something for the port? (Other
  // joins are the worker's.)
  [[nodiscard]] bool has_excludes_pending() const noexcept {
    // Pairs with the release of the control thread: what it has joined is in the table.
    return excludes_sent != excludes_done.load(std::memory_order_acquire);
  }

  // The port's worker for IGMP and MLD: the stamp of a membership message received now; larger than all
  // before it on this port.
  Stamp next_stamp(TimePoint now) noexcept {
    const Stamp t = stamp_at(now);
    last_stamp = t > last_stamp ? t : last_stamp + 1;
    return last_stamp;
  }

  // The port's worker for IGMP and MLD: may it notify the control thread of one more host?
  bool may_notify_of_host(TimePoint now) noexcept {
    if (now >= host_messages_until) {
      host_messages_until = now + kHostMessagesTime;
      host_messages_left = kHostMessages;
    }
    return host_messages_left > 0 && host_messages_left-- > 0;
  }
  // 256,000 a second: as many as the control thread can handle besides its other work.
  static constexpr std::uint32_t kHostMessages = 256;
  static constexpr Duration kHostMessagesTime = std::chrono::milliseconds{1};

  // Control: at most one source MAC address has been seen on the port since `since`, and reports and leaves
  // had at most one IP source address. What fast leave for versions 1 and 2 asks, of the time since the link
  // came up: a host that suppressed its reports has a MAC address all the same, but may have been silent for
  // long, and several may be behind a repeater that shows one MAC address for all.
  [[nodiscard]] bool has_single_host(TimePoint since) const noexcept {
    return hosts.is_so(since) && reporters.is_so(since);
  }
};

using PortTable = std::array<PortState, kMaxPorts>;

}  // namespace mcswitch::table

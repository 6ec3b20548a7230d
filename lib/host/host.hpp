// SPDX-License-Identifier: BSD-3-Clause
//
// Host: the host role of RFC 2236 on one network interface: which groups it belongs to, and when it says so
// (sections 3, 4 and 6). For emulated hosts, and for memberships of our own.
//
// Per group, the states of section 6. The numbers behind # are the actions that the functions take:
//
//   Non-Member        join        -> Delaying   send report, set flag, start timer (#1)
//   Delaying Member   query       -> Delaying   start timer anew if Max Response Time < what remains
//                     report      -> Idle       stop timer, clear flag (#2)
//                     timer       -> Idle       send report, set flag (#1)
//                     leave       -> Non-Member stop timer, send leave if flag set (#3)
//   Idle Member       query       -> Delaying   start timer
//                     leave       -> Non-Member send leave if flag set (#3)
//   everything else                             ignored; a report in Idle Member leaves the flag as it is
//
//   #1 The unsolicited report is repeated Robustness Variable - 1 times (section 8.1), each a random time
//      within the Unsolicited Report Interval after the one before (sections 3 and 8.10): the timer starts
//      again instead of the state becoming Idle Member. An answer to a query counts as a repetition.
//   #2 The other's report stands for all that we still wanted to say: no repetitions either.
//   #3 Never while a version 1 querier is present (section 6: SHOULD be skipped); without regard to the flag
//      if `always_leave` (section 3: a host that does not remember whether it was the last to report).
//
// All-systems group 224.0.0.1: Idle Member for ever, never reported (section 6).
//
// Version 1 (section 4): a query with Max Response Time 0 allows 10 s and makes a version 1 querier present
// for the Version 1 Router Present Timeout, whatever other queries say; reports are of version 1 meanwhile.
//
// A version 3 query begins like one of version 2 and is taken as one (RFC 2236 section 2.5).
//
// Size: 42 to 48 octets a membership, of which 16 are for its timer (see group_numbers.hpp and
// due_heap.hpp), and less than 200 for the host itself. Memory is allocated by the constructor, and by
// join() only beyond what was reserved or has been in use before; nothing else allocates. join(), leave(),
// on_report() and a specific query take a number of steps that grows with the logarithm of the running
// timers; a general query takes one pass over all groups.
//
// One thread, and nothing is shared but the source of delays.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/due_heap.hpp"
#include "base/net_types.hpp"
#include "base/time.hpp"
#include "host/group_numbers.hpp"
#include "host/random_delay.hpp"

namespace mcswitch::host {

enum class HostState : std::uint8_t { non_member, delaying_member, idle_member };

// Send a report of `version`, 1 or 2, for the group, to the group (RFC 2236 section 9).
struct SendReport {
  IpAddress group;
  std::uint8_t version = 0;
  friend bool operator==(const SendReport&, const SendReport&) = default;
};

// Send a leave for the group to 224.0.0.2 (RFC 2236 section 9).
struct SendLeave {
  IpAddress group;
  friend bool operator==(const SendLeave&, const SendLeave&) = default;
};

class Host {
 public:
  // A query of version 1 has no Max Response Time of its own (RFC 2236 section 4).
  static constexpr Duration kVersion1MaxRespTime = std::chrono::seconds{10};
  // The longest that version 2 can say (section 2.2). A host of version 2 does not know the codes of
  // version 3 for longer times, and an answer within this one is in time for them.
  static constexpr Duration kLongestMaxRespTime = std::chrono::milliseconds{25'500};

  struct Settings {
    // Robustness Variable (RFC 2236 section 8.1): 1 to 7. How often a new membership is reported.
    std::uint8_t robustness_variable = 2;
    // Unsolicited Report Interval (section 8.10); more than 0.
    Duration unsolicited_report_interval = std::chrono::seconds{10};
    // Version 1 Router Present Timeout (section 8.11).
    Duration version_1_router_present_timeout = std::chrono::seconds{400};
    // Leave even if another host was the last to report.
    bool always_leave = false;
  };

  // Room for `groups` memberships. `delays` outlives the host.
  Host(const Settings& settings, RandomDelay& delays, std::size_t groups = 0);

  // The first on this host who wants the group. `group` is a multicast address. Nothing for a group that
  // has been joined already, and for 224.0.0.1.
  [[nodiscard]] std::optional<SendReport> join(const IpAddress& group, TimePoint now);
  // The last on this host who wanted the group is gone.
  [[nodiscard]] std::optional<SendLeave> leave(const IpAddress& group, TimePoint now);

  // A valid query was heard, as proto::parse_igmp() gives it; an unspecified `group` means all groups.
  void on_query(IpAddress group, std::uint8_t version, Duration max_resp_time, TimePoint now);
  // A valid report of version 1 or 2 of another host was heard (RFC 2236 section 5: either counts). Not one
  // of version 3.
  void on_report(const IpAddress& group);

  // When on_time() has something to do; kNever: not before something is heard or joined.
  [[nodiscard]] TimePoint next() const { return timers_.next(); }
  // Writes what is to be sent, as much as there is room for, the longest overdue first; returns how many.
  // next() is not after `now` while there is more.
  [[nodiscard]] std::size_t on_time(TimePoint now, std::span<SendReport> reports);

  [[nodiscard]] HostState state(const IpAddress& group) const;
  // Were we the last to report the group, as far as we know? (The flag of section 6.)
  [[nodiscard]] bool is_last_reporter(const IpAddress& group) const;
  [[nodiscard]] bool is_version_1_querier_present(TimePoint now) const { return now < version_1_until_; }

  // Without 224.0.0.1. Numbers 0 to group_count() - 1 change with join() and leave().
  [[nodiscard]] std::uint32_t group_count() const { return groups_.size(); }
  [[nodiscard]] IpAddress group(std::uint32_t number) const { return groups_.group(number); }

 private:
  struct Membership {
    std::uint8_t repetitions_left : 7 = 0;  // of the unsolicited report; 0 unless Delaying Member
    std::uint8_t is_last_reporter : 1 = 0;
  };

  // The version of a report that is sent now.
  [[nodiscard]] std::uint8_t version(TimePoint now) const {
    return is_version_1_querier_present(now) ? 1 : 2;
  }

  const Settings settings_;
  RandomDelay& delays_;
  TimePoint version_1_until_ = TimePoint::min();
  // By the same numbers.
  GroupNumbers groups_;
  std::vector<Membership> memberships_;
  DueHeap timers_;
};

}  // namespace mcswitch::host

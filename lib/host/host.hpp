// SPDX-License-Identifier: BSD-3-Clause
//
// Host: the host role of RFC 9776 on one network interface: what its interface state is (section 3.2), and
// what it says of it and when (sections 5 and 7.2); and that of RFC 2236, for queriers of older versions and
// for hosts that know no newer one (Settings::of_version_2()). For proxy reporting, and for emulated hosts.
//
// State changes (section 5.1). set() compares the state before and after:
//
//   INCLUDE (A) -> INCLUDE (B)   ALLOW (B-A), BLOCK (A-B)      no state is INCLUDE ({})
//   EXCLUDE (A) -> EXCLUDE (B)   ALLOW (A-B), BLOCK (B-A)      an empty ALLOW or BLOCK is not sent
//   INCLUDE (A) -> EXCLUDE (B)   TO_EX (B)
//   EXCLUDE (A) -> INCLUDE (B)   TO_IN (B)
//
// The report is due at once, and Robustness Variable - 1 times more, each time a random time within the
// Unsolicited Report Interval after the one before. A further change merges with what is still to be
// reported: the filter mode has a counter, and each source has one. While the mode's counter runs, a report
// carries TO_IN or TO_EX with the state of that moment; after that, ALLOW and BLOCK with the sources whose
// counters run. Each report counts down all of them.
//
// Queries (section 5.2), the first rule that fits, with a delay drawn from (0, Max Response Time]:
//
//   1  an answer to a general query is due earlier    nothing
//   2  general                                        an answer for all groups, instead of one that was due
//   3  no answer is due for the group                 one for the group; the sources asked for are recorded
//   4  one is, and this query or that is for all      one for the whole group, at the earlier of both times
//   5  both are for sources                           one for all of them, at the earlier of both times
//
// The answer: IS_IN (A) or IS_EX (A) for the group; for recorded sources B it is IS_IN (A*B) in mode INCLUDE
// and IS_IN (B-A) in mode EXCLUDE, and nothing if that is empty. More than kMostAsked recorded sources count
// as the whole group, so that a hostile querier cannot make them grow.
//
// If the answer to a general query takes several messages, they are spread over its Max Response Time
// (section 5.2, "it is recommended to spread transmission"): the first one leaves in the first part of it,
// the others at equal distances. What is left of it when the answer to the next general query is due leaves
// then.
//
// Messages (section 4.2.16): as many groups in a report as there is room for; state changes and answers do
// not share one. An EXCLUDE list that is too long is truncated; other lists are continued in the next report.
//
// Older queriers (section 7.2.1): for the Older Version Querier Present Interval after the last query of
// version 1, or general query of version 2, the host speaks that version. When the version changes, answers
// and repetitions are cancelled. A change that has not been reported at all is reported in the new version.
// Reports of version 3 are never suppressed (section 7.2.2 would allow it).
//
// Versions 1 and 2: the host is a member of each group whose state is not INCLUDE ({}), sources or not. Per
// group, the states of RFC 2236 section 6. The numbers behind # are the actions that the functions take:
//
//   Non-Member        set         -> Delaying   send report, set flag, start timer (#1)
//   Delaying Member   query       -> Delaying   start timer anew if Max Response Time < what remains
//                     report      -> Idle       stop timer, clear flag (#2)
//                     timer       -> Idle       send report, set flag (#1)
//                     INCLUDE({}) -> Non-Member stop timer, send leave if flag set (#3)
//   Idle Member       query       -> Delaying   start timer
//                     INCLUDE({}) -> Non-Member send leave if flag set (#3)
//   everything else                             ignored; a report in Idle Member leaves the flag as it is
//
//   #1 The unsolicited report is repeated Robustness Variable - 1 times (section 8.1), each a random time
//      within the Unsolicited Report Interval after the one before (sections 3 and 8.10): the timer starts
//      again instead of the state becoming Idle Member. An answer to a query counts as a repetition.
//   #2 The other's report replaces all that we still had to report: no repetitions either.
//   #3 Never while a version 1 querier is present (section 6: SHOULD be skipped); without regard to the flag
//      if `always_leave` (section 3: a host that does not remember whether it was the last to report).
//
// A query of version 1, or with Max Response Time 0, allows 10 s and makes a version 1 querier present,
// whatever other queries say (section 4). To a host whose newest version is 2 or 1, a version 3 query is one
// of version 2 (section 2.5), and a version 1 querier that appears or is forgotten cancels nothing: each
// report is of the version of the moment it is sent at.
//
// 224.0.0.1 is never reported (section 5; RFC 2236 section 6: Idle Member for ever).
//
// Memory: about 160 bytes a group, and 16 for each source of its state, 17 for each with a counter, 16 for
// each recorded one. Allocated by set(), and where a list of recorded sources has to grow.
//
// set() costs the length of the lists and the logarithm of the count of groups; a query the logarithm, but a
// general query while an older querier is present, and a change of the version, one pass over all groups.
//
// One thread, and nothing is shared but the source of delays.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/due_heap.hpp"
#include "base/net_types.hpp"
#include "base/time.hpp"
#include "host/group_numbers.hpp"
#include "host/host_message.hpp"
#include "host/random_delay.hpp"
#include "membership/filter_rules.hpp"

namespace mcswitch::host {

using membership::FilterMode;
using membership::Sources;

// RFC 2236 section 6. Delaying: something will be said of the group.
enum class HostState : std::uint8_t { non_member, delaying_member, idle_member };

class Host {
 public:
  // A query of version 1 has no Max Response Time of its own (section 7.2.1).
  static constexpr Duration kVersion1MaxRespTime = std::chrono::seconds{10};
  // The longest that version 2 can say (RFC 2236 section 2.2). A host of version 2 does not know the codes of
  // version 3 for longer times, and an answer within this one is in time for them.
  static constexpr Duration kLongestOlderMaxRespTime = std::chrono::milliseconds{25'500};
  // Taken for a version 3 query that allows no time: an answer at once is forbidden (section 5.2).
  static constexpr Duration kShortestMaxRespTime = std::chrono::milliseconds{100};
  static constexpr std::size_t kMostAsked = 1024;

  struct Settings {
    // The newest version that the host speaks, 1 to 3, also where no older querier has been heard.
    std::uint8_t newest_version = 3;
    // Robustness Variable (section 8.1): 1 to 7. How often a change is reported.
    std::uint8_t robustness_variable = 2;
    // Take the querier's, if its last version 3 query had one (section 4.1.6).
    bool adopt_robustness = true;
    // Unsolicited Report Interval (section 8.11); more than 0.
    Duration unsolicited_report_interval = std::chrono::seconds{1};
    // The same while an older querier is present (RFC 2236 section 8.10).
    Duration older_unsolicited_report_interval = std::chrono::seconds{10};
    // Of the Older Version Querier Present Interval (RFC 9776 section 8.12) the first part, Robustness
    // Variable * Query Interval, of the defaults: a host does not know the querier's. The second part is ten
    // times the Max Response Time of its last query.
    Duration older_version_querier_queries = std::chrono::seconds{250};
    // In its place after a version 1 query: RFC 2236 section 8.11.
    std::optional<Duration> version_1_router_present_timeout{};
    // Version 2: leave even if another host was the last to report (RFC 2236 section 3).
    bool always_leave = false;
    // Bytes of the records of one report: HostMessage::kLeastRoom to kMostRoom.
    std::size_t report_room = HostMessage::kMostRoom;

    // A host that knows RFC 2236 alone.
    static constexpr Settings of_version_2() {
      Settings settings;
      settings.newest_version = 2;
      settings.adopt_robustness = false;
      settings.version_1_router_present_timeout = std::chrono::seconds{400};
      return settings;
    }
  };

  // As proto::parse_igmp() gives it.
  struct Query {
    std::uint8_t version = 3;
    IpAddress group{};                     // unspecified: general
    std::span<const IpAddress> sources{};  // in any order; of a group only
    Duration max_resp_time{};
    std::uint8_t robustness_variable = 0;  // QRV; 0: not given
  };

  // Room for `groups` groups. `delays` outlives the host.
  Host(const Settings& settings, RandomDelay& delays, std::size_t groups = 0);

  // The interface state of `group`, a multicast address, is now this; `sources` rising, none twice. INCLUDE
  // without sources: no state. What follows is due at once: next() is not after `now`.
  void set(const IpAddress& group, FilterMode mode, std::span<const IpAddress> sources, TimePoint now);

  // A valid query was heard.
  void on_query(const Query& query, TimePoint now);
  // A valid report of version 1 or 2 of another host was heard; counts only while an older querier is
  // present.
  void on_older_report(const IpAddress& group);

  // When on_time() has something to do; kNever: not before something is heard or set.
  [[nodiscard]] TimePoint next() const;
  // Writes the next message that is due; false: there is none, and `message` is empty. Call it until it is
  // false, at once or later: what is due stays so, and changes in between are taken in.
  [[nodiscard]] bool on_time(TimePoint now, HostMessage& message);

  // Host Compatibility Mode (section 7.2.1): 1, 2 or 3.
  [[nodiscard]] std::uint8_t version(TimePoint now) const {
    const std::uint8_t heard = now < version_1_until_ ? 1 : now < version_2_until_ ? 2 : 3;
    return std::min(heard, settings_.newest_version);
  }
  [[nodiscard]] std::uint8_t robustness_variable() const { return robustness_variable_; }
  // Has `group` state?
  [[nodiscard]] bool is_member(const IpAddress& group) const;
  [[nodiscard]] HostState state(const IpAddress& group) const;
  // Were we the last to report the group, as far as we know? (The flag of RFC 2236 section 6.)
  [[nodiscard]] bool is_last_reporter(const IpAddress& group) const;
  // Groups with state.
  [[nodiscard]] std::uint32_t group_count() const { return member_count_; }
  // Groups that take memory: those, and others whose end is still to be reported.
  [[nodiscard]] std::uint32_t kept_count() const { return groups_.size(); }

 private:
  // Lists are rising. A group is kept while it has state or something of it is to be reported.
  struct Membership {
    FilterMode mode = FilterMode::include;
    // Reports with the filter mode that are still to be sent; with an older version, unsolicited reports.
    std::uint8_t mode_reports_left = 0;
    bool is_unsaid = false;         // the last change has not been reported once
    bool is_last_reporter = false;  // the flag of RFC 2236 section 6
    Sources sources;
    Sources changed;                         // with a counter
    std::vector<std::uint8_t> changes_left;  // the counters: reports that are still to be sent
    Sources asked;                           // recorded sources; empty: the whole group

    [[nodiscard]] bool has_state() const { return mode == FilterMode::exclude || !sources.empty(); }
    [[nodiscard]] bool forwards(const IpAddress& source) const;
  };

  // What a report is being made of, if it did not fit into one message.
  struct Progress {
    enum class What : std::uint8_t { nothing, change, answer, general_answer };
    What what = What::nothing;
    bool is_at_block = false;  // change: ALLOW is written, BLOCK is not
    IpAddress group{};
    IpAddress from{};  // sources from here on are left
  };
  // The answer to a general query.
  struct GeneralAnswer {
    TimePoint due = kNever;            // of its first message; kNever: it is being sent, or there is none
    TimePoint end = TimePoint::min();  // of its Max Response Time
    TimePoint next_message = TimePoint::min();  // of what is being sent
    std::uint32_t left = 0;                     // being sent: the groups below this number are left
  };
  enum class Part : std::uint8_t { all, forwarded, blocked };

  std::uint32_t add(const IpAddress& group);
  void remove(std::uint32_t number);
  void note_changed(Membership& membership, std::span<const IpAddress> sources) const;
  void update_version(TimePoint now);
  void change_version(std::uint8_t version);
  void schedule_answer(const Query& query, Duration max_resp_time, TimePoint now);
  void schedule_general_answer(Duration max_resp_time, TimePoint now);
  void start_again(const IpAddress& group);

  // In host_older.cpp.
  void set_older(std::uint32_t number, bool had_state, TimePoint now);
  void forget_ended();
  void schedule_older_answer(const IpAddress& group, Duration max_resp_time, TimePoint now);
  bool write_older(TimePoint now, HostMessage& message);

  // In host_reports.cpp.
  bool write_reports(TimePoint now, HostMessage& message);
  bool choose(TimePoint now);
  bool choose_of_general_answer(TimePoint now);
  void spread_general_answer(std::uint32_t groups_in_message, TimePoint now);
  bool write_group(HostMessage& message);
  bool write(HostMessage& message, proto::RecordType type, const Membership& membership,
             std::span<const IpAddress> list, Part part);
  void finish(TimePoint now);
  void change_was_said(std::uint32_t number, TimePoint now);

  const Settings settings_;
  RandomDelay& delays_;
  std::uint8_t robustness_variable_;
  std::uint8_t version_;
  TimePoint version_1_until_ = TimePoint::min();
  TimePoint version_2_until_ = TimePoint::min();
  std::uint32_t member_count_ = 0;
  // By the same numbers.
  GroupNumbers groups_;
  std::vector<Membership> memberships_;
  DueHeap changes_;  // changes and their repetitions; with an older version, all reports and leaves
  DueHeap answers_;  // to queries for the group
  GeneralAnswer general_;
  Progress progress_;
};

}  // namespace mcswitch::host

// SPDX-License-Identifier: BSD-3-Clause
//
// Leave check: does any host behind this port still want the group? The state Checking Membership of RFC 2236
// section 7, for one (group, port).
//
// Asking (we are Querier and a leave was heard, section 3): Last Member Query Count specific queries, one
// each Last Member Query Interval, the first at once; the membership ends one interval after the last
// of them, that is after the Last Member Query Time. It goes on to its end if we lose the election
// meanwhile (section 3). A second leave changes nothing.
// Waiting (another querier's specific query was heard, or sources are asked about, whose queries are
// source_check.hpp's): no queries, only an end.
//
// The end is that of the timer. The membership goes kAnswerGrace later: an answer that was sent in the last
// moment is on its way until then.
//
// A report that is newer than the leave (or the query) ends the check: the membership is as before, with
// its whole interval (section 7, "report received"). If the check goes on, as RFC 9776 section 6.6.3.1
// wants it of a querier of version 3, the remaining queries are still sent, but with the S flag set: the
// group timer is above the Last Member Query Time then, and no router should lower it again.
//
// A value; one thread. Call on_time() at next() or later.

#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"
#include "membership/intervals.hpp"

namespace mcswitch::membership {

class LeaveCheck {
 public:
  enum class Step : std::uint8_t {
    wait,            // nothing to do before next()
    query,           // send a specific query, then call query_sent() or query_delayed()
    query_answered,  // the same with the S flag set: there is a newer report, and the check goes on
    end,       // nobody has answered, and no answer is on its way: the membership ends. The check is over
    answered,  // there is a newer report, and nothing is left to send. The check is over
  };

  // A leave of this stamp was heard by the Querier. `goes_on`: an answer does not end the queries.
  static LeaveCheck asking(Stamp leave, TimePoint now, const Intervals& intervals, bool goes_on = false) {
    LeaveCheck check{leave, now + intervals.last_member_query_time()};
    check.next_query_ = now;
    check.queries_left_ = intervals.last_member_query_count();
    check.interval_ = intervals.last_member_query_interval;
    check.goes_on_ = goes_on;
    return check;
  }
  // Another querier's specific query of this stamp was heard; it allows to answer until `end`.
  static LeaveCheck waiting(Stamp query, TimePoint end) {
    LeaveCheck check{query, end};
    check.is_anothers_ = true;
    return check;
  }
  // A record of this stamp was heard by the Querier, and its sources are asked about until `end`, unless
  // their queries are late: see extend().
  static LeaveCheck asked_about(Stamp record, TimePoint end) { return LeaveCheck{record, end}; }

  // Decisions of this check rest on reports up to this stamp.
  [[nodiscard]] Stamp stamp() const { return stamp_; }
  [[nodiscard]] bool is_answered_by(Stamp latest_report) const { return latest_report > stamp_; }
  // When the timer of the membership ends if nobody reports.
  [[nodiscard]] TimePoint end() const { return end_; }
  [[nodiscard]] TimePoint next() const {
    return is_asking() ? std::min(next_query_, last_moment()) : last_moment();
  }

  // The end of `other` holds if it is earlier; else nothing changes (section 3: a timer is lowered, never
  // raised). True: it was earlier.
  bool lower(const LeaveCheck& other);
  // A query about it has left late, or waits for room: its end is not before `end`, unless another querier
  // has set it. True: it has changed.
  bool extend(TimePoint end);
  // Another querier's query has set the end.
  [[nodiscard]] bool is_anothers() const { return is_anothers_; }

  // `latest_report`: stamp of the membership's latest report.
  [[nodiscard]] Step on_time(Stamp latest_report, TimePoint now) const;

  void query_sent(TimePoint now);
  // There was no room to send it: try again at `retry`, and delay all that follows by as much, so that no
  // port loses a membership without having been asked.
  void query_delayed(TimePoint retry);

 private:
  LeaveCheck(Stamp stamp, TimePoint end) : stamp_{stamp}, end_{end} {}

  // Until when an answer counts.
  [[nodiscard]] TimePoint last_moment() const { return end_ + kAnswerGrace; }
  // Is a query to come? None after the end that another querier has set.
  [[nodiscard]] bool is_asking() const { return queries_left_ > 0 && !(is_anothers_ && next_query_ >= end_); }

  Stamp stamp_;
  TimePoint end_;
  TimePoint next_query_ = kNever;
  Duration interval_{};
  std::uint8_t queries_left_ = 0;
  bool goes_on_ = false;
  bool is_anothers_ = false;  // end_ was set by another querier's query, whatever we still send
};

}  // namespace mcswitch::membership

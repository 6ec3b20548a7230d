// SPDX-License-Identifier: BSD-3-Clause

#include "membership/leave_check.hpp"

namespace mcswitch::membership {

bool LeaveCheck::lower(const LeaveCheck& other) {
  if (other.end_ >= end_) {
    return false;
  }
  end_ = other.end_;
  is_anothers_ = other.is_anothers_;
  return true;
}

bool LeaveCheck::extend(TimePoint end) {
  if (is_anothers_ || end <= end_) {
    return false;
  }
  end_ = end;
  return true;
}

LeaveCheck::Step LeaveCheck::on_time(Stamp latest_report, TimePoint now) const {
  if (is_answered_by(latest_report)) {
    // An end that another querier has set is the end of our own queries too: it asks now.
    if (!goes_on_ || queries_left_ == 0 || (is_anothers_ && end_ <= now)) {
      return Step::answered;
    }
    return next_query_ <= now ? Step::query_answered : Step::wait;
  }
  // An end of our own comes after all of our queries, however late this call is; one that another
  // querier has set does not wait for them.
  if (last_moment() <= now && (is_anothers_ || !is_asking())) {
    return Step::end;
  }
  return is_asking() && next_query_ <= now ? Step::query : Step::wait;
}

void LeaveCheck::query_sent(TimePoint now) {
  if (!is_anothers_ && now > next_query_) {
    end_ += now - next_query_;
  }
  --queries_left_;
  next_query_ = std::max(now, next_query_) + interval_;
}

void LeaveCheck::query_delayed(TimePoint retry) {
  if (!is_anothers_) {
    end_ += retry - next_query_;
  }
  next_query_ = retry;
}

}  // namespace mcswitch::membership

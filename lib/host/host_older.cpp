// SPDX-License-Identifier: BSD-3-Clause
//
// Host: the states of RFC 2236 section 6, which a host has in versions 1 and 2. `changes_` has the timers
// of the reports, and what is to be left.

#include <algorithm>

#include "host/host.hpp"

namespace mcswitch::host {

// RFC 2236 section 6: only whether there is state can be said.
void Host::set_older(std::uint32_t number, bool had_state, TimePoint now) {
  Membership& membership = memberships_[number];
  if (membership.has_state() == had_state) {
    return;
  }
  membership.is_unsaid = true;
  if (membership.has_state()) {
    membership.mode_reports_left = robustness_variable_;
    changes_.set(number, now);
  } else if (version_ == 2 && (membership.is_last_reporter || settings_.always_leave)) {
    changes_.set(number, now);
  } else {
    remove(number);
  }
}

// Version 1 has no word for the end of a membership.
void Host::forget_ended() {
  for (std::uint32_t number = groups_.size(); number-- > 0;) {
    if (!memberships_[number].has_state()) {
      remove(number);
    }
  }
}

void Host::schedule_older_answer(const IpAddress& group, Duration max_resp_time, TimePoint now) {
  // A running timer counts only if less remains of it; kNever stands for one that does not run. That of a
  // leave is due already.
  const TimePoint latest = now + max_resp_time;
  const auto answer_at = [&](TimePoint due) {
    return latest < due ? now + delays_.draw(max_resp_time) : due;
  };
  if (group.is_unspecified()) {
    changes_.set_many([&](std::uint32_t, TimePoint due) { return answer_at(due); });
  } else if (is_member(group)) {
    const std::uint32_t number = groups_.find(group);
    changes_.set(number, answer_at(changes_.due(number)));
  }
}

void Host::on_older_report(const IpAddress& group) {
  const std::uint32_t number = groups_.find(group);
  if (version_ == 3 || number == GroupNumbers::kNone || !memberships_[number].has_state() ||
      !changes_.has(number)) {
    return;
  }
  // The other's report replaces all that we still had to report.
  changes_.set(number, kNever);
  memberships_[number].mode_reports_left = 0;
  memberships_[number].is_unsaid = false;
  memberships_[number].is_last_reporter = false;
}

// RFC 2236 section 6.
bool Host::write_older(TimePoint now, HostMessage& message) {
  if (changes_.next() > now) {
    return false;
  }
  const std::uint32_t number = changes_.first();
  const IpAddress group = groups_.group(number);
  Membership& membership = memberships_[number];
  if (!membership.has_state()) {
    remove(number);
    message.set_leave(group);
    return true;
  }
  membership.is_unsaid = false;
  membership.is_last_reporter = true;
  if (membership.mode_reports_left > 0) {
    --membership.mode_reports_left;
  }
  if (membership.mode_reports_left > 0) {
    changes_.set(number, now + delays_.draw(settings_.older_unsolicited_report_interval));
  } else {
    changes_.set(number, kNever);
  }
  message.set_report(group, version_);
  return true;
}

HostState Host::state(const IpAddress& group) const {
  if (is_never_reported(group)) {
    return HostState::idle_member;
  }
  if (!is_member(group)) {
    return HostState::non_member;
  }
  const std::uint32_t number = groups_.find(group);
  return changes_.has(number) || answers_.has(number) || general_.due != kNever ? HostState::delaying_member
                                                                                : HostState::idle_member;
}

bool Host::is_last_reporter(const IpAddress& group) const {
  return is_member(group) && memberships_[groups_.find(group)].is_last_reporter;
}

}  // namespace mcswitch::host

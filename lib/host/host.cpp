// SPDX-License-Identifier: BSD-3-Clause

#include "host/host.hpp"

#include <algorithm>
#include <cassert>

namespace mcswitch::host {

static_assert(sizeof(Host) < 200);

Host::Host(const Settings& settings, RandomDelay& delays, std::size_t groups)
    : settings_{settings}, delays_{delays} {
  assert(settings.robustness_variable >= 1 && settings.robustness_variable <= 7);
  groups_.reserve(groups);
  memberships_.reserve(groups);
  timers_.reserve(groups);
}

std::optional<SendReport> Host::join(const IpAddress& group, TimePoint now) {
  assert(group.is_multicast());
  if (is_never_reported(group) || groups_.find(group) != GroupNumbers::kNone) {
    return std::nullopt;
  }
  const std::uint32_t number = groups_.add(group);
  Membership& membership = memberships_.emplace_back();
  timers_.add();
  membership.is_last_reporter = 1;
  membership.repetitions_left = static_cast<std::uint8_t>(settings_.robustness_variable - 1) & 0x7f;
  if (membership.repetitions_left > 0) {
    timers_.set(number, now + delays_.draw(settings_.unsolicited_report_interval));
  }
  return SendReport{group, version(now)};
}

std::optional<SendLeave> Host::leave(const IpAddress& group, TimePoint now) {
  const std::uint32_t number = groups_.find(group);
  if (number == GroupNumbers::kNone) {
    return std::nullopt;
  }
  const bool is_last_reporter = memberships_[number].is_last_reporter != 0;
  groups_.remove(number);
  memberships_[number] = memberships_.back();
  memberships_.pop_back();
  timers_.remove(number);
  if (is_version_1_querier_present(now) || !(is_last_reporter || settings_.always_leave)) {
    return std::nullopt;
  }
  return SendLeave{group};
}

void Host::on_query(IpAddress group, std::uint8_t version, Duration max_resp_time, TimePoint now) {
  if (version == 1 || max_resp_time <= Duration::zero()) {
    version_1_until_ = now + settings_.version_1_router_present_timeout;
    max_resp_time = kVersion1MaxRespTime;
    group = {};  // ignored (RFC 1112 appendix I)
  }
  max_resp_time = std::min(max_resp_time, kLongestMaxRespTime);
  // A running timer counts only if less remains of it; kNever stands for one that does not run.
  const TimePoint latest = now + max_resp_time;
  const auto answer_at = [&](TimePoint due) {
    return latest < due ? now + delays_.draw(max_resp_time) : due;
  };
  if (group.is_unspecified()) {
    timers_.set_many([&](std::uint32_t, TimePoint due) { return answer_at(due); });
  } else if (const std::uint32_t number = groups_.find(group); number != GroupNumbers::kNone) {
    timers_.set(number, answer_at(timers_.due(number)));
  }
}

void Host::on_report(const IpAddress& group) {
  const std::uint32_t number = groups_.find(group);
  if (number == GroupNumbers::kNone || !timers_.has(number)) {
    return;
  }
  timers_.set(number, kNever);
  memberships_[number] = {};
}

std::size_t Host::on_time(TimePoint now, std::span<SendReport> reports) {
  std::size_t count = 0;
  while (count < reports.size() && timers_.next() <= now) {
    const std::uint32_t number = timers_.first();
    Membership& membership = memberships_[number];
    membership.is_last_reporter = 1;
    if (membership.repetitions_left > 0) {
      --membership.repetitions_left;
    }
    if (membership.repetitions_left > 0) {
      timers_.set(number, now + delays_.draw(settings_.unsolicited_report_interval));
    } else {
      timers_.set(number, kNever);
    }
    reports[count++] = {groups_.group(number), version(now)};
  }
  return count;
}

HostState Host::state(const IpAddress& group) const {
  if (is_never_reported(group)) {
    return HostState::idle_member;
  }
  const std::uint32_t number = groups_.find(group);
  return number == GroupNumbers::kNone ? HostState::non_member
         : timers_.has(number)         ? HostState::delaying_member
                                       : HostState::idle_member;
}

bool Host::is_last_reporter(const IpAddress& group) const {
  const std::uint32_t number = groups_.find(group);
  return number != GroupNumbers::kNone && memberships_[number].is_last_reporter != 0;
}

}  // namespace mcswitch::host

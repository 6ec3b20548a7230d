// SPDX-License-Identifier: BSD-3-Clause

#include "host/host.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace mcswitch::host {
namespace {

bool is_rising(std::span<const IpAddress> sources) {
  return std::ranges::adjacent_find(sources, std::greater_equal<>{}) == sources.end();
}

}  // namespace

Host::Host(const Settings& settings, RandomDelay& delays, std::size_t groups)
    : settings_{settings},
      delays_{delays},
      robustness_variable_{settings.robustness_variable},
      version_{settings.newest_version} {
  assert(settings.newest_version >= 1 && settings.newest_version <= 3);
  assert(settings.robustness_variable >= 1 && settings.robustness_variable <= 7);
  groups_.reserve(groups);
  memberships_.reserve(groups);
  changes_.reserve(groups);
  answers_.reserve(groups);
}

bool Host::Membership::forwards(const IpAddress& source) const {
  return std::ranges::binary_search(sources, source) == (mode == FilterMode::include);
}

std::uint32_t Host::add(const IpAddress& group) {
  const std::uint32_t number = groups_.add(group);
  memberships_.emplace_back();
  changes_.add();
  answers_.add();
  return number;
}

void Host::remove(std::uint32_t number) {
  groups_.remove(number);
  if (number + 1 != memberships_.size()) {
    memberships_[number] = std::move(memberships_.back());
  }
  memberships_.pop_back();
  changes_.remove(number);
  answers_.remove(number);
}

// --- changes --------------------------------------------------------------------------------------

void Host::set(const IpAddress& group, FilterMode mode, std::span<const IpAddress> sources, TimePoint now) {
  assert(group.is_multicast() && is_rising(sources));
  update_version(now);
  std::uint32_t number = groups_.find(group);
  if (number == GroupNumbers::kNone) {
    if (is_never_reported(group) || (mode == FilterMode::include && sources.empty())) {
      return;
    }
    number = add(group);
  }
  Membership& membership = memberships_[number];
  if (membership.mode == mode && std::ranges::equal(membership.sources, sources)) {
    return;
  }
  const bool had_state = membership.has_state();
  const bool is_mode_change = membership.mode != mode;
  if (version_ == 3 && !is_mode_change) {
    note_changed(membership, sources);
  }
  membership.mode = mode;
  membership.sources.assign(sources.begin(), sources.end());
  member_count_ += (membership.has_state() ? 1U : 0U) - (had_state ? 1U : 0U);
  start_again(group);
  if (version_ != 3) {
    set_older(number, had_state, now);
    return;
  }
  if (is_mode_change) {
    // The next reports say everything, and they are as many as any source still needs.
    membership.changed.clear();
    membership.changes_left.clear();
    membership.mode_reports_left = robustness_variable_;
  }
  membership.is_unsaid = true;
  changes_.set(number, now);
}

// Sources that are in one of the lists only get a new counter; others keep theirs.
void Host::note_changed(Membership& membership, std::span<const IpAddress> sources) const {
  Sources difference;
  std::ranges::set_symmetric_difference(membership.sources, sources, std::back_inserter(difference));
  Sources changed;
  std::vector<std::uint8_t> left;
  changed.reserve(membership.changed.size() + difference.size());
  left.reserve(membership.changed.size() + difference.size());
  std::size_t old = 0;
  const auto take_old_before = [&](const IpAddress& end) {
    for (; old < membership.changed.size() && membership.changed[old] < end; ++old) {
      changed.push_back(membership.changed[old]);
      left.push_back(membership.changes_left[old]);
    }
  };
  for (const IpAddress& source : difference) {
    take_old_before(source);
    if (old < membership.changed.size() && membership.changed[old] == source) {
      ++old;
    }
    changed.push_back(source);
    left.push_back(robustness_variable_);
  }
  changed.insert(changed.end(), membership.changed.begin() + static_cast<std::ptrdiff_t>(old),
                 membership.changed.end());
  left.insert(left.end(), membership.changes_left.begin() + static_cast<std::ptrdiff_t>(old),
              membership.changes_left.end());
  membership.changed = std::move(changed);
  membership.changes_left = std::move(left);
}

// A half-written answer about the group is written again from its start, with the changes.
void Host::start_again(const IpAddress& group) {
  if (progress_.group == group) {
    progress_.from = {};
    progress_.is_at_block = false;
  }
}

// --- versions -------------------------------------------------------------------------------------

void Host::update_version(TimePoint now) {
  if (version(now) != version_) {
    change_version(version(now));
  }
}

void Host::change_version(std::uint8_t version) {
  version_ = version;
  if (settings_.newest_version < 3) {
    if (version == 1) {
      forget_ended();
    }
    return;
  }
  general_ = {};
  progress_ = {};
  // From the last to the first: remove() puts the last one in the place of another.
  for (std::uint32_t number = groups_.size(); number-- > 0;) {
    Membership& membership = memberships_[number];
    answers_.set(number, kNever);
    membership.asked.clear();
    membership.changed.clear();
    membership.changes_left.clear();
    const bool can_be_said = membership.has_state() || version != 1;
    if (membership.is_unsaid && can_be_said) {
      membership.mode_reports_left = robustness_variable_;
      continue;
    }
    membership.mode_reports_left = 0;
    membership.is_unsaid = false;
    changes_.set(number, kNever);
    if (!membership.has_state()) {
      remove(number);
    }
  }
}

// --- queries --------------------------------------------------------------------------------------

void Host::on_query(const Query& query, TimePoint now) {
  update_version(now);
  // A query of version 3 begins like one of version 2 (RFC 2236 section 2.5).
  const bool is_version_3 = query.version == 3 && settings_.newest_version == 3;
  const bool is_version_1 = query.version == 1 || (!is_version_3 && query.max_resp_time <= Duration::zero());
  const Duration max_resp_time =
      is_version_1 ? kVersion1MaxRespTime : std::max(query.max_resp_time, kShortestMaxRespTime);
  const Duration present = settings_.older_version_querier_queries + 10 * max_resp_time;
  if (is_version_1) {
    version_1_until_ = now + settings_.version_1_router_present_timeout.value_or(present);
  } else if (query.version == 2 && query.group.is_unspecified()) {
    version_2_until_ = now + present;
  } else if (query.version == 3 && settings_.adopt_robustness) {
    robustness_variable_ =
        query.robustness_variable != 0 ? query.robustness_variable : settings_.robustness_variable;
  }
  update_version(now);
  if (version_ == 3) {
    schedule_answer(query, max_resp_time, now);
  } else {
    // The group of a version 1 query is ignored (RFC 1112 appendix I).
    schedule_older_answer(is_version_1 ? IpAddress{} : query.group,
                          std::min(max_resp_time, kLongestOlderMaxRespTime), now);
  }
}

// The numbers are those of the rules of section 5.2.
void Host::schedule_answer(const Query& query, Duration max_resp_time, TimePoint now) {
  const bool is_general = query.group.is_unspecified();
  if (is_general ? member_count_ == 0 : !is_member(query.group)) {
    return;
  }
  if (is_general) {
    return schedule_general_answer(max_resp_time, now);
  }
  const TimePoint due = now + delays_.draw(max_resp_time);
  if (general_.due < due) {  // 1
    return;
  }
  const std::uint32_t number = groups_.find(query.group);
  Sources& asked = memberships_[number].asked;
  const bool is_pending = answers_.has(number);
  if (!is_pending) {  // 3
    asked.assign(query.sources.begin(), query.sources.end());
  } else if (query.sources.empty() || asked.empty()) {  // 4
    asked.clear();
  } else {  // 5
    asked.insert(asked.end(), query.sources.begin(), query.sources.end());
  }
  membership::make_set(asked);
  if (asked.size() > kMostAsked) {
    asked.clear();
  }
  start_again(query.group);
  answers_.set(number, std::min(due, answers_.due(number)));
}

void Host::schedule_general_answer(Duration max_resp_time, TimePoint now) {
  // About so many messages; sources make them more.
  const std::size_t messages = 1 + member_count_ * proto::report_record_bytes(0) / settings_.report_room;
  const TimePoint due = now + delays_.draw(max_resp_time / static_cast<std::int64_t>(messages));
  const TimePoint end = now + max_resp_time;
  const bool is_pending = general_.due != kNever;
  general_.end = is_pending ? std::min(general_.end, end) : end;
  general_.due = std::min(general_.due, due);  // 1, 2
}

bool Host::is_member(const IpAddress& group) const {
  const std::uint32_t number = groups_.find(group);
  return number != GroupNumbers::kNone && memberships_[number].has_state();
}

TimePoint Host::next() const {
  if (progress_.what != Progress::What::nothing) {
    return TimePoint::min();
  }
  return std::min(
      {changes_.next(), answers_.next(), general_.due, general_.left > 0 ? general_.next_message : kNever});
}

}  // namespace mcswitch::host

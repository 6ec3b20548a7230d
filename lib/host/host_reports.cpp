// SPDX-License-Identifier: BSD-3-Clause
//
// Host: the messages.

#include <algorithm>

#include "host/host.hpp"

namespace mcswitch::host {

using proto::RecordType;

bool Host::on_time(TimePoint now, HostMessage& message) {
  update_version(now);
  message.clear(settings_.report_room);
  return version_ == 3 ? write_reports(now, message) : write_older(now, message);
}

bool Host::write_reports(TimePoint now, HostMessage& message) {
  bool has_changes = false;
  while (progress_.what != Progress::What::nothing || choose(now)) {
    const bool is_change = progress_.what == Progress::What::change;
    if (!message.records().empty() && is_change != has_changes) {
      break;
    }
    has_changes = is_change;
    if (!write_group(message)) {
      break;
    }
    finish(now);
  }
  return !message.records().empty();
}

// What is due next; false: nothing.
bool Host::choose(TimePoint now) {
  using enum Progress::What;
  if (changes_.next() <= now) {
    progress_ = {.what = change, .group = groups_.group(changes_.first())};
    return true;
  }
  if (answers_.next() <= now) {
    progress_ = {.what = answer, .group = groups_.group(answers_.first())};
    return true;
  }
  if (general_due_ <= now) {
    general_due_ = kNever;
    general_left_ = groups_.size();
  }
  // From the last to the first: a group that takes over the number of one removed meanwhile is reported twice
  // rather than not at all.
  general_left_ = std::min(general_left_, groups_.size());
  while (general_left_ > 0) {
    --general_left_;
    if (memberships_[general_left_].has_state()) {
      progress_ = {.what = general_answer, .group = groups_.group(general_left_)};
      return true;
    }
  }
  return false;
}

// False: there is more than the message has room for.
bool Host::write_group(HostMessage& message) {
  const std::uint32_t number = groups_.find(progress_.group);
  if (number == GroupNumbers::kNone) {
    return true;
  }
  const Membership& membership = memberships_[number];
  const bool is_include = membership.mode == FilterMode::include;
  if (progress_.what == Progress::What::change) {
    if (membership.mode_reports_left > 0) {
      return write(message,
                   is_include ? RecordType::change_to_include_mode : RecordType::change_to_exclude_mode,
                   membership, membership.sources, Part::all);
    }
    if (!progress_.is_at_block) {
      if (!write(message, RecordType::allow_new_sources, membership, membership.changed, Part::forwarded)) {
        return false;
      }
      progress_.is_at_block = true;
      progress_.from = {};
    }
    return write(message, RecordType::block_old_sources, membership, membership.changed, Part::blocked);
  }
  // Of a group that has lost its state meanwhile nothing is in these lists, and that is not sent.
  if (progress_.what == Progress::What::answer && !membership.asked.empty()) {
    return write(message, RecordType::mode_is_include, membership, membership.asked, Part::forwarded);
  }
  return write(message, is_include ? RecordType::mode_is_include : RecordType::mode_is_exclude, membership,
               membership.sources, Part::all);
}

// One record with the sources of `list` that belong to the part. False: not all of it is written; what is
// left begins at progress_.from.
bool Host::write(HostMessage& message, RecordType type, const Membership& membership,
                 std::span<const IpAddress> list, Part part) {
  const auto belongs = [&](const IpAddress& source) {
    return part == Part::all || membership.forwards(source) == (part == Part::forwarded);
  };
  const auto first = std::ranges::lower_bound(list, progress_.from);
  const auto count = static_cast<std::size_t>(std::count_if(first, list.end(), belongs));
  const bool is_exclude = type == RecordType::mode_is_exclude || type == RecordType::change_to_exclude_mode;
  if (count == 0 && !is_exclude && type != RecordType::change_to_include_mode) {
    return true;
  }
  if (!message.has_room_for(count) && !message.records().empty()) {
    return false;
  }
  message.begin(type, progress_.group);
  for (auto source = first; source != list.end(); ++source) {
    if (!belongs(*source)) {
      continue;
    }
    if (!message.has_room()) {
      progress_.from = *source;
      return is_exclude;
    }
    message.add(*source);
  }
  return true;
}

void Host::finish(TimePoint now) {
  const Progress::What what = progress_.what;
  const std::uint32_t number = groups_.find(progress_.group);
  progress_ = {};
  if (number == GroupNumbers::kNone) {
    return;
  }
  if (what == Progress::What::change) {
    change_was_said(number, now);
    return;
  }
  memberships_[number].asked.clear();
  if (what == Progress::What::answer) {
    answers_.set(number, kNever);
  }
}

void Host::change_was_said(std::uint32_t number, TimePoint now) {
  Membership& membership = memberships_[number];
  membership.is_unsaid = false;
  membership.is_last_reporter = true;
  if (membership.mode_reports_left > 0) {
    --membership.mode_reports_left;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < membership.changed.size(); ++i) {
    if (membership.changes_left[i] > 1) {
      membership.changed[kept] = membership.changed[i];
      membership.changes_left[kept] = static_cast<std::uint8_t>(membership.changes_left[i] - 1);
      ++kept;
    }
  }
  membership.changed.resize(kept);
  membership.changes_left.resize(kept);
  if (membership.mode_reports_left > 0 || kept > 0) {
    changes_.set(number, now + delays_.draw(settings_.unsolicited_report_interval));
    return;
  }
  changes_.set(number, kNever);
  if (!membership.has_state()) {
    remove(number);
  }
}

}  // namespace mcswitch::host

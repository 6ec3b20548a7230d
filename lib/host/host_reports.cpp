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
  std::uint32_t of_general_answer = 0;
  while (progress_.what != Progress::What::nothing || choose(now)) {
    const bool is_change = progress_.what == Progress::What::change;
    if (!message.records().empty() && is_change != has_changes) {
      break;
    }
    has_changes = is_change;
    if (!write_group(message)) {
      break;
    }
    of_general_answer += progress_.what == Progress::What::general_answer ? 1 : 0;
    finish(now);
  }
  if (of_general_answer > 0) {
    spread_general_answer(of_general_answer, now);
  }
  return !message.records().empty();
}

// The next message of a general answer of which this one has had so many groups.
void Host::spread_general_answer(std::uint32_t groups_in_message, TimePoint now) {
  if (progress_.what == Progress::What::general_answer) {
    if (progress_.from != IpAddress{}) {
      return;  // the rest of a list follows at once, and groups behind it
    }
    // Nothing of the last one is written: there was no room.
    progress_ = {};
    ++general_.left;
  }
  const Duration rest = std::max(general_.end - now, Duration::zero());
  general_.next_message = now + rest / (groups_in_message + general_.left) * groups_in_message;
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
  return choose_of_general_answer(now);
}

bool Host::choose_of_general_answer(TimePoint now) {
  const bool is_next_due = general_.due <= now;
  if (general_.left > 0 && general_.next_message > now && !is_next_due) {
    return false;
  }
  for (bool is_begun = !is_next_due;; is_begun = true) {
    // From the last to the first: a group that takes over the number of one removed meanwhile is reported
    // twice rather than not at all.
    general_.left = std::min(general_.left, groups_.size());
    while (general_.left > 0) {
      --general_.left;
      if (memberships_[general_.left].has_state()) {
        progress_ = {.what = Progress::What::general_answer, .group = groups_.group(general_.left)};
        return true;
      }
    }
    if (is_begun) {
      return false;
    }
    general_.due = kNever;
    general_.next_message = now;
    general_.left = groups_.size();
  }
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

// SPDX-License-Identifier: BSD-3-Clause

#include "membership/source_check.hpp"

#include <algorithm>
#include <cassert>

namespace mcswitch::membership {

void SourceCheck::ask(const Sources& sources, TimePoint now, const Intervals& intervals) {
  const std::uint8_t count = intervals.last_member_query_count();
  interval_ = intervals.last_member_query_interval;
  if (sources.empty() || count == 0) {
    return;
  }
  // Both lists are by source: one pass over the asked ones, and what it does not find is new.
  const std::size_t asked_before = asked_.size();
  asked_.reserve(asked_before + sources.size());
  std::size_t at = 0;
  for (const IpAddress& source : sources) {
    while (at < asked_before && asked_[at].source < source) {
      ++at;
    }
    if (at < asked_before && asked_[at].source == source) {
      asked_[at].left = count;
      asked_[at].due = now;
    } else {
      asked_.push_back({source, count, now});
    }
  }
  std::inplace_merge(asked_.begin(), asked_.begin() + static_cast<std::ptrdiff_t>(asked_before), asked_.end(),
                     [](const Asked& a, const Asked& b) { return a.source < b.source; });
  update_next();
}

void SourceCheck::forget(const Sources& sources) {
  std::erase_if(asked_, [&sources](const Asked& asked) {
    return std::binary_search(sources.begin(), sources.end(), asked.source);
  });
  update_next();
}

void SourceCheck::query_sent(TimePoint now) {
  for (Asked& asked : asked_) {
    if (asked.due <= now) {
      --asked.left;
      asked.due = now + interval_;
    }
  }
  std::erase_if(asked_, [](const Asked& asked) { return asked.left == 0; });
  update_next();
}

void SourceCheck::query_delayed(TimePoint now, TimePoint retry) {
  for (Asked& asked : asked_) {
    if (asked.due <= now) {
      asked.due = retry;
    }
  }
  update_next();
}

bool SourceCheck::is_asking(const IpAddress& source) const { return find(source) != asked_.end(); }

TimePoint SourceCheck::end(const IpAddress& source, TimePoint sent) const {
  const auto asked = find(source);
  assert(asked != asked_.end());
  return sent + asked->left * interval_;
}

std::vector<SourceCheck::Asked>::const_iterator SourceCheck::find(const IpAddress& source) const {
  const auto asked =
      std::lower_bound(asked_.begin(), asked_.end(), source,
                       [](const Asked& one, const IpAddress& wanted) { return one.source < wanted; });
  return asked != asked_.end() && asked->source == source ? asked : asked_.end();
}

void SourceCheck::update_next() {
  next_ = kNever;
  for (const Asked& asked : asked_) {
    next_ = std::min(next_, asked.due);
  }
}

}  // namespace mcswitch::membership

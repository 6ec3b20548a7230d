// SPDX-License-Identifier: BSD-3-Clause

#include "control/port_filters.hpp"

#include <algorithm>

namespace mcswitch::control {

using membership::FilterMode;
using membership::PortFilter;
using membership::RecordEffects;
using membership::Sources;
using table::EntryId;
using table::EntryKind;

namespace {

void merge_into(Sources& set, const Sources& more) { set.insert(set.end(), more.begin(), more.end()); }

}  // namespace

PortFilters::PortFilters(Context& context, MembershipState& state, Checks& checks, Attention& attention)
    : groups_{context.tables.groups},
      grace_period_{context.grace_period},
      memberships_{state.memberships},
      hosts_{state.hosts},
      pending_checks_{state.checks},
      checks_{checks},
      attention_{attention} {}

void PortFilters::read(EntryId id, PortId port, PortFilter& filter) const {
  filter.mode = FilterMode::include;
  filter.requested.clear();
  filter.excluded.clear();
  if (id == table::kNoEntry) {
    return;
  }
  filter.mode = groups_.ports(id).contains(port) ? FilterMode::exclude : FilterMode::include;
  groups_.for_each_child(id, [&](EntryId child) {
    if (groups_.ports(child).contains(port) &&
        !removals_.contains(child, port,
                            groups_.membership(child, port).stamp.load(std::memory_order_seq_cst))) {
      const bool is_requested = groups_.kind(child) == EntryKind::requested;
      (is_requested ? filter.requested : filter.excluded).push_back(groups_.source(child));
    }
  });
  membership::make_set(filter.requested);
  membership::make_set(filter.excluded);
  // In the table the listed ones, here those of them without a timer.
  std::erase_if(filter.excluded, [&](const IpAddress& source) {
    return filter.mode == FilterMode::include ||
           std::binary_search(filter.requested.begin(), filter.requested.end(), source);
  });
}

bool PortFilters::apply(const VlanControl& vlan, const Record& record, const PortFilter& before,
                        RecordEffects& effects) {
  add_requested(vlan, record, group_end(vlan, record, before), effects);
  if (effects.mode == FilterMode::exclude && !add_excluded(vlan, record, before, effects)) {
    return false;
  }
  end_forgotten(record, effects);
  return true;
}

// When the group timer would have ended before the record came.
TimePoint PortFilters::group_end(const VlanControl& vlan, const Record& record,
                                 const PortFilter& before) const {
  if (before.mode != FilterMode::exclude) {
    return kNever;
  }
  const EntryId id = groups_.find_entry(record.group);
  const Stamp report = record.previous != 0
                           ? record.previous
                           : groups_.membership(id, record.port).stamp.load(std::memory_order_relaxed);
  return checks_.end_of({id, record.port}, report, vlan.times());
}

// Sources whose timer runs from now on.
void PortFilters::add_requested(const VlanControl& vlan, const Record& record, TimePoint group_end,
                                RecordEffects& effects) {
  const auto request = [&](const IpAddress& source) {
    const auto joined =
        groups_.control_join_source(EntryKind::requested, record.group, source, record.port, record.stamp);
    if (joined.id == table::kNoEntry) {
      attention_.join_refused(record.port, joined.result);
    }
    return joined.id;
  };
  std::erase_if(effects.start, [&](const IpAddress& source) { return request(source) == table::kNoEntry; });
  std::erase_if(effects.start_as_group, [&](const IpAddress& source) {
    const EntryId id = request(source);
    if (id != table::kNoEntry) {
      checks_.lower({id, record.port}, membership::LeaveCheck::waiting(record.stamp, group_end),
                    vlan.times());
    }
    return id == table::kNoEntry;
  });
}

// The list of mode EXCLUDE, and the mode. False: as apply().
bool PortFilters::add_excluded(const VlanControl& vlan, const Record& record, const PortFilter& before,
                               const RecordEffects& effects) {
  listed_ = before.requested;
  merge_into(listed_, before.excluded);
  merge_into(listed_, effects.start);
  merge_into(listed_, effects.start_as_group);
  merge_into(listed_, effects.exclude);
  membership::make_set(listed_);
  std::erase_if(listed_, [&](const IpAddress& source) {
    return std::binary_search(effects.forget.begin(), effects.forget.end(), source);
  });
  new_entries_.clear();
  for (const IpAddress& source : listed_) {
    const auto joined =
        groups_.control_join_source(EntryKind::excluded, record.group, source, record.port, record.stamp);
    if (joined.id == table::kNoEntry) {
      attention_.join_refused(record.port, joined.result);
    } else if (joined.result == table::JoinResult::joined) {
      new_entries_.push_back(joined.id);
    }
  }
  if (effects.restart_group_timer && !join_group(vlan, record)) {
    return take_back(record.port);
  }
  // A worker exchanges the stamp and then looks for sources; here sources are listed, and then the stamp is
  // looked at. So a newer EXCLUDE of nothing comes as a message, or it is found here.
  const EntryId group = groups_.find_entry(record.group);
  if (group != table::kNoEntry && is_newer(group, record)) {
    return take_back(record.port);
  }
  return true;
}

bool PortFilters::join_group(const VlanControl& vlan, const Record& record) {
  auto joined = groups_.control_join(record.group, record.port, record.stamp);
  if (joined.result == table::JoinResult::refused_port_limit && !new_entries_.empty()) {
    // The list has taken all that was left of the port's limit: rather all but one of it than no join.
    attention_.join_refused(record.port, joined.result);
    memberships_.forget_excluded(new_entries_.back(), record.port);
    new_entries_.pop_back();
    joined = groups_.control_join(record.group, record.port, record.stamp);
  }
  if (joined.id == table::kNoEntry) {
    attention_.join_refused(record.port, joined.result);
    return false;
  }
  hosts_.joined(vlan, record, joined.id);
  return true;
}

// What the record has listed as excluded. Always false.
bool PortFilters::take_back(PortId port) {
  for (const EntryId id : new_entries_) {
    memberships_.forget_excluded(id, port);
  }
  return false;
}

// Sources that are no longer listed. They keep being forwarded: first no entry excludes them, and every
// concurrent reader of the table has seen that before their timers end.
void PortFilters::end_forgotten(const Record& record, RecordEffects& effects) {
  const EntryId group = groups_.find_entry(record.group);
  if (group == table::kNoEntry || effects.forget.empty()) {
    return;
  }
  Sources& forgotten = effects.forget;  // rising
  if (const SourceChecks::Key key{record.group, record.port};
      pending_checks_.of_sources.find(key) != nullptr) {
    Sources unasked = forgotten;
    std::erase_if(unasked, [&](const IpAddress& source) {
      const EntryId id = groups_.find_source(EntryKind::requested, group, source);
      return id != table::kNoEntry && is_newer(id, record);
    });
    pending_checks_.forget(key, unasked);
  }
  std::erase_if(forgotten, [&](const IpAddress& source) {
    const EntryId requested = groups_.find_source(EntryKind::requested, group, source);
    if (requested == table::kNoEntry || !groups_.ports(requested).contains(record.port)) {
      return false;
    }
    if (is_newer(requested, record)) {
      // Asked for anew since: mode EXCLUDE lists it (6.4.1, EXCLUDE(X,Y) and IS_IN).
      groups_.control_join_source(EntryKind::excluded, record.group, source, record.port, record.stamp);
      return true;
    }
    hosts_.source_ends(record, group, requested);
    removals_.add(requested, record.port, record.stamp);
    return false;
  });
  // In the order of the ring, so that each is found at once.
  groups_.for_each_child(group, [&](EntryId child) {
    if (groups_.kind(child) == EntryKind::excluded && groups_.ports(child).contains(record.port) &&
        std::binary_search(forgotten.begin(), forgotten.end(), groups_.source(child))) {
      memberships_.forget_excluded(child, record.port);
    }
  });
  removals_.begin(grace_period_);
}

// Has the port reported this entry after the record?
bool PortFilters::is_newer(EntryId id, const Record& record) const {
  return groups_.membership(id, record.port).stamp.load(std::memory_order_seq_cst) > record.stamp;
}

bool PortFilters::run(std::size_t limit) {
  PendingRemovals::Removal removal;
  while (limit-- > 0 && removals_.take(grace_period_, removal)) {
    memberships_.end(removal.id, removal.port, removal.not_after);
  }
  return !removals_.empty();
}

}  // namespace mcswitch::control

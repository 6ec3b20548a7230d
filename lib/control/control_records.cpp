// SPDX-License-Identifier: BSD-3-Clause
//
// Group records of version 3 (RFC 9776 section 6.4): membership::apply_record() says what a row does, here it
// is done to the table.
//
// When a record comes here its worker has joined what it asks for already (forwarding/forwarder_igmp.cpp).
// That does not change what the row does: what was added is in every row's result.
//
// Order of the changes, so that nothing is lost or let through in between:
//
//   requested sources are added             before they are listed as excluded (they would be missed)
//   excluded ones are added                 before "any source" (they would get through)
//   "any source" is added, excluded ones    a grace period before requested ones are ended (they would be
//   are forgotten                           missed by who has read the one and not yet the other)
//
// A report that is newer than the record has another stamp, and what it asked for is left alone.

#include <algorithm>
#include <array>
#include <iterator>

#include "control/control_core.hpp"
#include "proto/igmp.hpp"
#include "table/membership_end.hpp"

namespace mcswitch::control {

using membership::Compatibility;
using membership::FilterMode;
using membership::LeaveCheck;
using membership::PortFilter;
using proto::RecordType;
using table::ControlEvent;
using table::EntryId;
using table::EntryKind;

namespace {

// Joins that workers have made and nobody has looked at yet, before a record is.
constexpr std::size_t kFreshPerRecord = 64;

table::GroupKey group_of(const ControlEvent& event) { return {event.vlan, event.group}; }

void merge_into(membership::Sources& set, const membership::Sources& more) {
  set.insert(set.end(), more.begin(), more.end());
}

}  // namespace

void ControlCore::read_filter(EntryId id, PortId port, PortFilter& filter) const {
  filter.mode = FilterMode::include;
  filter.requested.clear();
  filter.excluded.clear();
  if (id == table::kNoEntry) {
    return;
  }
  filter.mode = groups_.ports(id).contains(port) ? FilterMode::exclude : FilterMode::include;
  groups_.for_each_child(id, [&](EntryId child) {
    if (groups_.ports(child).contains(port) &&
        !endings_.contains(child, port,
                           groups_.membership(child, port).stamp.load(std::memory_order_seq_cst))) {
      const bool is_requested = groups_.kind(child) == EntryKind::requested;
      (is_requested ? filter.requested : filter.excluded).push_back(groups_.source(child).v4());
    }
  });
  membership::make_set(filter.requested);
  membership::make_set(filter.excluded);
  // In the table the listed ones, here those of them without a timer.
  std::erase_if(filter.excluded, [&](Ipv4Address source) {
    return filter.mode == FilterMode::include ||
           std::binary_search(filter.requested.begin(), filter.requested.end(), source);
  });
}

Compatibility ControlCore::compatibility(const Vlan& vlan, EntryId id, PortId port, TimePoint now) const {
  if (id == table::kNoEntry) {
    return Compatibility::v3;
  }
  const table::OlderHosts older = groups_.membership(id, port).older_hosts();
  const Duration interval = interval_of(vlan);
  return older.is_present(1, now, interval)   ? Compatibility::v1
         : older.is_present(2, now, interval) ? Compatibility::v2
                                              : Compatibility::v3;
}

void ControlCore::on_record(Vlan& vlan, const ControlEvent& event, Sources& listed, TimePoint now) {
  // What is known of the children is what has been drained.
  const bool has_unknown = timers_.take_fresh(now, kFreshPerRecord);
  const bool is_leave = event.kind == ControlEvent::Kind::leave;
  const auto type =
      is_leave ? RecordType::change_to_include_mode : static_cast<RecordType>(event.record_type);
  const EntryId id = groups_.find_entry(group_of(event));
  if (id != table::kNoEntry && groups_.ports(id).contains(event.port) &&
      groups_.membership(id, event.port).stamp.load(std::memory_order_seq_cst) > event.stamp) {
    return count(is_leave ? ControlEventCount::leaves_superseded : ControlEventCount::records_superseded);
  }
  if (id != table::kNoEntry && memberships_.is_pinned(id, event.port)) {
    return;
  }
  read_filter(id, event.port, filter_);
  if (has_unknown && (type == RecordType::change_to_include_mode || type == RecordType::block_old_sources)) {
    // Of a storm of joins: what this would end may not be known yet. The port is asked.
    ports_[event.port].lost_leave = true;
  }
  if (type == RecordType::change_to_include_mode && listed.empty() && filter_.requested.empty()) {
    return on_leave(vlan, event, now);
  }
  if (vlan.control.settings().igmp.intervals.version == 1 &&
      (type == RecordType::change_to_include_mode || type == RecordType::block_old_sources)) {
    return count(ControlEventCount::leaves_ignored_v1_mode);
  }
  count(ControlEventCount::records_handled);
  membership::apply_record(filter_, type, listed, compatibility(vlan, id, event.port, now), effects_);

  // What the group timer had left when the record came.
  TimePoint group_end = kNever;
  if (filter_.mode == FilterMode::exclude) {
    const Stamp before = event.previous != 0
                             ? event.previous
                             : groups_.membership(id, event.port).stamp.load(std::memory_order_relaxed);
    group_end = time_of(before) + interval_of(vlan);
    const LeaveCheck* check = checks_.find({id, event.port});
    if (check != nullptr && !check->is_answered_by(before)) {
      group_end = std::min(group_end, check->end());
    }
  }
  apply_additions(vlan, event, group_end);
  if (effects_.mode == FilterMode::exclude && !apply_exclude(vlan, event)) {
    return;
  }
  apply_ends(event);
  answer_record(vlan, event, now);
}

// A join of ours found no room: counted, and said like a worker's.
void ControlCore::note_refusal(PortId port, table::JoinResult result) {
  count(ControlEventCount::joins_refused);
  port_table_[port].attention.fetch_or(result == table::JoinResult::limited   ? table::kJoinLimited
                                       : result == table::JoinResult::crowded ? table::kJoinCrowded
                                                                              : table::kJoinRefused,
                                       std::memory_order_relaxed);
}

// Sources whose timer runs from now on.
void ControlCore::apply_additions(const Vlan& vlan, const ControlEvent& event, TimePoint group_end) {
  const auto request = [&](Ipv4Address source) {
    const auto joined = groups_.control_join_source(EntryKind::requested, group_of(event),
                                                    IpAddress::from(source), event.port, event.stamp);
    if (joined.id == table::kNoEntry) {
      note_refusal(event.port, joined.result);
    }
    return joined.id;
  };
  std::erase_if(effects_.start, [&](Ipv4Address source) { return request(source) == table::kNoEntry; });
  std::erase_if(effects_.start_as_group, [&](Ipv4Address source) {
    const EntryId id = request(source);
    if (id != table::kNoEntry) {
      lower({id, event.port}, event.stamp, group_end, interval_of(vlan));
    }
    return id == table::kNoEntry;
  });
}

// The list of mode EXCLUDE, and the mode. False: there was no room for it, or a newer report has made it
// void, and nothing of it is left.
bool ControlCore::apply_exclude(const Vlan& vlan, const ControlEvent& event) {
  scratch_ = filter_.requested;
  merge_into(scratch_, filter_.excluded);
  merge_into(scratch_, effects_.start);
  merge_into(scratch_, effects_.start_as_group);
  merge_into(scratch_, effects_.exclude);
  membership::make_set(scratch_);
  std::erase_if(scratch_, [&](Ipv4Address source) {
    return std::binary_search(effects_.forget.begin(), effects_.forget.end(), source);
  });
  const table::GroupKey key = group_of(event);
  new_entries_.clear();
  for (const Ipv4Address source : scratch_) {
    const auto joined = groups_.control_join_source(EntryKind::excluded, key, IpAddress::from(source),
                                                    event.port, event.stamp);
    if (joined.id == table::kNoEntry) {
      note_refusal(event.port, joined.result);
    } else if (joined.result == table::JoinResult::joined) {
      new_entries_.push_back(joined.id);
    }
  }
  const auto take_back = [&] {
    for (const EntryId id : new_entries_) {
      memberships_.forget_excluded(id, event.port);
    }
    return false;
  };
  if (effects_.restart_group_timer) {
    auto joined = groups_.control_join(key, event.port, event.stamp);
    if (joined.result == table::JoinResult::limited && !new_entries_.empty()) {
      // The list has taken all that was left of the port's limit: rather all but one of it than no join.
      note_refusal(event.port, joined.result);
      memberships_.forget_excluded(new_entries_.back(), event.port);
      new_entries_.pop_back();
      joined = groups_.control_join(key, event.port, event.stamp);
    }
    if (joined.id == table::kNoEntry) {
      note_refusal(event.port, joined.result);
      return take_back();
    }
    note_host(vlan, event, joined.id);
  }
  // A worker exchanges the stamp and then looks for sources; here sources are listed, and then the stamp is
  // looked at. So a newer EXCLUDE of nothing is told of, or it is found here.
  const EntryId group = groups_.find_entry(key);
  if (group != table::kNoEntry &&
      groups_.membership(group, event.port).stamp.load(std::memory_order_seq_cst) > event.stamp) {
    return take_back();
  }
  return true;
}

// Sources that are not listed any more. They go on being sent: first nobody excludes them, and whoever reads
// the table beside us has seen that before their timers end.
void ControlCore::apply_ends(const ControlEvent& event) {
  const EntryId group = groups_.find_entry(group_of(event));
  if (group == table::kNoEntry || effects_.forget.empty()) {
    return;
  }
  if (const SourceChecks::Key key{group_of(event), event.port}; source_checks_.find(key) != nullptr) {
    Sources forgotten = effects_.forget;
    std::erase_if(forgotten, [&](Ipv4Address source) {
      const EntryId id = groups_.find_source(EntryKind::requested, group, IpAddress::from(source));
      return id != table::kNoEntry &&
             groups_.membership(id, event.port).stamp.load(std::memory_order_seq_cst) > event.stamp;
    });
    source_checks_.get(key)->forget(forgotten);
    source_checks_.settle(key);
  }
  Sources& forgotten = effects_.forget;  // rising
  std::erase_if(forgotten, [&](Ipv4Address source) {
    const IpAddress address = IpAddress::from(source);
    const EntryId requested = groups_.find_source(EntryKind::requested, group, address);
    if (requested == table::kNoEntry || !groups_.ports(requested).contains(event.port)) {
      return false;
    }
    if (groups_.membership(requested, event.port).stamp.load(std::memory_order_seq_cst) > event.stamp) {
      // Asked for anew since: mode EXCLUDE lists it (6.4.1, EXCLUDE(X,Y) and IS_IN).
      groups_.control_join_source(EntryKind::excluded, group_of(event), address, event.port, event.stamp);
      return true;
    }
    if (hosts_ != nullptr &&
        !is_only_host(event, requested, time_of(event.stamp) - (*intervals_)[event.vlan])) {
      hosts_->unknown(group, event.port, event.stamp);
    }
    endings_.add(requested, event.port, event.stamp);
    return false;
  });
  // In the order of the ring, so that each is found at once.
  groups_.for_each_child(group, [&](EntryId child) {
    if (groups_.kind(child) == EntryKind::excluded && groups_.ports(child).contains(event.port) &&
        std::binary_search(forgotten.begin(), forgotten.end(), groups_.source(child).v4())) {
      memberships_.forget_excluded(child, event.port);
    }
  });
  endings_.begin(grace_period_);
}

// Ends the sources of apply_ends() that every reader has seen unlisted. True: some wait yet. Before entries
// are reclaimed: none of these can be another's then.
bool ControlCore::run_endings(std::size_t limit) {
  Endings::Ending ending;
  while (limit-- > 0 && endings_.take(grace_period_, ending)) {
    memberships_.end(ending.id, ending.port, ending.not_after);
  }
  return !endings_.empty();
}

// --- the queries of a row ---------------------------------------------------------------------------

void ControlCore::answer_record(Vlan& vlan, const ControlEvent& event, TimePoint now) {
  const table::GroupKey key = group_of(event);
  EntryId group = groups_.find_entry(key);
  if (group == table::kNoEntry || (effects_.query_sources.empty() && !effects_.query_group)) {
    return;
  }
  // Those that end now, or that somebody has asked for since, need no query.
  std::erase_if(effects_.query_sources, [&](Ipv4Address source) {
    const EntryId id = groups_.find_source(EntryKind::requested, group, IpAddress::from(source));
    if (id == table::kNoEntry || !groups_.ports(id).contains(event.port)) {
      return true;
    }
    if (groups_.membership(id, event.port).stamp.load(std::memory_order_seq_cst) > event.stamp) {
      return true;
    }
    if (may_prune_at_once(vlan, event, {id, event.port}, now) &&
        (!groups_.ports(group).contains(event.port) ||
         may_prune_at_once(vlan, event, {group, event.port}, now)) &&
        memberships_.end(id, event.port, event.stamp) == Memberships::End::ended) {
      count(ControlEventCount::sources_ended_fast);
      return true;
    }
    forget_host(event, id);
    return false;
  });
  const bool asks_group = effects_.query_group;
  if (!effects_.query_sources.empty()) {
    ask_sources(vlan, event, now);
  }
  if (asks_group) {
    on_leave(vlan, event, now);
  }
}

void ControlCore::ask_sources(Vlan& vlan, const ControlEvent& event, TimePoint now) {
  const membership::Querier& querier = vlan.control.querier();
  if (!querier.is_querier()) {
    return count(querier.is_querier_known() ? ControlEventCount::leaves_ignored_other_querier
                                            : ControlEventCount::leaves_ignored_no_querier);
  }
  if (querier.own_version() == 1 ||
      (querier.own_version() == 2 && vlan.control.settings().igmp.is_source_specific(event.group.v4()))) {
    return;
  }
  const SourceChecks::Key key{group_of(event), event.port};
  membership::SourceCheck* check = source_checks_.get(key);
  if (check == nullptr) {
    return count(ControlEventCount::leaves_ignored_full);
  }
  const membership::Intervals& intervals = vlan.control.settings().igmp.intervals;
  const TimePoint end = now + intervals.last_member_query_time();
  const EntryId group = groups_.find_entry(key.group);
  // Those that are being asked about already stay as they are.
  std::erase_if(effects_.query_sources, [&](Ipv4Address source) {
    const EntryId id = groups_.find_source(EntryKind::requested, group, IpAddress::from(source));
    return !lower({id, event.port}, event.stamp, end, interval_of(vlan));
  });
  if (!effects_.query_sources.empty()) {
    check->ask(effects_.query_sources, now, intervals);
    counters_[ControlEventCount::sources_asked].add(effects_.query_sources.size());
  }
  advance_source_check(key, now);
}

bool ControlCore::is_asking(Key key) const {
  if (groups_.kind(key.id) != EntryKind::requested) {
    return false;
  }
  const membership::SourceCheck* check = source_checks_.find({groups_.key(key.id), key.port});
  return check != nullptr && check->is_asking(groups_.source(key.id).v4());
}

void ControlCore::advance_source_check(const SourceChecks::Key& key, TimePoint now) {
  membership::SourceCheck& check = *source_checks_.get(key);
  const Vlan& vlan = *find_vlan(key.group.vlan);
  const EntryId group = groups_.find_entry(key.group);
  const auto entry_of = [&](Ipv4Address source) {
    return group == table::kNoEntry
               ? table::kNoEntry
               : groups_.find_source(EntryKind::requested, group, IpAddress::from(source));
  };
  // A source whose timer has ended is asked about no more.
  check.transmission(
      now, [](Ipv4Address) { return true; }, false, queries_);
  std::erase_if(queries_.clear, [&](Ipv4Address source) {
    const EntryId id = entry_of(source);
    return id != table::kNoEntry && groups_.ports(id).contains(key.port);
  });
  check.forget(queries_.clear);

  const auto is_lowered = [&](Ipv4Address source) {
    const EntryId id = entry_of(source);
    const LeaveCheck* lowered = checks_.find({id, key.port});
    return lowered != nullptr &&
           !lowered->is_answered_by(groups_.membership(id, key.port).stamp.load(std::memory_order_seq_cst));
  };
  const LeaveCheck* group_check = group == table::kNoEntry ? nullptr : checks_.find({group, key.port});
  check.transmission(now, is_lowered, group_check != nullptr && group_check->next() <= now, queries_);
  if (!queries_.clear.empty() || !queries_.suppressed.empty()) {
    const bool is_sent = vlan.control.up().contains(key.port) &&
                         send_source_queries(vlan, key, queries_.clear, false) &&
                         send_source_queries(vlan, key, queries_.suppressed, true);
    if (is_sent) {
      check.query_sent(now);
    } else {
      check.query_delayed(now, now + kRetry);
    }
  } else if (check.next() <= now) {
    check.query_sent(now);  // nothing of it had to be sent
  }
  source_checks_.settle(key);
}

// As many queries as the list needs. A querier of version 2 cannot ask for sources: it asks for the group.
bool ControlCore::send_source_queries(const Vlan& vlan, const SourceChecks::Key& key, const Sources& sources,
                                      bool suppress) {
  const bool is_version_3 = vlan.control.querier().own_version() == 3;
  if (!is_version_3 && suppress) {
    return true;
  }
  for (std::size_t first = 0; first < sources.size(); first += proto::kMaxQuerySources) {
    const std::size_t count_here = std::min(sources.size() - first, proto::kMaxQuerySources);
    if (!send_query(vlan, PortSet::of(key.port),
                    {.group = key.group.group.v4(),
                     .max_resp_time = vlan.control.settings().igmp.intervals.last_member_query_interval,
                     .suppress_router_processing = suppress,
                     .sources = std::span{sources}.subspan(first, count_here)})) {
      return false;
    }
    count(ControlEventCount::source_queries_sent);
    if (!is_version_3) {
      return true;
    }
  }
  return true;
}

}  // namespace mcswitch::control

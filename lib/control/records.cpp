// SPDX-License-Identifier: BSD-3-Clause

#include "control/records.hpp"

namespace mcswitch::control {

using membership::Compatibility;
using membership::Sources;
using proto::RecordType;
using table::EntryId;

namespace {

// Fresh joins of workers that are handled before a record is, at most.
constexpr std::size_t kFreshPerRecord = 64;

}  // namespace

Records::Records(Context& context, MembershipState& state, Checks& checks, Attention& attention)
    : context_{context},
      groups_{context.tables.groups},
      timers_{state.timers},
      attention_{attention},
      filters_{context, state, checks, attention},
      leaves_{context, state, checks} {}

Compatibility Records::compatibility(const VlanControl& vlan, EntryId id, PortId port, TimePoint now) const {
  if (id == table::kNoEntry) {
    return Compatibility::v3;
  }
  const table::OlderHosts older = groups_.membership(id, port).older_hosts();
  const MembershipTimes& times = vlan.times();
  return times.is_present(older, 1, now)   ? Compatibility::v1
         : times.is_present(older, 2, now) ? Compatibility::v2
                                           : Compatibility::v3;
}

void Records::on_record(const VlanControl& vlan, const Record& record, const Sources& listed, TimePoint now) {
  // What is known of the children is what has been drained.
  const bool has_unknown = timers_.take_fresh(now, kFreshPerRecord);
  const EntryId id = groups_.find_entry(record.group);
  if (id != table::kNoEntry && groups_.ports(id).contains(record.port) &&
      groups_.membership(id, record.port).stamp.load(std::memory_order_seq_cst) > record.stamp) {
    return context_.count(record.is_leave ? ControlCounter::leaves_superseded
                                          : ControlCounter::records_superseded);
  }
  if (id != table::kNoEntry && filters_.is_pinned(id, record.port)) {
    return;
  }
  if (id != table::kNoEntry) {
    attention_.before_record(id, record);
  }
  filters_.read(id, record.port, filter_);
  if (has_unknown && record.takes_away()) {
    // Of a storm of joins: what this would end may not be known yet. The port is asked.
    attention_.leave_lost(record.port);
  }
  if (record.type == RecordType::change_to_include_mode && listed.empty() && filter_.requested.empty()) {
    return leaves_.prune_or_ask_group(vlan, record, now);
  }
  if (vlan.settings().igmp.intervals.version == 1 && record.takes_away()) {
    return context_.count(ControlCounter::leaves_ignored_v1_mode);
  }
  context_.count(ControlCounter::records_handled);
  membership::apply_record(filter_, record.type, listed, compatibility(vlan, id, record.port, now), effects_);
  if (filters_.apply(vlan, record, filter_, effects_)) {
    prune_or_ask(vlan, record, now);
  }
}

// The queries of the row.
void Records::prune_or_ask(const VlanControl& vlan, const Record& record, TimePoint now) {
  if (groups_.find_entry(record.group) == table::kNoEntry) {
    return;
  }
  if (!effects_.query_sources.empty()) {
    leaves_.prune_or_ask_sources(vlan, record, effects_.query_sources, now);
  }
  if (effects_.query_group) {
    leaves_.prune_or_ask_group(vlan, record, now);
  }
}

}  // namespace mcswitch::control

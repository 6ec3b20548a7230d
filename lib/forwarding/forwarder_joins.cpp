// SPDX-License-Identifier: BSD-3-Clause
//
// Joins of a worker: what it makes of a report in the group table, and whom it notifies of the host.

#include "forwarding/burst.hpp"
#include "forwarding/forwarder.hpp"
#include "table/group_lookup.hpp"
#include "table/reporter.hpp"

namespace mcswitch::forwarding {

using table::GroupTable;

void Forwarder::count_refused_join(Burst& burst, PortEvent what, std::uint32_t reason) {
  burst.event(what);
  // Pairs with the exchange by which the control thread takes the word.
  burst.port.attention.fetch_or(reason, std::memory_order_release);
}

GroupTable::Joined Forwarder::join(Burst& burst, const Reporter& reporter, const Reported& reported,
                                   Vlan vlan) {
  const table::GroupKey key{vlan.id, reported.group};
  const GroupTable::Joined joined =
      reported.source
          ? groups_.join_source(key, *reported.source, burst.ingress, reported.stamp, reported.found)
          : groups_.join(key, burst.ingress, reported.stamp, reporter.version);
  switch (joined.result) {
    case table::JoinResult::joined:
      burst.event(PortEvent::joins);
      break;
    case table::JoinResult::refreshed:
      burst.event(PortEvent::refreshes);
      break;
    case table::JoinResult::refused_table_full:
      count_refused_join(burst, PortEvent::joins_refused_full, table::kRefusedTableFull);
      return joined;
    case table::JoinResult::refused_port_limit:
      count_refused_join(burst, PortEvent::joins_refused_limit, table::kRefusedPortLimit);
      return joined;
    case table::JoinResult::refused_source_limit:
      count_refused_join(burst, PortEvent::joins_refused_sources, table::kRefusedSourceLimit);
      return joined;
  }
  if ((vlan.words.igmp_rules & table::kTrackHosts) != 0) {
    track(burst, reporter, reported, joined.id);
  }
  return joined;
}

// The control thread is notified when another host than the last one reports. If that is not possible, the
// host is marked as unknown, and the notification follows when it, or another one, reports again.
void Forwarder::track(Burst& burst, const Reporter& reporter, const Reported& reported, table::EntryId id) {
  table::Membership& membership = groups_.membership(id, burst.ingress);
  const std::uint32_t host = table::reporter_of(reporter.mac, reporter.address, groups_.seed());
  // Behind the exchange of the stamp in join(); HostTracking::left() has the two the other way round.
  const std::uint32_t last = membership.reporter.load(std::memory_order_seq_cst);
  if (last == host) {
    return;
  }
  table::HostMessage message{burst.head(reporter, reported.vlan, reported.group, reported.stamp)};
  message.reported_source = reported.source;
  message.is_first = last == table::Membership::kNobody;
  message.others_unknown = last == table::Membership::kUntracked;
  if (messages_.host(message, burst.now)) {
    membership.reporter.store(host, std::memory_order_relaxed);
  } else if (last != table::Membership::kUntracked) {
    burst.event(PortEvent::hosts_untracked);
    membership.reporter.store(table::Membership::kUntracked, std::memory_order_relaxed);
  }
}

}  // namespace mcswitch::forwarding

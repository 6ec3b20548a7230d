// SPDX-License-Identifier: BSD-3-Clause
//
// Host tracking: who reports what (RFC 9776 section 7.2.2 makes it possible: reports of version 3 are not
// suppressed by others). A host is told of when it is another than the last reporter of the membership; the
// repeated report of the same host is in the membership's stamp only.

#include "control/control_core.hpp"
#include "table/reporter.hpp"

namespace mcswitch::control {

using table::ControlEvent;
using table::EntryId;
using table::Host;
using table::HostTable;
using table::Membership;

namespace {

Host host_of(const ControlEvent& event) { return {event.source_mac, event.source}; }

// The whole of a table of 128 Ki hosts is gone through in 20 s.
constexpr std::uint32_t kHostsPerLook = 64;
constexpr Duration kLookInterval = std::chrono::milliseconds{10};

}  // namespace

void ControlCore::on_host(Vlan& vlan, const ControlEvent& event, const Sources& sources) {
  if (hosts_ == nullptr) {
    return;
  }
  const table::GroupKey key{vlan.control.settings().vlan, event.group};
  EntryId id = groups_.find_entry(key);
  if (id != table::kNoEntry && !sources.empty()) {
    id = groups_.find_source(table::EntryKind::requested, id, IpAddress::from(sources.front()));
  }
  if (id == table::kNoEntry || !groups_.ports(id).contains(event.port)) {
    return;  // it has ended meanwhile
  }
  const HostTable::Seen seen = hosts_->seen(id, event.port, host_of(event), event.stamp, event.previous);
  if (event.others_unknown) {
    hosts_->unknown(id, event.port, event.stamp);
  }
  if (seen == HostTable::Seen::full) {
    count(ControlEventCount::hosts_refused);
    // Told of again when it reports again; until then nobody counts as the only host.
    groups_.membership(id, event.port).reporter.store(Membership::kUntracked, std::memory_order_relaxed);
  }
}

// The control thread has joined `id` for a host: an EXCLUDE with sources.
void ControlCore::note_host(const Vlan& vlan, const ControlEvent& event, EntryId id) {
  if (hosts_ == nullptr || !vlan.control.settings().igmp.host_tracking || event.version != 3) {
    return;
  }
  if (hosts_->seen(id, event.port, host_of(event), event.stamp, event.previous) == HostTable::Seen::full) {
    count(ControlEventCount::hosts_refused);
    groups_.membership(id, event.port).reporter.store(Membership::kUntracked, std::memory_order_relaxed);
  }
}

// The host has said that it does not want this any more.
void ControlCore::forget_host(const ControlEvent& event, EntryId id) {
  if (hosts_ == nullptr) {
    return;
  }
  const Host host = host_of(event);
  hosts_->forget(id, event.port, host, event.stamp);
  // From now on the worker tells when it comes back. It exchanges the stamp, then loads the reporter: a
  // report that it did not tell of is in the stamp by now.
  Membership& m = groups_.membership(id, event.port);
  std::uint32_t reporter = table::reporter_of(host.mac, host.address.v4(), groups_.seed());
  if (m.reporter.compare_exchange_strong(reporter, Membership::kNobody, std::memory_order_seq_cst)) {
    if (const Stamp report = m.stamp.load(std::memory_order_seq_cst); report > event.stamp) {
      hosts_->seen(id, event.port, host, report, report);
    }
  }
}

// Is the host of this leave the only one that wants the membership? Not if an older host may be there: it may
// have kept silent because it heard another's report.
bool ControlCore::is_only_host(const ControlEvent& event, EntryId id, TimePoint since) const {
  if (hosts_ == nullptr) {
    return false;
  }
  const EntryId group = groups_.kind(id) == table::EntryKind::group ? id : groups_.parent(id);
  const Membership& m = groups_.membership(id, event.port);
  const TimePoint now = time_of(event.stamp);
  return !groups_.membership(group, event.port).older_hosts().is_any_present(now, now - since) &&
         m.reporter.load(std::memory_order_relaxed) != Membership::kUntracked &&
         hosts_->is_only(id, event.port, host_of(event), since, m.stamp.load(std::memory_order_relaxed));
}

// Hosts that have fallen silent.
void ControlCore::age_hosts(TimePoint now) {
  if (hosts_ == nullptr || hosts_->size() == 0 || now < next_host_look_) {
    return;
  }
  next_host_look_ = now + kLookInterval;
  hosts_->expire(kHostsPerLook, [&](EntryId id, PortId port) {
    return HostTable::Term{groups_.membership(id, port).stamp.load(std::memory_order_relaxed),
                           now - (*intervals_)[groups_.key(id).vlan]};
  });
}

}  // namespace mcswitch::control

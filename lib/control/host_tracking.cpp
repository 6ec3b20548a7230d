// SPDX-License-Identifier: BSD-3-Clause

#include "control/host_tracking.hpp"

#include "table/reporter.hpp"

namespace mcswitch::control {

using table::EntryId;
using table::HostTable;
using table::Membership;

namespace {

// One pass over a table of 128 Ki hosts takes 20 s.
constexpr std::uint32_t kHostsPerLook = 64;
constexpr Duration kLookInterval = std::chrono::milliseconds{10};

std::unique_ptr<HostTable> host_table(const config::Config& config, std::uint64_t seed) {
  const std::uint32_t hosts = config::tracked_hosts(config);
  return hosts == 0 ? nullptr : std::make_unique<HostTable>(hosts, seed);
}

}  // namespace

HostTracking::HostTracking(Context& context, const TimesTable& times)
    : context_{context},
      groups_{context.tables.groups},
      times_{times},
      hosts_{host_table(context.config, groups_.seed())} {}

std::size_t HostTracking::memory_size(const config::Config& config) {
  return HostTable::memory_size(config::tracked_hosts(config));
}

void HostTracking::on_host(const table::HostMessage& message) {
  if (hosts_ == nullptr) {
    return;
  }
  EntryId id = groups_.find_entry({message.vlan, message.group});
  if (id != table::kNoEntry && message.reported_source) {
    id = groups_.find_source(table::EntryKind::requested, id, *message.reported_source);
  }
  if (id == table::kNoEntry || !groups_.ports(id).contains(message.port)) {
    return;  // it has ended meanwhile
  }
  // The one before this host has reported at some time, if there was one.
  const Stamp previous = message.is_first ? Stamp{0} : message.stamp;
  const HostTable::Seen seen =
      hosts_->seen(id, message.port, {message.source_mac, message.source_address}, message.stamp, previous);
  if (message.others_unknown) {
    hosts_->unknown(id, message.port, message.stamp);
  }
  if (seen == HostTable::Seen::full) {
    // It is sent again when the host reports again.
    refuse(id, message.port);
  }
}

void HostTracking::joined(const VlanControl& vlan, const Record& record, EntryId id) {
  if (hosts_ == nullptr || !vlan.settings().igmp.host_tracking || record.version != 3) {
    return;
  }
  if (hosts_->seen(id, record.port, record.host, record.stamp, record.previous) == HostTable::Seen::full) {
    refuse(id, record.port);
  }
}

// No room. Until this host has been recorded, no host counts as the only one.
void HostTracking::refuse(EntryId id, PortId port) {
  context_.count(ControlCounter::hosts_refused);
  groups_.membership(id, port).reporter.store(Membership::kUntracked, std::memory_order_relaxed);
}

void HostTracking::left(const Record& record, EntryId id) {
  if (hosts_ == nullptr) {
    return;
  }
  hosts_->forget(id, record.port, record.host, record.stamp);
  // From now on the worker sends a message when it comes back. It exchanges the stamp, then loads the
  // reporter: a report without a message is in the stamp by now.
  Membership& m = groups_.membership(id, record.port);
  std::uint32_t reporter = table::reporter_of(record.host.mac, record.host.address, groups_.seed());
  if (m.reporter.compare_exchange_strong(reporter, Membership::kNobody, std::memory_order_seq_cst)) {
    if (const Stamp report = m.stamp.load(std::memory_order_seq_cst); report > record.stamp) {
      hosts_->seen(id, record.port, record.host, report, report);
    }
  }
}

void HostTracking::source_ends(const Record& record, EntryId group, EntryId source) {
  if (hosts_ != nullptr &&
      !is_only_host(record, source, time_of(record.stamp) - times_[record.group.vlan].group_membership)) {
    hosts_->unknown(group, record.port, record.stamp);
  }
}

bool HostTracking::is_only_host(const Record& record, EntryId id, TimePoint since) const {
  if (hosts_ == nullptr) {
    return false;
  }
  const EntryId group = groups_.kind(id) == table::EntryKind::group ? id : groups_.parent(id);
  const Membership& m = groups_.membership(id, record.port);
  const table::OlderHosts older = groups_.membership(group, record.port).older_hosts();
  const MembershipTimes& times = times_[record.group.vlan];
  const TimePoint at = time_of(record.stamp);
  return !times.is_present(older, 1, at) && !times.is_present(older, 2, at) &&
         m.reporter.load(std::memory_order_relaxed) != Membership::kUntracked &&
         hosts_->is_only(id, record.port, record.host, since, m.stamp.load(std::memory_order_relaxed));
}

void HostTracking::on_end(EntryId id, PortId port) {
  if (hosts_ != nullptr) {
    hosts_->forget_all(id, port);
  }
}

void HostTracking::run(TimePoint now) {
  if (hosts_ == nullptr || hosts_->size() == 0 || now < next_look_) {
    return;
  }
  next_look_ = now + kLookInterval;
  hosts_->expire(kHostsPerLook, [&](EntryId id, PortId port) {
    return HostTable::Term{groups_.membership(id, port).stamp.load(std::memory_order_relaxed),
                           now - times_[groups_.key(id).vlan].group_membership};
  });
}

}  // namespace mcswitch::control

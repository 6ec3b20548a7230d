// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/groups: one row a membership, that is (VLAN, group, source, port). A row's position is its
// entry's id and its port: an entry keeps its id as long as it has members.

#include <algorithm>
#include <tuple>
#include <vector>

#include "base/net_text.hpp"
#include "control/snapshot.hpp"
#include "table/host_table.hpp"
#include "table/membership_end.hpp"
#include "telemetry/membership_filter.hpp"

namespace mcswitch::telemetry {

namespace {

using table::EntryKind;
using EntryView = table::GroupTable::EntryView;

struct CopiedMembership {
  std::uint64_t position = 0;
  EntryView entry;
  PortId port = 0;
  std::uint8_t version = 0;
  TimePoint end;
  std::optional<std::uint32_t> hosts;
};

// What the rows need of the control thread's snapshot, and of the configuration.
class Picture {
 public:
  explicit Picture(const SwitchView& view)
      : snapshot_{view.control()}, config_{view.config()}, hosts_{view.hosts()} {}

  // When the timer of a membership in this VLAN ends; one that the control thread does not know yet has the
  // default interval.
  [[nodiscard]] TimePoint end(const table::Membership& membership, VlanId vlan) const {
    const auto& vlans = snapshot_->vlans;
    const auto row = std::lower_bound(vlans.begin(), vlans.end(), vlan,
                                      [](const control::VlanRow& r, VlanId v) { return r.vlan < v; });
    return row != vlans.end() && row->vlan == vlan
               ? table::ends_at(membership, row->group_membership_interval, row->no_end_before)
               : table::ends_at(membership, config_.igmp.intervals.group_membership_interval());
  }

  [[nodiscard]] bool is_static(const EntryView& entry, PortId port) const {
    const auto& rows = snapshot_->static_members;
    if (rows.empty() || entry.kind == EntryKind::excluded) {
      return false;
    }
    const IpAddress source = entry.kind == EntryKind::group ? IpAddress{} : entry.source;
    const auto wanted = std::tie(entry.key.vlan, entry.key.group, source);
    const auto row = std::lower_bound(rows.begin(), rows.end(), wanted, [](const auto& r, const auto& w) {
      return std::tie(r.vlan, r.group, r.source) < w;
    });
    return row != rows.end() && std::tie(row->vlan, row->group, row->source) == wanted &&
           row->ports.contains(port);
  }

  // nullptr: the VLAN tracks none.
  [[nodiscard]] const table::HostTable* hosts(VlanId vlan) const {
    const config::Igmp& igmp = config_.igmp_of(vlan);
    return igmp.enabled && igmp.host_tracking ? hosts_ : nullptr;
  }

 private:
  std::shared_ptr<const control::Snapshot> snapshot_;
  const config::Config& config_;
  const table::HostTable* hosts_;
};

// The ports that request a source of a group that they exclude otherwise: X of RFC 9776 section 6.2.2.
PortSet requesting(const table::GroupTable& table, table::EntryId excluded, const EntryView& entry) {
  EntryView requested;
  const table::EntryId id = table.find_source(EntryKind::requested, table.parent(excluded), entry.source);
  return table.snapshot(id, requested) ? requested.ports : PortSet{};
}

// Copies memberships of the entries `id` to `end` - 1 that stand at `first` or behind it. Stops, with
// `id` at the entry where it stopped, when `copied` has `wanted` elements.
void copy_entries(const table::GroupTable& table, const MembershipFilter& filter, const Picture& picture,
                  std::uint64_t first, std::size_t wanted, table::EntryId& id, table::EntryId end,
                  std::vector<CopiedMembership>& copied) {
  for (; id < end; ++id) {
    EntryView entry;
    if (!table.snapshot(id, entry) || !filter.takes(entry.key)) {
      continue;
    }
    const bool is_excluded = entry.kind == EntryKind::excluded;
    const table::HostTable* const hosts = is_excluded ? nullptr : picture.hosts(entry.key.vlan);
    PortSet ports = entry.ports & filter.ports;
    if (is_excluded) {
      // A source that is requested has its row as such.
      ports &= ~requesting(table, id, entry);
    }
    for (const PortId port : ports) {
      const std::uint64_t position = std::uint64_t{id} * kMaxPorts + port;
      if (position < first) {
        continue;
      }
      if (copied.size() == wanted) {
        return;
      }
      const table::Membership& membership = table.membership(id, port);
      CopiedMembership copy{position, entry, port, 3, {}, {}};
      if (entry.kind == EntryKind::group) {
        copy.version = membership.older_hosts().last_version();
      }
      copy.end = picture.end(membership, entry.key.vlan);
      if (hosts != nullptr) {
        copy.hosts = hosts->count(id, port, membership.stamp.load(std::memory_order_relaxed));
      }
      copied.push_back(copy);
    }
  }
}

const char* mode_text(EntryKind kind) {
  switch (kind) {
    case EntryKind::group:
      return "exclude";
    case EntryKind::requested:
      return "include";
    case EntryKind::excluded:
      break;
  }
  return "blocked";
}

GroupsRow row_of(const CopiedMembership& m, const Picture& picture, const config::Config& config,
                 TimePoint now) {
  const EntryView& entry = m.entry;
  const bool is_static = picture.is_static(entry, m.port);
  // A blocked source has no timer: it ends with the filter mode of its group.
  const bool has_timer = !is_static && entry.kind != EntryKind::excluded;
  std::optional<std::uint64_t> expires_ms;
  if (has_timer) {
    expires_ms = milliseconds_left(now, m.end);
  }
  return {.vlan = Number{entry.key.vlan},
          .group = Address{to_string(entry.key.group)},
          .source = Address{source_text(entry)},
          .port = Text{port_name(config, m.port)},
          .filter_mode = Text{mode_text(entry.kind)},
          .protocol =
              Text{is_static ? "static" : "igmpv" + std::to_string(std::clamp<unsigned>(m.version, 1, 3))},
          .expires_ms = Number{expires_ms},
          .hosts = Number{m.hosts}};
}

}  // namespace

std::string source_text(const EntryView& entry) {
  return entry.kind == EntryKind::group ? "*" : to_string(entry.source);
}

Reply list_groups(const SwitchView& view, const Request& request) {
  const config::Config& config = view.config();
  const table::GroupTable& table = view.tables().groups;

  const auto filter = membership_filter(config, request);
  if (!filter) {
    return no_such_port(config, *request.port);
  }

  const Picture picture{view};
  // One more than the page may have: its position is where the next page begins.
  const std::size_t wanted = request.limit + 1;
  std::vector<CopiedMembership> copied;
  copied.reserve(wanted);
  const std::uint64_t capacity = table.capacity();
  auto id = static_cast<table::EntryId>(std::min(request.after / kMaxPorts, capacity));
  while (id < capacity && copied.size() < wanted) {
    const auto end = static_cast<table::EntryId>(std::min(id + kSlotsPerSection, capacity));
    if (!in_section(view,
                    [&] { copy_entries(table, *filter, picture, request.after, wanted, id, end, copied); })) {
      return busy();
    }
  }

  const TimePoint now = view.now();
  ListReply<GroupsRow> list{request};
  for (const CopiedMembership& m : copied) {
    if (!list.add(m.position, row_of(m, picture, config, now))) {
      break;
    }
  }
  return std::move(list).finish(table.group_count());
}

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/groups: one row a membership, that is (VLAN, group, port). A row's position is its entry's
// id and its port: an entry keeps its id as long as it has members.

#include <algorithm>
#include <vector>

#include "base/net_text.hpp"
#include "control/membership_end.hpp"
#include "control/snapshot.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

namespace {

struct CopiedMembership {
  std::uint64_t position = 0;
  table::GroupKey key;
  PortId port = 0;
  std::uint8_t version = 0;
  TimePoint end;
};

struct Filter {
  std::optional<VlanId> vlan;
  std::optional<IpAddress> group;
  PortSet ports;

  [[nodiscard]] bool takes(const table::GroupKey& key) const {
    return (!vlan || *vlan == key.vlan) && (!group || *group == key.group);
  }
};

// Group Membership Interval of a VLAN; one that the control thread does not know yet has the default.
class MembershipIntervals {
 public:
  explicit MembershipIntervals(const Sources& sources)
      : snapshot_{sources.control()}, default_{sources.config().igmp.intervals.group_membership_interval()} {}

  [[nodiscard]] Duration operator[](VlanId vlan) const {
    const auto& vlans = snapshot_->vlans;
    const auto row = std::lower_bound(vlans.begin(), vlans.end(), vlan,
                                      [](const control::VlanRow& r, VlanId v) { return r.vlan < v; });
    return row != vlans.end() && row->vlan == vlan ? row->group_membership_interval : default_;
  }

 private:
  std::shared_ptr<const control::Snapshot> snapshot_;
  Duration default_;
};

// Copies memberships of the entries `id` to `end` - 1 that stand at `first` or behind it. Stops, with
// `id` at the entry where it stopped, when `copied` has `wanted` elements.
void copy_entries(const table::GroupTable& table, const Filter& filter, const MembershipIntervals& intervals,
                  std::uint64_t first, std::size_t wanted, table::EntryId& id, table::EntryId end,
                  std::vector<CopiedMembership>& copied) {
  for (; id < end; ++id) {
    table::GroupKey key;
    PortSet ports;
    if (!table.snapshot(id, key, ports) || !filter.takes(key)) {
      continue;
    }
    for (const PortId port : ports& filter.ports) {
      const std::uint64_t position = std::uint64_t{id} * kMaxPorts + port;
      if (position < first) {
        continue;
      }
      if (copied.size() == wanted) {
        return;
      }
      const table::Membership& membership = table.membership(id, port);
      copied.push_back({position, key, port, membership.version.load(std::memory_order_relaxed),
                        control::ends_at(membership, intervals[key.vlan])});
    }
  }
}

}  // namespace

Reply list_groups(const Sources& sources, const Request& request) {
  const config::Config& config = sources.config();
  const table::GroupTable& table = sources.groups();

  Filter filter{request.vlan, request.group, PortSet::first(table.port_count())};
  if (request.port) {
    const auto port = find_port(config, *request.port);
    if (!port) {
      return no_such_port(config, *request.port);
    }
    filter.ports = PortSet::of(*port);
  }

  const MembershipIntervals intervals{sources};
  // One more than the page may have: its position is where the next page begins.
  const std::size_t wanted = request.limit + 1;
  std::vector<CopiedMembership> copied;
  copied.reserve(wanted);
  const std::uint64_t capacity = table.capacity();
  auto id = static_cast<table::EntryId>(std::min(request.after / kMaxPorts, capacity));
  while (id < capacity && copied.size() < wanted) {
    const auto end = static_cast<table::EntryId>(std::min(id + kSlotsPerSection, capacity));
    if (!in_section(sources, [&] {
          copy_entries(table, filter, intervals, request.after, wanted, id, end, copied);
        })) {
      return busy();
    }
  }

  const TimePoint now = sources.now();
  ListReply list{"vlan,group,source,port,filter_mode,protocol,expires_ms,hosts", request};
  for (const CopiedMembership& m : copied) {
    Row row;
    row.number(m.key.vlan).text(to_string(m.key.group)).text("*").text(port_name(config, m.port));
    row.text("exclude").text("igmpv" + std::to_string(std::clamp<unsigned>(m.version, 1, 3)));
    row.number(milliseconds_left(now, m.end));
    row.none();  // hosts: nobody tracks them yet
    if (!list.add(m.position, row)) {
      break;
    }
  }
  return std::move(list).finish(table.group_count());
}

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/hosts: one row for each host that is behind a membership. A row's position is the place of its
// record in the host table, which it keeps.

#include <algorithm>
#include <vector>

#include "base/net_text.hpp"
#include "table/host_table.hpp"
#include "telemetry/membership_filter.hpp"

namespace mcswitch::telemetry {

namespace {

struct CopiedHost {
  std::uint64_t position = 0;
  table::GroupTable::EntryView entry;
  table::HostView view;
  Stamp last = 0;
};

// Copies hosts from the place `index` on, up to `end`. Stops, with `index` at the place where it stopped,
// when `copied` has `wanted` elements.
void copy_hosts(const table::HostTable& hosts, const table::GroupTable& table, const MembershipFilter& filter,
                std::size_t wanted, std::uint32_t& index, std::uint32_t end,
                std::vector<CopiedHost>& copied) {
  for (; index < end && copied.size() < wanted; ++index) {
    CopiedHost copy;
    copy.position = index;
    if (!hosts.snapshot(index, copy.view) || !filter.ports.contains(copy.view.port) ||
        !table.snapshot(copy.view.entry, copy.entry) || !copy.entry.ports.contains(copy.view.port) ||
        !filter.takes(copy.entry.key)) {
      continue;
    }
    const Stamp report =
        table.membership(copy.view.entry, copy.view.port).stamp.load(std::memory_order_relaxed);
    if (copy.view.is_present(report)) {
      copy.last = copy.view.last_report(report);
      copied.push_back(copy);
    }
  }
}

std::uint64_t milliseconds_since(TimePoint now, Stamp then) { return milliseconds_left(time_of(then), now); }

}  // namespace

Reply list_hosts(const SwitchView& view, const Request& request) {
  const config::Config& config = view.config();
  const auto filter = membership_filter(config, request);
  if (!filter) {
    return no_such_port(config, *request.port);
  }
  ListReply<HostsRow> list{request};
  const table::HostTable* const hosts = view.hosts();
  if (hosts == nullptr) {
    return std::move(list).finish(0);
  }
  // One more than the page may have: its position is where the next page begins.
  const std::size_t wanted = request.limit + 1;
  std::vector<CopiedHost> copied;
  copied.reserve(wanted);
  const std::uint64_t capacity = hosts->capacity();
  auto index = static_cast<std::uint32_t>(std::min(request.after, capacity));
  while (index < capacity && copied.size() < wanted) {
    const auto end = static_cast<std::uint32_t>(std::min(index + kSlotsPerSection, capacity));
    if (!in_section(view,
                    [&] { copy_hosts(*hosts, view.tables().groups, *filter, wanted, index, end, copied); })) {
      return busy();
    }
  }
  const TimePoint now = view.now();
  for (const CopiedHost& h : copied) {
    if (!list.add(h.position, {.vlan = Number{h.entry.key.vlan},
                               .group = Address{to_string(h.entry.key.group)},
                               .source = Address{source_text(h.entry)},
                               .port = Text{port_name(config, h.view.port)},
                               .address = Address{to_string(h.view.host.address)},
                               .mac = Text{to_string(h.view.host.mac)},
                               .since_ms = Number{milliseconds_since(now, h.view.since)},
                               .last_ms = Number{milliseconds_since(now, h.last)}})) {
      break;
    }
  }
  return std::move(list).finish(hosts->size());
}

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// A bench for records of version 3: what the table holds of sources, and the messages about them.

#pragma once

#include <vector>

#include "proto/igmp.hpp"
#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {

using proto::RecordType;
using table::EntryKind;
using table::HostMessage;
using table::LeaveMessage;
using table::QueryMessage;
using table::RecordMessage;
using test::V3Record;

inline const Ipv4Address kA = ip("10.9.9.1");
inline const Ipv4Address kB = ip("10.9.9.2");
inline const Ipv4Address kOther = ip("10.9.9.77");
inline constexpr PortId kPort = 3;

struct RecordBench : Bench {
  explicit RecordBench(const BenchOptions& options = {}) : Bench{options} {}

  [[nodiscard]] PortSet of_source(EntryKind kind, Ipv4Address source, Ipv4Address group = kGroup,
                                  VlanId vlan = 10) const {
    const table::EntryId parent = groups.find_v4(vlan, group).id();
    const table::EntryId id = parent == table::kNoEntry
                                  ? table::kNoEntry
                                  : groups.find_source(kind, parent, IpAddress::from(source));
    return id == table::kNoEntry ? PortSet{} : groups.ports(id);
  }
  [[nodiscard]] PortSet requested(Ipv4Address source, Ipv4Address group = kGroup) const {
    return of_source(EntryKind::requested, source, group);
  }
  [[nodiscard]] PortSet excluded(Ipv4Address source) const { return of_source(EntryKind::excluded, source); }
  [[nodiscard]] Stamp source_stamp(PortId port, Ipv4Address source) {
    const table::EntryId id =
        groups.find_source(EntryKind::requested, groups.find_v4(10, kGroup).id(), IpAddress::from(source));
    return groups.membership(id, port).stamp.load();
  }
  PortSet report(RecordType type, const std::vector<IpAddress>& sources, PortId port = kPort,
                 Ipv4Address group = kGroup) {
    return receive(port, test::v3_report({record(type, sources, group)},
                                         {.source_mac = host(port), .source = ip("10.0.0.33")}));
  }
  static V3Record record(RecordType type, const std::vector<IpAddress>& sources, Ipv4Address group = kGroup) {
    return {.type = static_cast<std::uint8_t>(type), .group = group, .sources = sources};
  }
  // Entries, listed with all of their ports.
  [[nodiscard]] std::size_t entries() const { return groups.group_count(); }
  void fill_ring() {
    while (messages.push(LeaveMessage{})) {
    }
  }
};

inline std::vector<IpAddress> listed(const table::SourcesPart& part) {
  return {part.in_use().begin(), part.in_use().end()};
}

}  // namespace mcswitch::forwarding

// SPDX-License-Identifier: BSD-3-Clause
//
// What workers tell the control thread, and what it gives them to send. Both travel in bounded rings
// (base/spsc_ring.hpp), one pair per worker; what a full ring costs is said at the sender.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "table/group_key.hpp"

namespace mcswitch::table {

// A valid IGMP message, or a record of one, that the worker could not deal with alone. One with more sources
// than an event has room for is several events, one behind the other in the ring, which differ in their
// sources; all but the last have `has_more`.
struct ControlEvent {
  enum class Kind : std::uint8_t {
    query,   // any query
    leave,   // version 2 leave
    record,  // version 3 group record; what of it is a join has been joined, but for EXCLUDE with sources
    host,    // another host than the last one has reported the entry: the group, or its source sources[0]
  };
  static constexpr std::size_t kSources = 8;

  Kind kind = Kind::query;
  PortId port = 0;
  VlanId vlan = 0;
  // Query: it lowers no timer (the S flag, RFC 9776 section 4.1.5).
  bool keeps_timers = false;
  // Version of the message (1, 2, 3); a report of version 1 or 2 comes as the record IS_EX({}) that it stands
  // for.
  std::uint8_t version = 0;
  // Record: proto::RecordType.
  std::uint8_t record_type = 0;
  // Query: QRV, 0 if it gives none (section 4.1.6).
  std::uint8_t robustness_variable = 0;
  // Host: hosts that nobody was told of have reported the entry before.
  bool others_unknown = false;
  bool has_more = false;
  std::uint8_t source_count = 0;  // in use of `sources`
  // Order and time of receipt.
  Stamp stamp = 0;
  // Query: Max Response Time as decoded; for version 1 the 10 s that its 0 stands for (RFC 2236
  // section 4).
  Duration max_resp_time{};
  // Query: QQI, 0 if it gives none (section 4.1.7).
  Duration query_interval{};
  // Record: stamp of the port's last report of the group before this record; 0: it was no member. Host: 0
  // if it had no last reporter, because it is new or that one has left; else `stamp`, for "not known".
  Stamp previous = 0;
  // Query: the group asked for, all zero octets for a general query. Else the group in question.
  IpAddress group;
  // IP source of the message; ::ffff:0.0.0.0 if it had none.
  IpAddress source;
  MacAddress source_mac;
  std::array<Ipv4Address, kSources> sources{};
};

// A finished Ethernet frame, untagged, to be sent on `ports`, in VLAN `vlan`.
struct ControlFrame {
  static constexpr std::size_t kMaxSize = 1514;
  PortSet ports;
  VlanId vlan = 0;
  std::uint16_t size = 0;
  std::array<std::uint8_t, kMaxSize> octets;
};

}  // namespace mcswitch::table

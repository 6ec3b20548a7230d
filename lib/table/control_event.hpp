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

namespace mcswitch::table {

// A valid IGMP message that the worker could not deal with alone.
struct ControlEvent {
  enum class Kind : std::uint8_t {
    query,  // any query
    leave,  // version 2 leave, or a version 3 record that asks for no source of the group any more
  };
  Kind kind = Kind::query;
  PortId port = 0;
  VlanId vlan = 0;
  // Query: it lowers no group timer: version 3 with the S flag (RFC 9776 section 4.1.5) or with sources,
  // which members of the group for other sources do not answer (section 5.2).
  bool keeps_timers = false;
  // Query: version of the message (1, 2, 3). Leave: 2 or 3.
  std::uint8_t version = 0;
  // Order and time of receipt.
  Stamp stamp = 0;
  // Query: Max Response Time as decoded; for version 1 the 10 s that its 0 stands for (RFC 2236
  // section 4).
  Duration max_resp_time{};
  // Query: the group asked for, all zero octets for a general query. Leave: the group left.
  IpAddress group;
  // IP source of the message; ::ffff:0.0.0.0 if it had none.
  IpAddress source;
  MacAddress source_mac;
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

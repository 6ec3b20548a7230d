// SPDX-License-Identifier: BSD-3-Clause
//
// Messages of workers to the control thread, and the frames that it gives them to send. Both travel in
// bounded rings (base/spsc_ring.hpp), one pair per worker. The worker's end, and what a full ring costs:
// table/worker_messages.hpp.
//
// Each message is a valid IGMP message, or a record of one, that the worker could not deal with alone; a
// HostMessage is what it has noticed while it dealt with one.

#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/address_list.hpp"
#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "table/group_key.hpp"

namespace mcswitch::table {

// What every message says.
struct MessageHead {
  PortId port = 0;
  std::uint8_t version = 0;  // of the IGMP message: 1, 2, 3
  VlanId vlan = 0;
  Stamp stamp = 0;  // order and time of receipt
  IpAddress group;
  IpAddress source_address;  // of the IP header; ::ffff:0.0.0.0 if it had none
  MacAddress source_mac;
};

// Sources that a message lists, as they are on the wire: up to eight of IPv4, up to two of IPv6. One with
// more of them than a part has room for is several items of the ring, one behind the other, which differ in
// this; all but the last have `has_more`.
struct SourcesPart {
  static constexpr std::size_t kRoom = 32;  // bytes: whole addresses of either family

  std::array<std::uint8_t, kRoom> bytes{};
  std::uint8_t size = 0;  // bytes in use
  std::uint8_t stride = AddressList::kV4Bytes;
  bool has_more = false;

  // `sources`: no more than there is room for.
  void set(AddressList sources) {
    assert(sources.bytes().size() <= kRoom);
    std::copy(sources.bytes().begin(), sources.bytes().end(), bytes.begin());
    size = static_cast<std::uint8_t>(sources.bytes().size());
    stride = static_cast<std::uint8_t>(sources.stride());
  }
  [[nodiscard]] AddressList in_use() const { return {{bytes.data(), size}, stride}; }
};

// Any query.
struct QueryMessage : MessageHead {
  // As decoded; for version 1 the 10 s that its 0 stands for (RFC 2236 section 4).
  Duration max_resp_time{};
  Duration query_interval{};  // QQI (RFC 9776 section 4.1.7), 0 if it gives none
  SourcesPart sources{};
  bool is_general = false;  // `group` means nothing
  // S flag (section 4.1.5): it lowers no timer.
  bool suppress_router_processing = false;
  std::uint8_t robustness_variable = 0;  // QRV (section 4.1.6), 0 if it gives none
};

// Leave of version 2.
struct LeaveMessage : MessageHead {};

// Group record of version 3 (section 4.2.4), or a report of version 1 or 2 as the record IS_EX({}) that it
// stands for (section 7.3.2). What of it is a join has been joined, but for EXCLUDE with sources.
struct RecordMessage : MessageHead {
  // Stamp of the port's last report of the group before this record; 0: it was no member.
  Stamp previous_report = 0;
  SourcesPart sources{};
  std::uint8_t type = 0;    // proto::RecordType
  bool is_exclude = false;  // IS_EX or TO_EX

  // May it end exclusions of the port? `count`: of its sources. One of a port that was no member has none.
  [[nodiscard]] bool ends_exclusions(std::size_t count) const {
    return is_exclude && (count == 0 || previous_report != 0);
  }
};

// Another host than the last one has reported an entry of the group table.
struct HostMessage : MessageHead {
  std::optional<IpAddress> reported_source{};  // the entry is this source of the group; none: the group
  // The entry had no last reporter: it is new, or that one has left.
  bool is_first = false;
  // Hosts of which there was no message have reported the entry before.
  bool others_unknown = false;
};

// A multicast router has said that it is there, or that it is going: a PIM hello (RFC 7761 section 4.9.2), or
// multicast router discovery (RFC 4286). `group` means nothing.
struct RouterMessage : MessageHead {
  enum class Protocol : std::uint8_t { pim, mrd };
  // For how long it counts as present. 0: it is going; Duration::max(): until it says something else.
  Duration lifetime{};
  Protocol protocol = Protocol::pim;
};

// An item of the ring.
using WorkerMessage = std::variant<LeaveMessage, QueryMessage, RecordMessage, HostMessage, RouterMessage>;
static_assert(sizeof(WorkerMessage) <= 120);

[[nodiscard]] inline const MessageHead& head_of(const WorkerMessage& message) {
  return std::visit([](const MessageHead& head) -> const MessageHead& { return head; }, message);
}

// The sources in it; nullptr if it is of a kind that lists none.
[[nodiscard]] inline const SourcesPart* sources_of(const WorkerMessage& message) {
  if (const auto* query = std::get_if<QueryMessage>(&message)) {
    return &query->sources;
  }
  const auto* record = std::get_if<RecordMessage>(&message);
  return record == nullptr ? nullptr : &record->sources;
}

// A finished Ethernet frame, untagged, to be sent on `ports`, in VLAN `vlan`.
struct ControlFrame {
  static constexpr std::size_t kMaxSize = 1514;
  PortSet ports;
  VlanId vlan = 0;
  std::uint16_t size = 0;
  std::array<std::uint8_t, kMaxSize> bytes;
};

}  // namespace mcswitch::table

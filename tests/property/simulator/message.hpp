// SPDX-License-Identifier: BSD-3-Clause
//
// Message: an IGMP message as it is on the wires, with what it says. It never changes, so all who hear it
// share it.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "host/host.hpp"
#include "proto/igmp.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::test::sim {

// A group record of a report of version 3.
struct Record {
  proto::RecordType type;
  IpAddress group;
  std::vector<IpAddress> sources;

  // Does a router that hears it forward this source for a while?
  [[nodiscard]] bool asks_for(const IpAddress& source) const;
  // RFC 9776 section 4.2.12: what has changed, not what is so.
  [[nodiscard]] bool is_change() const { return type > proto::RecordType::mode_is_exclude; }
};

class Message {
 public:
  // `frame` carries valid IGMP without a tag, else std::runtime_error is thrown.
  Message(Bytes frame, TimePoint sent);
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  [[nodiscard]] const Bytes& frame() const { return frame_; }
  [[nodiscard]] TimePoint sent() const { return sent_; }
  [[nodiscard]] IpAddress source() const;
  [[nodiscard]] proto::IgmpKind kind() const { return igmp_.kind; }
  [[nodiscard]] std::uint8_t version() const { return igmp_.version; }

  // Query.
  [[nodiscard]] bool is_query() const { return igmp_.kind == proto::IgmpKind::query; }
  [[nodiscard]] bool is_general_query() const { return is_query() && igmp_.group.is_unspecified(); }
  [[nodiscard]] Duration max_resp_time() const { return igmp_.max_resp_time; }
  // As a host hears it; valid as long as the message.
  [[nodiscard]] host::Host::Query query() const;
  // Of a query; rising.
  [[nodiscard]] const std::vector<IpAddress>& sources() const { return sources_; }

  // Query, report, leave of version 1 or 2; 0.0.0.0: general query.
  [[nodiscard]] IpAddress group() const { return igmp_.group; }
  [[nodiscard]] const std::vector<Record>& records() const { return records_; }

  // Does a router that hears it forward the source to the group for a while?
  [[nodiscard]] bool asks_for(const IpAddress& group, const IpAddress& source) const;
  // All groups that it names.
  [[nodiscard]] std::vector<IpAddress> groups() const;

  [[nodiscard]] std::string words() const;

 private:
  const Bytes frame_;
  const TimePoint sent_;
  proto::IgmpMessage igmp_;  // points into frame_
  std::vector<IpAddress> sources_;
  std::vector<Record> records_;
};

using MessagePtr = std::shared_ptr<const Message>;

inline MessagePtr message_of(Bytes frame, TimePoint sent) {
  return std::make_shared<const Message>(std::move(frame), sent);
}

}  // namespace mcswitch::test::sim

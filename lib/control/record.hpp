// SPDX-License-Identifier: BSD-3-Clause
//
// Record: what a host has reported about one group on one port, as the control thread handles it. A leave of
// version 2 is the record TO_IN({}) that it stands for (RFC 9776 section 7.3.2). Its list of sources is
// passed separately, because it may have arrived in parts.

#pragma once

#include <cstdint>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "proto/igmp.hpp"
#include "table/group_key.hpp"
#include "table/host_table.hpp"
#include "table/worker_message.hpp"

namespace mcswitch::control {

struct Record {
  proto::RecordType type = proto::RecordType::mode_is_include;
  bool is_leave = false;     // a leave message
  std::uint8_t version = 3;  // of the message
  PortId port = 0;
  table::GroupKey group;
  table::Host host;
  // Order and time of receipt.
  Stamp stamp = 0;
  // Stamp of the port's last report of the group before this one; 0: it was no member.
  Stamp previous = 0;

  static Record of(const table::LeaveMessage& leave) {
    Record record = of_head(leave);
    record.type = proto::RecordType::change_to_include_mode;
    record.is_leave = true;
    return record;
  }
  static Record of(const table::RecordMessage& message) {
    Record record = of_head(message);
    record.type = static_cast<proto::RecordType>(message.type);
    record.previous = message.previous_report;
    return record;
  }

  [[nodiscard]] bool is_exclude() const {
    return type == proto::RecordType::mode_is_exclude || type == proto::RecordType::change_to_exclude_mode;
  }
  [[nodiscard]] bool takes_away() const {
    return type == proto::RecordType::change_to_include_mode || type == proto::RecordType::block_old_sources;
  }

 private:
  static Record of_head(const table::MessageHead& head) {
    Record record;
    record.version = head.version;
    record.port = head.port;
    record.group = {head.vlan, head.group};
    record.host = {head.source_mac, head.source_address};
    record.stamp = head.stamp;
    return record;
  }
};

}  // namespace mcswitch::control

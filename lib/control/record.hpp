// SPDX-License-Identifier: BSD-3-Clause
//
// Record: what a host has reported about one group on one port, as the control thread handles it. A leave of
// version 2 is the record TO_IN({}) that it stands for (RFC 9776 section 7.3.2). Its list of sources comes
// separately: it may have come in parts.

#pragma once

#include <cstdint>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "proto/igmp.hpp"
#include "table/group_key.hpp"
#include "table/host_table.hpp"

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

  [[nodiscard]] bool takes_away() const {
    return type == proto::RecordType::change_to_include_mode || type == proto::RecordType::block_old_sources;
  }
};

}  // namespace mcswitch::control

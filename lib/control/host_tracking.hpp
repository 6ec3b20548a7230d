// SPDX-License-Identifier: BSD-3-Clause
//
// HostTracking: which hosts report what (RFC 9776 section 7.2.2 makes it possible: reports of version 3 are
// not suppressed by others). Workers notify the control thread of a host when it is another than the last
// reporter of the membership; the repeated report of the same host is in the membership's stamp only.
//
// Where no VLAN tracks its hosts there is no table, and the functions do nothing.
//
// Control thread only, except table(), which any thread may call.

#pragma once

#include <cstdint>
#include <memory>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "control/context.hpp"
#include "control/memberships.hpp"
#include "control/record.hpp"
#include "control/vlan_control.hpp"
#include "table/group_control.hpp"
#include "table/host_table.hpp"
#include "table/worker_message.hpp"

namespace mcswitch::control {

class HostTracking final : public Memberships::Listener {
 public:
  HostTracking(Context& context, const TimesTable& times);
  // Bytes that the constructor takes.
  static std::size_t memory_size(const config::Config& config);

  // Another host than the last one has reported the group, or a source of it.
  void on_host(const table::HostMessage& message);
  // The control thread has joined `id` for the host of this record.
  void joined(const VlanControl& vlan, const Record& record, table::EntryId id);
  // The host has said that it does not want this any more.
  void left(const Record& record, table::EntryId id);
  // The record ends this source of the group on the port. If another host had asked for it, the group has
  // hosts from now on that are not known.
  void source_ends(const Record& record, table::EntryId group, table::EntryId source);
  // Is the host of this leave the only one that has wanted the membership since `since`? Not if an older host
  // may be there: it may have kept silent because it heard another's report.
  [[nodiscard]] bool is_only_host(const Record& record, table::EntryId id, TimePoint since) const;
  void on_end(table::EntryId id, PortId port) override;

  // Forgets hosts that have fallen silent, some at a time.
  void run(TimePoint now);

  [[nodiscard]] const table::HostTable* table() const { return hosts_.get(); }

 private:
  void refuse(table::EntryId id, PortId port);

  Context& context_;
  table::GroupControl& groups_;
  const TimesTable& times_;
  const std::unique_ptr<table::HostTable> hosts_;
  TimePoint next_look_ = TimePoint::min();
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's end of the ring to the control thread: one function for each kind of message, with what it
// costs when the ring is full. Nothing waits, and nothing is lost that does not come again: what must not be
// forgotten is noted in PortState::attention, which is never full.
//
// Threads: the worker that owns the ring, for ports whose IGMP it handles.

#pragma once

#include <cstdint>

#include "base/address_list.hpp"
#include "base/spsc_ring.hpp"
#include "base/time.hpp"
#include "table/port_table.hpp"
#include "table/worker_message.hpp"

namespace mcswitch::table {

class WorkerMessages {
 public:
  // Both outlive this.
  WorkerMessages(SpscRing<WorkerMessage>& ring, PortTable& ports) noexcept : ring_{ring}, ports_{ports} {}

  // False if there was no room; the caller counts that. The membership then lasts longer: the port's
  // attention says kLeaveLost, and the control thread, if it is Querier, asks the port about all its groups,
  // at most once a second. Memberships that no host wants any more end with their Group Membership Interval.
  [[nodiscard]] bool leave(const LeaveMessage& message) noexcept;

  // `sources`: of the query (RFC 9776 section 4.1.9); message.sources is filled in here. False if there was
  // no room for all of it; the caller counts that, and nothing of the query is known. A querier repeats its
  // queries, so an election, a router port or a lowered timer is late; the port's attention says kQueryLost.
  [[nodiscard]] bool query(const QueryMessage& message, AddressList sources) noexcept;

  // False, and to be counted, if there was no room. It is said again, with the next hello or advertisement; a
  // router that goes counts until its lifetime is over. The port's attention says kQueryLost.
  [[nodiscard]] bool router(const RouterMessage& message) noexcept;

  // `sources` as above. False if there was no room for all of it; the caller counts that. What the record
  // ends lasts longer, as for leave(); what it joins has been joined by the caller, who has to widen an
  // EXCLUDE of sources that makes the port a member. One of a port that is a member may end exclusions, and
  // that is a join: the attention says kJoinLost then, and the control thread ends the exclusions that it is
  // newer than.
  [[nodiscard]] bool record(const RecordMessage& message, AddressList sources) noexcept;

  // False if there was no room, or the port has sent its share of these (PortState::may_notify_of_host()):
  // half of the ring is for what must not wait. The caller marks the membership as one with an unknown host,
  // and calls again when this host, or another one, reports again. Until then no host counts as its only one,
  // and a leave on a fast-leave port is asked about.
  [[nodiscard]] bool host(const HostMessage& message, TimePoint now) noexcept;

 private:
  template <typename Message>
  bool push_parts(const Message& message, AddressList sources) noexcept;
  void note_lost(PortId port, std::uint32_t reason) noexcept;

  SpscRing<WorkerMessage>& ring_;
  PortTable& ports_;
};

}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause

#include "control/attention.hpp"

#include <algorithm>

namespace mcswitch::control {
namespace {

// A port that loses leaves, or that takes no queries, is asked at most this often.
constexpr Duration kAskInterval = std::chrono::seconds{1};

}  // namespace

void Attention::run(TimePoint now) {
  for (PortId port = 0; port < context_.config.ports.size(); ++port) {
    std::atomic<std::uint32_t>& word = context_.tables.ports[port].attention;
    if (word.load(std::memory_order_relaxed) == 0) {
      continue;
    }
    // Pairs with the workers' fetch_or. Queries that were lost are counted where they were lost, and
    // come again by themselves.
    const std::uint32_t reasons = word.exchange(0, std::memory_order_acquire);
    if ((reasons & table::kLeaveLost) != 0) {
      leave_lost(port);
    }
    if ((reasons & table::kJoinLost) != 0) {
      exclusions_.begin(port);
    }
    if ((reasons & table::kNotAsked) != 0) {
      not_asked_.add(port);
    }
    refusals_.warn(port, reasons, now);
  }
  for (const PortId port : lost_leave_) {
    if (ask_again_[port] <= now) {
      lost_leave_.remove(port);
      ask_again_[port] = now + kAskInterval;
      vlans_.ask_port(port, now);
    }
  }
  for (const PortId port : not_asked_) {
    if (offer_again_[port] <= now) {
      not_asked_.remove(port);
      offer_again_[port] = now + kAskInterval;
      vlans_.not_asked(port, now);
    }
  }
  refusals_.run();
}

// The bit was set before its worker has put this record into the ring.
void Attention::before_record(table::EntryId group, const Record& record) {
  std::atomic<std::uint32_t>& word = context_.tables.ports[record.port].attention;
  if ((word.load(std::memory_order_relaxed) & table::kJoinLost) != 0) {
    word.fetch_and(~table::kJoinLost, std::memory_order_acquire);
    exclusions_.begin(record.port);
  }
  const table::Membership& membership = context_.tables.groups.membership(group, record.port);
  // An EXCLUDE has put its own stamp there.
  const Stamp last = record.previous != 0 || record.is_exclude()
                         ? record.previous
                         : membership.stamp.load(std::memory_order_relaxed);
  exclusions_.before_record(group, record.port, last);
}

TimePoint Attention::next() const {
  TimePoint next = kNever;
  for (const PortId port : lost_leave_) {
    next = std::min(next, ask_again_[port]);
  }
  for (const PortId port : not_asked_) {
    next = std::min(next, offer_again_[port]);
  }
  return next;
}

}  // namespace mcswitch::control

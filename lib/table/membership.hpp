// SPDX-License-Identifier: BSD-3-Clause
//
// What the group table keeps for one (entry, port): when the port last asked, and what the control thread
// needs to let it end. *Until when* is decided by lib/membership.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/time.hpp"
#include "table/older_hosts.hpp"

namespace mcswitch::table {

// Index of an entry of the group table, stable for as long as the entry has members. Listing goes by this.
using EntryId = std::uint32_t;
inline constexpr EntryId kNoEntry = 0xffffff;  // 24 bits: at most 16,777,215 entries

// 32 bytes.
struct Membership {
  // Last report. Worker of the port exchanges, control raises and reads (and zeroes between two lives).
  std::atomic<Stamp> stamp{0};
  // OlderHosts. Worker of the port stores, control reads, and takes out what is over by compare-and-swap.
  std::atomic<std::uint64_t> older{0};
  // A lowered end of the membership, packed with a mark of the report that it was lowered from: control
  // sets, telemetry reads, both through table/membership_end.hpp. 0: nothing is lowered.
  std::atomic<std::int64_t> ends_at{0};
  // Control only: link of the timer wheel. It outlives the entry: a timer that is still armed when the entry
  // ends fires, finds it so, and is dropped then.
  std::uint32_t timer_link = 0;
  // The last reporter, as a digest of its addresses; kNobody, or kUntracked. Worker of the port stores,
  // control sets kNobody when a membership ends.
  std::atomic<std::uint32_t> reporter{kNobody};

  static constexpr std::uint32_t kNobody = 0;
  static constexpr std::uint32_t kUntracked = 1;  // some host of which the control thread was not notified

  [[nodiscard]] OlderHosts older_hosts() const noexcept {
    return OlderHosts::from_bits(older.load(std::memory_order_relaxed));
  }
};
static_assert(sizeof(Membership) == 32);

}  // namespace mcswitch::table

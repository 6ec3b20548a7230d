// SPDX-License-Identifier: BSD-3-Clause
//
// When does a membership end if no host reports? A thread that only reads (telemetry) computes the answer
// from two words of the Membership, each of which another thread may be writing.
//
// The rule: the timer of a membership ends one Group Membership Interval after its last report, and after our
// first Robustness Variable queries when we take over from another querier have had their answers, unless the
// control thread has lowered it (RFC 2236 section 3) since that very report. Membership::ends_at is 0
// while nothing is lowered; else it holds the end together with a mark of the report it was lowered
// from, and counts only as long as the stamp is still that report's. So a report wins the moment it is
// in the stamp, without the control thread.
//
// Layout of ends_at: end in milliseconds, rounded up, in bits 24-63; low 24 bits of the stamp below.

#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"
#include "table/group_table.hpp"

namespace mcswitch::table {

inline constexpr std::uint64_t kEndMark = 0xffffff;

// Control thread: the timer of `m`, whose last report is `report`, has been lowered to `end`.
inline void set_lowered_end(Membership& m, Stamp report, TimePoint end) noexcept {
  const auto since_epoch = std::chrono::ceil<std::chrono::milliseconds>(end.time_since_epoch());
  const auto ms = static_cast<std::uint64_t>(since_epoch.count());
  m.ends_at.store(static_cast<std::int64_t>(ms << 24 | (report & kEndMark)), std::memory_order_relaxed);
}

// Control thread: nothing is lowered any more.
inline void clear_lowered_end(Membership& m) noexcept { m.ends_at.store(0, std::memory_order_relaxed); }

// Any thread. `gmi` is the Group Membership Interval of the VLAN, `not_before` VlanRow::no_end_before
// (Snapshot::vlans).
[[nodiscard]] inline TimePoint ends_at(const Membership& m, Duration gmi,
                                       TimePoint not_before = TimePoint::min()) noexcept {
  const auto lowered = static_cast<std::uint64_t>(m.ends_at.load(std::memory_order_relaxed));
  const Stamp report = m.stamp.load(std::memory_order_relaxed);
  const TimePoint undisturbed = std::max(time_of(report) + gmi, not_before);
  if (lowered == 0 || (lowered & kEndMark) != (report & kEndMark)) {
    return undisturbed;
  }
  const TimePoint end{std::chrono::milliseconds{static_cast<std::int64_t>(lowered >> 24)}};
  return end < undisturbed ? end : undisturbed;
}

}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause
//
// Ageing of MAC addresses (IEEE 802.1Q section 8.8.3), a slice of the table at a time, spread evenly: a pass
// over the whole table takes an eighth of the ageing time, ten seconds at most, so an address is removed at
// most that much too late.
//
// Control thread only.

#pragma once

#include <algorithm>
#include <cstddef>

#include "base/time.hpp"
#include "table/mac_table.hpp"

namespace mcswitch::control {

class MacAgeing {
 public:
  // `ageing_time` zero: addresses do not age.
  MacAgeing(table::MacControl& macs, Duration ageing_time)
      : macs_{macs},
        ageing_time_{ageing_time},
        interval_{std::max<Duration>(round_time(ageing_time) / static_cast<Duration::rep>(slice_count(macs)),
                                     std::chrono::microseconds{100})} {}

  void run(TimePoint now) {
    if (now < next_) {
      return;
    }
    next_ = now + interval_;
    if (ageing_time_ > Duration::zero() && now.time_since_epoch() > ageing_time_) {
      macs_.age(kSlice, now - ageing_time_);
    }
  }

  [[nodiscard]] TimePoint next() const { return next_; }

 private:
  static constexpr std::size_t kSlice = 512;  // 8 KB of table

  static Duration round_time(Duration ageing_time) {
    return std::clamp<Duration>(ageing_time / 8, std::chrono::milliseconds{20}, std::chrono::seconds{10});
  }
  static std::size_t slice_count(const table::MacControl& macs) { return macs.slot_count() / kSlice + 1; }

  table::MacControl& macs_;
  const Duration ageing_time_;
  const Duration interval_;
  TimePoint next_ = TimePoint::min();
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// Report delay timers of one host (RFC 2236 section 6): a heap over numbers from 0 without holes. Unlike
// the memberships of the switch (timer_wheel.hpp) these are stopped and set anew all the time, and there is
// one set for each of many hosts, so a wheel would be too large.
//
// start() and stop() take a number of steps that grows with the logarithm of the count of running timers;
// start_many() sets any number of them in time proportional to the count.
//
// Memory: 4 octets a number, and 16 a running timer. It is allocated by reserve(), and by add() only beyond
// what was reserved or has been in use before.
//
// One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace mcswitch::host {

class ReportTimers {
 public:
  // Room for `count` numbers.
  void reserve(std::size_t count);

  // One more number, the next one, whose timer is not running.
  void add();
  // The timer is stopped; the last number becomes `number`.
  void remove(std::uint32_t number);

  [[nodiscard]] bool is_running(std::uint32_t number) const { return places_[number] != kStopped; }
  // kNever if it is not running.
  [[nodiscard]] TimePoint due(std::uint32_t number) const {
    return is_running(number) ? heap_[places_[number]].due : kNever;
  }
  // When the first one is due; kNever if none is running.
  [[nodiscard]] TimePoint next() const { return heap_.empty() ? kNever : heap_.front().due; }
  // Whose timer is due at next(), which is not kNever.
  [[nodiscard]] std::uint32_t first() const { return heap_.front().number; }

  // Running or not: from now on it is due then.
  void start(std::uint32_t number, TimePoint due);
  // Running or not.
  void stop(std::uint32_t number);

  // Asks choose(number, due) for each number, with kNever for a timer that is not running, when its timer
  // shall be due; the answer may be what it was.
  template <typename Choose>
  void start_many(Choose&& choose) {
    bool has_changed = false;
    for (std::uint32_t number = 0; number < places_.size(); ++number) {
      const TimePoint before = due(number);
      const TimePoint after = choose(number, before);
      if (after == before) {
        continue;
      }
      has_changed = true;
      if (!is_running(number)) {
        places_[number] = static_cast<std::uint32_t>(heap_.size());
        heap_.push_back({after, number});
      } else {
        heap_[places_[number]].due = after;
      }
    }
    if (has_changed) {
      restore_order();
    }
  }

 private:
  static constexpr std::uint32_t kStopped = 0xffffffff;

  struct Timer {
    TimePoint due;
    std::uint32_t number = 0;
  };

  void put(std::size_t place, const Timer& timer) {
    heap_[place] = timer;
    places_[timer.number] = static_cast<std::uint32_t>(place);
  }
  void move_up(std::size_t place);
  void move_down(std::size_t place);
  void restore_order();

  std::vector<std::uint32_t> places_;  // by number: where in heap_, or kStopped
  std::vector<Timer> heap_;            // none is due before its parent, (place - 1) / 2
};

}  // namespace mcswitch::host

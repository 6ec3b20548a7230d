// SPDX-License-Identifier: BSD-3-Clause
//
// Timing wheel for the expiry of memberships: a million timers that are armed once, hardly ever change,
// and cost no memory of their own.
//
// A timer is a number, the index of the thing that it belongs to. The thing holds its link of 32 bits
// (Links below gives it); the wheel holds the heads of its buckets, one per millisecond of the next
// 524 seconds. A timer cannot be moved or taken out: when it fires, its owner looks at what is true by
// then, and may give a later time. So a refreshed membership costs nothing until its first end, and a
// timer whose owner has gone is dropped when it fires.
//
// Accuracy: a timer fires in the millisecond of its time, which may be before it; then the owner gives the
// time again. Up to kEarlyCount of those wait outside the wheel and fire at the very moment; when there are
// more, the others fire in the next millisecond. So an owner never acts early, exactly in time as a rule, and
// less than a millisecond late when thousands end together. A time beyond the range fires at the end of the
// range, and is given again.
//
// Threads: one. No call allocates; advance() is bounded by its argument, and finds the next bucket in use by
// two levels of bitmaps, so empty time costs nothing.
//
// (A single wheel as in scheme 6 of G. Varghese, T. Lauck, "Hashed and Hierarchical Timing Wheels", SOSP
// 1987; large enough that no rounds are needed, which 2 MB buy.)

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace mcswitch::membership {

// Where the wheel finds the link of timer `index`, at most kLastTimer. It is 0 before the first arm(); the
// wheel alone changes it, and 0 says again that the timer is not armed.
template <typename T>
concept TimerLinks = requires(T links, std::uint32_t index) {
  { links.link(index) } -> std::same_as<std::uint32_t&>;
};
inline constexpr std::uint32_t kLastTimer = 0xffff'fffd;

template <TimerLinks Links>
class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds{1};
  static constexpr std::uint32_t kTickCount = std::uint32_t{1} << 19;
  static constexpr Duration kRange = (kTickCount - 1) * kTick;
  static constexpr std::size_t kEarlyCount = 64;

  explicit TimerWheel(Links links) : links_{links}, heads_(kTickCount, kNone), words_(kTickCount / 64, 0) {}

  // Bytes that the constructor takes, without the object itself.
  static constexpr std::size_t kMemory = kTickCount * sizeof(std::uint32_t) + kTickCount / 8;

  // Time begins at `now`; before the first arm().
  void start(TimePoint now) { cursor_ = floor_tick(now); }

  [[nodiscard]] bool is_armed(std::uint32_t index) { return links_.link(index) != kNotArmed; }

  // `index` must not be armed. A time that has passed fires at the next advance(), or in the next tick.
  void arm(std::uint32_t index, TimePoint when) {
    if (floor_tick(when) >= cursor_ || !keep_early(index, when)) {
      put(index, std::max(floor_tick(when), cursor_));
    }
  }

  // Calls fire(index) -> TimePoint for each timer that is due, at most `limit` of them: the timer is armed
  // again for that time, or not if it is kNever. fire() may arm other timers. True if more are due.
  template <typename Fire>
  bool advance(TimePoint now, std::size_t limit, Fire&& fire) {
    const std::int64_t last = floor_tick(now);
    const auto look = [&](std::uint32_t index, std::int64_t tick) {
      links_.link(index) = kNotArmed;
      const TimePoint again = fire(index);
      if (again != kNever && (again <= now || floor_tick(again) > last || !keep_early(index, again))) {
        put(index, std::max(floor_tick(again), tick + 1));
      }
    };

    while (early_next_ <= now) {
      if (limit-- == 0) {
        return true;
      }
      look(take_early(), last);
    }
    while (true) {
      const std::int64_t tick = first_in_use();
      if (tick > last) {
        cursor_ = std::max(cursor_, last + 1);
        return false;
      }
      cursor_ = tick;
      std::uint32_t& head = heads_[bucket_of(tick)];
      while (head != kNone) {
        if (limit-- == 0) {
          return true;
        }
        const std::uint32_t index = head;
        head = links_.link(index) - 1;
        if (head == kNone) {
          clear(bucket_of(tick));
        }
        look(index, tick);
      }
    }
  }

  // When advance() has something to do; kNever if no timer is armed.
  [[nodiscard]] TimePoint next() const {
    const std::int64_t tick = first_in_use();
    return std::min(early_next_, tick == kNoTick ? kNever : TimePoint{tick * kTick});
  }

 private:
  // A link is the next timer's number plus 1, so that the last one's, kNone + 1, must not be kNotArmed.
  static constexpr std::uint32_t kNotArmed = 0;
  static constexpr std::uint32_t kNone = 0xffff'fffe;
  static constexpr std::uint32_t kEnd = kNone + 1;
  static constexpr std::int64_t kNoTick = INT64_MAX;
  static constexpr std::size_t kWords = kTickCount / 64;
  static constexpr std::size_t kSummaryWords = kWords / 64;

  static constexpr std::int64_t floor_tick(TimePoint t) { return t.time_since_epoch() / kTick; }
  static constexpr std::size_t bucket_of(std::int64_t tick) {
    return static_cast<std::uint64_t>(tick) & (kTickCount - 1);
  }

  // False if there is no room.
  bool keep_early(std::uint32_t index, TimePoint when) {
    if (early_count_ == kEarlyCount) {
      return false;
    }
    early_[early_count_++] = {when, index};
    early_next_ = std::min(early_next_, when);
    links_.link(index) = kEnd;
    return true;
  }

  // Takes out the one that is due first.
  std::uint32_t take_early() {
    const auto end = early_.begin() + static_cast<std::ptrdiff_t>(early_count_);
    const auto by_time = [](const Early& a, const Early& b) { return a.when < b.when; };
    const auto first = std::min_element(early_.begin(), end, by_time);
    const std::uint32_t index = first->index;
    *first = early_[--early_count_];
    early_next_ = early_count_ == 0 ? kNever : std::min_element(early_.begin(), end - 1, by_time)->when;
    return index;
  }

  void put(std::uint32_t index, std::int64_t tick) {
    const std::size_t bucket = bucket_of(std::min<std::int64_t>(tick, cursor_ + kTickCount - 1));
    links_.link(index) = heads_[bucket] + 1;
    heads_[bucket] = index;
    words_[bucket / 64] |= std::uint64_t{1} << bucket % 64;
    summary_[bucket / 64 / 64] |= std::uint64_t{1} << bucket / 64 % 64;
  }

  void clear(std::size_t bucket) {
    words_[bucket / 64] &= ~(std::uint64_t{1} << bucket % 64);
    if (words_[bucket / 64] == 0) {
      summary_[bucket / 64 / 64] &= ~(std::uint64_t{1} << bucket / 64 % 64);
    }
  }

  // The first bucket in use from `from` to the end of the array, or kTickCount.
  [[nodiscard]] std::size_t find_from(std::size_t from) const {
    const std::uint64_t here = words_[from / 64] >> from % 64;
    if (here != 0) {
      return from + static_cast<std::size_t>(std::countr_zero(here));
    }
    // Whole words behind it, by the summary.
    const std::size_t word = from / 64 + 1;
    for (std::size_t s = word / 64; s < kSummaryWords; ++s) {
      const std::uint64_t in_use =
          s == word / 64 ? summary_[s] & (~std::uint64_t{0} << word % 64) : summary_[s];
      if (in_use != 0) {
        const std::size_t found = s * 64 + static_cast<std::size_t>(std::countr_zero(in_use));
        return found * 64 + static_cast<std::size_t>(std::countr_zero(words_[found]));
      }
    }
    return kTickCount;
  }

  // The first tick from cursor_ on whose bucket is in use. All armed timers are within one turn of
  // cursor_, so a bucket stands for one tick.
  [[nodiscard]] std::int64_t first_in_use() const {
    const std::size_t at = bucket_of(cursor_);
    std::size_t found = find_from(at);
    if (found < kTickCount) {
      return cursor_ + static_cast<std::int64_t>(found - at);
    }
    found = find_from(0);
    return found < at ? cursor_ + static_cast<std::int64_t>(found + kTickCount - at) : kNoTick;
  }

  struct Early {
    TimePoint when;
    std::uint32_t index = 0;
  };

  Links links_;
  std::array<Early, kEarlyCount> early_{};  // of the tick that is passing; in no order
  std::size_t early_count_ = 0;
  TimePoint early_next_ = kNever;
  std::int64_t cursor_ = 0;  // first tick that has not been done with
  std::vector<std::uint32_t> heads_;
  std::vector<std::uint64_t> words_;                    // bit: bucket in use
  std::array<std::uint64_t, kSummaryWords> summary_{};  // bit: word not 0
};

}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// SteeredClock: a time line that is as cheap to read as a counter, and as right as a clock that is not. One
// thread looks at both from time to time, follow(); in between the line goes on with the counter, at the rate
// that was measured last. So it does not matter how well the counter's frequency is known, and a counter that
// jumps (a virtual machine that was saved, or moved to another host) costs nothing but standing still until
// the next look.
//
// The line never goes back, but for what a reader got in advance from a counter that jumped ahead, 10 s at
// most.
//
// Threads: at() from any; the rest from one.

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/time.hpp"

namespace mcswitch {

class SteeredClock {
 public:
  // Between two looks.
  static constexpr Duration kInterval = std::chrono::milliseconds{100};
  // Further than this the line does not go without a look.
  static constexpr Duration kFurthest = std::chrono::seconds{10};
  // A difference that is not drift: the counter has jumped, or nobody has looked for long.
  static constexpr Duration kJump = std::chrono::milliseconds{5};

  // `counter` and `reference` belong together; `hertz`: of the counter, within a few percent, more than 0.
  SteeredClock(std::uint64_t counter, std::uint64_t hertz, Duration reference)
      : first_reference_{reference}, last_counter_{counter}, last_reference_{reference} {
    const auto scale = static_cast<std::uint64_t>((Wide{1'000'000'000} << kShift) / hertz);
    // Unlimited, for programs that never look.
    set(0,
        {.counter = counter, .time = 0, .scale = scale, .limit = std::numeric_limits<std::int64_t>::max()});
  }

  // The time at which the counter has this value. It begins with one second, so that no TimePoint of the
  // switch is 0: 0 means "never" in a Stamp.
  [[nodiscard]] TimePoint at(std::uint64_t counter) const noexcept {
    return TimePoint{std::chrono::seconds{1} + Duration{time_on(newest(), counter)}};
  }

  // Is it time for follow()? Also if the counter has jumped back.
  [[nodiscard]] bool needs_to_follow(std::uint64_t counter) const noexcept {
    const auto ticks = static_cast<std::int64_t>(counter - last_counter_);
    return ticks < 0 || time_of_ticks(ticks, newest().scale) >= kInterval.count();
  }

  // `counter` and `reference` belong together.
  void follow(std::uint64_t counter, Duration reference) {
    const Piece last = newest();
    const std::int64_t now = time_on(last, counter);
    const std::int64_t right = (reference - first_reference_).count();
    const auto ticks = static_cast<std::int64_t>(counter - last_counter_);
    const std::int64_t passed = (reference - last_reference_).count();
    Piece next{.counter = counter, .time = now, .scale = last.scale, .limit = 0};
    if (ticks <= 0 || now - right > kJump.count() || right - now > kJump.count()) {
      next.time = std::max(right, last.time);
    } else if (passed > 0) {
      const auto measured =
          static_cast<std::uint64_t>((static_cast<Wide>(passed) << kShift) / static_cast<Wide>(ticks));
      next.scale = steered(measured, right - now);
    }
    next.limit = static_cast<std::int64_t>((static_cast<Wide>(kFurthest.count()) << kShift) / next.scale);
    last_counter_ = counter;
    last_reference_ = reference;
    const std::uint64_t number = newest_.load(std::memory_order_relaxed) + 1;
    set(number % kPieces, next);
    newest_.store(number, std::memory_order_release);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr int kShift = 32;
  // So many looks can be taken while a reader stands still between two instructions of newest().
  static constexpr std::size_t kPieces = 16;

  // A straight piece of the line: from `counter` on, `scale` ns / 2^32 for each tick.
  struct Piece {
    std::uint64_t counter;
    std::int64_t time;  // ns
    std::uint64_t scale;
    std::int64_t limit;  // ticks
  };
  struct Stored {
    std::atomic<std::uint64_t> counter;
    std::atomic<std::int64_t> time;
    std::atomic<std::uint64_t> scale;
    std::atomic<std::int64_t> limit;
  };

  static std::int64_t time_of_ticks(std::int64_t ticks, std::uint64_t scale) noexcept {
    return static_cast<std::int64_t>(static_cast<Wide>(ticks) * scale >> kShift);
  }

  static std::int64_t time_on(const Piece& piece, std::uint64_t counter) noexcept {
    const auto ticks = static_cast<std::int64_t>(counter - piece.counter);
    return piece.time + time_of_ticks(std::clamp(ticks, std::int64_t{0}, piece.limit), piece.scale);
  }

  // What is missing is made up for in the next interval, but no faster than clocks are slewed (adjtime(3)).
  static std::uint64_t steered(std::uint64_t measured, std::int64_t missing) {
    constexpr std::int64_t kSteepest = 500;  // parts in a million
    const std::int64_t parts = std::clamp(missing * 1'000'000 / kInterval.count(), -kSteepest, kSteepest);
    return measured + measured / 1'000'000 * static_cast<std::uint64_t>(parts);
  }

  // Behind the store of newest_ for the piece before: the stores pair with the loads in newest().
  void set(std::size_t place, const Piece& piece) {
    Stored& stored = pieces_[place];
    stored.counter.store(piece.counter, std::memory_order_release);
    stored.time.store(piece.time, std::memory_order_release);
    stored.scale.store(piece.scale, std::memory_order_release);
    stored.limit.store(piece.limit, std::memory_order_release);
  }

  // Readers never wait for the writer: it writes elsewhere. Whoever reads a part of a piece that has taken
  // this place meanwhile has also seen the numbers before it, by the stores in set(), and looks again. (No
  // fence: thread sanitizer does not know them.)
  [[nodiscard]] Piece newest() const noexcept {
    while (true) {
      const std::uint64_t number = newest_.load(std::memory_order_acquire);
      const Stored& stored = pieces_[number % kPieces];
      const Piece piece{.counter = stored.counter.load(std::memory_order_acquire),
                        .time = stored.time.load(std::memory_order_acquire),
                        .scale = stored.scale.load(std::memory_order_acquire),
                        .limit = stored.limit.load(std::memory_order_acquire)};
      if (newest_.load(std::memory_order_relaxed) - number < kPieces - 1) {
        return piece;
      }
    }
  }

  std::array<Stored, kPieces> pieces_{};
  std::atomic<std::uint64_t> newest_{0};
  const Duration first_reference_;
  // Of the last look. The follower's own.
  std::uint64_t last_counter_;
  Duration last_reference_;
};

}  // namespace mcswitch

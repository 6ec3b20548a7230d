// SPDX-License-Identifier: BSD-3-Clause

#include "base/steered_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <thread>

namespace mcswitch {
namespace {

using namespace std::chrono_literals;

// A machine whose counter runs at `hertz`, and is said to run at `said`.
class Machine {
 public:
  Machine(double hertz, std::uint64_t said) : hertz_{hertz}, clock_{counter_, said, reference_} {}

  // In steps, each with a look if it is due.
  void run(Duration time, Duration step = 100us) {
    for (const Duration end = reference_ + time; reference_ < end;) {
      pass(step);
      look();
    }
  }
  // Nobody looks.
  void pass(Duration time) {
    reference_ += time;
    fraction_ += std::chrono::duration<double>(time).count() * hertz_;
    const double whole = std::floor(fraction_);
    counter_ += static_cast<std::uint64_t>(whole);
    fraction_ -= whole;
  }
  void look() {
    if (clock_.needs_to_follow(counter_)) {
      clock_.follow(counter_, reference_);
    }
  }
  void jump(std::int64_t ticks) { counter_ += static_cast<std::uint64_t>(ticks); }

  [[nodiscard]] Duration now() const { return clock_.at(counter_).time_since_epoch(); }
  // Ahead of the reference.
  [[nodiscard]] Duration error() const { return now() - 1s - (reference_ - kBegin); }
  [[nodiscard]] std::int64_t ticks(Duration time) const {
    return static_cast<std::int64_t>(std::chrono::duration<double>(time).count() * hertz_);
  }

 private:
  static constexpr Duration kBegin = 77'000s;
  Duration reference_ = kBegin;
  const double hertz_;
  std::uint64_t counter_ = 5'000'000'000'000;
  double fraction_ = 0;
  SteeredClock clock_;
};

TEST(SteeredClock, BeginsAtOneSecondAndRunsWithoutALook) {
  Machine machine{2e9, 2'000'000'000};
  EXPECT_EQ(machine.now(), 1s);
  machine.pass(3600s);
  EXPECT_EQ(machine.now(), 3601s);
}

// DPDK rounds 2096.03 MHz to 2100: 0.19 %, 164 s a day.
TEST(SteeredClock, FollowsWithin50PartsInAMillionWhateverFrequencyIsSaid) {
  for (const double hertz : {2'096'030'000.0, 2'104'900'000.0, 999'999'999.0, 4.9e9}) {
    Machine machine{hertz, static_cast<std::uint64_t>(hertz * 1.0019)};
    machine.run(1s);
    for (int second = 0; second < 20; ++second) {
      const Duration before = machine.error();
      machine.run(1s);
      EXPECT_LT(std::abs((machine.error() - before).count()), 50'000) << hertz << " Hz, in second " << second;
      EXPECT_LT(std::abs(machine.error().count()), 1'000'000) << hertz << " Hz";
    }
  }
}

TEST(SteeredClock, NeverGoesBackWhileItFollows) {
  Machine machine{2e9, 2'010'000'000};
  for (Duration last = machine.now(), end = last + 3s; last < end;) {
    machine.pass(10us);
    ASSERT_GE(machine.now(), last);
    last = machine.now();
    machine.look();
    ASSERT_GE(machine.now(), last);
  }
}

// A virtual machine that is restored has the counter of its snapshot, or that of another host.
TEST(SteeredClock, StandsStillWhenTheCounterJumpsBackAndIsRightWithTheNextLook) {
  Machine machine{2e9, 2'000'000'000};
  machine.run(10s);
  const Duration before = machine.now();
  machine.jump(-machine.ticks(1000s));
  EXPECT_LE(machine.now(), before);
  EXPECT_GE(machine.now(), before - SteeredClock::kInterval);
  machine.pass(50us);
  machine.look();
  EXPECT_LT(std::abs(machine.error().count()), 1000);
  machine.run(10s);
  EXPECT_LT(std::abs(machine.error().count()), 100'000);
}

TEST(SteeredClock, GoesTenSecondsAheadAtMostWhenTheCounterJumpsAhead) {
  Machine machine{2e9, 2'000'000'000};
  machine.run(10s);
  const Duration before = machine.now();
  machine.jump(machine.ticks(1'000'000s));
  EXPECT_LE(machine.now(), before + SteeredClock::kFurthest);
  machine.look();
  EXPECT_LT(std::abs(machine.error().count()), 1000);
}

// The value at the start was subtracted without a sign: the time was centuries on.
TEST(SteeredClock, CounterBelowItsFirstValueIsNoLongTime) {
  Machine machine{2e9, 2'000'000'000};
  machine.run(1s);
  machine.jump(-4'999'000'000'000);
  EXPECT_LT(machine.now(), 3s);
}

TEST(SteeredClock, IsRightAfterAPauseOfHours) {
  Machine machine{2'096'030'000.0, 2'100'000'000};
  machine.run(5s);
  machine.pass(5h);
  machine.look();
  EXPECT_LT(std::abs(machine.error().count()), 1'000'000);
}

// A suspended machine's counter may stand still, or begin anew.
TEST(SteeredClock, IsRightAfterAPauseInWhichTheCounterStood) {
  Machine machine{2e9, 2'000'000'000};
  machine.run(5s);
  machine.pass(300s);
  machine.jump(-machine.ticks(299s));
  machine.look();
  EXPECT_LT(std::abs(machine.error().count()), 1'000'000);
}

TEST(SteeredClock, ReadersAndTheFollowerMeetWithoutTearing) {
  SteeredClock clock{0, 1'000'000'000, 0ns};
  std::atomic<std::uint64_t> counter{0};
  std::atomic<bool> is_over{false};
  std::thread reader{[&] {
    while (!is_over.load()) {
      const std::uint64_t now = counter.load(std::memory_order_acquire);
      const Duration time = clock.at(now).time_since_epoch() - 1s;
      // A piece that began after `now` was read says when it began; it may be the one behind `counter`.
      ASSERT_GE(time, Duration{static_cast<std::int64_t>(now)} - 1ms);
      ASSERT_LE(time, Duration{static_cast<std::int64_t>(counter.load())} + 101ms);
    }
  }};
  for (std::uint64_t now = 0; now < 200'000; ++now) {
    const std::uint64_t ticks = now * 100'000'000;
    clock.follow(ticks, Duration{static_cast<std::int64_t>(ticks)});
    counter.store(ticks, std::memory_order_release);
  }
  is_over.store(true);
  reader.join();
}

}  // namespace
}  // namespace mcswitch

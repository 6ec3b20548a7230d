// SPDX-License-Identifier: BSD-3-Clause

#include "membership/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "support/manual_clock.hpp"

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;

struct Links {
  std::vector<std::uint32_t>* links;
  std::uint32_t& link(std::uint32_t index) { return (*links)[index]; }
};
using Wheel = TimerWheel<Links>;

struct TimerWheelTest : ::testing::Test {
  TimerWheelTest() { wheel.start(clock.now()); }

  // The owner as owners are: it looks at its time, and acts if that has come.
  void arm(std::uint32_t index, TimePoint when) {
    times[index] = when;
    wheel.arm(index, when);
  }
  bool advance(std::size_t limit = 1'000'000) {
    return wheel.advance(clock.now(), limit, [&](std::uint32_t index) {
      ++looks;
      if (times[index] > clock.now()) {
        return times[index];
      }
      fired.push_back(index);
      return kNever;
    });
  }

  ManualClock clock;
  std::vector<std::uint32_t> links = std::vector<std::uint32_t>(5000);
  Wheel wheel{Links{&links}};
  std::map<std::uint32_t, TimePoint> times;
  std::vector<std::uint32_t> fired;
  std::size_t looks = 0;
};

TEST_F(TimerWheelTest, FiresAtTheVeryMomentAndNotBefore) {
  arm(7, clock.now() + 260s);
  clock.advance(260s - 1ms);
  advance();
  EXPECT_TRUE(fired.empty());
  clock.advance(1ms);
  advance();
  EXPECT_EQ(fired, std::vector<std::uint32_t>{7});
  EXPECT_FALSE(wheel.is_armed(7));
}

TEST_F(TimerWheelTest, CalledEarlierInTheSameMillisecondItStillFiresAtTheVeryMoment) {
  const TimePoint end = TimePoint{clock.now().time_since_epoch() / 1s * 1s + 5s + 500us};
  arm(7, end);
  clock.advance(wheel.next() - clock.now());
  advance();
  EXPECT_EQ(wheel.next(), end);
  clock.advance(end - 1ns - clock.now());
  advance();
  EXPECT_TRUE(fired.empty());
  EXPECT_TRUE(wheel.is_armed(7));
  clock.advance(1ns);
  advance();
  EXPECT_EQ(fired.size(), 1U);
  EXPECT_EQ(looks, 2U);
  EXPECT_EQ(wheel.next(), kNever);
}

// More than may wait for their very moment: late by less than a millisecond, and never early.
TEST_F(TimerWheelTest, AThousandEndsInOneMillisecondAreLateByLessThanOne) {
  const TimePoint tick = TimePoint{clock.now().time_since_epoch() / 1s * 1s + 5s};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    arm(i, tick + 500us + i * 100ns);
  }
  clock.advance(tick - clock.now());
  advance();
  EXPECT_TRUE(fired.empty());
  clock.advance(1ms - 1ns);
  advance();
  EXPECT_EQ(fired.size(), Wheel::kEarlyCount);
  clock.advance(1ns);
  advance();
  EXPECT_EQ(fired.size(), 1000U);
}

TEST_F(TimerWheelTest, ATimeThatHasPassedFiresAtTheNextCall) {
  advance();
  arm(7, clock.now() - 3s);
  EXPECT_LE(wheel.next(), clock.now());
  advance();
  EXPECT_EQ(fired.size(), 1U);
}

TEST_F(TimerWheelTest, ATimeBeyondTheRangeIsKept) {
  arm(7, clock.now() + 3 * Wheel::kRange);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(fired.empty());
    clock.advance(Wheel::kRange);
    advance();
  }
  EXPECT_EQ(fired.size(), 1U);
}

TEST_F(TimerWheelTest, AJumpOfTheClockOverMoreThanTheRangeLosesNothing) {
  arm(7, clock.now() + 1s);
  arm(8, clock.now() + Wheel::kRange);
  clock.advance(5 * Wheel::kRange + 777ms);
  EXPECT_FALSE(advance());
  EXPECT_EQ(fired, (std::vector<std::uint32_t>{7, 8}));
  EXPECT_EQ(wheel.next(), kNever);
  arm(9, clock.now() + 2ms);
  clock.advance(2ms);
  advance();
  EXPECT_EQ(fired.size(), 3U);
}

TEST_F(TimerWheelTest, StopsAtItsLimitAndGoesOnThere) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    arm(i, clock.now() + 2s + i % 3 * 1ms);
  }
  clock.advance(3s);
  for (std::size_t n = 1; n <= 10; ++n) {
    const bool more = advance(100);
    EXPECT_EQ(fired.size(), 100 * n);
    EXPECT_TRUE(more || n == 10);
  }
  EXPECT_FALSE(advance(100));
  EXPECT_EQ(fired.size(), 1000U);
}

TEST_F(TimerWheelTest, SaysWhenTheNextIsDue) {
  EXPECT_EQ(wheel.next(), kNever);
  const TimePoint far = clock.now() + 300s;
  const TimePoint near = clock.now() + 20ms;
  arm(1, far);
  arm(2, near);
  EXPECT_LE(wheel.next(), near);
  EXPECT_GT(wheel.next(), near - 1ms);
  clock.advance(20ms);
  advance();
  EXPECT_LE(wheel.next(), far);
  EXPECT_GT(wheel.next(), far - 1ms);
}

TEST_F(TimerWheelTest, WaitingCostsNoLooks) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    arm(i, clock.now() + 260s);
  }
  for (int i = 0; i < 259'000; ++i) {
    clock.advance(1ms);
    advance();
  }
  EXPECT_EQ(looks, 0U);
}

// A model: a million steps against a plain map.
TEST_F(TimerWheelTest, FiresWhatAPlainListOfTimesSays) {
  std::mt19937_64 random{20240611};
  std::multimap<TimePoint, std::uint32_t> expected;
  for (int step = 0; step < 1'000'000; ++step) {
    const auto index = static_cast<std::uint32_t>(random() % links.size());
    if (!wheel.is_armed(index)) {
      const TimePoint when = clock.now() + Duration{static_cast<std::int64_t>(random() % 500'000'000'000)};
      arm(index, when);
      expected.emplace(when, index);
    }
    const bool jump = step % 50'000 == 0;
    clock.advance(Duration{static_cast<std::int64_t>(random() % (jump ? 600'000'000'000 : 300'000'000))});
    fired.clear();
    ASSERT_FALSE(advance());
    std::multimap<TimePoint, std::uint32_t> due;
    while (!expected.empty() && expected.begin()->first <= clock.now()) {
      due.insert(expected.extract(expected.begin()));
    }
    ASSERT_EQ(fired.size(), due.size());
    for (const std::uint32_t f : fired) {
      ASSERT_LE(times[f], clock.now());
    }
    if (expected.empty()) {
      ASSERT_EQ(wheel.next(), kNever);
    } else {
      ASSERT_LE(wheel.next(), expected.begin()->first);
      ASSERT_GT(wheel.next(), expected.begin()->first - 1ms);
    }
  }
}

}  // namespace
}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause

#include "control/due_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/manual_clock.hpp"

namespace mcswitch::control {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kStart = test::ManualClock::kStart;

TEST(DueQueue, WithoutThingsNothingIsDue) { EXPECT_EQ(DueQueue{0}.next(), kNever); }

TEST(DueQueue, GivesTheEarliest) {
  DueQueue queue{4};
  EXPECT_EQ(queue.next(), kNever);
  queue.set(2, kStart + 5s);
  queue.set(1, kStart + 3s);
  queue.set(3, kStart + 9s);
  EXPECT_EQ(queue.first(), 1U);
  queue.set(1, kStart + 7s);
  EXPECT_EQ(queue.first(), 2U);
  queue.set(2, kNever);
  EXPECT_EQ(queue.first(), 1U);
  queue.set(3, kStart);
  EXPECT_EQ(queue.first(), 3U);
  EXPECT_EQ(queue.next(), kStart);
}

// Against the plainest way to find the least.
TEST(DueQueue, AgreesWithASearch) {
  std::mt19937 random{7};
  DueQueue queue{101};
  std::vector<TimePoint> times(101, kNever);
  for (int n = 0; n < 20'000; ++n) {
    const std::size_t thing = random() % times.size();
    times[thing] = random() % 5 == 0 ? kNever : TimePoint{kStart + (random() % 1000) * 1ms};
    queue.set(thing, times[thing]);
    const TimePoint least = *std::min_element(times.begin(), times.end());
    ASSERT_EQ(queue.next(), least) << n;
    ASSERT_EQ(times[queue.first()], least) << n;
    ASSERT_EQ(queue.due(thing), times[thing]) << n;
  }
}

}  // namespace
}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "base/due_heap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/manual_clock.hpp"

namespace mcswitch {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kStart = test::ManualClock::kStart;

TEST(DueHeap, WithoutThingsNothingIsDue) { EXPECT_EQ(DueHeap{0}.next(), kNever); }

TEST(DueHeap, GivesTheEarliest) {
  DueHeap queue{4};
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
TEST(DueHeap, AgreesWithASearch) {
  std::mt19937 random{7};
  DueHeap queue{101};
  std::vector<TimePoint> times(101, kNever);
  for (int n = 0; n < 20'000; ++n) {
    const auto thing = static_cast<std::uint32_t>(random() % times.size());
    times[thing] = random() % 5 == 0 ? kNever : TimePoint{kStart + (random() % 1000) * 1ms};
    queue.set(thing, times[thing]);
    const TimePoint least = *std::min_element(times.begin(), times.end());
    ASSERT_EQ(queue.next(), least) << n;
    ASSERT_EQ(times[queue.first()], least) << n;
    ASSERT_EQ(queue.due(thing), times[thing]) << n;
  }
}

TEST(DueHeap, GivesTheOrderOfANaiveListOnARandomWalk) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    // Few different times, so that many are equal.
    const auto some_time = [&] { return TimePoint{Duration{1 + static_cast<int>(random() % 50)}}; };
    DueHeap timers;
    std::vector<TimePoint> naive;
    for (unsigned step = 0; step < 5000; ++step) {
      const unsigned what = static_cast<unsigned>(random() % 16);
      if (naive.empty() || what == 0) {
        timers.add();
        naive.push_back(kNever);
      } else {
        const auto number = static_cast<std::uint32_t>(random() % naive.size());
        if (what < 8) {
          naive[number] = some_time();
          timers.set(number, naive[number]);
        } else if (what < 13) {
          timers.set(number, kNever);
          naive[number] = kNever;
        } else if (what < 14) {
          timers.remove(number);
          naive[number] = naive.back();
          naive.pop_back();
        } else {
          timers.set_many([&](std::uint32_t n, TimePoint due) {
            EXPECT_EQ(due, naive[n]);
            if (random() % 3 == 0) {
              naive[n] = random() % 4 == 0 ? kNever : some_time();
            }
            return naive[n];
          });
        }
      }
      for (std::uint32_t number = 0; number < naive.size(); ++number) {
        ASSERT_EQ(timers.due(number), naive[number]) << seed << ' ' << step;
        ASSERT_EQ(timers.has(number), naive[number] != kNever);
      }
      const auto first = std::min_element(naive.begin(), naive.end());
      ASSERT_EQ(timers.next(), first == naive.end() ? kNever : *first) << seed << ' ' << step;
      if (timers.next() != kNever) {
        ASSERT_EQ(naive[timers.first()], timers.next()) << seed << ' ' << step;
      }
    }
  }
}

}  // namespace
}  // namespace mcswitch

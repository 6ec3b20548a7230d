// SPDX-License-Identifier: BSD-3-Clause

#include "base/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <random>
#include <thread>

namespace mcswitch {
namespace {

TEST(SpscRing, IsEmptyAtFirst) {
  SpscRing<int> ring{4};
  int item = 99;
  EXPECT_TRUE(ring.empty());
  EXPECT_FALSE(ring.pop(item));
  EXPECT_EQ(item, 99);
}

TEST(SpscRing, CapacityIsRoundedUpToAPowerOfTwo) {
  EXPECT_EQ(SpscRing<int>{0}.capacity(), 2U);
  EXPECT_EQ(SpscRing<int>{1}.capacity(), 2U);
  EXPECT_EQ(SpscRing<int>{5}.capacity(), 8U);
  EXPECT_EQ(SpscRing<int>{8}.capacity(), 8U);
  EXPECT_EQ(SpscRing<int>{9}.capacity(), 16U);
}

TEST(SpscRing, GivesItemsInTheOrderOfPushing) {
  SpscRing<int> ring{8};
  for (const int item : {30, 10, 20}) {
    ASSERT_TRUE(ring.push(item));
  }
  EXPECT_FALSE(ring.empty());
  int item = 0;
  for (const int expected : {30, 10, 20}) {
    ASSERT_TRUE(ring.pop(item));
    EXPECT_EQ(item, expected);
  }
  EXPECT_TRUE(ring.empty());
}

TEST(SpscRing, TakesAsManyAsItsCapacityAndNoMore) {
  SpscRing<int> ring{4};
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(ring.push(i)) << i;
  }
  EXPECT_FALSE(ring.push(4));
}

TEST(SpscRing, PushOnAFullRingChangesNothing) {
  SpscRing<int> ring{2};
  ASSERT_TRUE(ring.push(7));
  ASSERT_TRUE(ring.push(8));
  ASSERT_FALSE(ring.push(9));
  int item = 0;
  ASSERT_TRUE(ring.pop(item));
  EXPECT_EQ(item, 7);
  ASSERT_TRUE(ring.pop(item));
  EXPECT_EQ(item, 8);
  EXPECT_FALSE(ring.pop(item));
}

TEST(SpscRing, TakesOneMoreForEachThatWasTaken) {
  SpscRing<int> ring{2};
  ASSERT_TRUE(ring.push(0));
  ASSERT_TRUE(ring.push(1));
  for (int i = 2; i < 20; ++i) {
    int item = 0;
    ASSERT_TRUE(ring.pop(item));
    EXPECT_EQ(item, i - 2);
    ASSERT_TRUE(ring.push(i));
    ASSERT_FALSE(ring.push(i));
  }
}

// A random walk over the wrap-around against the naive version.
TEST(SpscRing, BehavesLikeABoundedQueue) {
  SpscRing<std::uint64_t> ring{8};
  std::deque<std::uint64_t> queue;
  std::mt19937_64 random{3};
  for (std::uint64_t step = 0; step < 100'000; ++step) {
    // Runs of pushing and of popping, so that it is full at times and empty at times.
    if ((random() & 3) != (step / 64 & 1) * 3) {
      const bool room = queue.size() < 8;
      ASSERT_EQ(ring.push(step), room);
      if (room) {
        queue.push_back(step);
      }
    } else {
      std::uint64_t item = 0;
      ASSERT_EQ(ring.pop(item), !queue.empty());
      if (!queue.empty()) {
        ASSERT_EQ(item, queue.front());
        queue.pop_front();
      }
    }
    ASSERT_EQ(ring.empty(), queue.empty());
  }
}

// Two words that belong together: a torn or early read would show.
struct Pair {
  std::uint64_t value = 0;
  std::uint64_t inverted = 0;
};

TEST(SpscRing, AnotherThreadSeesEachItemWholeAndOnce) {
  constexpr std::uint64_t kItems = 100'000;
  SpscRing<Pair> ring{64};
  std::thread producer{[&ring] {
    for (std::uint64_t i = 0; i < kItems;) {
      if (ring.push({i, ~i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  }};
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kItems;) {
    Pair pair;
    if (ring.pop(pair)) {
      wrong += pair.value != i || pair.inverted != ~i ? 1 : 0;
      ++i;
    } else {
      std::this_thread::yield();
    }
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace mcswitch

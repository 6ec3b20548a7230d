// SPDX-License-Identifier: BSD-3-Clause

#include "control/leave_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "support/manual_clock.hpp"

namespace mcswitch::control {
namespace {

using namespace std::chrono_literals;
using membership::kAnswerGrace;
using membership::LeaveCheck;
using Key = LeaveChecks::Key;

const TimePoint kNow = test::ManualClock::kStart;

LeaveCheck until(Duration end) { return LeaveCheck::waiting(1, kNow + end); }

TEST(LeaveChecks, GivesThoseThatAreDueFirst) {
  LeaveChecks checks{10};
  EXPECT_EQ(checks.next(), kNever);
  checks.put({7, 3}, until(5s));
  checks.put({9, 31}, until(2s));
  EXPECT_EQ(checks.next(), kNow + 2s + kAnswerGrace);
  EXPECT_EQ(checks.first().id, 9U);
  EXPECT_EQ(checks.first().port, 31);
  checks.erase({9, 31});
  EXPECT_EQ(checks.first().id, 7U);
  EXPECT_EQ(checks.first().port, 3);
  checks.erase({7, 3});
  EXPECT_EQ(checks.next(), kNever);
}

TEST(LeaveChecks, TheSameEntryOnAnotherPortIsAnotherCheck) {
  LeaveChecks checks{10};
  checks.put({7, 3}, until(5s));
  EXPECT_EQ(checks.find({7, 4}), nullptr);
  EXPECT_EQ(checks.find({6, 3}), nullptr);
  checks.erase({7, 4});
  ASSERT_NE(checks.find({7, 3}), nullptr);
  EXPECT_EQ(checks.find({7, 3})->end(), kNow + 5s);
}

TEST(LeaveChecks, PutInThePlaceOfAnotherLeavesOneTimer) {
  LeaveChecks checks{10};
  checks.put({7, 3}, until(1s));
  checks.put({7, 3}, until(5s));
  EXPECT_EQ(checks.count(), 1U);
  EXPECT_EQ(checks.next(), kNow + 5s + kAnswerGrace);
}

TEST(LeaveChecks, WhenFullRefusesNewOnesAndReplacesOldOnes) {
  LeaveChecks checks{2};
  EXPECT_TRUE(checks.put({1, 2}, until(1s)));
  EXPECT_TRUE(checks.put({2, 2}, until(1s)));
  EXPECT_FALSE(checks.put({3, 2}, until(1s)));
  EXPECT_TRUE(checks.put({1, 2}, until(9s)));
  checks.erase({2, 2});
  EXPECT_TRUE(checks.put({3, 2}, until(1s)));
}

TEST(LeaveChecks, TheLargestEntryAndPortAreKeptApart) {
  LeaveChecks checks{10};
  checks.put({table::kNoEntry - 1, 31}, until(1s));
  EXPECT_EQ(checks.first().id, table::kNoEntry - 1);
  EXPECT_EQ(checks.first().port, 31);
}

// Against the plainest way to keep them. Few entries of many, so that they come and go in the same places.
TEST(LeaveChecks, AgreeWithAMap) {
  constexpr std::size_t kRoom = 40;
  std::mt19937 random{11};
  LeaveChecks checks{kRoom};
  std::map<std::pair<table::EntryId, PortId>, TimePoint> plain;
  std::size_t refused = 0;
  for (int n = 0; n < 50'000; ++n) {
    const Key key{static_cast<table::EntryId>(random() % 12 * 524'287),
                  static_cast<PortId>(random() % 7 + 3)};
    const auto there = plain.find({key.id, key.port});
    const bool is_there = there != plain.end();
    ASSERT_EQ(checks.find(key) != nullptr, is_there) << n;
    if (is_there) {
      ASSERT_EQ(checks.find(key)->end(), there->second) << n;
    }
    if (random() % 9 < 4) {
      checks.erase(key);
      plain.erase({key.id, key.port});
    } else {
      const Duration end = (random() % 1000) * 1ms;
      const bool fits = is_there || plain.size() < kRoom;
      ASSERT_EQ(checks.put(key, until(end)), fits) << n;
      if (fits) {
        plain[{key.id, key.port}] = kNow + end;
      }
      refused += fits ? 0 : 1;
    }
    ASSERT_EQ(checks.count(), plain.size()) << n;
    const auto least = std::min_element(plain.begin(), plain.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
    ASSERT_EQ(checks.next(), plain.empty() ? kNever : least->second + kAnswerGrace) << n;
    if (!plain.empty()) {
      ASSERT_EQ((plain[{checks.first().id, checks.first().port}]), least->second) << n;
    }
  }
  EXPECT_GT(refused, 100U);
}

TEST(LeaveChecks, TakeNoMoreForATableBeyondTheirLimit) {
  EXPECT_EQ(LeaveChecks::memory_size(10 * LeaveChecks::kMost), LeaveChecks::memory_size(LeaveChecks::kMost));
  EXPECT_LT(LeaveChecks::memory_size(LeaveChecks::kMost), std::size_t{10} << 20);
  LeaveChecks checks{10 * LeaveChecks::kMost};
  for (table::EntryId id = 0; id < LeaveChecks::kMost; ++id) {
    ASSERT_TRUE(checks.put({id * 10, 5}, until(1s)));
  }
  EXPECT_FALSE(checks.put({7, 5}, until(1s)));
}

}  // namespace
}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "control/leave_checks.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::control {
namespace {

using namespace std::chrono_literals;
using membership::LeaveCheck;
using Key = LeaveChecks::Key;

const TimePoint kNow = test::ManualClock::kStart;

LeaveCheck until(Duration end) { return LeaveCheck::waiting(1, kNow + end); }

TEST(LeaveChecks, GivesThoseThatAreDueFirst) {
  LeaveChecks checks{10};
  EXPECT_EQ(checks.next(), kNever);
  checks.put({7, 3}, until(5s));
  checks.put({9, 31}, until(2s));
  EXPECT_EQ(checks.next(), kNow + 2s);
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
  EXPECT_EQ(checks.next(), kNow + 5s);
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

}  // namespace
}  // namespace mcswitch::control

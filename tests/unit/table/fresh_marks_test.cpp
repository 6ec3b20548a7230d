// SPDX-License-Identifier: BSD-3-Clause

#include "table/fresh_marks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace mcswitch::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct FreshMarksTest : ::testing::Test {
  static constexpr std::uint32_t kEntries = 3 * 4096 + 10;
  FreshMarks marks{kEntries};

  std::vector<EntryId> take(std::size_t limit, bool expect_more = false) {
    std::vector<EntryId> ids;
    EXPECT_EQ(marks.take(limit, [&](EntryId id) { ids.push_back(id); }), expect_more);
    return ids;
  }
};

TEST_F(FreshMarksTest, NothingIsMarkedAtFirst) { EXPECT_THAT(take(100), IsEmpty()); }

TEST_F(FreshMarksTest, AMarkIsGivenOnceHoweverOftenItWasSet) {
  marks.mark(70);
  marks.mark(70);
  EXPECT_THAT(take(100), ElementsAre(70));
  EXPECT_THAT(take(100), IsEmpty());
  marks.mark(70);
  EXPECT_THAT(take(100), ElementsAre(70));
}

TEST_F(FreshMarksTest, TheFirstAndTheLastEntryAndThoseAtTheEdgesOfWords) {
  for (const EntryId id : {0U, 63U, 64U, 4095U, 4096U, kEntries - 1}) {
    marks.mark(id);
  }
  EXPECT_THAT(take(100), ElementsAre(0, 63, 64, 4095, 4096, kEntries - 1));
}

TEST_F(FreshMarksTest, WhatIsBeyondTheLimitComesAtTheNextCall) {
  for (const EntryId id : {3U, 5U, 200U, 5000U}) {
    marks.mark(id);
  }
  EXPECT_THAT(take(1, true), ElementsAre(3));
  EXPECT_THAT(take(2, true), ElementsAre(5, 200));
  EXPECT_THAT(take(1), ElementsAre(5000));
  EXPECT_THAT(take(1), IsEmpty());
}

TEST_F(FreshMarksTest, ALimitOfNoneTakesNone) {
  marks.mark(3);
  EXPECT_THAT(take(0, true), IsEmpty());
  EXPECT_THAT(take(1), ElementsAre(3));
}

// A call begins where the last one was cut short, so that no entry waits behind those before it for ever.
TEST_F(FreshMarksTest, EntriesThatAreMarkedAllTheTimeDoNotKeepOthersWaiting) {
  std::set<EntryId> seen;
  marks.mark(8000);
  for (int call = 0; call < 3; ++call) {
    marks.mark(1);
    marks.mark(2);
    marks.take(2, [&](EntryId id) { seen.insert(id); });
  }
  EXPECT_TRUE(seen.contains(8000));
}

TEST_F(FreshMarksTest, VisitingMayMark) {
  marks.mark(1);
  std::vector<EntryId> ids;
  marks.take(100, [&](EntryId id) {
    ids.push_back(id);
    if (ids.size() < 3) {
      marks.mark(id);
      marks.mark(9000);
    }
  });
  // The later words of the same call, and the rest at the next one.
  EXPECT_THAT(ids, ElementsAre(1, 9000));
  EXPECT_THAT(take(100), ElementsAre(1, 9000));
}

TEST_F(FreshMarksTest, ACallThatFinishesIsAPass) {
  const std::uint64_t pass = marks.pass_from_here();
  EXPECT_LT(marks.position(), pass);
  take(100);
  EXPECT_EQ(marks.position(), pass);
}

TEST_F(FreshMarksTest, ACallThatIsCutShortIsNoPass) {
  marks.mark(5000);
  marks.mark(5001);
  const std::uint64_t pass = marks.pass_from_here();
  take(1, true);
  EXPECT_LT(marks.position(), pass);
  take(1);
  EXPECT_GE(marks.position(), pass);
}

// Wherever take() stands, every mark that is set when a pass begins has been given when it is over.
TEST_F(FreshMarksTest, APassGivesEveryMarkThatWasSetWhenItBegan) {
  std::mt19937 random{4096};
  for (int round = 0; round < 200; ++round) {
    std::set<EntryId> wanted;
    for (int n = 0; n < 20; ++n) {
      const auto id = static_cast<EntryId>(random() % kEntries);
      wanted.insert(id);
      marks.mark(id);
    }
    const std::uint64_t pass = marks.pass_from_here();
    while (marks.position() < pass) {
      marks.take(1 + random() % 7, [&](EntryId id) { wanted.erase(id); });
    }
    ASSERT_THAT(wanted, IsEmpty()) << round;
  }
}

TEST_F(FreshMarksTest, TakesABitAnEntryAndABitForSixtyFour) {
  EXPECT_EQ(FreshMarks::memory_size(64 * 64), 64 * 8 + 8U);
  EXPECT_EQ(FreshMarks::memory_size(1), 16U);
}

}  // namespace
}  // namespace mcswitch::table

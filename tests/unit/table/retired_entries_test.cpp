// SPDX-License-Identifier: BSD-3-Clause

#include "table/retired_entries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "support/simple_grace_period.hpp"

namespace mcswitch::table {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct RetiredEntriesTest : ::testing::Test {
  static constexpr std::uint32_t kIds = 8;
  FreeList ids{kIds};
  RetiredEntries retired{ids};
  test::SimpleGracePeriod grace;

  RetiredEntriesTest() {
    for (std::uint32_t n = 0; n < kIds; ++n) {
      ids.pop();
    }
  }
  std::vector<EntryId> recycle(std::size_t limit = 100) {
    std::vector<EntryId> cleared;
    const std::size_t count = retired.recycle(grace, limit, [&](EntryId id) { cleared.push_back(id); });
    EXPECT_EQ(count, cleared.size());
    return cleared;
  }
};

TEST_F(RetiredEntriesTest, AnIdIsFreeAfterAGracePeriodThatBeganBehindIt) {
  retired.add(3);
  retired.add(5);
  EXPECT_EQ(retired.count(), 2U);
  EXPECT_THAT(recycle(), IsEmpty());
  EXPECT_THAT(recycle(), IsEmpty());
  EXPECT_EQ(ids.count(), 0U);
  grace.pass();
  EXPECT_THAT(recycle(), UnorderedElementsAre(3, 5));
  EXPECT_EQ(ids.count(), 2U);
  EXPECT_EQ(retired.count(), 0U);
}

TEST_F(RetiredEntriesTest, WhatIsAddedDuringAGracePeriodWaitsForTheNext) {
  retired.add(3);
  recycle();
  retired.add(5);
  grace.pass();
  EXPECT_THAT(recycle(), UnorderedElementsAre(3));
  EXPECT_EQ(retired.count(), 1U);
  EXPECT_THAT(recycle(), IsEmpty());
  grace.pass();
  EXPECT_THAT(recycle(), UnorderedElementsAre(5));
}

TEST_F(RetiredEntriesTest, ACallDoesNotMoreThanItIsTold) {
  for (EntryId id = 0; id < 5; ++id) {
    retired.add(id);
  }
  recycle();
  grace.pass();
  std::vector<EntryId> all;
  for (const std::size_t expected : {2U, 2U, 1U, 0U}) {
    const std::vector<EntryId> some = recycle(2);
    EXPECT_EQ(some.size(), expected);
    all.insert(all.end(), some.begin(), some.end());
    EXPECT_EQ(retired.count(), 5 - all.size());
    EXPECT_EQ(ids.count(), all.size());
  }
  EXPECT_THAT(all, UnorderedElementsAre(0, 1, 2, 3, 4));
}

// The next owner of the id finds the entry cleared.
TEST_F(RetiredEntriesTest, AnEntryIsClearedBeforeItsIdIsFree) {
  retired.add(3);
  recycle();
  grace.pass();
  retired.recycle(grace, 100, [&](EntryId) { EXPECT_EQ(ids.count(), 0U); });
  EXPECT_EQ(ids.pop(), 3U);
}

}  // namespace
}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause
//
// The steps by themselves. What they do to a group: group_closing_test.cpp.

#include "table/closing_groups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "support/simple_grace_period.hpp"

namespace mcswitch::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct ClosingGroupsTest : ::testing::Test {
  static constexpr std::uint32_t kEntries = 20'000;
  FreshMarks marks{kEntries};
  ClosingGroups closing{kEntries};
  test::SimpleGracePeriod grace;

  std::vector<EntryId> begin() {
    std::vector<EntryId> taken;
    closing.begin(grace, marks, [&](EntryId group) {
      taken.push_back(group);
      return true;
    });
    return taken;
  }
  std::vector<EntryId> finish() {
    std::vector<EntryId> closed;
    closing.finish(marks, [&](EntryId group) { closed.push_back(group); });
    return closed;
  }
  void pass_over_marks() {
    EXPECT_FALSE(marks.take(100'000, [](EntryId) {}));
  }
};

TEST_F(ClosingGroupsTest, WithNothingNotedThereIsNothingToDo) {
  EXPECT_TRUE(closing.empty());
  EXPECT_THAT(begin(), IsEmpty());
  EXPECT_THAT(finish(), IsEmpty());
}

TEST_F(ClosingGroupsTest, AGroupIsClosedAfterAGracePeriodAndThenAPassOverTheMarks) {
  closing.note(7);
  closing.note(7);
  EXPECT_FALSE(closing.empty());
  EXPECT_THAT(begin(), ElementsAre(7));
  EXPECT_THAT(finish(), IsEmpty());
  grace.pass();
  EXPECT_THAT(begin(), IsEmpty());
  EXPECT_THAT(finish(), IsEmpty());
  pass_over_marks();
  EXPECT_FALSE(closing.empty());
  EXPECT_THAT(finish(), ElementsAre(7));
  EXPECT_TRUE(closing.empty());
  EXPECT_THAT(finish(), IsEmpty());
}

TEST_F(ClosingGroupsTest, APassBeforeTheGracePeriodHasPassedDoesNotCount) {
  closing.note(7);
  begin();
  pass_over_marks();
  grace.pass();
  begin();
  EXPECT_THAT(finish(), IsEmpty());
  pass_over_marks();
  EXPECT_THAT(finish(), ElementsAre(7));
}

TEST_F(ClosingGroupsTest, APassDoesNotStandForTheGracePeriod) {
  closing.note(7);
  begin();
  for (int i = 0; i < 5; ++i) {
    pass_over_marks();
    begin();
    EXPECT_THAT(finish(), IsEmpty());
  }
}

TEST_F(ClosingGroupsTest, WhatIsNotTakenIsForgotten) {
  closing.note(7);
  closing.note(9);
  closing.begin(grace, marks, [](EntryId group) { return group == 9; });
  grace.pass();
  begin();
  pass_over_marks();
  EXPECT_THAT(finish(), ElementsAre(9));
  EXPECT_TRUE(closing.empty());
  closing.note(11);
  closing.begin(grace, marks, [](EntryId) { return false; });
  EXPECT_TRUE(closing.empty());
}

TEST_F(ClosingGroupsTest, WhatIsNotedMeanwhileWaitsForTheNextTurn) {
  closing.note(7);
  begin();
  closing.note(7);
  closing.note(3);
  grace.pass();
  EXPECT_THAT(begin(), IsEmpty());
  pass_over_marks();
  EXPECT_THAT(finish(), ElementsAre(7));
  EXPECT_FALSE(closing.empty());
  EXPECT_THAT(begin(), ElementsAre(3, 7));
}

TEST_F(ClosingGroupsTest, ClosingMayNoteAgain) {
  closing.note(7);
  begin();
  grace.pass();
  begin();
  pass_over_marks();
  closing.finish(marks, [&](EntryId group) { closing.note(group); });
  EXPECT_FALSE(closing.empty());
  EXPECT_THAT(begin(), ElementsAre(7));
}

TEST_F(ClosingGroupsTest, SoManyAtATimeAndEveryOneOnce) {
  std::vector<EntryId> noted;
  for (EntryId group = 5; group < kEntries; group += 61) {
    noted.push_back(group);
  }
  ASSERT_GT(noted.size(), ClosingGroups::kMost);
  for (auto group = noted.rbegin(); group != noted.rend(); ++group) {
    closing.note(*group);
  }
  std::vector<EntryId> closed;
  for (int turn = 0; !closing.empty(); ++turn) {
    ASSERT_LT(turn, 10);
    EXPECT_LE(begin().size(), ClosingGroups::kMost);
    grace.pass();
    begin();
    pass_over_marks();
    closing.finish(marks, [&](EntryId group) { closed.push_back(group); });
  }
  EXPECT_EQ(closed, noted);
}

}  // namespace
}  // namespace mcswitch::table

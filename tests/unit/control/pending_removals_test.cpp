// SPDX-License-Identifier: BSD-3-Clause

#include "control/pending_removals.hpp"

#include <gtest/gtest.h>

#include "support/simple_grace_period.hpp"

namespace mcswitch::control {
namespace {

class PendingRemovalsTest : public testing::Test {
 protected:
  // Numbers of the entries that may end now.
  std::vector<table::EntryId> take() {
    std::vector<table::EntryId> ids;
    PendingRemovals::Removal removal;
    while (removals_.take(grace_, removal)) {
      ids.push_back(removal.id);
    }
    return ids;
  }

  PendingRemovals removals_;
  test::SimpleGracePeriod grace_;
};

TEST_F(PendingRemovalsTest, EndWhenTheGracePeriodThatBeganAfterThemHasPassed) {
  removals_.add(5, 2, 100);
  removals_.add(6, 2, 100);
  removals_.begin(grace_);
  grace_.pass();
  removals_.add(7, 3, 101);
  removals_.begin(grace_);
  EXPECT_EQ(take(), (std::vector<table::EntryId>{5, 6}));
  EXPECT_FALSE(removals_.empty());
  grace_.pass();
  EXPECT_EQ(take(), (std::vector<table::EntryId>{7}));
  EXPECT_TRUE(removals_.empty());
}

TEST_F(PendingRemovalsTest, ContainTheMembershipAsLongAsItsReportIsNotNewer) {
  removals_.add(5, 2, 100);
  EXPECT_TRUE(removals_.contains(5, 2, 100));
  EXPECT_FALSE(removals_.contains(5, 2, 101));
  EXPECT_FALSE(removals_.contains(5, 3, 100));
  EXPECT_FALSE(removals_.contains(6, 2, 100));
}

// Decided on twice before the first has ended: it is there until both have.
TEST_F(PendingRemovalsTest, TheSameMembershipMayBeThereTwice) {
  removals_.add(5, 2, 200);
  removals_.begin(grace_);
  grace_.pass();
  removals_.add(5, 2, 150);
  removals_.begin(grace_);
  EXPECT_TRUE(removals_.contains(5, 2, 200));
  EXPECT_EQ(take().size(), 1U);
  EXPECT_TRUE(removals_.contains(5, 2, 150));
  grace_.pass();
  EXPECT_EQ(take().size(), 1U);
  EXPECT_FALSE(removals_.contains(5, 2, 1));
}

}  // namespace
}  // namespace mcswitch::control

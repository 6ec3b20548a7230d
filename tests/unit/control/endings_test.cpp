// SPDX-License-Identifier: BSD-3-Clause

#include "control/endings.hpp"

#include <gtest/gtest.h>

#include "support/simple_grace_period.hpp"

namespace mcswitch::control {
namespace {

class EndingsTest : public testing::Test {
 protected:
  // Numbers of the entries that may end now.
  std::vector<table::EntryId> take() {
    std::vector<table::EntryId> ids;
    Endings::Ending ending;
    while (endings_.take(grace_, ending)) {
      ids.push_back(ending.id);
    }
    return ids;
  }

  Endings endings_;
  test::SimpleGracePeriod grace_;
};

TEST_F(EndingsTest, EndWhenTheGracePeriodThatBeganAfterThemHasPassed) {
  endings_.add(5, 2, 100);
  endings_.add(6, 2, 100);
  endings_.begin(grace_);
  grace_.pass();
  endings_.add(7, 3, 101);
  endings_.begin(grace_);
  EXPECT_EQ(take(), (std::vector<table::EntryId>{5, 6}));
  EXPECT_FALSE(endings_.empty());
  grace_.pass();
  EXPECT_EQ(take(), (std::vector<table::EntryId>{7}));
  EXPECT_TRUE(endings_.empty());
}

TEST_F(EndingsTest, ContainTheMembershipAsLongAsItsReportIsNotNewer) {
  endings_.add(5, 2, 100);
  EXPECT_TRUE(endings_.contains(5, 2, 100));
  EXPECT_FALSE(endings_.contains(5, 2, 101));
  EXPECT_FALSE(endings_.contains(5, 3, 100));
  EXPECT_FALSE(endings_.contains(6, 2, 100));
}

// Decided on twice before the first has ended: it is there until both have.
TEST_F(EndingsTest, TheSameMembershipMayBeThereTwice) {
  endings_.add(5, 2, 200);
  endings_.begin(grace_);
  grace_.pass();
  endings_.add(5, 2, 150);
  endings_.begin(grace_);
  EXPECT_TRUE(endings_.contains(5, 2, 200));
  EXPECT_EQ(take().size(), 1U);
  EXPECT_TRUE(endings_.contains(5, 2, 150));
  grace_.pass();
  EXPECT_EQ(take().size(), 1U);
  EXPECT_FALSE(endings_.contains(5, 2, 1));
}

}  // namespace
}  // namespace mcswitch::control

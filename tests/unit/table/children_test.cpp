// SPDX-License-Identifier: BSD-3-Clause

#include "table/children.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace mcswitch::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Ids 0 and 1 are groups, all others children.
struct ChildListsTest : ::testing::Test {
  static constexpr std::uint32_t kIds = 40;
  static constexpr EntryId kGroup = 0;
  static constexpr EntryId kOther = 1;
  FreeList ids{kIds};
  Children children{ids};

  ChildListsTest() {
    for (std::uint32_t n = 0; n < kIds; ++n) {
      const EntryId id = ids.pop();
      ids.set_link(id, Children::first_link(id <= kOther ? EntryKind::group : EntryKind::requested));
    }
  }
  std::vector<EntryId> list(EntryId group = kGroup) const {
    std::vector<EntryId> of;
    children.for_each(group, [&](EntryId id) { of.push_back(id); });
    return of;
  }
  void enlist(std::initializer_list<EntryId> of) {
    for (const EntryId id : of) {
      children.enlist(kGroup, id);
    }
  }
  // Its id is free and taken again.
  void end(EntryId group, EntryId child) {
    children.delist(group, child);
    ids.set_link(child, Children::first_link(EntryKind::excluded));
  }
};

TEST_F(ChildListsTest, ANewGroupHasNone) {
  EXPECT_FALSE(children.has(kGroup));
  EXPECT_THAT(list(), IsEmpty());
}

TEST_F(ChildListsTest, ChildrenAreInTheOrderInWhichTheyCame) {
  enlist({5, 9, 2, 7});
  children.enlist(kOther, 3);
  EXPECT_TRUE(children.has(kGroup));
  EXPECT_THAT(list(), ElementsAre(5, 9, 2, 7));
  EXPECT_THAT(list(kOther), ElementsAre(3));
}

TEST_F(ChildListsTest, AChildIsListedOnce) {
  enlist({5, 9});
  enlist({5, 9, 9});
  EXPECT_THAT(list(), ElementsAre(5, 9));
}

TEST_F(ChildListsTest, TheFirstOneInTheMiddleAndTheLastCanGo) {
  enlist({5, 9, 2, 7});
  end(kGroup, 9);
  EXPECT_THAT(list(), ElementsAre(5, 2, 7));
  end(kGroup, 7);
  EXPECT_THAT(list(), ElementsAre(5, 2));
  end(kGroup, 5);
  EXPECT_THAT(list(), ElementsAre(2));
  end(kGroup, 2);
  EXPECT_FALSE(children.has(kGroup));
  enlist({9, 5});
  EXPECT_THAT(list(), ElementsAre(9, 5));
}

TEST_F(ChildListsTest, OneThatWasNeverListedGoesUnnoticed) {
  end(kGroup, 4);
  EXPECT_FALSE(children.has(kGroup));
  enlist({5});
  end(kGroup, 4);
  EXPECT_THAT(list(), ElementsAre(5));
}

TEST_F(ChildListsTest, AWalkMayEndTheChildThatItIsAt) {
  for (const unsigned keep : {0U, 1U, 2U, 3U}) {
    SCOPED_TRACE(keep);
    enlist({5, 9, 2, 7, 8, 11});
    std::vector<EntryId> seen;
    std::vector<EntryId> kept;
    children.for_each(kGroup, [&](EntryId id) {
      seen.push_back(id);
      if (keep != 0 && seen.size() % (keep + 1) == 0) {
        kept.push_back(id);
      } else {
        end(kGroup, id);
      }
    });
    EXPECT_THAT(seen, ElementsAre(5, 9, 2, 7, 8, 11));
    EXPECT_EQ(list(), kept);
    for (const EntryId id : kept) {
      end(kGroup, id);
    }
    EXPECT_FALSE(children.has(kGroup));
  }
}

TEST_F(ChildListsTest, AgreesWithPlainListsInAnyOrder) {
  std::mt19937 random{239};
  std::map<EntryId, std::vector<EntryId>> plain;
  for (int step = 0; step < 20'000; ++step) {
    const auto id = static_cast<EntryId>(2 + random() % (kIds - 2));
    const EntryId group = id % 2;
    std::vector<EntryId>& of = plain[group];
    const auto at = std::find(of.begin(), of.end(), id);
    if (at == of.end()) {
      children.enlist(group, id);
      of.push_back(id);
    } else {
      end(group, id);
      of.erase(at);
    }
    ASSERT_EQ(list(group), of) << step;
    ASSERT_EQ(children.has(group), !of.empty());
  }
}

}  // namespace
}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause

#include "table/free_list.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mcswitch::table {
namespace {

TEST(FreeList, GivesEachIndexOnceAndThenNone) {
  FreeList list{5};
  std::set<std::uint32_t> got;
  for (int i = 0; i < 5; ++i) {
    got.insert(list.pop());
  }
  EXPECT_EQ(got, (std::set<std::uint32_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(list.pop(), FreeList::kNone);
  EXPECT_EQ(list.count(), 0U);
  list.push(3);
  EXPECT_EQ(list.pop(), 3U);
}

TEST(FreeList, EmptyListGivesNone) { EXPECT_EQ(FreeList{0}.pop(), FreeList::kNone); }

}  // namespace
}  // namespace mcswitch::table

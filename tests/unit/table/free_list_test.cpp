// SPDX-License-Identifier: BSD-3-Clause

#include "table/free_list.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

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

// An index is never with two owners: each owner marks it, and finds it unmarked.
TEST(FreeList, NoIndexIsEverGivenToTwoThreads) {
  constexpr std::uint32_t kCount = 16;
  FreeList list{kCount};
  std::vector<std::atomic<int>> owners(kCount);
  std::atomic<int> conflicts{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50'000; ++i) {
        const std::uint32_t index = list.pop();
        if (index == FreeList::kNone) {
          continue;
        }
        conflicts += owners[index].fetch_add(1, std::memory_order_relaxed) != 0;
        owners[index].fetch_sub(1, std::memory_order_relaxed);
        list.push(index);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(conflicts.load(), 0);
  EXPECT_EQ(list.count(), kCount);
}

}  // namespace
}  // namespace mcswitch::table

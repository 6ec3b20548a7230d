// SPDX-License-Identifier: BSD-3-Clause
//
// Free lists that several threads take from and give back to.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "table/free_list.hpp"

namespace mcswitch::table {
namespace {

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

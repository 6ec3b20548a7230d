// SPDX-License-Identifier: BSD-3-Clause
//
// Two visitors at full speed against a keeper that takes away and puts back what they look at. Meant for
// ThreadSanitizer as well: the words are plain, so that a visit during the keeper's work is a race it
// reports.

#include "memif/gate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define MCSWITCH_SANITIZED 1
#else
#define MCSWITCH_SANITIZED 0
#endif

namespace mcswitch::drivers {
namespace {

constexpr int kShuts = MCSWITCH_SANITIZED ? 5'000 : 20'000;
constexpr std::size_t kVisitors = 2;

TEST(GateStress, NoVisitorIsEverInsideBesideTheKeeper) {
  Gate gate;
  std::array<Gate::Visitor, kVisitors> visitors;
  std::array<std::atomic<std::uint64_t>, kVisitors> visits{};
  // What a visitor finds inside, and what it leaves there. Two halves that differ are the keeper's work half
  // done.
  std::unique_ptr<std::array<std::uint64_t, 2>> halves = std::make_unique<std::array<std::uint64_t, 2>>();
  std::array<std::uint64_t, kVisitors> left{};
  std::atomic<std::uint64_t> unlike{0};
  std::atomic<bool> stop{false};
  std::array<std::thread, kVisitors> threads;
  for (std::size_t i = 0; i < kVisitors; ++i) {
    gate.add(visitors[i]);
    threads[i] = std::thread{[&, i] {
      while (!stop.load(std::memory_order_relaxed)) {
        if (!gate.enter(visitors[i])) {
          std::this_thread::yield();
          continue;
        }
        if ((*halves)[0] != (*halves)[1]) {
          unlike.fetch_add(1);
        }
        ++left[i];
        gate.leave(visitors[i]);
        visits[i].fetch_add(1, std::memory_order_relaxed);
      }
    }};
  }
  std::uint64_t moved_beside_the_keeper = 0;
  for (int shut = 1; shut <= kShuts; ++shut) {
    if (shut % 500 == 0) {  // Both are at it, however the machine shares out its cores.
      for (auto& count : visits) {
        const std::uint64_t before = count.load();
        while (count.load() == before) {
          std::this_thread::yield();
        }
      }
    }
    gate.shut();
    const auto before = left;
    halves = std::make_unique<std::array<std::uint64_t, 2>>();
    (*halves)[0] = static_cast<std::uint64_t>(shut);
    (*halves)[1] = static_cast<std::uint64_t>(shut);
    moved_beside_the_keeper += before == left ? 0 : 1;
    gate.open();
  }
  stop = true;
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(unlike.load(), 0U);
  EXPECT_EQ(moved_beside_the_keeper, 0U);
  EXPECT_EQ(left[0], visits[0].load());
  EXPECT_EQ(left[1], visits[1].load());
}

TEST(Gate, ShutTurnsAVisitorAwayAtOnceAndOpenLetsItInAgain) {
  Gate gate;
  Gate::Visitor visitor;
  gate.add(visitor);
  EXPECT_TRUE(gate.enter(visitor));
  gate.leave(visitor);
  gate.shut();
  EXPECT_FALSE(gate.enter(visitor));
  gate.open();
  EXPECT_TRUE(gate.enter(visitor));
  gate.leave(visitor);
}

TEST(Gate, ShutDoesNotReturnBeforeTheVisitorHasLeft) {
  Gate gate;
  Gate::Visitor visitor;
  gate.add(visitor);
  ASSERT_TRUE(gate.enter(visitor));
  std::atomic<bool> is_shut{false};
  std::thread keeper{[&] {
    gate.shut();
    is_shut = true;
    gate.open();
  }};
  Gate::Visitor other;  // Not added: shut() does not ask for it, and by it one sees that shut() has begun.
  while (gate.enter(other)) {
    gate.leave(other);
  }
  EXPECT_FALSE(is_shut.load());
  gate.leave(visitor);
  keeper.join();
  EXPECT_TRUE(is_shut.load());
}

TEST(Gate, AVisitorThatWasRemovedIsNotWaitedFor) {
  Gate gate;
  Gate::Visitor visitor;
  gate.add(visitor);
  gate.remove(visitor);
  ASSERT_TRUE(gate.enter(visitor));
  gate.shut();
  gate.open();
  gate.leave(visitor);
}

}  // namespace
}  // namespace mcswitch::drivers

// SPDX-License-Identifier: BSD-3-Clause

#include "engine/catch_up.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace mcswitch::engine {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kBegin{500s};

TEST(CatchUp, IsOverWhenEachWorkerHasFoundNothingTwice) {
  CatchUp catch_up;
  EXPECT_FALSE(catch_up.is_on());
  catch_up.begin({70, 9}, kBegin);
  EXPECT_TRUE(catch_up.is_on());
  EXPECT_FALSE(catch_up.is_over({70, 9}, kBegin));
  EXPECT_FALSE(catch_up.is_over({99, 10}, kBegin + 1ms));
  EXPECT_FALSE(catch_up.is_over({71, 99}, kBegin + 1ms));
  EXPECT_TRUE(catch_up.is_over({72, 11}, kBegin + 1ms));
  catch_up.end();
  EXPECT_FALSE(catch_up.is_on());
}

TEST(CatchUp, WorkersThatAlwaysHaveFramesAreNotWaitedForForever) {
  CatchUp catch_up;
  catch_up.begin({70}, kBegin);
  EXPECT_FALSE(catch_up.is_over({70}, kBegin + CatchUp::kLongest - 1ns));
  EXPECT_TRUE(catch_up.is_over({70}, kBegin + CatchUp::kLongest));
}

// On a machine without time for it, each sleep of the thread is a pause.
TEST(CatchUp, PausesMeanwhileDoNotLengthenIt) {
  CatchUp catch_up;
  catch_up.begin({70}, kBegin);
  catch_up.begin({71}, kBegin + 60ms);
  EXPECT_FALSE(catch_up.is_over({71}, kBegin + 60ms));
  EXPECT_TRUE(catch_up.is_over({72}, kBegin + 60ms)) << "counted from the first pause";
  EXPECT_TRUE(catch_up.is_over({71}, kBegin + CatchUp::kLongest));
  catch_up.end();
  catch_up.begin({80}, kBegin + 200ms);
  EXPECT_FALSE(catch_up.is_over({80}, kBegin + 200ms));
}

}  // namespace
}  // namespace mcswitch::engine

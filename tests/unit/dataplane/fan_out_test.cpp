// SPDX-License-Identifier: BSD-3-Clause

#include "dataplane/fan_out.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mcswitch::dataplane {
namespace {

TEST(FanOut, TransposingPutsEachBitInItsPlace) {
  for (std::size_t row = 0; row < kMatrix; ++row) {
    for (std::size_t column = 0; column < kMatrix; ++column) {
      BitMatrix one{};
      one[row] = std::uint32_t{1} << column;
      BitMatrix turned;
      turned.fill(0xdeadbeef);
      transpose(one, turned);
      BitMatrix expected{};
      expected[column] = std::uint32_t{1} << row;
      ASSERT_EQ(turned, expected) << row << ", " << column;
    }
  }
}

TEST(FanOut, TransposingTwiceChangesNothing) {
  std::mt19937 random{5};
  for (int n = 0; n < 1000; ++n) {
    BitMatrix rows;
    for (std::uint32_t& row : rows) {
      row = static_cast<std::uint32_t>(random());
    }
    BitMatrix columns;
    BitMatrix again;
    transpose(rows, columns);
    transpose(columns, again);
    ASSERT_EQ(again, rows);
  }
}

// What is picked from frames 0 to 31.
std::vector<int> picked(std::uint32_t mask) {
  int frames[kMatrix];
  int* pointers[kMatrix];
  for (std::size_t i = 0; i < kMatrix; ++i) {
    frames[i] = static_cast<int>(i);
    pointers[i] = &frames[i];
  }
  constexpr std::size_t kRoom = kMatrix + 4;
  int guard = -1;
  int* to[kRoom + 1];
  std::fill(std::begin(to), std::end(to), &guard);
  const std::size_t count = pick(pointers, mask, to);
  EXPECT_EQ(to[kRoom], &guard) << "wrote further than it may";
  std::vector<int> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(*to[i]);
  }
  return result;
}

std::vector<int> expected(std::uint32_t mask) {
  std::vector<int> result;
  for (int i = 0; i < static_cast<int>(kMatrix); ++i) {
    if ((mask >> i & 1U) != 0) {
      result.push_back(i);
    }
  }
  return result;
}

TEST(FanOut, PicksTheFramesOfTheMaskInTheirOrder) {
  EXPECT_EQ(picked(0), expected(0));
  EXPECT_EQ(picked(0xffffffff), expected(0xffffffff));
  for (unsigned bit = 0; bit < 32; ++bit) {
    EXPECT_EQ(picked(1U << bit), expected(1U << bit));
    EXPECT_EQ(picked(~(1U << bit)), expected(~(1U << bit)));
  }
  std::mt19937 random{9};
  for (int n = 0; n < 20'000; ++n) {
    const auto mask = static_cast<std::uint32_t>(random());
    ASSERT_EQ(picked(mask), expected(mask)) << mask;
  }
}

}  // namespace
}  // namespace mcswitch::dataplane

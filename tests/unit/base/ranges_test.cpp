// SPDX-License-Identifier: BSD-3-Clause

#include "base/ranges.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace mcswitch {
namespace {

using Numbers = std::vector<std::uint16_t>;

TEST(Ranges, NeighboursAreOneRange) {
  EXPECT_EQ(ranges_of(Numbers{1, 2, 3, 5, 7, 8}),
            (std::vector<Range<std::uint16_t>>{{1, 3}, {5, 5}, {7, 8}}));
  EXPECT_TRUE(ranges_of(Numbers{}).empty());
}

TEST(Ranges, TheLargestNumberIsOneLikeOthers) {
  EXPECT_EQ(ranges_of(Numbers{0, 65534, 65535}), (std::vector<Range<std::uint16_t>>{{0, 0}, {65534, 65535}}));
}

TEST(Ranges, TextHasASeparatorBetweenThem) {
  EXPECT_EQ(ranges_text(Numbers{10, 100, 101, 102}, " "), "10 100-102");
  EXPECT_EQ(ranges_text(std::vector<unsigned>{0, 1, 3}, ","), "0-1,3");
  EXPECT_EQ(ranges_text(Numbers{7}, ","), "7");
  EXPECT_EQ(ranges_text(Numbers{}, ","), "");
}

}  // namespace
}  // namespace mcswitch

// SPDX-License-Identifier: BSD-3-Clause

#include "table/port_usage.hpp"

#include <gtest/gtest.h>

namespace mcswitch::table {
namespace {

TEST(PortUsage, CountsWhatIsReservedAndNotReleasedByPort) {
  PortUsage usage;
  EXPECT_TRUE(usage.reserve(3));
  EXPECT_TRUE(usage.reserve(3));
  EXPECT_TRUE(usage.reserve(4));
  EXPECT_EQ(usage.count(3), 2U);
  EXPECT_EQ(usage.count(4), 1U);
  EXPECT_EQ(usage.count(5), 0U);
  usage.release(3);
  EXPECT_EQ(usage.count(3), 1U);
}

TEST(PortUsage, WithoutALimitNothingIsRefused) {
  PortUsage usage;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(usage.reserve(0));
  }
  EXPECT_FALSE(usage.is_full(0));
}

TEST(PortUsage, AtTheLimitNothingIsReservedUntilSomethingIsReleased) {
  PortUsage usage;
  usage.set_limit(3, 2);
  EXPECT_FALSE(usage.is_full(3));
  EXPECT_TRUE(usage.reserve(3));
  EXPECT_TRUE(usage.reserve(3));
  EXPECT_TRUE(usage.is_full(3));
  EXPECT_FALSE(usage.reserve(3));
  EXPECT_FALSE(usage.reserve(3));
  EXPECT_EQ(usage.count(3), 2U);
  EXPECT_TRUE(usage.reserve(4));
  usage.release(3);
  EXPECT_FALSE(usage.is_full(3));
  EXPECT_TRUE(usage.reserve(3));
  EXPECT_FALSE(usage.reserve(3));
}

TEST(PortUsage, ALimitThatIsSetToZeroIsNone) {
  PortUsage usage;
  usage.set_limit(kMaxPorts - 1, 1);
  usage.set_limit(kMaxPorts - 1, 0);
  EXPECT_TRUE(usage.reserve(kMaxPorts - 1));
  EXPECT_TRUE(usage.reserve(kMaxPorts - 1));
}

}  // namespace
}  // namespace mcswitch::table

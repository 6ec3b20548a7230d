// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/text.hpp"

#include <gtest/gtest.h>

namespace mcswitch::mcsctl {
namespace {

TEST(DurationText, ChangesItsUnitAtWholeMinutesHoursAndDays) {
  EXPECT_EQ(duration_text(0), "0.0 s");
  EXPECT_EQ(duration_text(99), "0.0 s");
  EXPECT_EQ(duration_text(2'000), "2.0 s");
  EXPECT_EQ(duration_text(59'999), "59.9 s");
  EXPECT_EQ(duration_text(60'000), "1m 00s");
  EXPECT_EQ(duration_text(260'000), "4m 20s");
  EXPECT_EQ(duration_text(3'599'999), "59m 59s");
  EXPECT_EQ(duration_text(3'600'000), "1h 00m");
  EXPECT_EQ(duration_text(86'399'999), "23h 59m");
  EXPECT_EQ(duration_text(183'600'000), "2d 03h");
}

TEST(MillionsText, HasOneDecimalAndIsCut) {
  EXPECT_EQ(millions_text(0), "0.0");
  EXPECT_EQ(millions_text(99'999), "0.0");
  EXPECT_EQ(millions_text(12'599'999), "12.5");
  EXPECT_EQ(millions_text(7'000'000'000'000), "7000000.0");
}

TEST(PercentText, OfNothingIsNotANumber) {
  EXPECT_EQ(percent_text(0, 0), "-");
  EXPECT_EQ(percent_text(0, 7), "0.0 %");
  EXPECT_EQ(percent_text(1, 8), "12.5 %");
  EXPECT_EQ(percent_text(8, 8), "100.0 %");
}

TEST(SpeedText, IsWhatIsPrintedOnTheNic) {
  EXPECT_EQ(speed_text(10), "10M");
  EXPECT_EQ(speed_text(1000), "1G");
  EXPECT_EQ(speed_text(2500), "2.5G");
  EXPECT_EQ(speed_text(100'000), "100G");
}

TEST(Clipped, ShowsThatSomethingIsMissing) {
  EXPECT_EQ(clipped("12345678", 8), "12345678");
  EXPECT_EQ(clipped("123456789", 8), "12345...");
}

}  // namespace
}  // namespace mcswitch::mcsctl

// SPDX-License-Identifier: BSD-3-Clause

#include "table/membership_end.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::table {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow = test::ManualClock::kStart;
const Stamp kReport = stamp_at(kNow);

struct MembershipEnd : ::testing::Test {
  MembershipEnd() { m.stamp = kReport; }
  Membership m;
};

TEST_F(MembershipEnd, IsTheIntervalAfterTheReport) { EXPECT_EQ(ends_at(m, 260s), kNow + 260s); }

TEST_F(MembershipEnd, WhenLoweredIsTheLoweredOneToTheMillisecond) {
  set_lowered_end(m, kReport, kNow + 2s);
  EXPECT_GE(ends_at(m, 260s), kNow + 2s);
  EXPECT_LT(ends_at(m, 260s), kNow + 2s + 1ms);
}

TEST_F(MembershipEnd, AReportWinsOverTheLoweringTheMomentItIsStamped) {
  set_lowered_end(m, kReport, kNow + 2s);
  m.stamp = kReport + 1;
  EXPECT_EQ(ends_at(m, 260s), kNow + 260s + 1ns);
}

TEST_F(MembershipEnd, ALoweringBehindALaterReportCountsAgain) {
  set_lowered_end(m, kReport, kNow + 2s);
  m.stamp = kReport + 500'000'000;
  set_lowered_end(m, kReport + 500'000'000, kNow + 3s);
  EXPECT_LT(ends_at(m, 260s), kNow + 3s + 1ms);
}

TEST_F(MembershipEnd, IsNeverLaterThanTheIntervalAllows) {
  set_lowered_end(m, kReport, kNow + 300s);
  EXPECT_EQ(ends_at(m, 260s), kNow + 260s);
}

TEST_F(MembershipEnd, ClearedIsAsIfItHadNeverBeenLowered) {
  set_lowered_end(m, kReport, kNow + 2s);
  clear_lowered_end(m);
  EXPECT_EQ(ends_at(m, 260s), kNow + 260s);
}

// 40 bits of milliseconds.
TEST_F(MembershipEnd, HoldsForTenYearsOfUptime) {
  const TimePoint late = kNow + 24h * 3650;
  m.stamp = stamp_at(late);
  set_lowered_end(m, stamp_at(late), late + 2s);
  EXPECT_GE(ends_at(m, 260s), late + 2s);
  EXPECT_LT(ends_at(m, 260s), late + 2s + 1ms);
}

}  // namespace
}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause

#include "table/older_hosts.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::table::older_hosts_test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTick{1 << 20};
constexpr Duration kInterval = 260s;
// A moment at which a tick begins.
constexpr TimePoint kEdge{12'345 * kTick};
constexpr std::uint8_t kVersions[] = {1, 2};

OlderHosts heard(std::uint8_t version, TimePoint at) {
  return OlderHosts{}.after_report(version, stamp_at(at));
}

TEST(OlderHosts, OfNoReportHasNoOlderHostAndVersion3) {
  const OlderHosts none;
  EXPECT_EQ(none.last_version(), 3);
  EXPECT_FALSE(none.is_any_present(kEdge, kInterval));
  EXPECT_FALSE(none.is_any_present(kEdge, Duration::max() / 4));
  EXPECT_EQ(none, OlderHosts::from_bits(0));
  EXPECT_EQ(none.without_old(kEdge, kInterval), none);
}

TEST(OlderHosts, KeepsVersions1And2Apart) {
  EXPECT_TRUE(heard(1, kEdge).is_present(1, kEdge, kInterval));
  EXPECT_FALSE(heard(1, kEdge).is_present(2, kEdge, kInterval));
  EXPECT_FALSE(heard(2, kEdge).is_present(1, kEdge, kInterval));
  EXPECT_TRUE(heard(2, kEdge).is_present(2, kEdge, kInterval));
  EXPECT_FALSE(heard(3, kEdge).is_any_present(kEdge, kInterval));
  const OlderHosts both = heard(1, kEdge).after_report(2, stamp_at(kEdge + 100s));
  EXPECT_TRUE(both.is_present(1, kEdge + 259s, kInterval));
  EXPECT_FALSE(both.is_present(1, kEdge + 260s, kInterval));
  EXPECT_TRUE(both.is_present(2, kEdge + 359s, kInterval));
  EXPECT_FALSE(both.is_present(2, kEdge + 360s + kTick, kInterval));
  EXPECT_TRUE(both.is_any_present(kEdge + 359s, kInterval));
}

TEST(OlderHosts, TellsTheVersionOfTheLastReport) {
  OlderHosts hosts;
  for (const std::uint8_t version : std::initializer_list<std::uint8_t>{2, 1, 3, 2, 3, 1}) {
    hosts = hosts.after_report(version, stamp_at(kEdge));
    EXPECT_EQ(hosts.last_version(), version);
  }
}

// Version 3 takes nothing of what is known of the others.
TEST(OlderHosts, AReportOfVersion3LeavesTheOthersPresent) {
  const OlderHosts hosts =
      heard(1, kEdge).after_report(2, stamp_at(kEdge + 1s)).after_report(3, stamp_at(kEdge + 9s));
  EXPECT_TRUE(hosts.is_present(1, kEdge + 259s, kInterval));
  EXPECT_FALSE(hosts.is_present(1, kEdge + 260s, kInterval));
  EXPECT_TRUE(hosts.is_present(2, kEdge + 260s, kInterval));
  EXPECT_FALSE(hosts.is_present(2, kEdge + 261s + kTick, kInterval));
}

TEST(OlderHosts, AnotherReportOfTheVersionBeginsItsIntervalAnew) {
  for (const std::uint8_t version : kVersions) {
    const OlderHosts hosts = heard(version, kEdge).after_report(version, stamp_at(kEdge + 200s));
    EXPECT_TRUE(hosts.is_present(version, kEdge + 459s, kInterval)) << int{version};
    EXPECT_FALSE(hosts.is_present(version, kEdge + 460s + kTick, kInterval)) << int{version};
  }
}

// Never shorter than the interval, and at most a tick longer.
TEST(OlderHosts, RoundsUpToWholeTicks) {
  for (const std::uint8_t version : kVersions) {
    for (const Duration late : {0ns, 1ns, 500'000ns, kTick - 1ns}) {
      const TimePoint at = kEdge + late;
      const TimePoint end = (late == 0ns ? kEdge : kEdge + kTick) + kInterval;
      const OlderHosts hosts = heard(version, at);
      EXPECT_TRUE(hosts.is_present(version, at, kInterval)) << late.count();
      EXPECT_TRUE(hosts.is_present(version, end - 1ns, kInterval)) << late.count();
      EXPECT_FALSE(hosts.is_present(version, end, kInterval)) << late.count();
      EXPECT_GE(end, at + kInterval);
      EXPECT_LT(end, at + kInterval + kTick);
    }
  }
}

TEST(OlderHosts, AreTheSameForAllReportsOfOneTick) {
  EXPECT_EQ(heard(2, kEdge + 1ns), heard(2, kEdge + kTick));
  EXPECT_NE(heard(2, kEdge + kTick), heard(2, kEdge + kTick + 1ns));
}

// The thread that handles the report took its own time a moment before the worker took the report's. Even
// over the edge of a tick the host is there, and stays there.
TEST(OlderHosts, AReportThatIsALittleNewerThanNowIsPresent) {
  for (const std::uint8_t version : kVersions) {
    for (const Duration ahead : {1ns, 100'000ns, kTick, 10 * kTick}) {
      const OlderHosts hosts = heard(version, kEdge + ahead);
      EXPECT_TRUE(hosts.is_present(version, kEdge, kInterval)) << int{version} << ' ' << ahead.count();
      EXPECT_EQ(hosts.without_old(kEdge, kInterval), hosts) << int{version} << ' ' << ahead.count();
    }
  }
}

TEST(OlderHosts, WithoutOldTakesOutExactlyWhatIsOver) {
  const OlderHosts hosts = heard(1, kEdge).after_report(2, stamp_at(kEdge + 100s));
  EXPECT_EQ(hosts.without_old(kEdge + 259s, kInterval), hosts);
  const OlderHosts only_2 = hosts.without_old(kEdge + 300s, kInterval);
  EXPECT_EQ(only_2, heard(2, kEdge + 100s));
  const OlderHosts none = only_2.without_old(kEdge + 400s, kInterval);
  EXPECT_FALSE(none.is_any_present(kEdge, kInterval));
  EXPECT_EQ(none.last_version(), 2);  // not a matter of time
}

// 2^31 ticks: what was not cleared comes back after 26 days, what was cleared never does.
TEST(OlderHosts, ComeRoundAfter26DaysUnlessTheyWereCleared) {
  constexpr Duration kRound = (std::int64_t{1} << 31) * kTick;
  static_assert(kRound > 26 * 24h && kRound < 27 * 24h);
  for (const std::uint8_t version : kVersions) {
    const OlderHosts hosts = heard(version, kEdge);
    const OlderHosts cleared = hosts.without_old(kEdge + 1h, kInterval);
    EXPECT_FALSE(hosts.is_present(version, kEdge + 12 * 24h, kInterval));
    EXPECT_TRUE(hosts.is_present(version, kEdge + kRound + 1s, kInterval));
    EXPECT_FALSE(cleared.is_present(version, kEdge + kRound + 1s, kInterval));
    EXPECT_FALSE(cleared.is_present(version, kEdge + kRound, kInterval));
  }
}

// Tick 0 stands for "never", so a report in it counts as one in the next.
TEST(OlderHosts, AReportInTheTickWhereTheCountBeginsAnewIsPresent) {
  constexpr TimePoint kZero{(std::int64_t{1} << 31) * kTick};
  for (const std::uint8_t version : kVersions) {
    for (const Duration later : {0ns, 1ns, kTick}) {
      const OlderHosts hosts = heard(version, kZero);
      EXPECT_TRUE(hosts.is_present(version, kZero + later, kInterval)) << later.count();
    }
    // And an interval that goes over it is as long as any.
    const OlderHosts before = heard(version, kZero - 100s);
    EXPECT_TRUE(before.is_present(version, kZero + 159s, kInterval));
    EXPECT_FALSE(before.is_present(version, kZero + 160s + kTick, kInterval));
  }
}

TEST(OlderHosts, GoThroughTheirBitsUnchanged) {
  const OlderHosts hosts = heard(1, kEdge).after_report(2, stamp_at(test::ManualClock::kStart));
  EXPECT_EQ(OlderHosts::from_bits(hosts.bits()), hosts);
}

}  // namespace
}  // namespace mcswitch::table::older_hosts_test

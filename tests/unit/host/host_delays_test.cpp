// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 2236 sections 3 and 6: when a host reports. Unsolicited reports, delays of many groups, and delays that
// are really random.

#include <cmath>
#include <set>

#include "host_lab.hpp"

namespace mcswitch::host::host_delays_test {
namespace {

using namespace std::chrono_literals;
using test::ip;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const IpAddress kGroup = ip("239.1.2.3");

IpAddress group(std::uint32_t i) { return Ipv4Address{ip("239.7.0.0").bits + i}; }

// --- unsolicited reports --------------------------------------------------------------------------

// R2236-55, R2236-60: Robustness Variable reports in all, each repetition drawn anew from the Unsolicited
// Report Interval and counted from the one before.
TEST(HostUnsolicited, ReportsAreAsManyAsTheRobustnessVariable) {
  for (std::uint8_t robustness = 1; robustness <= 7; ++robustness) {
    HostLab lab{{.robustness_variable = robustness, .unsolicited_report_interval = 8s}};
    lab.will_draw({5s, 7s, 3s, 8s, 1s, 2s});
    const std::vector<Duration> script(lab.delays.script.begin(), lab.delays.script.end());
    EXPECT_TRUE(lab.join(kGroup));
    for (unsigned i = 0; i + 1U < robustness; ++i) {
      EXPECT_EQ(lab.remaining(), script[i]) << unsigned{robustness};
      EXPECT_EQ(lab.host.state(kGroup), HostState::delaying_member);
      EXPECT_THAT(lab.reports_after(script[i]), ElementsAre(SendReport{kGroup, 2}));
    }
    EXPECT_EQ(lab.host.next(), kNever) << unsigned{robustness};
    EXPECT_EQ(lab.host.state(kGroup), HostState::idle_member);
    EXPECT_THAT(lab.delays.ranges, SizeIs(robustness - 1U));
    EXPECT_THAT(lab.delays.ranges, Each(8s));
  }
}

// SEED-10: the diagram's host reports 225.1.1.4 at 7.461496 s, 10.221472 s and 12.496710 s. The repetitions
// come 2.76 s and 5.04 s after the join, so the second one 2.28 s after the first.
TEST(HostUnsolicited, RepetitionsComeWhenTheSeedsHostSentThem) {
  constexpr Duration kJoin = 7'461'496us;
  constexpr Duration kFirst = 10'221'472us;
  constexpr Duration kSecond = 12'496'710us;
  HostLab lab{{.robustness_variable = 3}};
  lab.will_draw({kFirst - kJoin, kSecond - kFirst});
  const TimePoint joined = lab.clock.now();
  EXPECT_TRUE(lab.join(kGroup));
  EXPECT_THAT(lab.reports_after(kFirst - kJoin - 1ns), IsEmpty());
  EXPECT_EQ(lab.reports_after(1ns).size(), 1U);
  EXPECT_THAT(lab.reports_after(kSecond - kFirst - 1ns), IsEmpty());
  EXPECT_EQ(lab.reports_after(1ns).size(), 1U);
  EXPECT_EQ(lab.clock.now() - joined, 5'035'214us);
  EXPECT_EQ(lab.host.next(), kNever);
}

// R2236-52 in the time of the repetitions: the next one is the answer, and those behind it still follow.
TEST(HostUnsolicited, AQueryBringsTheNextRepetitionForward) {
  HostLab lab{{.robustness_variable = 3}};
  lab.will_draw({9s});
  EXPECT_TRUE(lab.join(kGroup));
  lab.will_draw({600ms, 4s});
  lab.specific_query(kGroup, 1s);
  EXPECT_EQ(lab.reports_after(600ms).size(), 1U);
  EXPECT_EQ(lab.remaining(), 4s);
  EXPECT_EQ(lab.reports_after(4s).size(), 1U);
  EXPECT_EQ(lab.host.next(), kNever);
}

// --- many groups ----------------------------------------------------------------------------------

// R2236-50: "an independent random delay for each group".
TEST(HostDelays, AGeneralQueryDrawsOnceForEachGroup) {
  HostLab lab;
  for (std::uint32_t i = 0; i < 3; ++i) {
    lab.make_idle_reporter(group(i));
  }
  lab.will_draw({4s, 1s, 3s});
  lab.general_query(5s);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(5s, 5s, 5s));
  EXPECT_THAT(lab.reports_after(1s), ElementsAre(SendReport{group(1), 2}));
  EXPECT_THAT(lab.reports_after(2s), ElementsAre(SendReport{group(2), 2}));
  EXPECT_THAT(lab.reports_after(1s), ElementsAre(SendReport{group(0), 2}));
}

// R2236-50, -52: each timer by its own remaining time.
TEST(HostDelays, AGeneralQueryDrawsAnewOnlyWhereMoreRemainsThanItAllows) {
  HostLab lab;
  for (std::uint32_t i = 0; i < 3; ++i) {
    lab.make_idle_reporter(group(i));
  }
  lab.will_draw({9s});
  lab.specific_query(group(0), 10s);
  lab.will_draw({2s});
  lab.specific_query(group(2), 10s);
  lab.forget_ranges();
  lab.will_draw({3s, 1s});
  lab.general_query(4s);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(4s, 4s));
  EXPECT_THAT(lab.reports_after(4s),
              ElementsAre(SendReport{group(1), 2}, SendReport{group(2), 2}, SendReport{group(0), 2}));
}

// on_time(): what there is no room for stays due.
TEST(HostDelays, ReportsForWhichThereIsNoRoomStayDue) {
  HostLab lab;
  for (std::uint32_t i = 0; i < 5; ++i) {
    lab.make_idle_reporter(group(i));
  }
  lab.will_draw({3s, 1s, 5s, 2s, 4s});
  lab.general_query(10s);
  lab.clock.advance(5s);
  std::array<SendReport, 2> room;
  std::vector<IpAddress> sent;
  for (const std::size_t count : {2U, 2U, 1U}) {
    EXPECT_LE(lab.host.next(), lab.clock.now());
    ASSERT_EQ(lab.host.on_time(lab.clock.now(), room), count);
    for (std::size_t i = 0; i < count; ++i) {
      sent.push_back(room[i].group);
    }
  }
  EXPECT_THAT(sent, ElementsAre(group(1), group(3), group(0), group(4), group(2)));
  EXPECT_EQ(lab.host.next(), kNever);
}

// A group's timer and flag stay its own when another group's leave moves it to another number.
TEST(HostDelays, ALeaveDoesNotConfuseTheTimersAndFlagsOfOtherGroups) {
  HostLab lab;
  lab.make_idle_reporter(group(0));
  lab.make_idle_silent(group(1));
  lab.make_idle_reporter(group(2));
  lab.make_idle_silent(group(3));
  lab.will_draw({4s, 1s, 3s, 2s});
  lab.general_query(10s);
  EXPECT_TRUE(lab.leave(group(0)));
  EXPECT_FALSE(lab.leave(group(1)));
  EXPECT_TRUE(lab.host.is_last_reporter(group(2)));
  EXPECT_FALSE(lab.host.is_last_reporter(group(3)));
  EXPECT_THAT(lab.reports_after(2s), ElementsAre(SendReport{group(3), 2}));
  EXPECT_THAT(lab.reports_after(1s), ElementsAre(SendReport{group(2), 2}));
  EXPECT_THAT(lab.reports_after(7s), IsEmpty());
}

// What a benchmark does: 100 k groups, general queries, suppression, leaves in an order of their own.
TEST(HostDelays, AHundredThousandGroupsAnswerWithinTheMaxRespTimeEachOnce) {
  constexpr std::uint32_t kCount = 100'000;
  SeededDelay delays{42};
  OlderHost host{{.robustness_variable = 1}, delays, kCount};
  test::ManualClock clock;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(host.join(group(i), clock.now()));
  }
  const TimePoint asked = clock.now();
  host.on_query({}, 2, 10s, asked);
  // Every seventh is answered for by another host, every fifth left.
  for (std::uint32_t i = 0; i < kCount; ++i) {
    if (i % 7 == 0) {
      host.on_report(group(i));
    }
    if (i % 5 == 0) {
      ASSERT_EQ(host.leave(group(i), asked).has_value(), i % 7 != 0);
    }
  }
  std::vector<bool> has_reported(kCount);
  TimePoint latest = asked;
  while (host.next() != kNever) {
    ASSERT_GE(host.next(), latest);
    latest = host.next();
    std::array<SendReport, 8> room;
    const std::size_t count = host.on_time(latest, room);
    ASSERT_GT(count, 0U);
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint32_t i = room[n].group.v4().bits - group(0).v4().bits;
      ASSERT_LT(i, kCount);
      ASSERT_FALSE(has_reported[i]);
      has_reported[i] = true;
    }
  }
  EXPECT_LE(latest, asked + 10s);
  for (std::uint32_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(has_reported[i], i % 7 != 0 && i % 5 != 0) << i;
    ASSERT_EQ(host.state(group(i)), i % 5 == 0 ? HostState::non_member : HostState::idle_member) << i;
  }
}

// --- random numbers -------------------------------------------------------------------------------

// R2236-50: uniform in (0, max]: never 0, and max does occur.
TEST(SeededDelay, DrawsEveryValueFromOneToMaxAboutEquallyOften) {
  SeededDelay delays{7};
  constexpr unsigned kValues = 10;
  constexpr unsigned kDraws = 100'000;
  std::array<unsigned, kValues + 1> counts{};
  for (unsigned i = 0; i < kDraws; ++i) {
    const Duration delay = delays.draw(Duration{kValues});
    ASSERT_GT(delay, 0ns);
    ASSERT_LE(delay, Duration{kValues});
    ++counts[static_cast<std::size_t>(delay.count())];
  }
  // Six standard deviations of a binomial distribution.
  const double expected = double{kDraws} / kValues;
  const double tolerance = 6 * std::sqrt(expected * (1 - 1.0 / kValues));
  for (unsigned value = 1; value <= kValues; ++value) {
    EXPECT_NEAR(counts[value], expected, tolerance) << value;
  }
}

// R2236-50: "with the finest clock available", not in ticks of some size.
TEST(SeededDelay, DelaysAreFineAndFillTheWholeRange) {
  SeededDelay delays{8};
  std::set<Duration> drawn;
  Duration sum{};
  constexpr unsigned kDraws = 10'000;
  for (unsigned i = 0; i < kDraws; ++i) {
    const Duration delay = delays.draw(10s);
    drawn.insert(delay);
    sum += delay;
  }
  EXPECT_GT(drawn.size(), kDraws - 5);
  EXPECT_LT(*drawn.begin(), 10ms);
  EXPECT_GT(*drawn.rbegin(), 9990ms);
  // Six standard deviations of the mean of uniform numbers: 6 * 10 s / sqrt(12 * kDraws).
  EXPECT_NEAR(std::chrono::duration<double>(sum).count() / kDraws, 5.0, 0.174);
}

TEST(SeededDelay, SameSeedSameDelaysOtherSeedOtherDelays) {
  SeededDelay a{1};
  SeededDelay b{1};
  SeededDelay c{2};
  unsigned same = 0;
  for (unsigned i = 0; i < 100; ++i) {
    const Duration delay = a.draw(10s);
    EXPECT_EQ(delay, b.draw(10s));
    same += delay == c.draw(10s) ? 1U : 0U;
  }
  EXPECT_LT(same, 3U);
}

TEST(SeededDelay, TheSmallestRangeHasOneValue) {
  SeededDelay delays{3};
  EXPECT_EQ(delays.draw(1ns), 1ns);
}

}  // namespace
}  // namespace mcswitch::host::host_delays_test

// SPDX-License-Identifier: BSD-3-Clause
//
// R4286-1: solicitations "at the start and when a port comes up".

#include "membership/router_solicitation.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/manual_clock.hpp"

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;

// Sends all that is due at its time; when on port 3.
std::vector<Duration> times_of_port_3(RouterSolicitation& solicitation, TimePoint start) {
  std::vector<Duration> times;
  while (solicitation.next() != kNever) {
    const TimePoint now = solicitation.next();
    const PortSet due = solicitation.due(now);
    EXPECT_FALSE(due.empty());
    if (due.contains(3)) {
      times.push_back(now - start);
    }
    solicitation.sent(due, now);
  }
  return times;
}

TEST(RouterSolicitation, ThreeTimesThreeSecondsApartAfterADelayOfASecondAtMost) {
  test::ManualClock clock;
  std::set<Duration> delays;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RouterSolicitation solicitation{seed};
    EXPECT_EQ(solicitation.next(), kNever);
    solicitation.on_link(3, true, clock.now());
    solicitation.on_link(7, true, clock.now());
    const std::vector<Duration> times = times_of_port_3(solicitation, clock.now());
    ASSERT_EQ(times.size(), 3U);
    EXPECT_GT(times[0], 0s);
    EXPECT_LE(times[0], 1s);
    EXPECT_EQ(times[1], times[0] + 3s);
    EXPECT_EQ(times[2], times[0] + 6s);
    delays.insert(times[0]);
  }
  EXPECT_EQ(delays.size(), 50U);
}

TEST(RouterSolicitation, EndsWithAnAnswerAndWithTheLink) {
  test::ManualClock clock;
  RouterSolicitation solicitation{1};
  solicitation.on_link(3, true, clock.now());
  solicitation.on_link(7, true, clock.now());
  solicitation.on_answer(3);
  EXPECT_FALSE(solicitation.due(clock.now() + 9s).contains(3));
  EXPECT_TRUE(solicitation.due(clock.now() + 9s).contains(7));
  solicitation.on_link(7, false, clock.now());
  EXPECT_EQ(solicitation.next(), kNever);
  solicitation.on_link(7, true, clock.now());
  EXPECT_EQ(times_of_port_3(solicitation, clock.now()).size(), 0U);
}

}  // namespace
}  // namespace mcswitch::membership

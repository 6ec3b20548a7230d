// SPDX-License-Identifier: BSD-3-Clause

#include "table/port_table.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::table::port_table_test {
namespace {

using std::chrono::seconds;

constexpr MacAddress kA{0x02cf00000010};
constexpr MacAddress kB{0x02cf00000011};
constexpr MacAddress kC{0x02cf00000012};

TEST(PortState, StampsRiseStrictlyAlsoWithinOneMoment) {
  test::ManualClock clock;
  PortState port;
  const Stamp a = port.next_stamp(clock.now());
  const Stamp b = port.next_stamp(clock.now());
  EXPECT_GT(b, a);
  clock.advance(seconds{1});
  const Stamp c = port.next_stamp(clock.now());
  EXPECT_GT(c, b);
  EXPECT_EQ(time_of(c), clock.now());
}

TEST(PortState, OneHostIsASingleHostHoweverOftenItSpeaks) {
  test::ManualClock clock;
  PortState port;
  for (int i = 0; i < 5; ++i) {
    port.saw_host(kA, clock.now());
    clock.advance(seconds{1});
  }
  EXPECT_TRUE(port.has_single_host(clock.now() - seconds{260}));
}

TEST(PortState, TwoHostsAreNoSingleHostUntilOneHasBeenSilentLongEnough) {
  test::ManualClock clock;
  PortState port;
  port.saw_host(kA, clock.now());
  clock.advance(seconds{10});
  port.saw_host(kB, clock.now());
  EXPECT_FALSE(port.has_single_host(clock.now() - seconds{260}));
  clock.advance(seconds{100});
  port.saw_host(kB, clock.now());
  EXPECT_FALSE(port.has_single_host(clock.now() - seconds{260}));
  clock.advance(seconds{151});
  port.saw_host(kB, clock.now());
  EXPECT_TRUE(port.has_single_host(clock.now() - seconds{260}));
}

TEST(PortState, TwoReportingAddressesAreNoSingleHost) {
  test::ManualClock clock;
  PortState port;
  const TimePoint start = clock.now();
  for (int i = 0; i < 3; ++i) {
    port.saw_host(kA, clock.now());
    port.saw_reporter(Ipv4Address::of(10, 0, 0, 1), clock.now());
    clock.advance(seconds{1});
  }
  EXPECT_TRUE(port.has_single_host(start));
  port.saw_reporter(Ipv4Address{}, clock.now());
  EXPECT_FALSE(port.has_single_host(start));
  EXPECT_TRUE(port.has_single_host(clock.now())) << "before the link was lost";
}

TEST(PortState, KnowsWhetherTheControlThreadHasRecordsOfModeExcludeToDealWith) {
  PortState port;
  EXPECT_FALSE(port.has_excludes_pending());
  port.excludes_sent += 2;
  port.excludes_done.fetch_add(1);
  EXPECT_TRUE(port.has_excludes_pending());
  port.excludes_done.fetch_add(1);
  EXPECT_FALSE(port.has_excludes_pending());
}

TEST(PortState, HostsThatTakeTurnsAreSeenAsSeveral) {
  test::ManualClock clock;
  PortState port;
  for (int i = 0; i < 6; ++i) {
    port.saw_host(i % 3 == 0 ? kA : i % 3 == 1 ? kB : kC, clock.now());
    clock.advance(seconds{50});
  }
  EXPECT_FALSE(port.has_single_host(clock.now() - seconds{260}));
  EXPECT_TRUE(port.has_single_host(clock.now() - seconds{60}));
}

}  // namespace
}  // namespace mcswitch::table::port_table_test

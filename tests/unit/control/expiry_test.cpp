// SPDX-License-Identifier: BSD-3-Clause
//
// Membership timers over the whole core: RFC 2236 section 7, Members Present.

#include "unit/control/bench.hpp"

namespace mcswitch::control::expiry_test {
namespace {

const Ipv4Address kGroup = ip("239.1.2.3");
const Ipv4Address kSameMac = ip("224.129.2.3");  // shares 01:00:5e:01:02:03

// R2236-20, -21; R4541-12.
TEST(Expiry, AMembershipEndsOneGroupMembershipIntervalAfterItsReport) {
  Bench bench;
  bench.join(2, kGroup);
  EXPECT_EQ(bench.ends(2, kGroup), bench.clock.now() + 260s);
  bench.advance(260s + kAnswerGrace - 1ms);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.groups.group_count(), 0U);
  EXPECT_EQ(bench.counter(ControlCounter::memberships_expired), 1U);
}

// R2236-20, SEED-10: joins are repeated, each starts the interval anew.
TEST(Expiry, EachReportStartsTheIntervalAnew) {
  Bench bench;
  bench.join(2, kGroup);
  bench.advance(2760ms);
  EXPECT_EQ(bench.join(2, kGroup), table::JoinResult::refreshed);
  bench.advance(2280ms);
  bench.join(2, kGroup);
  const TimePoint last = bench.clock.now();
  bench.advance(260s + kAnswerGrace - 1ms);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  EXPECT_EQ(bench.ends(2, kGroup), last + 260s);
  bench.advance(1ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// SEED-6: the last answer to a general query came 10.7 s after it; the interval is what counts.
TEST(Expiry, AnAnswerLaterThanTheQueryResponseIntervalIsInTime) {
  Bench bench;
  bench.join(2, kGroup);
  bench.advance(125s);
  bench.advance(10700ms);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.join(2, kGroup);
  bench.advance(259s);
  EXPECT_TRUE(bench.is_member(2, kGroup));
}

TEST(Expiry, PortsAndGroupsAndVlansEndEachForThemselves) {
  Bench bench;
  bench.join(2, kGroup);
  bench.join(7, kGroup);
  bench.advance(100s);
  bench.join(5, kGroup);
  bench.join(2, kSameMac);
  bench.advance(160s + kAnswerGrace);
  EXPECT_EQ(bench.members(kGroup), ports({5}));
  EXPECT_EQ(bench.members(kSameMac), ports({2}));
  EXPECT_TRUE(bench.members(kGroup, kOtherVlan).empty());
  bench.advance(100s);
  EXPECT_EQ(bench.groups.group_count(), 0U);
}

// SEED-9: a version 1 host says nothing when it goes.
TEST(Expiry, AVersion1MembershipEndsByItsIntervalAlone) {
  Bench bench;
  bench.join(2, kGroup, 1);
  bench.leave(2, kGroup);
  bench.advance(260s + kAnswerGrace - 1ms);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

TEST(Expiry, FollowsTheConfiguredInterval) {
  config::Config config = bench_config();
  config.igmp.intervals.set_group_membership_interval = 2500ms;
  Bench bench{config};
  bench.join(2, kGroup);
  bench.advance(2500ms + kAnswerGrace - 1ms);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// RFC 9776 section 8.4.
TEST(Expiry, WithVersion3TheIntervalIs270Seconds) {
  config::Config config = bench_config();
  config.igmp.intervals.version = 3;
  Bench bench{config};
  bench.join(2, kGroup, 3);
  bench.advance(270s + kAnswerGrace - 1ms);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// An interval longer than the wheel turns.
TEST(Expiry, AnIntervalOfAnHourEndsAfterAnHour) {
  config::Config config = bench_config();
  config.igmp.intervals.set_group_membership_interval = 3600s;
  Bench bench{config};
  bench.join(2, kGroup);
  bench.advance(3600s + kAnswerGrace - 1ms);
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(1ms);
  EXPECT_FALSE(bench.is_member(2, kGroup));
}

// A second life of the same (entry, port) with a timer left over from the first.
TEST(Expiry, ARejoinSoonAfterTheEndLivesForAWholeInterval) {
  Bench bench;
  bench.join(4, kGroup);  // keeps the entry
  bench.join(2, kGroup);
  bench.advance(100s);
  bench.join(4, kGroup);
  bench.leave(2, kGroup);
  bench.advance(3s);
  ASSERT_EQ(bench.members(kGroup), ports({4}));
  bench.join(2, kGroup);
  const TimePoint rejoined = bench.clock.now();
  for (int i = 0; i < 2; ++i) {
    bench.advance(129s);
    bench.join(4, kGroup);
  }
  EXPECT_TRUE(bench.is_member(2, kGroup));
  bench.advance(rejoined + 260s - bench.clock.now() + kAnswerGrace);
  EXPECT_EQ(bench.members(kGroup), ports({4}));
}

// Another group in the same entry, after the first has been recycled.
TEST(Expiry, AnEntryThatIsUsedAgainForAnotherGroupLivesForAWholeInterval) {
  Bench bench{bench_config(), 1};
  bench.join(2, kGroup);
  bench.advance(50s);
  bench.leave(2, kGroup);
  bench.advance(5s);
  ASSERT_EQ(bench.groups.group_count(), 0U);
  ASSERT_EQ(bench.join(2, kSameMac), table::JoinResult::joined);
  bench.advance(260s + kAnswerGrace - 1ms);
  EXPECT_TRUE(bench.is_member(2, kSameMac));
  bench.advance(1ms);
  EXPECT_FALSE(bench.is_member(2, kSameMac));
}

TEST(Expiry, NothingIsRecycledWhileAGracePeriodHasNotPassed) {
  Bench bench{bench_config(), 1};
  bench.grace = test::SimpleGracePeriod{};
  bench.join(2, kGroup);
  bench.advance(261s);
  EXPECT_EQ(bench.groups.retired_count(), 1U);
  EXPECT_EQ(bench.join(2, kSameMac), table::JoinResult::refused_table_full);
  bench.grace.pass();
  bench.advance(5ms);
  EXPECT_EQ(bench.groups.retired_count(), 0U);
  EXPECT_EQ(bench.join(2, kSameMac), table::JoinResult::joined);
}

// A leave must not wait for a mass expiry: each run() does a bounded part of it. Counted, not timed.
TEST(Expiry, AHundredThousandMembershipsEndInBoundedSlices) {
  constexpr std::uint32_t kCount = 100'000;
  Bench bench{bench_config(), kCount + 1};
  for (std::uint32_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(bench.join(2, Ipv4Address{0xef010000 + i}), table::JoinResult::joined);
  }
  bench.advance(1s);
  EXPECT_EQ(bench.groups.group_count(), kCount);
  bench.clock.advance(260s);

  const Ipv4Address other = ip("225.9.9.9");
  bench.join(5, other);
  std::uint64_t most = 0;
  std::uint64_t before = 0;
  std::size_t slices = 0;
  while (bench.core.run(bench.clock.now()) <= bench.clock.now()) {
    const std::uint64_t ended = bench.counter(ControlCounter::memberships_expired);
    most = std::max(most, ended - before);
    before = ended;
    if (++slices == 100) {
      bench.leave(5, other);
      EXPECT_EQ(bench.asked(other).size(), 1U);
    }
    ASSERT_LT(slices, std::size_t{kCount});
  }
  EXPECT_LE(most, 128U);
  EXPECT_GE(slices, kCount / 128U);
  EXPECT_EQ(bench.counter(ControlCounter::memberships_expired), kCount);
  EXPECT_EQ(bench.groups.group_count(), 1U);
}

}  // namespace
}  // namespace mcswitch::control::expiry_test

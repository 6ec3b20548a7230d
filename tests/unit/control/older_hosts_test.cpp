// SPDX-License-Identifier: BSD-3-Clause
//
// Older Host Present Interval (RFC 9776 section 8.13): "This value MUST be ((the Robustness Variable) times
// (the Query Interval)) plus (one Query Response Interval)", here 44 s. The Group Membership Interval of
// version 3 is longer, 48 s, and may be set to anything.

#include "unit/control/source_lab.hpp"

namespace mcswitch::control {
namespace {

using enum RecordType;

constexpr Duration kOlderHostPresent = 44s;
constexpr Duration kTick = 2ms;  // its time is kept in ticks of a millisecond

class OlderHosts : public testing::TestWithParam<Duration> {
 protected:
  static config::Config with_interval() {
    config::Config config = lab_config();
    if (GetParam() != Duration::zero()) {
      config.igmp.intervals.set_group_membership_interval = GetParam();
    }
    return config;
  }
  SourceLab lab{with_interval()};
};

// S-F1-34; section 7.3.2: BLOCK is ignored while a version 2 host is present.
TEST_P(OlderHosts, OfVersion2ArePresentForAsLongAsTheRfcSays) {
  lab.v2_report(2, kHostTwo);
  lab.advance(30s);
  lab.record(2, mode_is_exclude);
  lab.advance(kOlderHostPresent - 30s - 1ms);
  lab.clear();
  lab.record(2, block_old_sources, {kA});
  EXPECT_TRUE(lab.asked().empty());
  lab.advance(1ms + kTick);
  lab.record(2, block_old_sources, {kA});
  ASSERT_EQ(lab.asked().size(), 1U);
  EXPECT_EQ(lab.asked()[0].sources, List{kA});
}

// RFC 2236 section 5: leaves are ignored while a version 1 host is present.
TEST_P(OlderHosts, OfVersion1ArePresentForAsLongAsTheRfcSays) {
  lab.v1_report(2, kHostTwo);
  lab.advance(30s);
  lab.v2_report(2);
  lab.advance(kOlderHostPresent - 30s - 1ms);
  lab.clear();
  lab.leave(2);
  EXPECT_TRUE(lab.asked().empty());
  lab.advance(1ms + kTick);
  lab.leave(2);
  EXPECT_EQ(lab.asked().size(), 1U);
}

// --- a querier with longer intervals (section 7.3.2: the timer is set when the host is heard) -------------

// 2 * 100 + 10 s; it counts as present for 205 s, and then the switch asks, with its own intervals.
void have_slow_querier(SourceLab& lab) {
  lab.engine.receive(5, test::v3_query({.code = 100, .qqic = 100}, {.source = ip("10.0.0.9")}));
}
// A version 3 host keeps the membership, second by second.
void pass_with_a_member(SourceLab& lab, Duration time) {
  for (const TimePoint end = lab.engine.now() + time; lab.engine.now() < end;) {
    lab.record(2, mode_is_exclude);
    lab.advance(std::min<Duration>(end - lab.engine.now(), 1s));
  }
}
std::size_t questions_of_a_block(SourceLab& lab) {
  lab.record(2, mode_is_exclude);
  lab.clear();
  lab.record(2, block_old_sources, {kA});
  return lab.asked().size();
}

TEST(OlderHostsOfASlowQuerier, StayPresentForAsLongAsWasSoWhenTheyWereHeard) {
  SourceLab lab;
  have_slow_querier(lab);
  pass_with_a_member(lab, 100s);
  lab.v2_report(2, kHostTwo);
  pass_with_a_member(lab, 209s);
  EXPECT_EQ(questions_of_a_block(lab), 0U);
  pass_with_a_member(lab, 1s + kTick);
  EXPECT_EQ(questions_of_a_block(lab), 1U);
}

TEST(OlderHostsOfASlowQuerier, ThatAreHeardAfterItHasGoneArePresentForTheShorterTime) {
  SourceLab lab;
  have_slow_querier(lab);
  pass_with_a_member(lab, 206s);
  lab.v2_report(2, kHostTwo);
  pass_with_a_member(lab, kOlderHostPresent - 1s);
  EXPECT_EQ(questions_of_a_block(lab), 0U);
  pass_with_a_member(lab, 1s + kTick);
  EXPECT_EQ(questions_of_a_block(lab), 1U);
}

// One with other values again: the longest time counts for whoever was heard in it.
TEST(OlderHostsOfASlowQuerier, StayPresentWhenTheIntervalGetsShorterTwice) {
  SourceLab lab;
  const auto ask = [&](std::uint8_t interval) {
    lab.engine.receive(5, test::v3_query({.code = 100, .qqic = interval}, {.source = ip("10.0.0.9")}));
  };
  ask(100);
  lab.v2_report(2, kHostTwo);
  pass_with_a_member(lab, 10s);
  ask(50);
  pass_with_a_member(lab, 10s);
  ask(20);
  pass_with_a_member(lab, 189s);
  EXPECT_EQ(questions_of_a_block(lab), 0U);
  pass_with_a_member(lab, 1s + kTick);
  EXPECT_EQ(questions_of_a_block(lab), 1U);
}

INSTANTIATE_TEST_SUITE_P(WhateverTheMembershipIntervalIs, OlderHosts,
                         testing::Values(Duration::zero(), Duration{300s}, Duration{32s}));

}  // namespace
}  // namespace mcswitch::control

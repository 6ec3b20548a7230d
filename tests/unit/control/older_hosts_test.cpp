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

INSTANTIATE_TEST_SUITE_P(WhateverTheMembershipIntervalIs, OlderHosts,
                         testing::Values(Duration::zero(), Duration{300s}, Duration{32s}));

}  // namespace
}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// Static groups and sources: there from the start, and for good.

#include "unit/control/bench.hpp"
#include "unit/control/source_lab.hpp"

namespace mcswitch::control {
namespace {

using enum RecordType;

config::Config static_config() {
  config::Config config = lab_config();
  config::Vlan vlan;
  vlan.id = kLabVlan;
  vlan.snooping = config.snooping;
  vlan.igmp = config.igmp;
  vlan.static_groups = {{.group = kGroup, .source = std::nullopt, .ports = PortSet::of(3)},
                        {.group = kGroup, .source = kA, .ports = PortSet::of(2) | PortSet::of(4)}};
  config.vlans.push_back(vlan);
  return config;
}

TEST(StaticGroup, IsForwardedWithoutAReport) {
  SourceLab lab{static_config()};
  EXPECT_EQ(lab.gets(2), "A");
  EXPECT_EQ(lab.gets(3), "ABCD");
  EXPECT_EQ(lab.gets(4), "A");
  EXPECT_EQ(lab.gets(5), "");
}

TEST(StaticGroup, OutlivesTimersLeavesAndLossOfLink) {
  SourceLab lab{static_config()};
  lab.leave(3);
  lab.record(2, block_old_sources, {kA});
  lab.advance(10 * kGmi);
  lab.engine.link(2, false);
  lab.engine.link(3, false);
  lab.advance(1s);
  lab.engine.link(2, true);
  lab.engine.link(3, true);
  EXPECT_EQ(lab.gets(2), "A");
  EXPECT_EQ(lab.gets(3), "ABCD");
}

TEST(StaticGroup, LivesBesideWhatHostsReport) {
  SourceLab lab{static_config()};
  lab.record(2, mode_is_include, {kB});
  EXPECT_EQ(lab.gets(2), "AB");
  lab.advance(kGmi + kAnswerGrace);
  EXPECT_EQ(lab.gets(2), "A");
}

TEST(StaticGroup, IsInThePictureForTelemetry) {
  const Bench bench{static_config()};
  const auto rows = bench.core.snapshot()->static_members;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].source, IpAddress{});
  EXPECT_EQ(rows[0].ports, PortSet::of(3));
  EXPECT_EQ(rows[1].source, IpAddress::from(kA));
}

}  // namespace
}  // namespace mcswitch::control

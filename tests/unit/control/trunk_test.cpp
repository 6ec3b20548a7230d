// SPDX-License-Identifier: BSD-3-Clause
//
// Ports in several VLANs, and VLANs with settings of their own.

#include "unit/control/bench.hpp"

namespace mcswitch::control {
namespace {

// Port 5 is a trunk of both VLANs of the bench, port 7 carries VLAN 20 besides its own.
config::Config trunk_config() {
  config::Config config = bench_config();
  config.ports[5].vlan = 0;
  config.ports[5].tagged_vlans = {kOtherVlan, kVlan};
  config.ports[7].tagged_vlans = {kVlan};
  return config;
}

TEST(Trunks, AreInTheWordsOfAllTheirVlans) {
  Bench bench{trunk_config()};
  EXPECT_EQ(bench.vlans[kVlan].flood.load(), ports({0, 1, 2, 3, 4, 5, 7}));
  EXPECT_EQ(bench.vlans[kVlan].tagged, ports({5, 7}));
  EXPECT_EQ(bench.vlans[kOtherVlan].flood.load(), ports({5, 6, 7}));
  EXPECT_EQ(bench.vlans[kOtherVlan].tagged, ports({5}));
  bench.core.on_link(5, false, bench.clock.now());
  EXPECT_EQ(bench.vlans[kVlan].flood.load(), ports({0, 1, 2, 3, 4, 7}));
  EXPECT_EQ(bench.vlans[kOtherVlan].flood.load(), ports({6, 7}));
  // What is let in with a tag does not depend on the link.
  EXPECT_EQ(bench.vlans[kVlan].tagged, ports({5, 7}));
}

TEST(Trunks, AreAskedInEachOfTheirVlansWhenTheyComeUp) {
  Bench bench{trunk_config()};
  bench.core.on_link(5, false, bench.clock.now());
  bench.sink.sent.clear();
  bench.core.on_link(5, true, bench.clock.now());
  bench.run();
  ASSERT_EQ(bench.sink.sent.size(), 2U);
  for (const Sent& query : bench.sink.sent) {
    EXPECT_EQ(query.ports, ports({5}));
    EXPECT_TRUE(query.group.is_unspecified());
  }
  EXPECT_EQ(bench.sink.sent[0].vlan + bench.sink.sent[1].vlan, kVlan + kOtherVlan);
}

// RFC 4541 section 2.1.1(1): a router is one in the VLAN of its query.
TEST(Trunks, ARouterBehindThemIsOneInTheVlanOfItsQuery) {
  config::Config config = trunk_config();
  config.igmp.querier = false;
  Bench bench{config};
  bench.query(5, kLow);
  bench.run();
  EXPECT_EQ(bench.vlans[kVlan].reports.load(), ports({5}));
  EXPECT_TRUE(bench.vlans[kOtherVlan].reports.load().empty());
}

config::Config with_other_settings() {
  config::Config config = bench_config();
  config::Vlan vlan{.id = kOtherVlan, .name = "other", .snooping = config.snooping, .igmp = config.igmp};
  vlan.snooping.unregistered = config::Unregistered::flood;
  vlan.igmp.querier_address = kLow;
  vlan.igmp.require_router_alert = true;
  vlan.igmp.intervals.query_interval = 10s;
  vlan.igmp.intervals.query_response_interval = 2s;
  config.vlans = {vlan};
  return config;
}

TEST(VlanSettings, OfOneVlanLeaveTheOthersAlone) {
  Bench bench{with_other_settings()};
  EXPECT_EQ(bench.vlans[kOtherVlan].unregistered.load(), kOtherAll);
  EXPECT_TRUE(bench.vlans[kVlan].unregistered.load().empty());
  EXPECT_EQ(bench.vlans[kOtherVlan].igmp_rules, table::kRequireRouterAlert | table::kTrackHosts);
  EXPECT_EQ(bench.vlans[kVlan].igmp_rules, table::kTrackHosts);
  config::Config without_hosts = with_other_settings();
  without_hosts.sw.max_hosts = 0;
  const Bench other{without_hosts};
  EXPECT_EQ(other.vlans[kVlan].igmp_rules, 0);
  const auto snapshot = bench.core.snapshot();
  ASSERT_EQ(snapshot->vlans.size(), 2U);
  EXPECT_EQ(snapshot->vlans[0].group_membership_interval, 2 * 10s + 2s);
  EXPECT_EQ(snapshot->vlans[1].group_membership_interval, 2 * 125s + 10s);
}

TEST(VlanSettings, GiveEachVlanItsOwnQuerier) {
  Bench bench{with_other_settings()};
  bench.sink.sent.clear();
  bench.advance(60s);
  unsigned in_other = 0;
  unsigned in_first = 0;
  for (const Sent& query : bench.sink.sent) {
    if (query.vlan == kOtherVlan) {
      ++in_other;
      EXPECT_EQ(query.source, kLow);
      EXPECT_EQ(query.code, 20);
    } else {
      ++in_first;
      EXPECT_EQ(query.source, kOwn);
      EXPECT_EQ(query.code, 100);
    }
  }
  EXPECT_GE(in_other, 6U);
  EXPECT_EQ(in_first, 1U);  // the second startup query, after 31.25 s
}

// Thousands of VLANs: each still asks in its time, a few dozen in one run().
TEST(VlanSettings, OfEveryPossibleVlanAreServed) {
  config::Config config = bench_config();
  config.ports[5].tagged_vlans.clear();
  for (unsigned id = 1; id < 4095; ++id) {
    if (id != kVlan) {
      config.ports[5].tagged_vlans.push_back(static_cast<VlanId>(id));
    }
  }
  Bench bench{config};
  bench.run();
  bench.sink.sent.clear();
  bench.advance(32s);  // the second startup query of each
  std::vector<bool> asked(kMaxVlans);
  for (const Sent& query : bench.sink.sent) {
    EXPECT_FALSE(asked[query.vlan]) << query.vlan;
    asked[query.vlan] = true;
  }
  EXPECT_EQ(std::count(asked.begin(), asked.end(), true), 4094);
  EXPECT_EQ(bench.core.snapshot()->vlans.size(), 4094U);
}

}  // namespace
}  // namespace mcswitch::control

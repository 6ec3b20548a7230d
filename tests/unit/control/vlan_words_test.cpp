// SPDX-License-Identifier: BSD-3-Clause
//
// The words that workers forward by: modes, policies, router ports. (Held pruning: held_words_test.cpp.)

#include "unit/control/bench.hpp"

namespace mcswitch::control::vlan_words_test {
namespace {

using config::SnoopingMode;
using config::Unregistered;
using table::Snooping;

struct Words {
  PortSet flood, registered, unregistered, reports;
  Snooping igmp = Snooping::off;
  friend bool operator==(const Words&, const Words&) = default;
};

std::ostream& operator<<(std::ostream& out, const Words& w) {
  return out << std::hex << "flood " << w.flood.bits() << " registered " << w.registered.bits()
             << " unregistered " << w.unregistered.bits() << " reports " << w.reports.bits() << " snoops "
             << static_cast<int>(w.igmp);
}

Words words(const Bench& bench, VlanId vlan = kVlan) {
  const table::VlanForwarding& f = bench.vlans[vlan];
  return {f.flood.load(), f.registered.load(), f.unregistered.load(), f.reports.load(), f.igmp};
}

config::Config passive_with(Unregistered policy, SnoopingMode mode = SnoopingMode::prune) {
  config::Config config = passive_config();
  config.snooping.unregistered = policy;
  config.snooping.mode = mode;
  return config;
}

const PortSet kNone;
const PortSet k3 = PortSet::of(3);

// R4541-1, -13, -15.
TEST(VlanWords, RouterPortsGetReportsRegisteredAndUnregisteredGroups) {
  Bench bench{passive_with(Unregistered::router_ports)};
  EXPECT_EQ(words(bench), (Words{kAll, kNone, kNone, kNone, Snooping::prune}));
  bench.query(3, kLow);
  EXPECT_EQ(words(bench), (Words{kAll, k3, k3, k3, Snooping::prune}));
  EXPECT_EQ(words(bench, kOtherVlan), (Words{kOtherAll, kNone, kNone, kNone, Snooping::prune}));
}

TEST(VlanWords, ARouterPortEndsWithItsInterval) {
  config::Config config = passive_with(Unregistered::router_ports);
  config.igmp.intervals.set_router_port_interval = 2s;
  Bench bench{config};
  bench.query(3, kLow);
  bench.advance(2s - 1ns);
  EXPECT_EQ(words(bench).reports, k3);
  bench.advance(1ns);
  EXPECT_EQ(words(bench), (Words{kAll, kNone, kNone, kNone, Snooping::prune}));
}

TEST(VlanWords, PolicyFloodSendsUnregisteredGroupsToAll) {
  Bench bench{passive_with(Unregistered::flood)};
  bench.query(3, kLow);
  EXPECT_EQ(words(bench), (Words{kAll, k3, kAll, k3, Snooping::prune}));
}

TEST(VlanWords, PolicyDropSendsThemNowhereButToPortsThatAskForThem) {
  config::Config config = passive_with(Unregistered::drop);
  Bench bench{config};
  bench.query(3, kLow);
  EXPECT_EQ(words(bench).unregistered, kNone);
  config.ports[4].flood_unregistered = true;
  Bench with_port{config};
  with_port.query(3, kLow);
  EXPECT_EQ(words(with_port), (Words{kAll, k3, ports({4}), k3, Snooping::prune}));
}

// R4541-15: the per-port option of a switch that does not flood.
TEST(VlanWords, FloodUnregisteredAddsItsPortToUnregisteredGroupsOnly) {
  config::Config config = passive_with(Unregistered::router_ports);
  config.ports[4].flood_unregistered = true;
  Bench bench{config};
  bench.query(3, kLow);
  EXPECT_EQ(words(bench), (Words{kAll, k3, ports({3, 4}), k3, Snooping::prune}));
}

// IEEE 802.1Q section 8.8, "forward all groups": also where others have joined. Data, no reports.
TEST(VlanWords, AllMulticastAddsItsPortToRegisteredAndUnregisteredGroups) {
  config::Config config = passive_with(Unregistered::drop);
  config.ports[4].all_multicast = true;
  Bench bench{config};
  bench.query(3, kLow);
  EXPECT_EQ(words(bench), (Words{kAll, ports({3, 4}), ports({4}), k3, Snooping::prune}));
  EXPECT_EQ(words(bench, kOtherVlan), (Words{kOtherAll, kNone, kNone, kNone, Snooping::prune}));
}

TEST(VlanWords, AllMulticastIsOfEachVlanThatThePortCarries) {
  config::Config config = passive_with(Unregistered::router_ports);
  config.ports[4].all_multicast = true;
  config.ports[4].tagged_vlans = {kOtherVlan};
  Bench bench{config};
  EXPECT_EQ(words(bench, kOtherVlan).registered, ports({4}));
  EXPECT_EQ(words(bench, kOtherVlan).unregistered, ports({4}));
}

// R4541-4.
TEST(VlanWords, AConfiguredRouterPortIsOneFromTheStart) {
  config::Config config = passive_with(Unregistered::router_ports);
  config.ports[5].multicast_router = config::MulticastRouter::always;
  Bench bench{config};
  EXPECT_EQ(words(bench), (Words{kAll, ports({5}), ports({5}), ports({5}), Snooping::prune}));
}

TEST(VlanWords, WhereRoutersAreExcludedAQuerierIsElectedAllTheSame) {
  config::Config config = bench_config();
  config.ports[3].multicast_router = config::MulticastRouter::never;
  Bench bench{config};
  bench.query(3, kLow);
  bench.run();
  EXPECT_EQ(words(bench).reports, kNone);
  EXPECT_EQ(bench.querier().role, membership::Role::non_querier);
}

TEST(VlanWords, PortsWithoutLinkAreInNone) {
  config::Config config = passive_with(Unregistered::flood);
  config.ports[5].multicast_router = config::MulticastRouter::always;
  config.ports[4].flood_unregistered = true;
  config.ports[3].all_multicast = true;
  Bench bench{config};
  bench.query(3, kLow);
  for (const PortId port : ports({3, 4, 5})) {
    bench.core.on_link(port, false, bench.clock.now());
  }
  const PortSet up = ports({0, 1, 2});
  EXPECT_EQ(words(bench), (Words{up, kNone, up, kNone, Snooping::prune}));
  bench.core.on_link(5, true, bench.clock.now());
  EXPECT_EQ(words(bench).reports, ports({5}));
}

TEST(VlanWords, ModeOffFloodsAndLooksAtNothing) {
  Bench bench{passive_with(Unregistered::drop, SnoopingMode::off)};
  bench.query(3, kLow);
  EXPECT_EQ(words(bench), (Words{kAll, kAll, kAll, kAll, Snooping::off}));
  EXPECT_EQ(bench.counter(ControlCounter::events_invalid), 1U);
}

TEST(VlanWords, IgmpDisabledFloodsAndLooksAtNothing) {
  config::Config config = passive_with(Unregistered::drop);
  config.igmp.enabled = false;
  Bench bench{config};
  EXPECT_EQ(words(bench), (Words{kAll, kAll, kAll, kAll, Snooping::off}));
}

TEST(VlanWords, ModeObserveLooksAndFloods) {
  Bench bench{passive_with(Unregistered::drop, SnoopingMode::observe)};
  bench.query(3, kLow);
  bench.run();
  EXPECT_EQ(words(bench), (Words{kAll, kAll, kAll, kAll, Snooping::observe}));
  ASSERT_EQ(bench.core.snapshot()->routers.size(), 1U);  // learned as if pruning
}

TEST(VlanWords, APortWithoutAVlanIsInNone) {
  config::Config config = passive_with(Unregistered::flood);
  config.ports[1].vlan = 0;
  Bench bench{config};
  EXPECT_EQ(words(bench).flood, ports({0, 2, 3, 4, 5}));
  EXPECT_EQ(words(bench, 0), (Words{kNone, kNone, kNone, kNone, Snooping::off}));
}

}  // namespace
}  // namespace mcswitch::control::vlan_words_test

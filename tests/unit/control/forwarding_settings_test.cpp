// SPDX-License-Identifier: BSD-3-Clause
//
// What a configuration says about forwarding, as the block that workers read, and when the core puts it in
// force.

#include "control/forwarding_settings.hpp"

#include <memory>

#include "unit/control/bench.hpp"

namespace mcswitch::control {
namespace {

using table::Snooping;

constexpr MacAddress kPortMac{0x02'aa'00'00'00'05};

PortMacs some_macs() {
  PortMacs macs{};
  macs[5] = kPortMac;
  macs[kPortCount] = MacAddress{0x02'aa'00'00'00'ff};  // of no port
  return macs;
}

TEST(ForwardingSettings, OfAPortAreItsOwn) {
  config::Config config = bench_config();
  config.ports[2].block_queries = true;
  config.ports[4].vlan = 0;
  config.ports[4].tagged_vlans = {kOtherVlan};
  const auto block = forwarding_settings(config, some_macs(), kSwitchMac);
  EXPECT_EQ(block->ports[2].vlan, kVlan);
  EXPECT_TRUE(block->ports[2].block_queries);
  EXPECT_TRUE(block->ports[2].own_mac.is_zero());
  EXPECT_EQ(block->ports[4].vlan, 0);
  EXPECT_EQ(block->ports[5].own_mac, kPortMac);
  EXPECT_EQ(block->switch_mac, kSwitchMac);
  EXPECT_FALSE(block->ports[5].block_queries);
  EXPECT_EQ(block->ports[6].vlan, kOtherVlan);
  // One that is not configured lets nothing in.
  EXPECT_EQ(block->ports[kPortCount].vlan, 0);
  EXPECT_TRUE(block->ports[kPortCount].own_mac.is_zero());
}

TEST(ForwardingSettings, SayWhichPortsCarryAVlanWithATag) {
  config::Config config = bench_config();
  EXPECT_FALSE(forwarding_settings(config, {}, kSwitchMac)->has_tags);
  config.ports[5].tagged_vlans = {kOtherVlan, 77};
  const auto block = forwarding_settings(config, {}, kSwitchMac);
  EXPECT_TRUE(block->has_tags);
  EXPECT_EQ(block->vlans[kOtherVlan].tagged, ports({5}));
  EXPECT_EQ(block->vlans[77].tagged, ports({5}));
  EXPECT_EQ(block->vlans[77].igmp, Snooping::prune);
  EXPECT_TRUE(block->vlans[kVlan].tagged.empty());
}

TEST(ForwardingSettings, SayWhatIsDoneAboutIgmp) {
  config::Config config = bench_config();
  const auto snooping = [&](VlanId vlan = kVlan) {
    return forwarding_settings(config, {}, kSwitchMac)->vlans[vlan].igmp;
  };
  EXPECT_EQ(snooping(), Snooping::prune);
  EXPECT_EQ(snooping(77), Snooping::off) << "no port carries it";
  config.snooping.mode = config::SnoopingMode::observe;
  EXPECT_EQ(snooping(), Snooping::observe);
  config.igmp.enabled = false;
  EXPECT_EQ(snooping(), Snooping::off);
  config.igmp.enabled = true;
  config.snooping.mode = config::SnoopingMode::off;
  EXPECT_EQ(snooping(), Snooping::off);
}

TEST(ForwardingSettings, HaveTheRulesOfEachVlan) {
  config::Config config = bench_config();
  config::Vlan vlan{.id = kOtherVlan, .name = "other", .snooping = config.snooping, .igmp = config.igmp};
  vlan.igmp.require_router_alert = true;
  vlan.igmp.ignore_v1_reports = true;
  vlan.igmp.host_tracking = false;
  vlan.igmp.ssm_range = {Ipv4Prefix{ip("232.0.0.0"), 8}, Ipv4Prefix{ip("239.1.2.0"), 24}};
  config.vlans = {vlan};
  const auto block = forwarding_settings(config, {}, kSwitchMac);
  const table::VlanForwarding& other = block->vlans[kOtherVlan];
  EXPECT_EQ(other.igmp_rules, table::kRequireRouterAlert | table::kIgnoreV1Reports | table::kHasSsmRange);
  EXPECT_TRUE(other.is_source_specific(ip("232.9.9.9")));
  EXPECT_TRUE(other.is_source_specific(ip("239.1.2.3")));
  EXPECT_FALSE(other.is_source_specific(ip("239.1.3.3")));
  EXPECT_EQ(block->vlans[kVlan].igmp_rules, table::kTrackHosts);
  EXPECT_FALSE(block->vlans[kVlan].is_source_specific(ip("232.9.9.9")));
}

// The words follow from what is learned, and nothing is.
TEST(ForwardingSettings, HaveNoWords) {
  config::Config config = bench_config();
  config.snooping.unregistered = config::Unregistered::flood;
  const auto block = forwarding_settings(config, {}, kSwitchMac);
  const table::VlanWords& words = block->vlans[kVlan];
  EXPECT_TRUE(words.flood.load().empty());
  EXPECT_TRUE(words.registered.load().empty());
  EXPECT_TRUE(words.unregistered.load().empty());
  EXPECT_TRUE(words.reports.load().empty());
}

struct CoreWithReaders {
  test::ManualClock clock;
  std::unique_ptr<table::Tables> tables = std::make_unique<table::Tables>(
      table::Tables::Sizes{.max_groups = 100, .max_macs = 100, .ports = kPortCount, .seed = 1});
  const table::ForwardingBlock* before = &tables->forwarding.current();
  RecordingSink sink{clock};
  test::SimpleGracePeriod grace;
  ControlCore core{bench_config(),
                   kSwitchMac,
                   *tables,
                   {.sink = sink, .grace_period = grace, .port_macs = some_macs()},
                   [](LogLevel, const std::string&) {}};
};

TEST(ForwardingSettings, AreInForceAsSoonAsThereIsACore) {
  CoreWithReaders with;
  const table::ForwardingBlock& block = with.tables->forwarding.current();
  EXPECT_NE(&block, with.before);
  EXPECT_EQ(block.ports[5].vlan, kVlan);
  EXPECT_EQ(block.ports[5].own_mac, kPortMac);
  EXPECT_EQ(block.switch_mac, kSwitchMac);
  EXPECT_EQ(block.vlans[kVlan].igmp, Snooping::prune);
  EXPECT_TRUE(block.vlans[kVlan].flood.load().empty()) << "no port has link";
}

// Until nobody reads the old ones any more the core looks again each millisecond.
TEST(ForwardingSettings, ThatAreReplacedAreFreedAfterAGracePeriod) {
  CoreWithReaders with;
  with.core.start(with.clock.now());
  while (with.core.run(with.clock.now()) <= with.clock.now()) {
  }
  EXPECT_FALSE(with.tables->forwarding.is_settled());
  EXPECT_EQ(with.core.run(with.clock.now()), with.clock.now() + kRetry);
  EXPECT_EQ(with.before->ports[5].vlan, 0) << "a reader may still have it";
  with.grace.pass();
  EXPECT_GT(with.core.run(with.clock.now()), with.clock.now() + kRetry);
  EXPECT_TRUE(with.tables->forwarding.is_settled());
}

}  // namespace
}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause

#include "table/forwarding_block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "support/simple_grace_period.hpp"

namespace mcswitch::table {
namespace {

constexpr PortSet kFew{0b0110};
constexpr PortSet kMore{0b1110};

std::unique_ptr<ForwardingBlock> block_with(VlanId vlan_of_port_1) {
  auto block = std::make_unique<ForwardingBlock>();
  block->ports[1].vlan = vlan_of_port_1;
  return block;
}

TEST(ForwardingBlock, ANewOneLetsNothingIn) {
  const auto block = std::make_unique<ForwardingBlock>();
  EXPECT_FALSE(block->has_tags);
  EXPECT_TRUE(std::all_of(block->ports.begin(), block->ports.end(), [](const PortForwarding& port) {
    return port.vlan == 0 && port.own_mac.is_zero() && !port.block_queries;
  }));
  EXPECT_TRUE(std::all_of(block->vlans.begin(), block->vlans.end(), [](const VlanForwarding& vlan) {
    return vlan.tagged.empty() && vlan.igmp == Snooping::off && vlan.igmp_rules == 0 &&
           vlan.flood.load().empty() && vlan.registered.load().empty() && vlan.unregistered.load().empty() &&
           vlan.reports.load().empty();
  }));
}

TEST(ForwardingBlock, AGroupIsSourceSpecificInAnyOfThePrefixes) {
  VlanForwarding vlan;
  vlan.ssm_range = {0xe8000000'ff000000, 0, 0xef010200'ffffff00, 0};
  EXPECT_FALSE(vlan.is_source_specific(Ipv4Address::of(232, 1, 2, 3))) << "the rules do not say so";
  vlan.igmp_rules = kHasSsmRange;
  EXPECT_TRUE(vlan.is_source_specific(Ipv4Address::of(232, 1, 2, 3)));
  EXPECT_TRUE(vlan.is_source_specific(Ipv4Address::of(239, 1, 2, 255)));
  EXPECT_FALSE(vlan.is_source_specific(Ipv4Address::of(239, 1, 3, 0)));
  EXPECT_FALSE(vlan.is_source_specific(Ipv4Address::of(233, 0, 0, 0)));
}

TEST(ForwardingBlocks, TheOneThatWasPublishedLastIsInForce) {
  ForwardingBlocks blocks;
  test::SimpleGracePeriod grace;
  EXPECT_EQ(blocks.current().ports[1].vlan, 0);
  EXPECT_TRUE(blocks.is_settled());
  blocks.publish(block_with(10), grace);
  EXPECT_EQ(blocks.current().ports[1].vlan, 10);
  blocks.publish(block_with(20), grace);
  EXPECT_EQ(blocks.current().ports[1].vlan, 20);
}

// Who holds one that was replaced goes on with it; under the address sanitizer this would say if it could
// not.
TEST(ForwardingBlocks, OneThatIsReplacedStaysAsItIsUntilItsGracePeriodHasPassed) {
  ForwardingBlocks blocks;
  test::SimpleGracePeriod grace;
  blocks.publish(block_with(10), grace);
  const ForwardingBlock& held = blocks.current();
  blocks.publish(block_with(20), grace);
  blocks.words(10).flood.store(kMore);
  blocks.reclaim(grace);
  EXPECT_FALSE(blocks.is_settled());
  EXPECT_EQ(held.ports[1].vlan, 10);
  EXPECT_TRUE(held.vlans[10].flood.load().empty()) << "words are stored in the block in force";
  grace.pass();
  EXPECT_FALSE(blocks.is_settled());
  blocks.reclaim(grace);
  EXPECT_TRUE(blocks.is_settled());
  EXPECT_EQ(blocks.current().ports[1].vlan, 20);
}

// One grace period for each of them.
TEST(ForwardingBlocks, OfSeveralThatWaitThoseAreFreedWhoseGracePeriodHasPassed) {
  ForwardingBlocks blocks;
  test::SimpleGracePeriod grace;
  for (VlanId vlan = 1; vlan <= 3; ++vlan) {
    blocks.publish(block_with(vlan), grace);
  }
  EXPECT_EQ(grace.begun(), 3U);
  grace.pass();
  const ForwardingBlock& held = blocks.current();
  blocks.publish(block_with(4), grace);
  blocks.reclaim(grace);
  EXPECT_FALSE(blocks.is_settled());
  EXPECT_EQ(held.ports[1].vlan, 3);
  grace.pass();
  blocks.reclaim(grace);
  EXPECT_TRUE(blocks.is_settled());
  EXPECT_EQ(blocks.current().ports[1].vlan, 4);
}

TEST(ForwardingBlocks, WordsChangeInPlace) {
  ForwardingBlocks blocks;
  test::SimpleGracePeriod grace;
  auto next = block_with(10);
  next->vlans[10].flood.store(kFew);
  blocks.publish(std::move(next), grace);
  const ForwardingBlock& held = blocks.current();
  EXPECT_EQ(held.vlans[10].flood.load(), kFew) << "as they were before it was published";
  blocks.words(10).flood.store(kMore);
  EXPECT_EQ(held.vlans[10].flood.load(), kMore);
  EXPECT_EQ(&blocks.current(), &held);
}

}  // namespace
}  // namespace mcswitch::table

// SPDX-License-Identifier: BSD-3-Clause
//
// Limits of a port: refused with the number named, and good up to that number.

#include <gmock/gmock.h>

#include "driver_table.hpp"
#include "ports/families.hpp"
#include "ports/rig.hpp"

namespace mcswitch::ports {
namespace {

using testing::HasSubstr;

constexpr std::uint16_t kJumbo = 9000;

class PortLimit : public Rig {};

TEST_P(PortLimit, AnMtuBeyondTheLimitIsRefusedWithTheLimitNamed) {
  const auto largest = bench_->nature().largest_mtu;
  if (!largest) {
    GTEST_SKIP() << "this family has no limit below that of the configuration";
  }
  const auto problem = bring_up(static_cast<std::uint16_t>(*largest + 1));
  ASSERT_TRUE(problem);
  EXPECT_THAT(*problem, HasSubstr(std::to_string(*largest + 1)));
  EXPECT_THAT(*problem, HasSubstr(" is " + std::to_string(*largest)));
}

// The longest frame that such a port has to pass has a tag as well.
TEST_P(PortLimit, TaggedFramesOfTheLargestMtuPassWhole) {
  const Nature nature = bench_->nature();
  const std::uint16_t mtu = nature.largest_mtu.value_or(kJumbo);
  const std::vector<Frame> frames{with_tag(data_frame(91, mtu + 14U)), with_tag(data_frame(92, mtu + 14U))};
  bench_->set_mtu(mtu);
  ASSERT_NO_FATAL_FAILURE(start(mtu, nature.can_be_sent_to ? frames : std::vector<Frame>{}));
  if (nature.can_be_sent_to) {
    EXPECT_EQ(receive(frames.size()), frames);
  }
  EXPECT_EQ(transmit(frames), frames.size());
  if (nature.can_be_watched) {
    EXPECT_EQ(bench_->received(*port_), frames);
  }
}

TEST_P(PortLimit, IsPromiscuous) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(rte_eth_promiscuous_get(port_->ethdev()), 1);
}

TEST_P(PortLimit, HasOneReceiveQueueWhereControlMessagesCannotBeSteered) {
  const auto problem = bring_up(1500, {.rx_queues = 3});
  ASSERT_FALSE(problem) << *problem;
  EXPECT_EQ(port_->queues().rx, 1);
  EXPECT_NE(port_->queues().remark, "");
}

TEST_P(PortLimit, RefusesReceiveQueuesThatAreRequiredAndCannotBeHad) {
  const auto problem = bring_up(1500, {.rx_queues = 3, .rx_queues_required = true});
  ASSERT_TRUE(problem);
  EXPECT_THAT(*problem, HasSubstr("rx-queues = 3"));
}

TEST_P(PortLimit, SaysNothingAboutQueuesWhenItHasWhatWasAskedFor) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(port_->queues().rx, 1);
  EXPECT_EQ(port_->queues().tx, 1);
  EXPECT_GE(port_->queues().rx_descriptors, 64);
  EXPECT_EQ(port_->queues().remark, "");
}

// Two ports on one device would take each other's frames.
TEST_P(PortLimit, ADeviceInUseIsRefused) {
  ASSERT_NO_FATAL_FAILURE(start());
  config::Port settings;
  settings.name = "second";
  settings.device = bench_->device();
  const auto second = drivers::find_driver(settings.device)->make_port(settings);
  ASSERT_FALSE(second->check());
  const auto problem = second->open();
  ASSERT_TRUE(problem);
  EXPECT_THAT(*problem, HasSubstr("in use already, by mcswitch port tested"));
  second->stop();
  EXPECT_TRUE(port_->poll_link());
}

INSTANTIATE_TEST_SUITE_P(Family, PortLimit, every_family(), name_of);

}  // namespace
}  // namespace mcswitch::ports

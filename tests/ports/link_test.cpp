// SPDX-License-Identifier: BSD-3-Clause

#include <gmock/gmock.h>

#include "ports/families.hpp"
#include "ports/rig.hpp"

namespace mcswitch::ports {
namespace {

class PortLink : public Rig {};

TEST_P(PortLink, LossAndReturnAreSeen) {
  ASSERT_NO_FATAL_FAILURE(start());
  if (!bench_->nature().can_lose_link) {
    EXPECT_TRUE(port_->poll_link());
    GTEST_SKIP() << "this family cannot lose its link";
  }
  bench_->set_link(false);
  EXPECT_TRUE(eventually([this] { return !port_->poll_link(); }));
  bench_->set_link(true);
  EXPECT_TRUE(eventually([this] { return port_->poll_link(); }));
}

TEST_P(PortLink, FramesPassAfterALoss) {
  if (!bench_->nature().can_lose_link) {
    GTEST_SKIP() << "this family cannot lose its link";
  }
  ASSERT_NO_FATAL_FAILURE(start());
  bench_->set_link(false);
  ASSERT_TRUE(eventually([this] { return !port_->poll_link(); }));
  bench_->set_link(true);
  ASSERT_TRUE(eventually([this] { return port_->poll_link(); }));
  bench_->connect();
  const auto frames = stream(4001, 40);
  bench_->send(frames);
  EXPECT_THAT(numbers_of(receive(frames.size())), testing::ElementsAreArray(numbers_of(frames)));
  EXPECT_EQ(transmit(frames), frames.size());
  EXPECT_THAT(numbers_of(bench_->received(*port_)), testing::ElementsAreArray(numbers_of(frames)));
}

INSTANTIATE_TEST_SUITE_P(Family, PortLink, every_family(), name_of);

}  // namespace
}  // namespace mcswitch::ports

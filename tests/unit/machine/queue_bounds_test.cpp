// SPDX-License-Identifier: BSD-3-Clause
//
// By made-up families; tests/ports/driver_table_test.cpp has those that there are.

#include "machine/queue_bounds.hpp"

#include <gtest/gtest.h>

namespace mcswitch::machine {
namespace {

constexpr dataplane::PortFamily kCard{.name = "card"};
constexpr dataplane::PortFamily kSink{.name = "sink", .max_rx_queues = 1};
constexpr dataplane::PortFamily kSocket{.name = "socket", .max_rx_queues = 1, .max_tx_queues = 1};
constexpr dataplane::PortFamily kFew{.name = "few", .max_rx_queues = 2, .max_tx_queues = 4};

QueueBounds bounds(const dataplane::PortFamily& family, std::size_t workers,
                   std::optional<std::uint16_t> rx_queues = {}) {
  config::Port port;
  port.rx_queues = rx_queues;
  return queue_bounds(port, family, workers);
}

TEST(QueueBounds, AreOneForEachWorkerWhereTheDeviceMayHaveThem) {
  EXPECT_EQ(bounds(kCard, 3).rx, 3U);
  EXPECT_EQ(bounds(kCard, 3).tx, 3U);
  EXPECT_EQ(bounds(kSink, 3).rx, 1U) << "steers nothing";
  EXPECT_EQ(bounds(kSink, 3).tx, 3U);
}

TEST(QueueBounds, AreOneOfEachWhereTheDeviceNeverHasMore) {
  EXPECT_EQ(bounds(kSocket, 3, 5).rx, 1U);
  EXPECT_EQ(bounds(kSocket, 3).tx, 1U);
  EXPECT_EQ(bounds(kSink, 3, 5).rx, 1U);
}

TEST(QueueBounds, AreNoMoreThanTheFamilyHas) {
  EXPECT_EQ(bounds(kFew, 3).rx, 2U);
  EXPECT_EQ(bounds(kFew, 3).tx, 3U);
  EXPECT_EQ(bounds(kFew, 5).tx, 4U);
}

TEST(QueueBounds, FollowRxQueuesWhereItIsWritten) {
  EXPECT_EQ(bounds(kCard, 3, 5).rx, 5U);
  EXPECT_EQ(bounds(kCard, 3, 1).rx, 1U);
  EXPECT_EQ(bounds(kCard, 3, 1).tx, 3U);
}

}  // namespace
}  // namespace mcswitch::machine

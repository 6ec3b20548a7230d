// SPDX-License-Identifier: BSD-3-Clause

#include "machine/queue_bounds.hpp"

#include <gtest/gtest.h>

namespace mcswitch::machine {
namespace {

QueueBounds bounds(std::string_view device, std::size_t workers,
                   std::optional<std::uint16_t> rx_queues = {}) {
  config::Port port;
  port.device = device;
  port.rx_queues = rx_queues;
  return queue_bounds(port, workers);
}

TEST(QueueBounds, AreOneForEachWorkerWhereTheDeviceMayHaveThem) {
  for (const std::string_view device : {"0000:03:00.0", "net_bonding0,mode=1", "net_virtio_user0,path=/x"}) {
    EXPECT_EQ(bounds(device, 3).rx, 3U) << device;
    EXPECT_EQ(bounds(device, 3).tx, 3U) << device;
  }
  EXPECT_EQ(bounds("net_null0", 3).rx, 1U) << "steers nothing";
}

TEST(QueueBounds, AreOneOfEachWhereTheDeviceNeverHasMore) {
  for (const std::string_view device : {"net_af_packet0,iface=x", "net_af_xdp0,iface=x", "net_tap0",
                                        "net_ring0", "net_memif0,role=client", "net_pcap0,rx_pcap=x"}) {
    EXPECT_EQ(bounds(device, 3, 5).rx, 1U) << device;
    EXPECT_EQ(bounds(device, 3).tx, 1U) << device;
  }
}

TEST(QueueBounds, FollowRxQueuesWhereItIsWritten) {
  EXPECT_EQ(bounds("0000:03:00.0", 3, 5).rx, 5U);
  EXPECT_EQ(bounds("0000:03:00.0", 3, 1).rx, 1U);
  EXPECT_EQ(bounds("0000:03:00.0", 3, 1).tx, 3U);
}

}  // namespace
}  // namespace mcswitch::machine

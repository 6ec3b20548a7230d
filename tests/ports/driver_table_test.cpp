// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the driver table: what is known of a device before it is opened.

#include "driver_table.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include <set>

#include "machine/queue_bounds.hpp"

namespace mcswitch::drivers {
namespace {

machine::QueueBounds bounds(std::string_view device, std::size_t workers,
                            std::optional<std::uint16_t> rx_queues = {}) {
  config::Port port;
  port.device = device;
  port.rx_queues = rx_queues;
  return machine::queue_bounds(port, driver_table().of(device), workers);
}

TEST(DriverTable, FamiliesAreFoundByTheDeviceString) {
  const auto family = [](std::string_view device) {
    const dataplane::PortFamily* driver = find_driver(device);
    return driver == nullptr ? std::string_view{} : driver->name;
  };
  EXPECT_EQ(family("0000:5e:00.1"), "pci");
  EXPECT_EQ(family("5e:00.1,devarg=3"), "pci");
  EXPECT_EQ(family("net_af_packet7,iface=x"), "af_packet");
  EXPECT_EQ(family("net_af_xdp7,iface=x"), "af_xdp");
  EXPECT_EQ(family("net_bonding1,mode=1,slave=net_null4"), "bonding");
  EXPECT_EQ(family("net_vhost0,iface=/tmp/x"), "other");
  EXPECT_EQ(family("eth0"), "");
}

TEST(DriverTable, APortHasItsRow) {
  for (const dataplane::PortFamily& family : driver_table().rows()) {
    EXPECT_EQ(&family.make_port({})->family(), &family);
  }
}

TEST(DriverTable, QueuesAreOneForEachWorkerWhereTheDeviceMayHaveThem) {
  for (const std::string_view device : {"0000:03:00.0", "net_virtio_user0,path=/x"}) {
    EXPECT_EQ(bounds(device, 3).rx, 3U) << device;
    EXPECT_EQ(bounds(device, 3).tx, 3U) << device;
  }
  EXPECT_EQ(bounds("net_null0", 3).rx, 1U) << "steers nothing";
  EXPECT_EQ(bounds("net_null0", 3, 5).rx, 1U) << "steers nothing";
  EXPECT_EQ(bounds("net_null0", 3).tx, 3U);
}

TEST(DriverTable, QueuesAreOneOfEachWhereTheDeviceNeverHasMore) {
  for (const std::string_view device :
       {"net_af_packet0,iface=x", "net_af_xdp0,iface=x", "net_tap0", "net_ring0", "net_memif0,role=client",
        "net_pcap0,rx_pcap=x", "net_bonding0,mode=1"}) {
    EXPECT_EQ(bounds(device, 3, 5).rx, 1U) << device;
    EXPECT_EQ(bounds(device, 3).tx, 1U) << device;
  }
}

TEST(DriverTable, OnlyAfXdpHasBuffersOfItsOwn) {
  for (const dataplane::PortFamily& family : driver_table().rows()) {
    EXPECT_EQ(family.own_buffers.in_device, family.name == "af_xdp" ? 4096U : 0U) << family.name;
    EXPECT_EQ(family.own_buffers.size, family.name == "af_xdp" ? 4096U + 64U : 0U) << family.name;
  }
}

// Seen in the drivers of DPDK 22.11; where it is not certain, a family counts as one that keeps them.
TEST(DriverTable, FamiliesThatCopyWhatTheySendKeepNothing) {
  std::set<std::string_view> copying;
  for (const dataplane::PortFamily& family : driver_table().rows()) {
    if (!family.keeps_sent) {
      copying.insert(family.name);
    }
  }
  EXPECT_EQ(copying, (std::set<std::string_view>{"af_packet", "af_xdp", "tap", "pcap", "null"}));
}

TEST(DriverTable, DevicesThatReadBuffersByThemselvesLockMemory) {
  std::set<std::string_view> locking;
  for (const dataplane::PortFamily& family : driver_table().rows()) {
    if (family.locks_memory) {
      locking.insert(family.name);
    }
  }
  EXPECT_EQ(locking, (std::set<std::string_view>{"pci", "af_xdp"}));
}

TEST(DriverTable, InterfacesOfTheKernelNeedCapabilities) {
  constexpr std::uint64_t kAdmin = std::uint64_t{1} << CAP_NET_ADMIN;
  constexpr std::uint64_t kRaw = std::uint64_t{1} << CAP_NET_RAW;
  for (const dataplane::PortFamily& family : driver_table().rows()) {
    const bool is_interface = family.name == "af_packet" || family.name == "af_xdp";
    EXPECT_EQ(family.capabilities, is_interface           ? kAdmin | kRaw
                                   : family.name == "tap" ? kAdmin
                                                          : 0)
        << family.name;
  }
}

TEST(DriverTable, AnUnknownDeviceNeedsNothing) {
  const dataplane::PortFamily& unknown = driver_table().of("eth0");
  EXPECT_EQ(unknown.own_buffers, dataplane::PortFamily::OwnBuffers{});
  EXPECT_TRUE(unknown.keeps_sent);
  EXPECT_EQ(unknown.capabilities, 0U);
  EXPECT_FALSE(unknown.locks_memory);
}

}  // namespace
}  // namespace mcswitch::drivers

// SPDX-License-Identifier: BSD-3-Clause

#include "config/device_string.hpp"

#include <gmock/gmock.h>

namespace mcswitch::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(DeviceName, IsTheTextBeforeTheFirstComma) {
  EXPECT_EQ(device_name("net_af_packet0,iface=eth1,framesz=4096"), "net_af_packet0");
  EXPECT_EQ(device_name("net_ring0"), "net_ring0");
  EXPECT_EQ(device_name(",iface=eth1"), "");
}

TEST(DeviceIdentity, IsTheSameForEveryFormOfAnAddress) {
  EXPECT_EQ(device_identity("0000:AF:00.1,dv_flow_en=0"), "0000:af:00.1");
  EXPECT_EQ(device_identity("af:00.1"), "0000:af:00.1");
  EXPECT_EQ(device_identity("net_ring0,x=1"), "net_ring0");
}

TEST(DeviceArgument, IsFoundByItsWholeKey) {
  constexpr std::string_view kDevice = "net_bonding0,mode=1,slave=0000:03:00.0,x,slave=net_ring1,=5,mac=";
  EXPECT_THAT(device_argument(kDevice, "mode"), Optional(std::string{"1"}));
  EXPECT_EQ(device_argument(kDevice, "mod"), std::nullopt);
  EXPECT_EQ(device_argument(kDevice, "net_bonding0"), std::nullopt);
  EXPECT_EQ(device_argument(kDevice, "x"), std::nullopt) << "has no value";
  EXPECT_THAT(device_argument(kDevice, "mac"), Optional(std::string{}));
  EXPECT_THAT(device_arguments(kDevice, "slave"), ElementsAre("0000:03:00.0", "net_ring1"));
  EXPECT_THAT(device_arguments("net_ring0", "slave"), IsEmpty());
}

TEST(DeviceNumber, IsZeroIfItIsNone) {
  EXPECT_THAT(device_number("net_af_packet0,framesz=4096", "framesz"), Optional(4096UL));
  EXPECT_THAT(device_number("net_af_packet0,framesz=4k", "framesz"), Optional(0UL));
  EXPECT_EQ(device_number("net_af_packet0", "framesz"), std::nullopt);
}

TEST(DevicePciAddress, IsKnownInEveryForm) {
  EXPECT_EQ(device_pci_address("0000:03:00.0"), "0000:03:00.0");
  EXPECT_EQ(device_pci_address("3b:00.1"), "0000:3b:00.1");
  EXPECT_EQ(device_pci_address("0000:AF:00.0,dv_flow_en=0"), "0000:af:00.0");
}

TEST(DevicePciAddress, VirtualDevicesHaveNone) {
  for (const std::string_view device :
       {"net_ring0", "net_af_packet0,iface=eth1.10", "eth1", "1.2", ":", "", "a:b"}) {
    EXPECT_EQ(device_pci_address(device), std::nullopt) << device;
  }
}

TEST(DeviceInterface, IsTheArgumentOfThatName) {
  EXPECT_EQ(device_interface("net_af_packet0,iface=eth1"), "eth1");
  EXPECT_EQ(device_interface("net_af_xdp0,start_queue=1,iface=eth7,queue_count=2"), "eth7");
  EXPECT_EQ(device_interface("net_ring0"), std::nullopt);
}

TEST(PciAddress, TheDomainMayBeLeftOut) {
  EXPECT_EQ(pci_address("5E:00.1"), "0000:5e:00.1");
  EXPECT_EQ(pci_address("0001:5e:1f.7"), "0001:5e:1f.7");
  EXPECT_EQ(pci_address("10000:5e:00.0"), "10000:5e:00.0");
}

TEST(PciAddress, WhatIsNoAddressIsNone) {
  for (const char* text : {"", "net_ring0", "5e:00", "5e:00.8", "0000:5e:00.1,x=1", "000g:5e:00.1", "1:2:3.4",
                           "0000:5e:00.12", "net_null0:1"}) {
    EXPECT_EQ(pci_address(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace mcswitch::config

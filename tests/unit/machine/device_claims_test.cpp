// SPDX-License-Identifier: BSD-3-Clause

#include "machine/device_claims.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

namespace mcswitch::machine {
namespace {

using testing::Optional;

// Names that no other run of this test uses.
std::string device(int number) {
  return fmt::format("net_af_packet{},iface=ut{}-{}", number, getpid(), number);
}

TEST(DeviceClaims, DeviceIsTakenOnceAndItsHolderNamed) {
  DeviceClaims first;
  EXPECT_EQ(DeviceClaims::holder(device(3)), std::nullopt);
  EXPECT_EQ(first.take(device(3)), std::nullopt);
  DeviceClaims second;
  const auto us = testing::HasSubstr(fmt::format("process {}", getpid()));
  EXPECT_THAT(second.take(device(3)), Optional(us));
  EXPECT_THAT(DeviceClaims::holder(device(3)), Optional(us));
  EXPECT_EQ(second.take(device(4)), std::nullopt) << "another interface";
}

TEST(DeviceClaims, AnyDriverOnTheInterfaceCounts) {
  DeviceClaims first;
  EXPECT_EQ(first.take(device(5)), std::nullopt);
  EXPECT_NE(DeviceClaims::holder(fmt::format("net_af_xdp0,iface=ut{}-5", getpid())), std::nullopt);
}

TEST(DeviceClaims, DeviceIsFreeWhenItsHolderHasGone) {
  {
    DeviceClaims first;
    EXPECT_EQ(first.take(device(6)), std::nullopt);
  }
  DeviceClaims second;
  EXPECT_EQ(second.take(device(6)), std::nullopt);
}

TEST(DeviceClaims, AskingOftenDoesNotMakeItLookFree) {
  DeviceClaims first;
  EXPECT_EQ(first.take(device(7)), std::nullopt);
  for (int i = 0; i < 100; ++i) {
    ASSERT_NE(DeviceClaims::holder(device(7)), std::nullopt) << i;
  }
}

TEST(DeviceClaims, DeviceThatIsNotSharedIsAnybodys) {
  DeviceClaims first;
  DeviceClaims second;
  EXPECT_EQ(first.take("net_ring3"), std::nullopt);
  EXPECT_EQ(second.take("net_ring3"), std::nullopt);
}

}  // namespace
}  // namespace mcswitch::machine

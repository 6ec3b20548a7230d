// SPDX-License-Identifier: BSD-3-Clause

#include "base/address_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/net_text.hpp"

namespace mcswitch {
namespace {

using testing::ElementsAre;

constexpr std::array<std::uint8_t, 12> kThree{10, 0, 0, 1, 192, 0, 2, 255, 255, 255, 255, 255};

std::vector<IpAddress> all_of(AddressList list) { return {list.begin(), list.end()}; }

TEST(AddressList, ReadsAddressesOfFourBytes) {
  const AddressList list = AddressList::of_v4(kThree);
  EXPECT_EQ(list.size(), 3U);
  EXPECT_EQ(list.stride(), AddressList::kV4Bytes);
  EXPECT_EQ(list[1], Ipv4Address::of(192, 0, 2, 255));
  EXPECT_THAT(all_of(list), ElementsAre(Ipv4Address::of(10, 0, 0, 1), Ipv4Address::of(192, 0, 2, 255),
                                        Ipv4Address::of(255, 255, 255, 255)));
}

TEST(AddressList, ReadsAddressesOfSixteenBytes) {
  std::vector<std::uint8_t> bytes(32);
  parse_ip("2001:db8::1")->to_bytes(bytes.data());
  parse_ip("fe80::ff")->to_bytes(bytes.data() + 16);
  const AddressList list{bytes, AddressList::kV6Bytes};
  EXPECT_EQ(list.size(), 2U);
  EXPECT_THAT(all_of(list), ElementsAre(*parse_ip("2001:db8::1"), *parse_ip("fe80::ff")));
}

TEST(AddressList, NothingIsAnEmptyList) {
  const AddressList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0U);
  EXPECT_EQ(list.begin(), list.end());
  EXPECT_TRUE(list.bytes().empty());
}

}  // namespace
}  // namespace mcswitch

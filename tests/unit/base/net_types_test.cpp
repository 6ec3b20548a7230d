// SPDX-License-Identifier: BSD-3-Clause

#include "base/net_types.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <vector>

#include "base/net_text.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch {
namespace {

using test::ip;
using test::mac;

// --- MAC addresses -----------------------------------------------------------------------------

TEST(MacAddress, FirstByteOnTheWireIsTheMostSignificant) {
  const std::uint8_t bytes[] = {0x01, 0x00, 0x5e, 0x01, 0x02, 0x03};
  EXPECT_EQ(MacAddress::from_bytes(bytes).bits, 0x01005e010203U);
}

TEST(MacAddress, BytesRoundTrip) {
  const std::array<std::uint8_t, 6> bytes{0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54};
  std::array<std::uint8_t, 6> back{};
  MacAddress::from_bytes(bytes.data()).to_bytes(back.data());
  EXPECT_EQ(back, bytes);
}

// IEEE 802 section 8.2: the group bit is the lowest of the first byte.
TEST(MacAddress, GroupIsTheLowestBitOfTheFirstByte) {
  EXPECT_TRUE(mac("01:00:00:00:00:00").is_group());
  EXPECT_TRUE(mac("33:33:00:00:00:01").is_group());
  EXPECT_TRUE(mac("ff:ff:ff:ff:ff:ff").is_group());
  EXPECT_FALSE(mac("02:00:5e:01:01:01").is_group());
  EXPECT_FALSE(mac("fe:ff:ff:ff:ff:ff").is_group());
}

TEST(MacAddress, OnlyAllOnesIsBroadcastAndOnlyAllZerosIsZero) {
  EXPECT_TRUE(mac("ff:ff:ff:ff:ff:ff").is_broadcast());
  EXPECT_FALSE(mac("ff:ff:ff:ff:ff:fe").is_broadcast());
  EXPECT_TRUE(mac("00:00:00:00:00:00").is_zero());
  EXPECT_FALSE(mac("00:00:00:00:00:01").is_zero());
}

// --- groups and their MAC addresses (RFC 1112 section 6.4, R1112-1) ------------------------------

TEST(MulticastMac, IsThePrefixAndTheLow23Bits) {
  EXPECT_EQ(multicast_mac(ip("239.1.2.3")), mac("01:00:5e:01:02:03"));
  EXPECT_EQ(multicast_mac(ip("224.0.0.1")), mac("01:00:5e:00:00:01"));
  EXPECT_EQ(multicast_mac(ip("239.255.255.255")), mac("01:00:5e:7f:ff:ff"));
}

TEST(MulticastMac, TheHighBitOfTheSecondByteIsNotInIt) {
  EXPECT_EQ(multicast_mac(ip("239.129.2.3")), multicast_mac(ip("225.1.2.3")));
  EXPECT_NE(multicast_mac(ip("239.65.2.3")), multicast_mac(ip("239.1.2.3")));
}

TEST(MulticastMac, Exactly32GroupsShareOne) {
  const MacAddress shared = multicast_mac(ip("239.1.2.3"));
  int sharing = 0;
  for (std::uint32_t high = 0; high < 512; ++high) {
    const Ipv4Address address{high << 23 | 0x010203};
    sharing += address.is_multicast() && multicast_mac(address) == shared ? 1 : 0;
  }
  EXPECT_EQ(sharing, 32);
}

// --- IPv4 addresses ----------------------------------------------------------------------------

TEST(Ipv4Address, IsHeldInHostByteOrder) { EXPECT_EQ(Ipv4Address::of(239, 1, 2, 3).bits, 0xef010203U); }

// RFC 1112 section 4: 224.0.0.0 to 239.255.255.255.
TEST(Ipv4Address, MulticastIsClassD) {
  EXPECT_FALSE(ip("223.255.255.255").is_multicast());
  EXPECT_TRUE(ip("224.0.0.0").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.0").is_multicast());
}

// RFC 4541 section 2.1.2, SEED-3.
TEST(Ipv4Address, LinkLocalMulticastIsTheFirst256GroupsOnly) {
  EXPECT_TRUE(ip("224.0.0.0").is_link_local_multicast());
  EXPECT_TRUE(ip("224.0.0.9").is_link_local_multicast());
  EXPECT_TRUE(ip("224.0.0.255").is_link_local_multicast());
  EXPECT_FALSE(ip("224.0.1.0").is_link_local_multicast());
  EXPECT_FALSE(ip("225.0.0.1").is_link_local_multicast());
  EXPECT_FALSE(ip("224.128.0.1").is_link_local_multicast());  // the MAC address of 224.0.0.1
}

// The election of RFC 2236 section 3 is between numbers, not texts or bytes in another order.
TEST(Ipv4Address, ComparesAsANumber) {
  EXPECT_LT(ip("10.0.0.2"), ip("10.0.0.10"));
  EXPECT_LT(ip("9.255.255.255"), ip("10.0.0.1"));
  EXPECT_LT(ip("10.0.0.255"), ip("10.0.1.0"));
  EXPECT_LT(ip("127.0.0.1"), ip("192.168.0.1"));
}

TEST(Ipv4Prefix, ContainsWhatSharesItsFirstBits) {
  const Ipv4Prefix prefix{ip("232.16.0.0"), 12};
  EXPECT_TRUE(prefix.contains(ip("232.16.0.0")));
  EXPECT_TRUE(prefix.contains(ip("232.31.255.255")));
  EXPECT_FALSE(prefix.contains(ip("232.32.0.0")));
  EXPECT_FALSE(prefix.contains(ip("232.15.255.255")));
  const Ipv4Prefix one{ip("232.1.2.3"), 32};
  EXPECT_TRUE(one.contains(ip("232.1.2.3")));
  EXPECT_FALSE(one.contains(ip("232.1.2.2")));
  const Ipv4Prefix all{ip("1.2.3.4"), 0};
  EXPECT_TRUE(all.contains(ip("255.0.0.1")));
}

TEST(Ipv4Prefix, BitsBehindTheLengthCountForNothing) {
  const Ipv4Prefix prefix{ip("232.1.2.3"), 8};
  EXPECT_EQ(prefix.network(), ip("232.0.0.0"));
  EXPECT_TRUE(prefix.contains(ip("232.200.0.9")));
  EXPECT_EQ((Ipv4Prefix{ip("232.1.2.3"), 0}).network(), ip("0.0.0.0"));
}

TEST(Ipv4Prefix, OverlapsWhatItContainsAndWhatContainsIt) {
  const Ipv4Prefix wide{ip("232.0.0.0"), 8};
  const Ipv4Prefix narrow{ip("232.7.0.0"), 16};
  EXPECT_TRUE(wide.contains(narrow));
  EXPECT_FALSE(narrow.contains(wide));
  EXPECT_TRUE(wide.overlaps(narrow));
  EXPECT_TRUE(narrow.overlaps(wide));
  EXPECT_FALSE(narrow.overlaps(Ipv4Prefix{ip("232.8.0.0"), 16}));
}

// --- both families -----------------------------------------------------------------------------

using Bytes = std::array<std::uint8_t, 16>;

Bytes bytes_of(const IpAddress& address) {
  Bytes bytes{};
  address.to_bytes(bytes.data());
  return bytes;
}

IpAddress six(const char* text) { return parse_ip(text).value(); }

TEST(IpAddress, HoldsIpv4AsMappedAndGivesItBack) {
  const IpAddress address = IpAddress::from(ip("239.1.2.3"));
  const Bytes expected{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 239, 1, 2, 3};
  EXPECT_EQ(bytes_of(address), expected);
  EXPECT_EQ(IpAddress::from_bytes(expected.data()), address);
  EXPECT_TRUE(address.is_v4());
  EXPECT_EQ(address.v4(), ip("239.1.2.3"));
}

TEST(IpAddress, AnIpv4AddressIsOneByItself) {
  const IpAddress address = ip("239.1.2.3");
  EXPECT_EQ(address, IpAddress::from(ip("239.1.2.3")));
  EXPECT_EQ(address, ip("239.1.2.3"));
  EXPECT_LT(ip("239.1.2.2"), address);
  EXPECT_EQ(kUnspecifiedV4, ip("0.0.0.0"));
  EXPECT_NE(kUnspecifiedV4, IpAddress{});
}

TEST(IpAddress, IsIpv4OnlyWithTheWholePrefix) {
  const Bytes v4 = bytes_of(IpAddress::from(ip("10.1.2.3")));
  for (std::size_t i = 0; i < 12; ++i) {
    Bytes other = v4;
    other[i] ^= 0x10;
    EXPECT_FALSE(IpAddress::from_bytes(other.data()).is_v4()) << i;
  }
  EXPECT_FALSE(IpAddress{}.is_v4());
}

TEST(IpAddress, FirstByteOnTheWireIsTheMostSignificant) {
  const Bytes bytes{0xff, 0x3e, 0x00, 0x20, 0x20, 0x01, 0x0d, 0xb8,
                    0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0};
  const IpAddress address = IpAddress::from_bytes(bytes.data());
  EXPECT_EQ(address.high, 0xff3e'0020'2001'0db8U);
  EXPECT_EQ(address.low, 0x1234'5678'9abc'def0U);
  EXPECT_EQ(bytes_of(address), bytes);
}

TEST(IpAddress, Ipv4AddressesKeepTheirOrder) {
  EXPECT_LT(IpAddress::from(ip("10.0.0.2")), IpAddress::from(ip("10.0.0.10")));
  EXPECT_LT(IpAddress::from(ip("9.255.0.0")), IpAddress::from(ip("10.0.0.0")));
}

// RFC 9777 section 7.6.2: the querier with the numerically lowest address is elected.
TEST(IpAddress, ComparesNumericallyWithTheUpperHalfFirst) {
  EXPECT_LT(six("fe80::ffff:ffff:ffff:ffff"), six("fe80:0:0:1::"));
  EXPECT_LT(six("fe80::1"), six("fe80::2"));
  EXPECT_LT(six("fe80::7fff:ffff:ffff:ffff"), six("fe80::8000:0:0:0"));
  EXPECT_LT(six("7fff::"), six("8000::"));
  EXPECT_LT(six("::"), IpAddress::from(ip("0.0.0.0")));
  EXPECT_LT(IpAddress::from(ip("255.255.255.255")), six("::1:0:0:0"));
  // As the bytes on the wire compare, from the first to the last.
  std::mt19937_64 random{4};
  for (int round = 0; round < 1000; ++round) {
    const IpAddress a{random() >> random() % 64, random()};
    const IpAddress b{random() % 2 == 0 ? a.high : random() >> random() % 64, random()};
    EXPECT_EQ(a <=> b, bytes_of(a) <=> bytes_of(b));
    EXPECT_EQ(a < b, bytes_of(a) < bytes_of(b));
  }
}

TEST(IpAddress, IsUnspecifiedInEitherFamily) {
  EXPECT_TRUE(IpAddress{}.is_unspecified());
  EXPECT_TRUE(IpAddress::from(ip("0.0.0.0")).is_unspecified());
  for (const char* other : {"0.0.0.1", "128.0.0.0", "::1", "::fffe:0:0", "::1:ffff:0:0", "1::", "fe80::"}) {
    EXPECT_FALSE(six(other).is_unspecified()) << other;
  }
}

TEST(IpAddress, IsMulticastInEitherFamily) {
  for (const char* group : {"224.0.0.0", "239.255.255.255", "ff00::", "ff02::1", "ff3e::8000:1"}) {
    EXPECT_TRUE(six(group).is_multicast()) << group;
  }
  for (const char* other :
       {"223.255.255.255", "240.0.0.0", "0.0.0.0", "::", "fe80::1", "feff::", "::ff:0:0"}) {
    EXPECT_FALSE(six(other).is_multicast()) << other;
  }
}

TEST(IpAddress, WhatNobodyReports) {
  for (const char* group : {"224.0.0.1", "ff02::1", "ff00::1", "ff10::7", "ff01::1", "ff31::8000:1"}) {
    EXPECT_TRUE(is_never_reported(six(group))) << group;
  }
  for (const char* group : {"224.0.0.2", "225.0.0.1", "239.1.1.1", "ff02::2", "ff02::1:ff00:1", "ff12::1",
                            "ff05::1", "ff1e::1"}) {
    EXPECT_FALSE(is_never_reported(six(group))) << group;
  }
}

// Upper bits, because those are what tables go by: each bit of the address changes about half of them.
TEST(IpAddress, TheHashDependsOnEachBitOfBothWords) {
  const IpAddress address = six("ff3e:20:2001:db8::8000:1");
  std::set<std::uint64_t> seen{hash_of(address) >> 32};
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t flip = std::uint64_t{1} << bit;
    EXPECT_TRUE(seen.insert(hash_of({address.high ^ flip, address.low}) >> 32).second) << bit;
    EXPECT_TRUE(seen.insert(hash_of({address.high, address.low ^ flip}) >> 32).second) << bit;
  }
}

TEST(IpAddress, TheHashSpreadsGroupsThatShareTheirLowBits) {
  constexpr std::size_t kGroups = 1024;
  std::vector<std::size_t> buckets(kGroups);
  for (std::uint64_t n = 0; n < kGroups; ++n) {
    ++buckets[hash_of({0xff3e'0030'2001'0000 + n, 0x8000'0001}) >> 54];
  }
  EXPECT_LE(*std::max_element(buckets.begin(), buckets.end()), 8U);
}

}  // namespace
}  // namespace mcswitch

// SPDX-License-Identifier: BSD-3-Clause

#include "base/net_text.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string_view>

namespace mcswitch {
namespace {

using namespace std::string_view_literals;

TEST(NetText, WritesAddressesTheUsualWay) {
  EXPECT_EQ(to_string(MacAddress{0x01005e010a0f}), "01:00:5e:01:0a:0f");
  EXPECT_EQ(to_string(Ipv4Address::of(239, 0, 20, 3)), "239.0.20.3");
  EXPECT_EQ(to_string(IpAddress::from(Ipv4Address::of(10, 200, 0, 1))), "10.200.0.1");
}

TEST(NetText, MacAddressesRoundTrip) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 1000; ++i) {
    const MacAddress address{random() & 0xffff'ffff'ffff};
    EXPECT_EQ(parse_mac(to_string(address)), address);
  }
}

TEST(NetText, MacAddressesAreReadInBothCases) {
  EXPECT_EQ(parse_mac("Fe:dC:BA:98:76:54"), MacAddress{0xfedcba987654});
}

TEST(NetText, WhatIsNoMacAddressIsRefused) {
  for (const auto text :
       {""sv, "01:00:5e:01:02"sv, "01:00:5e:01:02:0"sv, "01:00:5e:01:02:03:"sv, "01:00:5e:01:02:03 "sv,
        " 1:00:5e:01:02:03"sv, "01-00-5e-01-02-03"sv, "01005e010203"sv, "0g:00:5e:01:02:03"sv,
        "01:00:5e:01:02:03:04"sv, "01:00:5e:01:02:0\0"sv}) {
    EXPECT_EQ(parse_mac(text), std::nullopt) << text;
  }
}

TEST(NetText, Ipv4AddressesRoundTrip) {
  std::mt19937 random{2};
  for (int i = 0; i < 1000; ++i) {
    const Ipv4Address address{static_cast<std::uint32_t>(random())};
    EXPECT_EQ(parse_ipv4(to_string(address)), address);
  }
}

TEST(NetText, WhatIsNoIpv4AddressIsRefused) {
  for (const auto text : {""sv, "10.0.0"sv, "10.0.0.256"sv, "10.0.0.1.2"sv, "10.0.0.1 "sv, " 10.0.0.1"sv,
                          "10.0.0.-1"sv, "0x0a.0.0.1"sv, "10.0.0.1/8"sv, "ten"sv, "::1"sv, "10..0.1"sv}) {
    EXPECT_EQ(parse_ipv4(text), std::nullopt) << text;
    EXPECT_EQ(text == "::1"sv, parse_ip(text).has_value()) << text;
  }
}

// A text of a configuration file may contain one, and the functions of C stop at it.
TEST(NetText, NothingMayFollowANul) {
  EXPECT_EQ(parse_ipv4("10.0.0.1\0.2"sv), std::nullopt);
  EXPECT_EQ(parse_ip("10.0.0.1\0"sv), std::nullopt);
  EXPECT_EQ(parse_ip("ff02::1\0:2"sv), std::nullopt);
}

// The view is not followed by a NUL, but by more of the text.
TEST(NetText, ReadsNoFurtherThanTheText) {
  constexpr auto kLine = "239.1.2.34 ff0e::12"sv;
  EXPECT_EQ(parse_ipv4(kLine.substr(0, 9)), Ipv4Address::of(239, 1, 2, 3));
  EXPECT_EQ(to_string(parse_ip(kLine.substr(11, 7)).value()), "ff0e::1");
}

// RFC 5952 section 4.
TEST(NetText, Ipv6AddressesAreWrittenInTheShortestForm) {
  const struct {
    std::string_view read;
    std::string_view written;
  } rows[] = {
      {"FF02:0:0:0:0:0:0:1", "ff02::1"},
      {"ff0e::0001:0003", "ff0e::1:3"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"::", "::"},
      {"fe80:0000:0000:0000:00ff:00fe:0000:0001", "fe80::ff:fe:0:1"},
  };
  for (const auto& row : rows) {
    const auto address = parse_ip(row.read);
    ASSERT_TRUE(address) << row.read;
    EXPECT_FALSE(address->is_v4());
    EXPECT_EQ(to_string(*address), row.written);
    EXPECT_EQ(parse_ip(row.written), address);
  }
}

TEST(NetText, Ipv4IsTheSameAddressWrittenAsMapped) {
  EXPECT_EQ(parse_ip("239.1.2.3"), parse_ip("::ffff:239.1.2.3"));
  EXPECT_EQ(to_string(parse_ip("::ffff:ef01:203").value()), "239.1.2.3");
}

TEST(NetText, WhatIsNoIpv6AddressIsRefused) {
  for (const auto text : {"ff02::1::2"sv, "ff02::1%eth0"sv, "ff02:::1"sv, "1:2:3:4:5:6:7"sv, "ff02::1 "sv,
                          "ff02::12345"sv, "[ff02::1]"sv}) {
    EXPECT_EQ(parse_ip(text), std::nullopt) << text;
  }
}

TEST(NetText, PrefixesRoundTripWithEveryLength) {
  for (unsigned length = 0; length <= 32; ++length) {
    const Ipv4Prefix prefix{Ipv4Address::of(232, 1, 2, 3), static_cast<std::uint8_t>(length)};
    EXPECT_EQ(parse_ipv4_prefix(to_string(prefix)), prefix);
  }
  EXPECT_EQ(to_string(Ipv4Prefix{Ipv4Address::of(232, 0, 0, 0), 8}), "232.0.0.0/8");
}

TEST(NetText, WhatIsNoPrefixIsRefused) {
  for (const auto text :
       {""sv, "/"sv, "/8"sv, "232.0.0.0"sv, "232.0.0.0/"sv, "232.0.0.0/33"sv, "232.0.0.0/-1"sv,
        "232.0.0.0/+8"sv, "232.0.0.0/08"sv, "232.0.0.0/8 "sv, "232.0.0/8"sv, "232.0.0.0/8/8"sv,
        "232.0.0.0/264"sv, "ff3e::/32"sv, "232.0.0.0/255.0.0.0"sv, "232.0.0.0/8\0"sv}) {
    EXPECT_EQ(parse_ipv4_prefix(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace mcswitch

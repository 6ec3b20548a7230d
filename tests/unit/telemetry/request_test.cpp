// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/request.hpp"

#include <gmock/gmock.h>

#include "base/net_text.hpp"

namespace mcswitch::telemetry {
namespace {

using testing::HasSubstr;
using testing::Optional;

constexpr unsigned kAll = param::kPaging | param::kVlan | param::kGroup | param::kPort;

std::string error_of(const char* params, unsigned allowed = kAll) {
  return parse_request(params, allowed).error.value_or("no error");
}

TEST(TelemetryRequest, NullAndEmptyAreNoParameters) {
  for (const char* params : {static_cast<const char*>(nullptr), ""}) {
    const ParsedRequest parsed = parse_request(params, kAll);
    EXPECT_FALSE(parsed.error.has_value());
    EXPECT_EQ(parsed.request.limit, 512U);
    EXPECT_EQ(parsed.request.after, 0U);
    EXPECT_FALSE(parsed.request.vlan.has_value());
    EXPECT_FALSE(parsed.request.tag.has_value());
  }
}

TEST(TelemetryRequest, TakesAllParametersInAnyOrder) {
  const ParsedRequest parsed =
      parse_request("port=p%2C3,after=18446744073709551615,tag=77,group=239.1.2.3,limit=12,vlan=4094", kAll);
  ASSERT_FALSE(parsed.error.has_value()) << *parsed.error;
  EXPECT_THAT(parsed.request.port, Optional(std::string{"p,3"}));
  EXPECT_EQ(parsed.request.after, 18'446'744'073'709'551'615U);
  EXPECT_EQ(parsed.request.tag, 77U);
  EXPECT_EQ(parsed.request.group, parse_ip("239.1.2.3"));
  EXPECT_EQ(parsed.request.limit, 12U);
  EXPECT_EQ(parsed.request.vlan, 4094);
}

TEST(TelemetryRequest, TakesAnIpv6Group) {
  EXPECT_EQ(parse_request("group=ff05::1:3", kAll).request.group, parse_ip("ff05::1:3"));
}

TEST(TelemetryRequest, AParameterOfAnotherCommandIsUnknownAndTheOwnOnesAreNamed) {
  EXPECT_EQ(error_of("vlan=3", param::kPaging | param::kPort),
            "unknown parameter vlan; takes port, limit, after");
  EXPECT_EQ(error_of("limit=3", 0), "unknown parameter limit; takes no parameters");
  EXPECT_THAT(error_of("vlna=3"), HasSubstr("takes vlan, group, port, limit, after"));
}

TEST(TelemetryRequest, SaysWhatAValueMustBe) {
  EXPECT_EQ(error_of("vlan=0"), "vlan must be a VLAN id from 1 to 4094");
  EXPECT_EQ(error_of("vlan=4095"), "vlan must be a VLAN id from 1 to 4094");
  EXPECT_EQ(error_of("vlan=12x"), "vlan must be a VLAN id from 1 to 4094");
  EXPECT_EQ(error_of("vlan=-1"), "vlan must be a VLAN id from 1 to 4094");
  EXPECT_EQ(error_of("limit=0"), "limit must be a number from 1 to 512");
  EXPECT_EQ(error_of("limit=513"), "limit must be a number from 1 to 512");
  EXPECT_EQ(error_of("limit="), "limit must be a number from 1 to 512");
  EXPECT_EQ(error_of("after=18446744073709551616"), "after must be the number that `next` had");
  EXPECT_EQ(error_of("group=10.0.0.1"), "group must be a multicast address");
  EXPECT_EQ(error_of("group=fe80::1"), "group must be a multicast address");
  EXPECT_EQ(error_of("group=239.1.2"), "group must be a multicast address");
  EXPECT_EQ(error_of("port="), "port must be the name of a port");
  EXPECT_EQ(error_of("port=%4"), "port must be text in which % is written %25");
}

TEST(TelemetryRequest, GarbledTextIsAnErrorAndNothingElse) {
  for (const char* params :
       {"limit", ",,,", "=", "=5", "limit=5,,after=1", "\x01\xff=\x02", "limit =5", " "}) {
    EXPECT_TRUE(parse_request(params, kAll).error.has_value()) << params;
  }
}

TEST(TelemetryRequest, AKeyGivenTwiceIsAnError) {
  EXPECT_EQ(error_of("vlan=3,vlan=3"), "vlan is given twice");
}

// Two clients' parameters can be exchanged: each must be able to see that an error is not its own.
TEST(TelemetryRequest, TheTagIsFoundBehindAnError) {
  const ParsedRequest parsed = parse_request("nonsense,vlan=9999,tag=31", kAll);
  EXPECT_TRUE(parsed.error.has_value());
  EXPECT_EQ(parsed.request.tag, 31U);
}

TEST(TelemetryRequest, NoMoreIsReadThanDpdkCanHaveReceived) {
  // A tag that begins within the longest request and goes on behind it.
  std::string text = "port=";
  text += std::string(1023 - text.size() - 7, 'a');
  text += ",tag=12345";
  EXPECT_EQ(parse_request(text.c_str(), kAll).request.tag, 12U);
}

}  // namespace
}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// [snooping] and [igmp]

#include <gtest/gtest.h>

#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using namespace std::chrono_literals;
using membership::Intervals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

// Lines in [igmp], the first of which is line 2.
LoadResult load_igmp(std::string_view lines) {
  return load_with_ports("[igmp]\n" + std::string{lines} + "\n");
}

// The same with version 2, whose line is 2, so that lines begin at 3: no notice, and RFC 2236 alone.
LoadResult load_igmp_v2(std::string_view lines) { return load_igmp("version = 2\n" + std::string{lines}); }

TEST(SnoopingSection, DefaultsAreThoseOfTheContract) {
  const LoadResult result = load_with_ports("");
  EXPECT_EQ(result.config->snooping.mode, SnoopingMode::prune);
  EXPECT_EQ(result.config->snooping.unregistered, Unregistered::automatic);
}

TEST(SnoopingSection, EveryWordHasItsMeaning) {
  const auto snooping = [](std::string_view line) {
    return load_with_ports("[snooping]\n" + std::string{line}).config.value().snooping;
  };
  EXPECT_EQ(snooping("mode = \"prune\"").mode, SnoopingMode::prune);
  EXPECT_EQ(snooping("mode = \"observe\"").mode, SnoopingMode::observe);
  EXPECT_EQ(snooping("mode = \"off\"").mode, SnoopingMode::off);
  EXPECT_EQ(snooping("unregistered = \"auto\"").unregistered, Unregistered::automatic);
  EXPECT_EQ(snooping("unregistered = \"flood\"").unregistered, Unregistered::flood);
  EXPECT_EQ(snooping("unregistered = \"router-ports\"").unregistered, Unregistered::router_ports);
  EXPECT_EQ(snooping("unregistered = \"drop\"").unregistered, Unregistered::drop);
}

TEST(SnoopingSection, OtherWordsAreRefused) {
  EXPECT_THAT(
      load_with_ports("[snooping]\nmode = \"on\"\nunregistered = \"routers\"\n").errors,
      ElementsAre(
          Says(2, 8, {"snooping.mode must be \"prune\", \"observe\" or \"off\", not the string \"on\""}),
          Says(3, 16, {"\"auto\", \"flood\", \"router-ports\" or \"drop\""})));
}

TEST(SnoopingSection, PruningOfIpv6LinkLocalIsNotBuilt) {
  EXPECT_THAT(load_with_ports("[snooping]\nflood-ipv6-link-local = true\n").errors, IsEmpty());
  EXPECT_THAT(load_with_ports("[snooping]\nflood-ipv6-link-local = false\n").errors,
              ElementsAre(Says(2, 25, {"MLD", "not implemented yet; only true is possible"})));
}

TEST(IgmpSection, DefaultsAreThoseOfTheContract) {
  const LoadResult result = load_with_ports("");
  ASSERT_TRUE(result.config);
  const Igmp& igmp = result.config->igmp;
  EXPECT_TRUE(igmp.enabled);
  EXPECT_FALSE(igmp.querier);
  EXPECT_TRUE(igmp.querier_address.is_unspecified());
  EXPECT_FALSE(igmp.require_router_alert);
  EXPECT_FALSE(igmp.ignore_v1_reports);
  const Intervals& i = igmp.intervals;
  EXPECT_EQ(i.version, 3);
  EXPECT_EQ(i.robustness_variable, 2);
  EXPECT_EQ(i.query_interval, 125s);
  EXPECT_EQ(i.query_response_interval, 10s);
  EXPECT_EQ(i.last_member_query_interval, 1s);
  EXPECT_EQ(i.set_last_member_query_count, std::nullopt);
  EXPECT_EQ(i.set_startup_query_interval, std::nullopt);
  EXPECT_EQ(i.set_startup_query_count, std::nullopt);
  EXPECT_EQ(i.set_group_membership_interval, std::nullopt);
  EXPECT_EQ(i.set_other_querier_present_interval, std::nullopt);
  EXPECT_EQ(i.set_router_port_interval, std::nullopt);
}

// R2236-60 to R2236-68.
TEST(IgmpSection, DerivedTimesAreThoseOfTheRfcs) {
  const LoadResult v2 = load_igmp_v2("");
  const Intervals& i = v2.config->igmp.intervals;
  EXPECT_EQ(i.group_membership_interval(), 260s);
  EXPECT_EQ(i.other_querier_present_interval(), 255s);
  EXPECT_EQ(i.router_port_interval(), 255s);
  EXPECT_EQ(i.startup_query_interval(), 31250ms);
  EXPECT_EQ(i.startup_query_count(), 2);
  EXPECT_EQ(i.last_member_query_count(), 2);
  // RFC 9776 section 8.4.
  EXPECT_EQ(load_with_ports("").config->igmp.intervals.group_membership_interval(), 270s);
  EXPECT_EQ(load_igmp("version = 1").config->igmp.intervals.group_membership_interval(), 260s);
}

TEST(IgmpSection, DerivedTimesFollowWhatIsWritten) {
  const LoadResult result = load_igmp_v2("robustness = 3\nquery-interval = 20\nquery-response-interval = 5");
  EXPECT_THAT(result.warnings, IsEmpty());
  const Intervals& i = result.config->igmp.intervals;
  EXPECT_EQ(i.group_membership_interval(), 65s);
  EXPECT_EQ(i.other_querier_present_interval(), 62500ms);
  EXPECT_EQ(i.startup_query_interval(), 5s);
  EXPECT_EQ(i.startup_query_count(), 3);
  EXPECT_EQ(i.last_member_query_count(), 3);
}

TEST(IgmpSection, EveryKeyIsRead) {
  const LoadResult result = load_igmp(R"(enabled = false
version = 1
querier = true
querier-address = "10.99.0.200"
robustness = 4
query-interval = 61
query-response-interval = 7.5
last-member-query-interval = 0.7
last-member-query-count = 5
startup-query-interval = 13
startup-query-count = 6
group-membership-interval = 251.5
other-querier-present-interval = 247.75
router-port-interval = 300
require-router-alert = true
ignore-v1-reports = true
)");
  ASSERT_THAT(result.errors, IsEmpty());
  const Igmp& igmp = result.config->igmp;
  EXPECT_FALSE(igmp.enabled);
  EXPECT_TRUE(igmp.querier);
  EXPECT_EQ(igmp.querier_address, Ipv4Address::of(10, 99, 0, 200));
  EXPECT_TRUE(igmp.require_router_alert);
  EXPECT_TRUE(igmp.ignore_v1_reports);
  const Intervals& i = igmp.intervals;
  EXPECT_EQ(i.version, 1);
  EXPECT_EQ(i.robustness_variable, 4);
  EXPECT_EQ(i.query_interval, 61s);
  EXPECT_EQ(i.query_response_interval, 7500ms);
  EXPECT_EQ(i.last_member_query_interval, 700ms);
  EXPECT_THAT(i.set_last_member_query_count, Optional(5));
  EXPECT_THAT(i.set_startup_query_interval, Optional(Duration{13s}));
  EXPECT_THAT(i.set_startup_query_count, Optional(6));
  EXPECT_THAT(i.set_group_membership_interval, Optional(Duration{251500ms}));
  EXPECT_THAT(i.set_other_querier_present_interval, Optional(Duration{247750ms}));
  EXPECT_THAT(i.set_router_port_interval, Optional(Duration{300s}));
}

TEST(IgmpSection, DecimalTimesAreExactToTheNanosecond) {
  const auto response = [](std::string_view text) {
    return load_igmp_v2("query-response-interval = " + std::string{text})
        .config.value()
        .igmp.intervals.query_response_interval;
  };
  EXPECT_EQ(response("0.3").count(), 300'000'000);
  EXPECT_EQ(response("0.7").count(), 700'000'000);
  EXPECT_EQ(response("1.1").count(), 1'100'000'000);
  // A double times 1e9 is just below this one.
  EXPECT_EQ(response("1.001").count(), 1'001'000'000);
  EXPECT_EQ(response("25.5").count(), 25'500'000'000);
  EXPECT_EQ(response("3").count(), 3'000'000'000);
  const LoadResult long_time = load_igmp_v2("router-port-interval = 999999.999999999");
  EXPECT_EQ(long_time.config->igmp.intervals.router_port_interval().count(), 999'999'999'999'999);
}

TEST(IgmpSection, NoVersionHasANotice) {
  EXPECT_THAT(load_with_ports("[mld]\nenabled = false\n").notices, IsEmpty());
  for (const std::string_view version : {"1", "2", "3"}) {
    const LoadResult result =
        load_with_ports("[mld]\nenabled = false\n[igmp]\nversion = " + std::string{version} + "\n");
    EXPECT_THAT(result.notices, IsEmpty()) << version;
    EXPECT_THAT(result.warnings, IsEmpty()) << version;
  }
}

TEST(IgmpSection, OtherVersionsAreRefused) {
  EXPECT_THAT(load_igmp("version = 0").errors,
              ElementsAre(Says(2, 11, {"igmp.version must be an integer from 1 to 3"})));
  EXPECT_THAT(load_igmp("version = 4").errors, ElementsAre(Says(2, 11, {"not 4"})));
  EXPECT_THAT(load_igmp("version = 4\n[mld]\nenabled = false").notices, IsEmpty());
  EXPECT_THAT(load_igmp("version = \"3\"").errors, ElementsAre(Says(2, 11, {"not the string \"3\""})));
}

TEST(IgmpSection, QuerierNeedsAnAddressInTheFile) {
  EXPECT_THAT(load_igmp("querier = true").errors,
              ElementsAre(Says(2, 11,
                               {"igmp.querier = true needs igmp.querier-address", "write", "\"192.0.2.1\"",
                                "\"0.0.0.0\" is possible"})));
  EXPECT_THAT(load_igmp("querier = false").errors, IsEmpty());
}

TEST(IgmpSection, QuerierFromZeroAddressIsAWarning) {
  const LoadResult result = load_igmp_v2("querier = true\nquerier-address = \"0.0.0.0\"");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_TRUE(result.config->igmp.querier);
  EXPECT_THAT(result.warnings, ElementsAre(Says(4, 19, {"0.0.0.0", "ignore queries"})));
  EXPECT_THAT(load_igmp_v2("querier-address = \"0.0.0.0\"").warnings, IsEmpty());
  EXPECT_THAT(load_igmp_v2("querier = true\nquerier-address = \"10.9.8.7\"").warnings, IsEmpty());
}

TEST(IgmpSection, QuerierAddressIsUnicast) {
  for (const std::string_view bad :
       {"239.1.1.1", "224.0.0.0", "255.255.255.255", "240.0.0.1", "127.0.0.1", "0.0.0.1", "10.0.0",
        "10.0.0.256", "10.0.0.1/24", "fe80::1", "", "auto"}) {
    EXPECT_THAT(
        load_igmp("querier = true\nquerier-address = \"" + std::string{bad} + "\"").errors,
        ElementsAre(Says(3, 19, {"igmp.querier-address must be a unicast IPv4 address", std::string{bad}})))
        << bad;
  }
  EXPECT_THAT(load_igmp("querier-address = \"223.255.255.254\"").errors, IsEmpty());
  EXPECT_THAT(load_igmp("querier-address = 10").errors,
              ElementsAre(Says(2, 19, {"igmp.querier-address must be a string, not 10"})));
}

// RFC 2236 section 8.1: must not be zero, should not be one.
TEST(IgmpSection, RobustnessIsOneToSevenAndOneIsDiscouraged) {
  EXPECT_THAT(load_igmp("robustness = 0").errors,
              ElementsAre(Says(2, 14, {"igmp.robustness must be an integer from 1 to 7, not 0"})));
  EXPECT_THAT(load_igmp("robustness = 8").errors, ElementsAre(Says(2, 14, {"not 8"})));
  const LoadResult one = load_igmp("robustness = 1");
  EXPECT_THAT(one.errors, IsEmpty());
  EXPECT_THAT(one.warnings, ElementsAre(Says(2, 14, {"discouraged", "RFC 2236 section 8.1"})));
  EXPECT_THAT(load_igmp("robustness = 7").warnings, IsEmpty());
}

// RFC 2236 section 8.3.
TEST(IgmpSection, QueryResponseIntervalIsLessThanQueryInterval) {
  EXPECT_THAT(
      load_igmp("query-response-interval = 5\nquery-interval = 5").errors,
      ElementsAre(
          Says(2, 27, {"igmp.query-response-interval (5 s) must be less than igmp.query-interval (5 s)"})));
  EXPECT_THAT(
      load_igmp("query-interval = 8").errors,
      ElementsAre(Says(2, 18, {"query-response-interval (10 s, the default)", "query-interval (8 s)"})));
  EXPECT_THAT(load_igmp("query-interval = 5\nquery-response-interval = 4.9").errors, IsEmpty());
}

TEST(IgmpSection, RefusedIntervalIsNotComparedWithOthers) {
  EXPECT_THAT(
      load_igmp("query-interval = 0\nquery-response-interval = 10\ngroup-membership-interval = 7").errors,
      ElementsAre(Says(2, 18, {"igmp.query-interval must be a time from 0.1 to 31744 seconds, not 0"})));
  EXPECT_THAT(load_igmp("query-interval = 0\ngroup-membership-interval = 7").warnings, IsEmpty());
}

// The field is eight bits of tenths of a second (RFC 2236 section 2.2); 0 would be a version 1 query.
TEST(IgmpSection, ResponseTimesFitTheFieldOfVersionTwo) {
  for (const std::string_view key : {"query-response-interval", "last-member-query-interval"}) {
    const std::string assign = std::string{key} + " = ";
    const int column = static_cast<int>(assign.size()) + 1;
    EXPECT_THAT(load_igmp_v2(assign + "0.1").errors, IsEmpty()) << key;
    EXPECT_THAT(load_igmp_v2(assign + "25.5").errors, IsEmpty()) << key;
    EXPECT_THAT(load_igmp_v2(assign + "0.09").errors,
                ElementsAre(Says(3, column, {key, "0.1 to 25.5", "not 0.09"})));
    EXPECT_THAT(load_igmp_v2(assign + "25.6").errors,
                ElementsAre(Says(3, column, {key, "0.1 to 25.5", "not 25.6; ", "RFC 2236 section 2.2"})));
    EXPECT_THAT(load_igmp("version = 1\n" + assign + "26").errors,
                ElementsAre(Says(3, column, {"0.1 to 25.5"})));
    EXPECT_THAT(load_igmp_v2(assign + "30").errors,
                ElementsAre(Says(3, column, {key, "0.1 to 25.5", "version 3 can say up to 3174.4"})));
  }
}

// RFC 9776 section 4.1.1: up to 31744 tenths of a second.
TEST(IgmpSection, ResponseTimesFitTheFieldOfVersionThree) {
  for (const std::string_view key : {"query-response-interval", "last-member-query-interval"}) {
    // The query interval is in line 2.
    const auto load_v3 = [&](std::string_view time) {
      return load_igmp("query-interval = 31744\n" + std::string{key} + " = " + std::string{time});
    };
    const int column = static_cast<int>(key.size()) + 4;
    EXPECT_THAT(load_v3("25.6").errors, IsEmpty()) << key;
    EXPECT_THAT(load_v3("3174.4").errors, IsEmpty()) << key;
    EXPECT_THAT(
        load_v3("3174.5").errors,
        ElementsAre(Says(3, column, {key, "0.1 to 3174.4", "not 3174.5; ", "RFC 9776 section 4.1.1"})));
    EXPECT_THAT(load_v3("0.09").errors, ElementsAre(Says(3, column, {key, "0.1 to 3174.4", "not 0.09"})));
  }
}

TEST(IgmpSection, TimesAreMoreThanZeroAndBounded) {
  for (const std::string_view key : {"query-interval", "startup-query-interval"}) {
    EXPECT_THAT(
        load_igmp(std::string{key} + " = 31744.1").errors,
        ElementsAre(Says(2, static_cast<int>(key.size()) + 4, {key, "0.1 to 31744 seconds, not 31744.1"})));
  }
  for (const std::string_view key :
       {"group-membership-interval", "other-querier-present-interval", "router-port-interval"}) {
    const int column = static_cast<int>(key.size()) + 4;
    EXPECT_THAT(load_igmp(std::string{key} + " = 0").errors,
                ElementsAre(Says(2, column, {key, "a time from 0.001 to 1000000 seconds, not 0"})));
    EXPECT_THAT(load_igmp(std::string{key} + " = -2.5").errors, ElementsAre(Says(2, column, {"not -2.5"})));
    EXPECT_THAT(load_igmp(std::string{key} + " = nan").errors, ElementsAre(Says(2, column, {"not nan"})));
  }
}

TEST(IgmpSection, CountsAreOneTo255) {
  for (const std::string_view key : {"last-member-query-count", "startup-query-count"}) {
    const std::string assign = std::string{key} + " = ";
    const int column = static_cast<int>(assign.size()) + 1;
    EXPECT_THAT(load_igmp(assign + "255").errors, IsEmpty());
    EXPECT_THAT(load_igmp(assign + "1").errors, IsEmpty());
    // 256 is 0 in eight bits.
    EXPECT_THAT(load_igmp(assign + "256").errors,
                ElementsAre(Says(2, column, {key, "from 1 to 255, not 256"})));
    EXPECT_THAT(load_igmp(assign + "0").errors, ElementsAre(Says(2, column, {"not 0"})));
  }
}

TEST(IgmpSection, DerivedTimeSetToAnotherValueIsAWarningThatNamesTheDerived) {
  EXPECT_THAT(load_igmp_v2("group-membership-interval = 2.5").warnings,
              ElementsAre(Says(
                  3, 29, {"igmp.group-membership-interval is 2.5 s, but 260 s", "RFC 2236 section 8.4"})));
  EXPECT_THAT(load_igmp("group-membership-interval = 260").warnings,
              ElementsAre(Says(2, 29, {"is 260 s, but 270 s", "RFC 9776 section 8.4"})));
  EXPECT_THAT(load_igmp_v2("other-querier-present-interval = 30").warnings,
              ElementsAre(Says(3, 34, {"is 30 s, but 255 s", "RFC 2236 section 8.5"})));
  EXPECT_THAT(load_igmp_v2("router-port-interval = 0.5").warnings,
              ElementsAre(Says(3, 24, {"is 0.5 s, but 255 s"})));
}

TEST(IgmpSection, DerivedTimeSetToItsOwnValueIsNoWarning) {
  EXPECT_THAT(load_igmp_v2("group-membership-interval = 260\nother-querier-present-interval = 255.0\n"
                           "router-port-interval = 255\nstartup-query-interval = 3\nstartup-query-count = 9\n"
                           "last-member-query-count = 9")
                  .warnings,
              IsEmpty());
  // Keys that follow in the file count too.
  EXPECT_THAT(load_igmp_v2("group-membership-interval = 130\nquery-interval = 60").warnings, IsEmpty());
}

TEST(IgmpSection, RouterPortIntervalFollowsTheOtherQuerierPresentInterval) {
  const LoadResult result = load_igmp_v2("other-querier-present-interval = 30\nrouter-port-interval = 30");
  EXPECT_THAT(result.warnings, ElementsAre(Says(3, 34, {"other-querier-present-interval"})));
  EXPECT_EQ(load_igmp_v2("other-querier-present-interval = 30").config->igmp.intervals.router_port_interval(),
            30s);
}

TEST(IgmpSection, ReportModeIsTransparentOrProxy) {
  EXPECT_EQ(load_igmp("").config->igmp.report_mode, ReportMode::transparent);
  EXPECT_EQ(load_igmp("report-mode = \"transparent\"").config->igmp.report_mode, ReportMode::transparent);
  EXPECT_EQ(load_igmp("report-mode = \"proxy\"").config->igmp.report_mode, ReportMode::proxy);
  EXPECT_THAT(
      load_igmp("report-mode = \"suppress\"").errors,
      ElementsAre(Says(2, 15, {"igmp.report-mode must be \"transparent\" or \"proxy\", not the string"})));
}

TEST(IgmpSection, ProxyAddressIsUnicastOrZero) {
  EXPECT_TRUE(load_igmp("").config->igmp.proxy_address.is_unspecified());
  EXPECT_EQ(load_igmp("proxy-address = \"10.99.0.4\"").config->igmp.proxy_address,
            Ipv4Address::of(10, 99, 0, 4));
  EXPECT_THAT(load_igmp("report-mode = \"proxy\"\nproxy-address = \"0.0.0.0\"").errors, IsEmpty());
  for (const std::string_view bad :
       {"239.1.1.1", "255.255.255.255", "127.0.0.1", "0.0.0.1", "fe80::1", "auto"}) {
    EXPECT_THAT(
        load_igmp("proxy-address = \"" + std::string{bad} + "\"").errors,
        ElementsAre(Says(2, 17, {"igmp.proxy-address must be a unicast IPv4 address", "\"0.0.0.0\"", bad})))
        << bad;
  }
}

TEST(IgmpSection, HostTrackingIsOnUnlessSwitchedOff) {
  EXPECT_TRUE(load_igmp("").config->igmp.host_tracking);
  EXPECT_FALSE(load_igmp("host-tracking = false").config->igmp.host_tracking);
  EXPECT_THAT(load_igmp("host-tracking = \"yes\"").errors,
              ElementsAre(Says(2, 17, {"igmp.host-tracking must be true or false, not the string"})));
}

}  // namespace
}  // namespace mcswitch::config

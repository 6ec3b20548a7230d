// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 2236 section 4 and the second diagram of section 6: a host where a querier speaks version 1.

#include "host_lab.hpp"
#include "proto/igmp.hpp"

namespace mcswitch::host {
namespace {

using namespace std::chrono_literals;
using test::ip;
using testing::ElementsAre;
using testing::Optional;

const IpAddress kGroup = ip("239.1.2.3");
const IpAddress kOther = ip("239.129.2.3");

// "No IGMPv1 Router Present ... is the initial state": not even at the first moment of the clock.
TEST(HostVersions, StartsWithoutAVersion1Querier) {
  HostLab lab;
  EXPECT_FALSE(lab.host.is_version_1_querier_present(TimePoint{}));
  EXPECT_FALSE(lab.host.is_version_1_querier_present(lab.clock.now()));
}

// R2236-40: 10 s, whatever else is usual.
TEST(HostVersions, Version1QueryAllowsTenSeconds) {
  HostLab lab{{.unsolicited_report_interval = 3s}};
  lab.make_idle_reporter(kGroup);
  lab.will_draw({10s});
  lab.version_1_query();
  EXPECT_THAT(lab.delays.ranges, ElementsAre(10s));
  EXPECT_THAT(lab.reports_after(10s), ElementsAre(SendReport{kGroup, 1}));
}

// R2236-40: the Max Response Time alone makes it version 1, also where bytes follow that version 2 does not
// know (R2236-8); and of such a query the group does not count.
TEST(HostVersions, AQueryThatAllowsNoTimeIsOneOfVersion1) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.make_idle_reporter(kOther);
  lab.will_draw({4s, 5s});
  lab.host.on_query(kGroup, 3, 0s, lab.clock.now());
  EXPECT_TRUE(lab.host.is_version_1_querier_present(lab.clock.now()));
  EXPECT_THAT(lab.delays.ranges, ElementsAre(10s, 10s));
}

// R2236-40 together with the parser.
TEST(HostVersions, AVersion1QueryFromTheWireIsUnderstood) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  proto::IgmpMessage query;
  ASSERT_EQ(proto::parse_igmp(test::ip_payload(test::v1_query()), query), proto::ParseError::none);
  lab.will_draw({4s});
  lab.host.on_query(query.group, query.version, query.max_resp_time, lab.clock.now());
  EXPECT_TRUE(lab.host.is_version_1_querier_present(lab.clock.now()));
  EXPECT_THAT(lab.delays.ranges, ElementsAre(10s));
}

// R2236-41: 400 s after the last version 1 query, to the nanosecond.
TEST(HostVersions, Version1QuerierIsPresentFor400SecondsAfterItsLastQuery) {
  HostLab lab;
  lab.version_1_query();
  lab.clock.advance(399s);
  lab.version_1_query();
  lab.clock.advance(400s - 1ns);
  EXPECT_TRUE(lab.host.is_version_1_querier_present(lab.clock.now()));
  lab.clock.advance(1ns);
  EXPECT_FALSE(lab.host.is_version_1_querier_present(lab.clock.now()));
}

// R2236-41: "not by the type of the last query".
TEST(HostVersions, Version2QueriesNeitherEndNorProlongTheTimeOfAVersion1Querier) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.will_draw({1s});
  lab.version_1_query();
  lab.clock.advance(300s);
  EXPECT_EQ(lab.reports().size(), 1U);
  lab.will_draw({2s});
  lab.general_query(10s);
  EXPECT_TRUE(lab.host.is_version_1_querier_present(lab.clock.now()));
  EXPECT_THAT(lab.reports_after(2s), ElementsAre(SendReport{kGroup, 1}));
  lab.clock.advance(98s);
  EXPECT_FALSE(lab.host.is_version_1_querier_present(lab.clock.now()));
}

// R2236-42: unsolicited reports too, and each by what holds when it is sent.
TEST(HostVersions, VersionOfAReportIsThatOfTheMomentItIsSentAt) {
  HostLab lab{{.version_1_router_present_timeout = 20s}};
  lab.version_1_query();
  lab.clock.advance(15s);
  lab.will_draw({4s});
  EXPECT_THAT(lab.join(kGroup), Optional(SendReport{kGroup, 1}));
  lab.will_draw({6s});
  EXPECT_THAT(lab.join(kOther), Optional(SendReport{kOther, 1}));
  EXPECT_THAT(lab.reports_after(4s), ElementsAre(SendReport{kGroup, 1}));
  EXPECT_THAT(lab.reports_after(2s), ElementsAre(SendReport{kOther, 2}));
}

TEST(HostVersions, AReportThatWaitsWhenTheVersion1QuerierAppearsIsOfVersion1) {
  HostLab lab;
  lab.will_draw({4s});
  EXPECT_THAT(lab.join(kGroup), Optional(SendReport{kGroup, 2}));
  lab.version_1_query();
  EXPECT_THAT(lab.reports_after(4s), ElementsAre(SendReport{kGroup, 1}));
}

// R2236-43: "SHOULD be skipped", and no option says otherwise.
TEST(HostVersions, NothingIsLeftAloudWhileAVersion1QuerierIsPresent) {
  for (const bool always_leave : {false, true}) {
    HostLab lab{{.version_1_router_present_timeout = 20s, .always_leave = always_leave}};
    lab.make_idle_reporter(kGroup);
    lab.make_idle_reporter(kOther);
    lab.will_draw({1s, 1s});
    lab.version_1_query();
    EXPECT_EQ(lab.reports_after(20s - 1ns).size(), 2U);
    EXPECT_EQ(lab.leave(kGroup), std::nullopt);
    EXPECT_EQ(lab.host.state(kGroup), HostState::non_member);
    lab.clock.advance(1ns);
    EXPECT_THAT(lab.leave(kOther), Optional(SendLeave{kOther}));
  }
}

// R2236-47: a report of either version suppresses, whatever our own would be.
TEST(HostVersions, ReportsOfBothVersionsStandForOurs) {
  for (auto* build : {&test::v1_report, &test::v2_report}) {
    HostLab lab;
    lab.make_idle_reporter(kGroup);
    lab.will_draw({1s});
    lab.general_query(10s);
    const test::Bytes frame = build(kGroup, {});
    proto::IgmpMessage message;
    ASSERT_EQ(proto::parse_igmp(test::ip_payload(frame), message), proto::ParseError::none);
    ASSERT_EQ(message.kind, proto::IgmpKind::report);
    lab.host.on_report(message.group);
    EXPECT_EQ(lab.host.state(kGroup), HostState::idle_member);
    EXPECT_EQ(lab.host.next(), kNever);
  }
}

// SEED-12: version 2 says at most 25.5 s.
TEST(HostVersions, AMaxRespTimeThatOnlyVersion3CanSayIsShortened) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.will_draw({25s});
  lab.host.on_query({}, 3, 3174400ms, lab.clock.now());
  EXPECT_THAT(lab.delays.ranges, ElementsAre(25500ms));
  EXPECT_FALSE(lab.host.is_version_1_querier_present(lab.clock.now()));
}

// RFC 2236 sections 8.1, 8.10 and 8.11.
TEST(HostVersions, DefaultsAreThoseOfTheRfc) {
  constexpr Host::Settings kDefaults = Host::Settings::of_version_2();
  EXPECT_EQ(kDefaults.newest_version, 2);
  EXPECT_EQ(kDefaults.robustness_variable, 2);
  EXPECT_EQ(kDefaults.older_unsolicited_report_interval, 10s);
  EXPECT_EQ(kDefaults.version_1_router_present_timeout, 400s);
  EXPECT_FALSE(kDefaults.always_leave);
}

}  // namespace
}  // namespace mcswitch::host

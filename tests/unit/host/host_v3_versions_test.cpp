// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 9776 section 7.2: a host of version 3 where a querier speaks an older version.

#include "host_v3_lab.hpp"

namespace mcswitch::host::host_v3_versions_test {
namespace {

using namespace std::chrono_literals;
using test::ip;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const IpAddress kGroup = ip("239.1.2.3");
const IpAddress kOther = ip("239.129.2.3");
constexpr auto kInclude = FilterMode::include;
constexpr auto kExclude = FilterMode::exclude;

// In this version from now on, with nothing to say.
void make_older(HostV3Lab& lab, std::uint8_t version) {
  ASSERT_EQ(lab.host.group_count(), 0U);
  lab.older_query(version, 10s);
  ASSERT_EQ(lab.host.version(lab.clock.now()), version);
}

// --- which version --------------------------------------------------------------------------------

TEST(HostV3Versions, StartsWithVersion3) {
  HostV3Lab lab;
  EXPECT_EQ(lab.host.version(TimePoint{}), 3);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 3);
}

TEST(HostV3Versions, AnOlderQuerierIsPresentFor350SecondsAfterItsLastQuery) {
  for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
    HostV3Lab lab;
    lab.older_query(version, 10s);
    lab.clock.advance(349s);
    lab.older_query(version, 10s);
    lab.clock.advance(350s - 1ns);
    EXPECT_EQ(lab.host.version(lab.clock.now()), version);
    lab.clock.advance(1ns);
    EXPECT_EQ(lab.host.version(lab.clock.now()), 3);
  }
}

// RFC 9776 section 8.12: Robustness Variable * Query Interval, and ten times the last query's Max Response
// Time.
TEST(HostV3Versions, TheOlderVersionQuerierPresentIntervalFollowsTheLastQuery) {
  HostV3Lab lab{{.older_version_querier_queries = 320s}};
  lab.older_query(2, 10s);
  lab.older_query(2, 3s);
  lab.clock.advance(350s - 1ns);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 2);
  lab.clock.advance(1ns);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 3);
}

TEST(HostV3Versions, NoNewerVersionIsSpokenThanIsSet) {
  HostV3Lab lab{{.newest_version = 2, .robustness_variable = 1}};
  lab.general_query(10s, 1);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 2);
  lab.include(kGroup, sources({1}));
  EXPECT_THAT(lab.said(), ElementsAre(older_report(2, kGroup)));
  lab.will_draw({1s});
  lab.older_query(1, 10s);
  EXPECT_THAT(lab.said_after(1s), ElementsAre(older_report(1, kGroup)));
  lab.clock.advance(350s);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 2);
}

// Each version has its timer: from 1 back to 2 while that one runs, and then to 3.
TEST(HostV3Versions, TheOldestQuerierThatIsPresentDecides) {
  HostV3Lab lab;
  lab.older_query(1, 10s);
  lab.clock.advance(100s);
  lab.older_query(2, 10s);
  lab.general_query(10s);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 1);
  lab.clock.advance(250s);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 2);
  lab.clock.advance(100s);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 3);
}

TEST(HostV3Versions, AVersion1QuerierThatEndsLastLeavesVersion3) {
  HostV3Lab lab;
  lab.older_query(2, 10s);
  lab.older_query(1, 10s);
  lab.clock.advance(349s);
  lab.older_query(1, 10s);
  lab.clock.advance(10s);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 1);
  lab.clock.advance(340s);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 3);
}

// Only general queries of version 2 count; the specific one is answered, in version 3.
TEST(HostV3Versions, AVersion2QueryForAGroupDoesNotChangeTheVersion) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1}));
  lab.will_draw({1s});
  lab.older_query(2, 1s, kGroup);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 3);
  EXPECT_THAT(lab.said_after(1s), ElementsAre(v3({is_in(kGroup, sources({1}))})));
}

// As in version 2, a query of 8 bytes that allows no time is one of version 1.
TEST(HostV3Versions, AVersion2QueryThatAllowsNoTimeIsOneOfVersion1) {
  HostV3Lab lab;
  lab.older_query(2, 0s);
  EXPECT_EQ(lab.host.version(lab.clock.now()), 1);
}

// --- what is said ---------------------------------------------------------------------------------

// The query that makes the querier present is answered in its version already.
TEST(HostV3Versions, GroupsAreReportedEachAtItsOwnTimeInTheVersionOfTheQuerier) {
  for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
    HostV3Lab lab;
    lab.settle(kGroup, kInclude, sources({1, 2}));
    lab.settle(kOther, kExclude, sources({3}));
    lab.will_draw({7s, 4s});
    lab.older_query(version, 10s);
    EXPECT_THAT(lab.delays.ranges, ElementsAre(10s, 10s));
    EXPECT_THAT(lab.said_after(4s), ElementsAre(older_report(version, kOther)));
    EXPECT_THAT(lab.said_after(3s), ElementsAre(older_report(version, kGroup)));
    EXPECT_EQ(lab.host.next(), kNever);
  }
}

TEST(HostV3Versions, AVersion1QueryAllowsTenSeconds) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({10s});
  lab.older_query(1, 0s);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(10s));
}

// RFC 1112 appendix I.
TEST(HostV3Versions, TheGroupOfAVersion1QueryIsIgnored) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({3s});
  lab.older_query(1, 10s, kOther);
  EXPECT_THAT(lab.said_after(3s), ElementsAre(older_report(1, kGroup)));
}

TEST(HostV3Versions, AJoinIsReportedAtOnceAndRepeatedInTheOlderInterval) {
  for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
    HostV3Lab lab{{.robustness_variable = 3}};
    make_older(lab, version);
    lab.will_draw({6s, 8s});
    // A join of sources is a join of the group.
    lab.include(kGroup, sources({1}));
    EXPECT_THAT(lab.said(), ElementsAre(older_report(version, kGroup)));
    EXPECT_THAT(lab.said_after(6s), ElementsAre(older_report(version, kGroup)));
    EXPECT_THAT(lab.said_after(8s), ElementsAre(older_report(version, kGroup)));
    EXPECT_EQ(lab.host.next(), kNever);
    EXPECT_THAT(lab.delays.ranges, ElementsAre(10s, 10s));
  }
}

TEST(HostV3Versions, ChangesOfSourcesAndModeCannotBeSaidInVersion2) {
  HostV3Lab lab{{.robustness_variable = 1}};
  make_older(lab, 2);
  lab.include(kGroup, sources({1}));
  EXPECT_THAT(lab.said(), ElementsAre(older_report(2, kGroup)));
  lab.include(kGroup, sources({1, 2}));
  lab.exclude(kGroup, sources({2}));
  lab.include(kGroup, sources({7}));
  EXPECT_EQ(lab.host.next(), kNever);
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(leave(kGroup)));
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostV3Versions, NothingIsLeftAloudInVersion1) {
  HostV3Lab lab{{.robustness_variable = 1, .always_leave = true}};
  make_older(lab, 1);
  lab.exclude(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(older_report(1, kGroup)));
  lab.include(kGroup, {});
  EXPECT_EQ(lab.host.next(), kNever);
  EXPECT_EQ(lab.host.group_count(), 0U);
}

TEST(HostV3Versions, AQueryForAGroupIsAnsweredForItOnlyIfItAllowsLessThanWhatRemains) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.settle(kOther, kExclude, {});
  lab.will_draw({7s, 8s});
  lab.older_query(2, 10s);
  lab.will_draw({600ms});
  lab.older_query(2, 1s, kGroup);
  lab.older_query(2, 20s, kOther);
  EXPECT_THAT(lab.said_after(600ms), ElementsAre(older_report(2, kGroup)));
  EXPECT_THAT(lab.said_after(7400ms), ElementsAre(older_report(2, kOther)));
}

TEST(HostV3Versions, AVersion3QueryIsTakenAsOneOfVersion2WhileThatIsPresent) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1}));
  lab.will_draw({1s});
  lab.older_query(2, 10s);
  EXPECT_EQ(lab.said_after(1s).size(), 1U);
  lab.delays.ranges.clear();
  lab.will_draw({25s});
  lab.query(kGroup, sources({1}), 100s);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(25500ms));
  EXPECT_THAT(lab.said_after(25s), ElementsAre(older_report(2, kGroup)));
}

// --- suppression ----------------------------------------------------------------------------------

TEST(HostV3Versions, AReportOfAnotherSuppressesOursAndTheLeave) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({5s});
  lab.older_query(2, 10s);
  lab.host.on_older_report(kGroup);
  EXPECT_EQ(lab.host.next(), kNever);
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), IsEmpty());
  EXPECT_EQ(lab.host.next(), kNever);
}

// Its own version 3 reports were the last.
TEST(HostV3Versions, AGroupThatWasReportedInVersion3IsLeftInVersion2) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({5s});
  lab.older_query(2, 10s);
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(leave(kGroup)));
}

TEST(HostV3Versions, ALeaveIsSentAnywayIfSoSet) {
  HostV3Lab lab{{.always_leave = true}};
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({5s});
  lab.older_query(2, 10s);
  lab.host.on_older_report(kGroup);
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(leave(kGroup)));
}

TEST(HostV3Versions, AReportOfAnotherThatComesWhenNothingIsDueChangesNothing) {
  HostV3Lab lab{{.robustness_variable = 1}};
  make_older(lab, 2);
  lab.exclude(kGroup, {});
  EXPECT_EQ(lab.said().size(), 1U);
  lab.host.on_older_report(kGroup);
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(leave(kGroup)));
}

TEST(HostV3Versions, ReportsOfVersion3AreNotSuppressed) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({5s, 1s});
  lab.general_query(10s);
  lab.query(kGroup, {}, 1s);
  lab.host.on_older_report(kGroup);
  EXPECT_EQ(lab.said_after(1s).size(), 1U);
  EXPECT_EQ(lab.said_after(4s).size(), 1U);
}

// --- transitions ----------------------------------------------------------------------------------

TEST(HostV3Versions, TheQuerierOfVersion2CancelsAnswersAndRepetitionsOfVersion3) {
  HostV3Lab lab;
  lab.settle(kOther, kExclude, {});
  lab.will_draw({900ms, 500ms, 400ms});
  lab.exclude(kGroup, {});
  EXPECT_EQ(lab.said().size(), 1U);
  lab.general_query(10s);
  lab.query(kOther, {}, 1s);
  lab.will_draw({3s, 2s});
  lab.older_query(2, 10s);
  // Only what the query itself asks for.
  EXPECT_THAT(lab.said_after(3s), UnorderedElementsAre(older_report(2, kGroup), older_report(2, kOther)));
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostV3Versions, AnEndWhoseRepetitionIsCancelledIsForgotten) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({900ms});
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_in(kGroup, {})})));
  lab.older_query(2, 10s);
  EXPECT_EQ(lab.host.next(), kNever);
  EXPECT_THAT(lab.said_after(10s), IsEmpty());
}

TEST(HostV3Versions, BackToVersion3CancelsReportsOfVersion2) {
  HostV3Lab lab{{.older_version_querier_queries = 0s}};
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({3s});
  lab.older_query(2, 10s);
  EXPECT_EQ(lab.said_after(3s).size(), 1U);
  lab.clock.advance(95s);
  lab.will_draw({9s});
  lab.older_query(2, 10s, kGroup);
  EXPECT_THAT(lab.said_after(9s), IsEmpty());
  EXPECT_EQ(lab.host.version(lab.clock.now()), 3);
  EXPECT_EQ(lab.host.next(), kNever);
  // And answers queries in version 3 with the state it has.
  lab.will_draw({1s});
  lab.general_query(10s);
  EXPECT_THAT(lab.said_after(1s), ElementsAre(v3({is_ex(kGroup, {})})));
}

// The querier falls silent for so long that it is forgotten, if only for a moment.
TEST(HostV3Versions, ReportsThatWaitedWhenTheQuerierWasForgottenAreCancelledAlsoIfItIsBack) {
  HostV3Lab lab{{.older_version_querier_queries = 0s}};
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({3s});
  lab.older_query(2, 10s);
  EXPECT_EQ(lab.said_after(3s).size(), 1U);
  lab.clock.advance(96s);
  lab.will_draw({5s});
  lab.older_query(2, 10s, kGroup);
  lab.clock.advance(2s);
  lab.will_draw({9s});
  lab.older_query(2, 10s);
  EXPECT_EQ(lab.remaining(), 9s);
}

// From 2 to 1, and no leave of what has ended before.
TEST(HostV3Versions, TheQuerierOfVersion1CancelsReportsOfVersion2) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({9s});
  lab.older_query(2, 10s);
  lab.will_draw({4s});
  lab.older_query(1, 10s);
  EXPECT_THAT(lab.said_after(4s), ElementsAre(older_report(1, kGroup)));
  EXPECT_EQ(lab.host.next(), kNever);
}

// A change of the same moment as the query: it was due at once, and is not lost.
TEST(HostV3Versions, AChangeThatHasNotBeenSaidIsSaidInTheNewVersion) {
  HostV3Lab lab{{.older_version_querier_queries = 0s}};
  lab.settle(kGroup, kExclude, {});
  lab.exclude(kOther, sources({1}));
  lab.include(kGroup, {});
  lab.will_draw({1s});
  lab.older_query(2, 10s);
  EXPECT_THAT(lab.said(), UnorderedElementsAre(leave(kGroup), older_report(2, kOther)));
  EXPECT_THAT(lab.said_after(1s), ElementsAre(older_report(2, kOther)));
  lab.clock.advance(99s - 1ns);
  lab.include(kOther, {});
  lab.exclude(kGroup, {});
  lab.clock.advance(1ns);
  lab.will_draw({1s, 1s});
  for (const std::vector<Said>& said : {lab.said(), lab.said_after(1s)}) {
    ASSERT_EQ(said.size(), 1U);
    EXPECT_THAT(said[0].records, UnorderedElementsAre(to_in(kOther, {}), to_ex(kGroup, {})));
  }
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostV3Versions, AnUnsaidEndIsForgottenWhereVersion1CannotSayIt) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.include(kGroup, {});
  lab.older_query(1, 10s);
  EXPECT_EQ(lab.host.next(), kNever);
  EXPECT_THAT(lab.said(), IsEmpty());
}

TEST(HostV3Versions, AJoinBeforeTheLeaveIsSentTakesItBack) {
  HostV3Lab lab{{.robustness_variable = 1}};
  make_older(lab, 2);
  lab.exclude(kGroup, {});
  EXPECT_EQ(lab.said().size(), 1U);
  lab.include(kGroup, {});
  lab.exclude(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(older_report(2, kGroup)));
}

// RFC 9776 sections 8.1, 8.11 and RFC 2236 section 8.10.
TEST(HostV3Versions, DefaultsAreThoseOfTheRfcs) {
  constexpr Host::Settings kDefaults;
  EXPECT_EQ(kDefaults.robustness_variable, 2);
  EXPECT_EQ(kDefaults.unsolicited_report_interval, 1s);
  EXPECT_EQ(kDefaults.older_unsolicited_report_interval, 10s);
  EXPECT_EQ(kDefaults.older_version_querier_queries, 250s);
  EXPECT_FALSE(kDefaults.always_leave);
}

}  // namespace
}  // namespace mcswitch::host::host_v3_versions_test

// SPDX-License-Identifier: BSD-3-Clause
//
// What a port gets, at once and later, after each row of RFC 9776 section 6.4 (alone: filter_rules_test.cpp).

#include "unit/control/source_lab.hpp"

namespace mcswitch::control {
namespace {

using enum RecordType;

// --- current state (6.4.1) --------------------------------------------------------------------------

TEST(CurrentState, IsInAddsSourcesToAnIncludeList) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA});
  EXPECT_EQ(lab.gets(2), "A");
  lab.record(2, mode_is_include, {kB});
  EXPECT_EQ(lab.gets(2), "AB");
  EXPECT_EQ(lab.gets(3), "");
  EXPECT_EQ(lab.egress(kA, kSameMac), PortSet{}) << "another group of the same MAC address";
}

TEST(CurrentState, EachSourceHasATimerOfItsOwn) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA, kB});
  lab.advance(30s);
  lab.record(2, mode_is_include, {kB});
  lab.advance(kGmi + kAnswerGrace - 30s);
  EXPECT_EQ(lab.gets(2), "B");
  lab.advance(30s);
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_EQ(lab.engine.group_count(), 0U) << "the group is gone with its last source";
}

TEST(CurrentState, IsExOnAnIncludeListKeepsCommonSourcesAndBlocksTheOthersOfTheRecord) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA, kB});
  lab.record(2, mode_is_exclude, {kB, kC});
  // EXCLUDE(A*B, B-A): B is requested, C excluded, A forgotten.
  EXPECT_EQ(lab.gets(2), "ABD");
  lab.advance(30s);
  lab.record(2, mode_is_exclude, {kB, kC});  // what is in the list already keeps its timer
  lab.advance(kGmi + kAnswerGrace - 30s);
  EXPECT_EQ(lab.gets(2), "AD") << "the source timer of B has run out in mode EXCLUDE";
}

TEST(CurrentState, IsInOnAnExcludeListRequestsWhatWasExcluded) {
  SourceLab lab;
  lab.record(2, mode_is_exclude, {kA, kB});
  EXPECT_EQ(lab.gets(2), "CD");
  lab.record(2, mode_is_include, {kA, kC});
  EXPECT_EQ(lab.gets(2), "ACD");
  // The requested ones of EXCLUDE are excluded when their timers run out; C too: it is listed now.
  lab.advance(20s);
  lab.record(2, mode_is_exclude, {kA, kB, kC});
  lab.advance(kGmi - 20s + 1us + kAnswerGrace);
  EXPECT_EQ(lab.gets(2), "D");
}

TEST(CurrentState, IsExOnAnExcludeListForgetsWhatIsNotInIt) {
  SourceLab lab;
  lab.record(2, mode_is_exclude, {kA, kB});
  lab.record(2, mode_is_exclude, {kB, kC});
  // EXCLUDE(A-Y, Y*A): B stays excluded; C is new and requested for a Group Membership Interval.
  EXPECT_EQ(lab.gets(2), "ACD");
  lab.advance(20s);
  lab.record(2, mode_is_exclude, {kB, kC});
  lab.advance(kGmi - 20s + 1us + kAnswerGrace);
  EXPECT_EQ(lab.gets(2), "AD");
}

TEST(CurrentState, IsExOfNothingOpensAllSources) {
  SourceLab lab;
  lab.record(2, mode_is_exclude, {kA});
  lab.record(2, mode_is_exclude);
  EXPECT_EQ(lab.gets(2), "ABCD");
  EXPECT_EQ(lab.engine.group_count(), 1U) << "no source is left";
}

// --- changes (6.4.2) --------------------------------------------------------------------------------

TEST(Change, AllowAddsToAnIncludeListWithoutAQuery) {
  SourceLab lab;
  lab.record(2, allow_new_sources, {kA});
  lab.record(2, allow_new_sources, {kB});
  EXPECT_EQ(lab.gets(2), "AB");
  EXPECT_TRUE(lab.asked().empty());
}

TEST(Change, BlockOnAnIncludeListAsksForThatSourceAndEndsItAlone) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA, kB});
  lab.record(3, mode_is_include, {kB});
  lab.advance(5s);
  lab.clear();
  lab.record(2, block_old_sources, {kB, kC});
  EXPECT_EQ(lab.gets(2), "AB") << "until nobody has answered";
  lab.advance(2s + kAnswerGrace);
  const std::vector<Asked> queries{{.at = 0s, .port = 2, .group = kGroup, .sources = {kB}, .version = 3},
                                   {.at = 1s, .port = 2, .group = kGroup, .sources = {kB}, .version = 3}};
  EXPECT_EQ(lab.asked(), queries);
  EXPECT_EQ(lab.gets(2), "A");
  EXPECT_EQ(lab.gets(3), "B") << "another port keeps its own";
}

TEST(Change, AnAnswerKeepsTheSourceAndSetsTheSFlagOfWhatIsLeftToSend) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA, kB});
  lab.advance(5s);
  lab.clear();
  lab.record(2, block_old_sources, {kA, kB});
  lab.advance(500ms);
  lab.record(2, mode_is_include, {kA}, kHostTwo);
  lab.advance(10s);
  const std::vector<Asked> queries{
      {.at = 0s, .port = 2, .group = kGroup, .sources = {kA, kB}, .version = 3},
      {.at = 1s, .port = 2, .group = kGroup, .sources = {kA}, .suppresses = true, .version = 3},
      {.at = 1s, .port = 2, .group = kGroup, .sources = {kB}, .version = 3}};
  EXPECT_EQ(lab.asked(), queries);
  EXPECT_EQ(lab.gets(2), "A");
  lab.advance(kGmi - 10s + kAnswerGrace);
  EXPECT_EQ(lab.gets(2), "");
}

TEST(Change, ToInOnAnIncludeListAsksForWhatIsNotInIt) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA, kB});
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_include_mode, {kB, kC});
  EXPECT_EQ(lab.gets(2), "ABC");
  lab.advance(2s + kAnswerGrace);
  ASSERT_EQ(lab.asked().size(), 2U);
  EXPECT_EQ(lab.asked()[0].sources, List{kA});
  EXPECT_EQ(lab.gets(2), "BC");
}

TEST(Change, ToInOfNothingEndsAllSources) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA, kB});
  lab.clear();
  lab.record(2, change_to_include_mode);
  lab.advance(2s + kAnswerGrace);
  ASSERT_EQ(lab.asked().size(), 2U);
  EXPECT_EQ(lab.asked()[0].sources, (List{kA, kB})) << "both in one query";
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_EQ(lab.engine.group_count(), 0U);
}

TEST(Change, ToExOnAnIncludeListAsksForTheCommonSources) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA, kB});
  lab.clear();
  lab.record(2, change_to_exclude_mode, {kB, kC});
  EXPECT_EQ(lab.gets(2), "ABD");
  lab.advance(2s + kAnswerGrace);
  ASSERT_EQ(lab.asked().size(), 2U);
  EXPECT_EQ(lab.asked()[1].sources, List{kB});
  EXPECT_EQ(lab.gets(2), "AD");
}

TEST(Change, BlockOnAnExcludeListAsksAndThenExcludes) {
  SourceLab lab;
  lab.record(2, change_to_exclude_mode, {kA});
  lab.advance(1s);
  lab.clear();
  lab.record(2, block_old_sources, {kA, kB});
  EXPECT_EQ(lab.gets(2), "BCD");
  lab.advance(2s + kAnswerGrace);
  ASSERT_EQ(lab.asked().size(), 2U);
  EXPECT_EQ(lab.asked()[0].sources, List{kB}) << "A is excluded already";
  EXPECT_EQ(lab.gets(2), "CD");
}

TEST(Change, AllowOnAnExcludeListOpensAtOnce) {
  SourceLab lab;
  lab.record(2, change_to_exclude_mode, {kA, kB});
  lab.clear();
  lab.record(2, allow_new_sources, {kB});
  EXPECT_EQ(lab.gets(2), "BCD");
  EXPECT_TRUE(lab.asked().empty());
}

TEST(Change, ToExOnAnExcludeListAsksForWhatIsNewInIt) {
  SourceLab lab;
  lab.record(2, change_to_exclude_mode, {kA});
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_exclude_mode, {kA, kB});
  EXPECT_EQ(lab.gets(2), "BCD");
  lab.advance(2s + kAnswerGrace);
  ASSERT_EQ(lab.asked().size(), 2U);
  EXPECT_EQ(lab.asked()[0].sources, List{kB});
  EXPECT_EQ(lab.gets(2), "CD");
}

TEST(Change, ToInOnAnExcludeListAsksForTheGroupAndItsRequestedSources) {
  SourceLab lab;
  lab.record(2, change_to_exclude_mode, {kA});
  lab.record(2, allow_new_sources, {kB});
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_include_mode, {kC});
  EXPECT_EQ(lab.gets(2), "BCD") << "mode EXCLUDE until the group timer ends";
  lab.advance(2s + kAnswerGrace);
  std::vector<List> sources;
  for (const Asked& query : lab.asked()) {
    sources.push_back(query.sources);
  }
  EXPECT_EQ(sources, (std::vector<List>{{kB}, {}, {kB}, {}}));
  // 6.5: INCLUDE of the requested sources whose timers still run.
  EXPECT_EQ(lab.gets(2), "C");
}

TEST(Change, TheGroupTimerEndsAnExcludeModeAndLeavesTheRequestedSources) {
  SourceLab lab;
  lab.record(2, change_to_exclude_mode, {kA});
  lab.advance(30s);
  lab.record(2, allow_new_sources, {kB});
  lab.advance(kGmi + kAnswerGrace - 30s);
  EXPECT_EQ(lab.gets(2), "B");
  lab.advance(30s);
  EXPECT_EQ(lab.engine.group_count(), 0U);
}

// --- another querier (6.6.1) ---------------------------------------------------------------------------

const test::FrameOptions kRouter{.source_mac = MacAddress{0x02'00'00'00'55'01}, .source = ip("10.0.0.1")};

TEST(RecordsOfAnotherQueriersHosts, BlockIsItsBusinessAndItsQueryLowersTheSourceTimersOfAllPorts) {
  SourceLab lab{passive_lab_config()};
  lab.engine.receive(5, test::v3_query({}, kRouter));
  lab.record(2, mode_is_include, {kA, kB});
  lab.record(3, mode_is_include, {kB});
  lab.clear();
  lab.record(2, block_old_sources, {kB});
  lab.advance(5s);
  EXPECT_TRUE(lab.asked().empty());
  EXPECT_EQ(lab.gets(2), "AB");

  // Max Response Time 0.5 s, Last Member Query Count 2.
  lab.engine.receive(5, test::v3_query({.group = kGroup, .code = 5, .sources = {kB}}, kRouter));
  lab.advance(1us);
  lab.record(3, mode_is_include, {kB});
  lab.advance(1s + kAnswerGrace);
  EXPECT_EQ(lab.gets(2), "A");
  EXPECT_EQ(lab.gets(3), "B") << "it has answered";
}

TEST(RecordsOfAnotherQueriersHosts, TheSFlagKeepsTimersAsTheyAre) {
  SourceLab lab{passive_lab_config()};
  lab.engine.receive(5, test::v3_query({}, kRouter));
  lab.record(2, mode_is_include, {kA});
  lab.record(3, mode_is_exclude);
  lab.engine.receive(
      5, test::v3_query({.group = kGroup, .code = 5, .suppress_router_processing = true, .sources = {kA}},
                        kRouter));
  lab.engine.receive(
      5, test::v3_query({.group = kGroup, .code = 5, .suppress_router_processing = true}, kRouter));
  lab.advance(5s);
  EXPECT_EQ(lab.gets(2), "A");
  EXPECT_EQ(lab.gets(3), "ABCD");
}

// QRV and QQIC (4.1.6, 4.1.7): larger values of the querier are taken over.
TEST(RecordsOfAnotherQueriersHosts, ItsLargerIntervalsKeepMembershipsLonger) {
  SourceLab lab{passive_lab_config()};
  lab.engine.receive(5, test::v3_query({.code = 40, .qrv = 3, .qqic = 40}, kRouter));
  lab.record(2, mode_is_include, {kA});
  lab.advance(3 * 40s + 2 * 4s - 1s);
  EXPECT_EQ(lab.gets(2), "A");
  lab.advance(1s + kAnswerGrace);
  EXPECT_EQ(lab.gets(2), "");
}

// When it falls silent its hosts have not reported for longer than our own interval, and are asked first.
TEST(RecordsOfAnotherQueriersHosts, OutliveItsSilenceUntilTheyCouldAnswerOurOwnQuery) {
  SourceLab lab;
  lab.engine.receive(5, test::v3_query({.qrv = 3, .qqic = 60}, kRouter));
  lab.record(2, mode_is_include, {kA});
  lab.advance(3 * 60s + 2s + 1ms);  // Other Querier Present Interval
  EXPECT_EQ(lab.gets(2), "A");
  lab.advance(3s);
  lab.record(2, mode_is_include, {kA});  // the answer
  lab.advance(kGmi - 1s);
  EXPECT_EQ(lab.gets(2), "A");
  lab.advance(kGmi);
  EXPECT_EQ(lab.gets(2), "") << "by our own interval again; a timer that was armed for the other may be late";
}

// --- older hosts (7.3.2) -------------------------------------------------------------------------------

TEST(OlderHosts, AVersion2HostOpensTheGroupAndBlockIsIgnoredWhileItIsPresent) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA});
  lab.v2_report(2, kHostTwo);
  EXPECT_EQ(lab.gets(2), "ABCD");
  lab.clear();
  lab.record(2, block_old_sources, {kA});
  lab.advance(3s);
  EXPECT_TRUE(lab.asked().empty());
  EXPECT_EQ(lab.gets(2), "ABCD");
}

TEST(OlderHosts, TheListOfToExIsIgnoredWithAVersion2Host) {
  SourceLab lab;
  lab.v2_report(2, kHostTwo);
  lab.record(2, change_to_exclude_mode, {kA});
  lab.advance(5s);
  EXPECT_EQ(lab.gets(2), "ABCD");
}

TEST(OlderHosts, BlockCountsAgainWhenTheVersion2HostIsGone) {
  SourceLab lab;
  lab.v2_report(2, kHostTwo);
  lab.advance(30s);
  lab.record(2, mode_is_exclude);
  lab.advance(kGmi - 30s + 2ms);  // its time is kept in ticks of a millisecond
  lab.record(2, block_old_sources, {kA});
  lab.advance(2s + kAnswerGrace);
  EXPECT_EQ(lab.gets(2), "BCD");
}

TEST(OlderHosts, AVersion1HostKeepsItsGroupFromLeavesAndToIn) {
  SourceLab lab;
  lab.v1_report(2, kHostTwo);
  lab.record(2, mode_is_exclude);
  lab.clear();
  lab.leave(2);
  lab.record(2, change_to_include_mode);
  lab.advance(5s);
  EXPECT_TRUE(lab.asked().empty());
  EXPECT_EQ(lab.gets(2), "ABCD");
}

TEST(OlderHosts, AVersion2LeaveEndsIncludeListsToo) {
  SourceLab lab;
  lab.record(2, mode_is_include, {kA});
  lab.clear();
  lab.leave(2);
  lab.advance(2s + kAnswerGrace);
  ASSERT_EQ(lab.asked().size(), 2U);
  EXPECT_EQ(lab.asked()[0].sources, List{kA});
  EXPECT_EQ(lab.gets(2), "");
}

// It was in the ring while its worker handled the next one.
TEST(Records, OneThatANewerReportHasOvertakenDoesNothingAndIsCounted) {
  SourceLab lab;
  lab.record(3, mode_is_include, {kA});  // somebody has the group
  lab.engine.receive(2, test::v3_report({{.type = 3, .group = kGroup, .sources = {kA}},
                                         {.type = 4, .group = kGroup, .sources = {}}}));
  EXPECT_EQ(lab.counter(ControlCounter::records_superseded), 1U);
  EXPECT_EQ(lab.counter(ControlCounter::leaves_superseded), 0U);
  EXPECT_EQ(lab.gets(2), "ABCD");
  EXPECT_TRUE(lab.asked().empty());
}

// --- limits ----------------------------------------------------------------------------------------------

TEST(Limits, AListThatFindsNoRoomRefusesAndCountsAndTheRestIsThere) {
  config::Config config = lab_config();
  config.sw.max_groups = 4;
  SourceLab lab{config};
  lab.record(2, mode_is_include, {kA, kB, kC, kD});  // the group and three sources fit
  EXPECT_EQ(lab.gets(2).size(), 3U);
  EXPECT_EQ(lab.engine.counters(2).events[PortEvent::joins_refused_full].value(), 1U);
  lab.advance(kGmi + kAnswerGrace);
  lab.record(2, mode_is_include, {kD});
  EXPECT_EQ(lab.gets(2), "D");
}

TEST(Limits, MaxGroupsOfAPortCountsGroupsAndSources) {
  config::Config config = lab_config();
  config.ports[2].max_groups = 2;
  SourceLab lab{config};
  lab.record(2, mode_is_include, {kA, kB, kC});
  EXPECT_EQ(lab.gets(2), "AB");
  lab.record(3, mode_is_include, {kA, kB, kC});
  EXPECT_EQ(lab.gets(3), "ABC");
  EXPECT_EQ(lab.engine.counters(2).events[PortEvent::joins_refused_limit].value(), 1U);
  lab.record(2, change_to_include_mode, {kA});
  lab.advance(2s + kAnswerGrace);
  lab.record(2, allow_new_sources, {kC});
  EXPECT_EQ(lab.gets(2), "AC") << "one has become free";
}

// More than it asked for, rather than nothing of it.
TEST(Limits, AnExcludeListBeyondThePortsLimitIsCutShort) {
  config::Config config = lab_config();
  config.ports[2].max_groups = 2;
  SourceLab lab{config};
  lab.record(2, change_to_exclude_mode, {kC, kB, kA});
  EXPECT_EQ(lab.gets(2), "BCD");
  EXPECT_EQ(lab.counter(ControlCounter::joins_refused), 2U);
  lab.advance(kGmi + kAnswerGrace);
  lab.record(2, change_to_exclude_mode, {kB});
  EXPECT_EQ(lab.gets(2), "ACD") << "what has ended has made room";
}

TEST(Limits, APortWithoutRoomForTheGroupItselfStaysAsItIs) {
  config::Config config = lab_config();
  config.ports[2].max_groups = 1;
  SourceLab lab{config};
  lab.record(2, mode_is_include, {kA}, kHostOne, kSameMac);
  lab.record(2, change_to_exclude_mode, {kA});
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_EQ(lab.egress(kA, kSameMac), PortSet::of(2));
}

// Of all ports and both kinds; sources that are there already have their room.
TEST(Limits, AGroupHasSoManySourcesAndOthersAreRefusedAndCounted) {
  config::Config config = lab_config();
  config.sw.max_sources_per_group = 3;
  SourceLab lab{config};
  lab.record(2, mode_is_include, {kA, kB});
  lab.record(3, change_to_exclude_mode, {kA, kB});  // the third is A, excluded; B finds no room
  EXPECT_EQ(lab.gets(3), "BCD");
  EXPECT_EQ(lab.counter(ControlCounter::joins_refused), 1U);
  lab.record(4, mode_is_include, {kA, kB, kC});
  EXPECT_EQ(lab.gets(4), "AB");
  EXPECT_EQ(lab.engine.counters(4).events[PortEvent::joins_refused_sources].value(), 1U);
  lab.record(4, mode_is_include, {kC}, kHostOne, kSameMac);
  EXPECT_EQ(lab.egress(kC, kSameMac), PortSet::of(4)) << "another group";
  lab.advance(kGmi + kAnswerGrace);
  lab.record(4, mode_is_include, {kC});
  EXPECT_EQ(lab.gets(4), "C") << "what has ended has made room";
}

TEST(Limits, HundredsOfSourcesAreAskedForInAsManyQueriesAsTheyNeed) {
  config::Config config = lab_config();
  config.sw.max_groups = 2000;
  SourceLab lab{config};
  List sources;
  for (std::uint32_t i = 0; i < 700; ++i) {
    sources.push_back(Ipv4Address{ip("10.20.0.0").bits + i});
  }
  lab.record(2, mode_is_include, List(sources.begin(), sources.begin() + 350));
  lab.record(2, allow_new_sources, List(sources.begin() + 350, sources.end()));
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_include_mode);
  ASSERT_EQ(lab.asked().size(), 2U);
  EXPECT_EQ(lab.asked()[0].sources.size(), proto::kMaxQuerySources);
  EXPECT_EQ(lab.asked()[1].sources.size(), 700 - proto::kMaxQuerySources);
  lab.advance(2s + kAnswerGrace);
  EXPECT_EQ(lab.engine.group_count(), 0U);
}

// --- source-specific range (RFC 4604) ----------------------------------------------------------------------

TEST(SsmRange, TakesSourcesOnly) {
  config::Config config = lab_config();
  config.igmp.ssm_range = {{.address = ip("239.1.0.0"), .length = 16}};
  SourceLab lab{config};
  lab.v2_report(2);
  lab.record(2, mode_is_exclude);
  lab.record(2, change_to_exclude_mode, {kA});
  lab.leave(2);
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_EQ(lab.engine.counters(2).events[PortEvent::igmp_ssm_ignored].value(), 4U);
  lab.record(2, allow_new_sources, {kA});
  EXPECT_EQ(lab.gets(2), "A");
  // R4604-2: a version 2 report does not make it a version 2 group.
  lab.v2_report(2);
  lab.record(2, block_old_sources, {kA});
  lab.advance(2s + kAnswerGrace);
  EXPECT_EQ(lab.gets(2), "");
}

}  // namespace
}  // namespace mcswitch::control

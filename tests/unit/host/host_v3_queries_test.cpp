// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 9776 section 5.2: when a host of version 3 answers a query, and with what.

#include "host_v3_lab.hpp"

namespace mcswitch::host::host_v3_queries_test {
namespace {

using namespace std::chrono_literals;
using test::ip;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Two groups of one MAC address.
const IpAddress kGroup = ip("239.1.2.3");
const IpAddress kOther = ip("239.129.2.3");
constexpr auto kInclude = FilterMode::include;
constexpr auto kExclude = FilterMode::exclude;

// --- when -----------------------------------------------------------------------------------------

TEST(HostV3Queries, NothingIsDrawnOrAnsweredWithoutState) {
  HostV3Lab lab;
  lab.general_query(10s);
  lab.query(kGroup, {}, 1s);
  lab.query(kGroup, sources({1}), 1s);
  EXPECT_THAT(lab.delays.ranges, IsEmpty());
  EXPECT_EQ(lab.host.next(), kNever);
  lab.settle(kGroup, kExclude, {});
  lab.query(kOther, {}, 1s);
  EXPECT_THAT(lab.delays.ranges, IsEmpty());
}

TEST(HostV3Queries, AGroupWhoseEndIsStillRepeatedHasNoState) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({1s});
  lab.include(kGroup, {});
  EXPECT_EQ(lab.said().size(), 1U);
  lab.delays.ranges.clear();
  lab.general_query(10s);
  lab.query(kGroup, {}, 1s);
  EXPECT_THAT(lab.delays.ranges, IsEmpty());
}

TEST(HostV3Queries, OneTimerAnswersAGeneralQueryForAllGroups) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1, 2}));
  lab.settle(kOther, kExclude, sources({3}));
  lab.will_draw({6s});
  lab.general_query(10s);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(10s));
  EXPECT_THAT(lab.said_after(6s - 1ns), IsEmpty());
  const std::vector<Said> said = lab.said_after(1ns);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said[0].records,
              UnorderedElementsAre(is_in(kGroup, sources({1, 2})), is_ex(kOther, sources({3}))));
  EXPECT_EQ(lab.host.next(), kNever);
}

// An answer at once is what a general query must not get, even if it says so.
TEST(HostV3Queries, AVersion3QueryThatAllowsNoTimeIsNotAnsweredAtOnce) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({100ms});
  lab.general_query(0s);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(100ms));
  EXPECT_EQ(lab.host.version(lab.clock.now()), 3);
  EXPECT_THAT(lab.said(), IsEmpty());
  EXPECT_EQ(lab.said_after(100ms).size(), 1U);
}

// Rule 1, for each kind of query.
TEST(HostV3Queries, AnEarlierAnswerToAGeneralQueryIsEnough) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({2s, 3s, 4s, 5s});
  lab.general_query(10s);
  lab.general_query(10s);
  lab.query(kGroup, {}, 5s);
  lab.query(kGroup, sources({1}), 5s);
  EXPECT_EQ(lab.remaining(), 2s);
  EXPECT_THAT(lab.said_after(2s), ElementsAre(v3({is_ex(kGroup, {})})));
  EXPECT_EQ(lab.host.next(), kNever);
}

// Rule 2.
TEST(HostV3Queries, AnEarlierTimeTakesThePlaceOfALaterAnswerToAGeneralQuery) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({9s, 3s});
  lab.general_query(10s);
  lab.general_query(10s);
  EXPECT_EQ(lab.remaining(), 3s);
  EXPECT_EQ(lab.said_after(3s).size(), 1U);
  EXPECT_EQ(lab.host.next(), kNever);
}

// Rule 3, and not rule 1: the general answer is later.
TEST(HostV3Queries, AQueryForAGroupIsAnsweredBeforeALaterGeneralAnswer) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1, 2}));
  lab.settle(kOther, kExclude, {});
  lab.will_draw({8s, 500ms});
  lab.general_query(10s);
  lab.query(kGroup, {}, 1s);
  EXPECT_THAT(lab.said_after(500ms), ElementsAre(v3({is_in(kGroup, sources({1, 2}))})));
  EXPECT_EQ(lab.remaining(), 7500ms);
  EXPECT_EQ(lab.said_after(7500ms).size(), 1U);
}

// Rule 3.
TEST(HostV3Queries, SourcesOfTheFirstQueryAreRecorded) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1, 2, 3}));
  lab.will_draw({400ms});
  // In any order, twice or not.
  lab.query(kGroup, {source(9), source(3), source(1), source(3)}, 1s);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(1s));
  EXPECT_THAT(lab.said_after(400ms), ElementsAre(v3({is_in(kGroup, sources({1, 3}))})));
  EXPECT_EQ(lab.host.next(), kNever);
}

// Rule 4, in both orders and with both ways round of the times.
TEST(HostV3Queries, AQueryForTheWholeGroupMakesTheAnswerWholeAtTheEarlierTime) {
  for (const bool is_group_first : {false, true}) {
    for (const bool is_first_earlier : {false, true}) {
      HostV3Lab lab;
      lab.settle(kGroup, kInclude, sources({1, 2, 3}));
      lab.will_draw({is_first_earlier ? 300ms : 700ms, is_first_earlier ? 700ms : 300ms});
      lab.query(kGroup, is_group_first ? sources({}) : sources({1}), 1s);
      lab.query(kGroup, is_group_first ? sources({1}) : sources({}), 1s);
      EXPECT_EQ(lab.remaining(), 300ms);
      EXPECT_THAT(lab.said_after(300ms), ElementsAre(v3({is_in(kGroup, sources({1, 2, 3}))})));
      EXPECT_EQ(lab.host.next(), kNever);
    }
  }
}

// Rule 4: "the recorded source-list is empty" holds for the answer, not for ever.
TEST(HostV3Queries, AfterAnAnswerSourcesAreRecordedAnew) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1, 2, 3}));
  lab.will_draw({300ms});
  lab.query(kGroup, {}, 1s);
  EXPECT_EQ(lab.said_after(300ms).size(), 1U);
  lab.will_draw({300ms});
  lab.query(kGroup, sources({2}), 1s);
  EXPECT_THAT(lab.said_after(300ms), ElementsAre(v3({is_in(kGroup, sources({2}))})));
  lab.will_draw({300ms});
  lab.query(kGroup, sources({3}), 1s);
  EXPECT_THAT(lab.said_after(300ms), ElementsAre(v3({is_in(kGroup, sources({3}))})));
}

// Rule 5, and the earlier time again.
TEST(HostV3Queries, SourcesOfSeveralQueriesAreAnsweredTogether) {
  for (const Duration second : {200ms, 900ms}) {
    HostV3Lab lab;
    lab.settle(kGroup, kInclude, sources({1, 2, 3, 4}));
    lab.will_draw({500ms, second});
    lab.query(kGroup, sources({4, 7}), 1s);
    lab.query(kGroup, sources({1, 4}), 1s);
    const Duration earlier = std::min<Duration>(500ms, second);
    EXPECT_EQ(lab.remaining(), earlier);
    EXPECT_THAT(lab.said_after(earlier), ElementsAre(v3({is_in(kGroup, sources({1, 4}))})));
    EXPECT_EQ(lab.host.next(), kNever);
  }
}

TEST(HostV3Queries, GroupsAreAnsweredEachAtItsOwnTime) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.settle(kOther, kExclude, {});
  lab.will_draw({700ms, 300ms});
  lab.query(kGroup, {}, 1s);
  lab.query(kOther, {}, 1s);
  EXPECT_THAT(lab.said_after(300ms), ElementsAre(v3({is_ex(kOther, {})})));
  EXPECT_THAT(lab.said_after(400ms), ElementsAre(v3({is_ex(kGroup, {})})));
}

TEST(HostV3Queries, SourcesBeyondTheLimitCountAsTheWholeGroup) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, sources({1}));
  lab.will_draw({500ms, 500ms, 500ms, 500ms, 500ms});
  for (std::uint32_t n = 0; n < Host::kMostAsked; n += 256) {
    lab.query(kGroup, many_sources(256, n), 1s);
  }
  lab.query(kGroup, many_sources(1, 5000), 1s);
  EXPECT_THAT(lab.said_after(500ms), ElementsAre(v3({is_ex(kGroup, sources({1}))})));
}

// --- with what ------------------------------------------------------------------------------------

struct Answer {
  const char* name;
  FilterMode mode;
  Sources state;
  Sources asked;
  std::vector<Record> records;  // none: no report
};

class HostV3Answers : public testing::TestWithParam<Answer> {};

TEST_P(HostV3Answers, IsWhatIsForwardedOfTheRecordedSources) {
  const Answer& row = GetParam();
  HostV3Lab lab;
  lab.settle(kGroup, row.mode, row.state);
  lab.will_draw({1s});
  lab.query(kGroup, row.asked, 1s);
  const std::vector<Said> said = lab.said_after(1s);
  if (row.records.empty()) {
    EXPECT_THAT(said, IsEmpty());
  } else {
    EXPECT_THAT(said, ElementsAre(v3(row.records)));
  }
  EXPECT_EQ(lab.host.next(), kNever);
}

INSTANTIATE_TEST_SUITE_P(
    Section52, HostV3Answers,
    testing::Values(
        Answer{"IncludeSome",
               kInclude,
               sources({1, 2, 3}),
               sources({2, 3, 4}),
               {is_in(kGroup, sources({2, 3}))}},
        Answer{"IncludeNone", kInclude, sources({1, 2}), sources({3, 4}), {}},
        Answer{"ExcludeSome",
               kExclude,
               sources({1, 2, 3}),
               sources({2, 3, 4, 5}),
               {is_in(kGroup, sources({4, 5}))}},
        Answer{"ExcludeNone", kExclude, sources({1, 2}), sources({1, 2}), {}},
        Answer{"ExcludeNothingListed", kExclude, {}, sources({1, 2}), {is_in(kGroup, sources({1, 2}))}},
        Answer{"WholeInclude", kInclude, sources({1, 2}), {}, {is_in(kGroup, sources({1, 2}))}},
        Answer{"WholeExclude", kExclude, sources({1, 2}), {}, {is_ex(kGroup, sources({1, 2}))}},
        Answer{"WholeExcludeNothing", kExclude, {}, {}, {is_ex(kGroup, {})}}),
    [](const auto& param) { return std::string{param.param.name}; });

TEST(HostV3Queries, TheAnswerIsTheStateOfTheMomentItIsSent) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1, 2}));
  lab.will_draw({900ms});
  lab.query(kGroup, sources({1, 2, 3}), 1s);
  lab.will_draw({100ms});
  lab.exclude(kGroup, sources({2}));
  EXPECT_EQ(lab.said().size(), 1U);
  EXPECT_EQ(lab.said_after(100ms).size(), 1U);
  EXPECT_THAT(lab.said_after(800ms), ElementsAre(v3({is_in(kGroup, sources({1, 3}))})));
}

TEST(HostV3Queries, AGroupThatHasEndedMeanwhileIsNotAnsweredFor) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({600ms, 900ms});
  lab.query(kGroup, {}, 1s);
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_in(kGroup, {})})));
  EXPECT_THAT(lab.said_after(600ms), IsEmpty());
  EXPECT_THAT(lab.said_after(300ms), ElementsAre(v3({to_in(kGroup, {})})));
  EXPECT_EQ(lab.host.next(), kNever);
}

// "the source lists associated with any reported groups are cleared"
TEST(HostV3Queries, AGeneralAnswerForgetsRecordedSources) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1, 2}));
  lab.will_draw({900ms, 500ms});
  lab.query(kGroup, sources({1}), 1s);
  lab.general_query(10s);
  EXPECT_EQ(lab.said_after(500ms).size(), 1U);
  EXPECT_THAT(lab.said_after(400ms), ElementsAre(v3({is_in(kGroup, sources({1, 2}))})));
}

// --- robustness -----------------------------------------------------------------------------------

// Section 4.1.6.
TEST(HostV3Queries, TheQueriersRobustnessVariableIsAdoptedAndOursIsBackWhenItGivesNone) {
  HostV3Lab lab{{.robustness_variable = 3}};
  lab.general_query(10s, 5);
  EXPECT_EQ(lab.host.robustness_variable(), 5);
  lab.will_draw({1s, 1s, 1s, 1s});
  lab.exclude(kGroup, {});
  EXPECT_EQ(lab.said().size(), 1U);
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(lab.said_after(1s), ElementsAre(v3({to_ex(kGroup, {})})));
  }
  EXPECT_EQ(lab.host.next(), kNever);
  lab.will_draw({1s});
  lab.general_query(10s, 0);
  EXPECT_EQ(lab.host.robustness_variable(), 3);
}

TEST(HostV3Queries, TheQueriersRobustnessVariableIsIgnoredIfSoSet) {
  HostV3Lab lab{{.robustness_variable = 3, .adopt_robustness = false}};
  lab.general_query(10s, 5);
  EXPECT_EQ(lab.host.robustness_variable(), 3);
}

}  // namespace
}  // namespace mcswitch::host::host_v3_queries_test

// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 9776 section 5.1: what a host reports when the state of a group changes, how often, and what happens if
// the state changes again meanwhile.

#include <map>
#include <random>

#include "host_v3_lab.hpp"

namespace mcswitch::host::host_v3_changes_test {
namespace {

using namespace std::chrono_literals;
using test::ip;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Two groups of one MAC address.
const IpAddress kGroup = ip("239.1.2.3");
const IpAddress kOther = ip("239.129.2.3");
constexpr auto kInclude = FilterMode::include;
constexpr auto kExclude = FilterMode::exclude;

// --- the table ------------------------------------------------------------------------------------

struct Row {
  const char* name;
  FilterMode mode_before;
  Sources before;
  FilterMode mode_after;
  Sources after;
  std::vector<Record> records;
};

class HostV3Table : public testing::TestWithParam<Row> {};

// Each record is sent at once and once more, by a Robustness Variable of 2.
TEST_P(HostV3Table, ReportsTheDifferenceTwice) {
  const Row& row = GetParam();
  HostV3Lab lab;
  const bool has_state = row.mode_before == kExclude || !row.before.empty();
  if (has_state) {
    lab.settle(kGroup, row.mode_before, row.before);
  }
  lab.will_draw({700ms});
  lab.host.set(kGroup, row.mode_after, row.after, lab.clock.now());
  EXPECT_EQ(lab.host.next(), lab.clock.now());
  EXPECT_THAT(lab.said(), ElementsAre(v3(row.records)));
  EXPECT_EQ(lab.remaining(), 700ms);
  EXPECT_THAT(lab.said_after(700ms), ElementsAre(v3(row.records)));
  EXPECT_EQ(lab.host.next(), kNever);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(1s));
  EXPECT_EQ(lab.host.is_member(kGroup), row.mode_after == kExclude || !row.after.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Section51, HostV3Table,
    testing::Values(
        Row{"IncludeToIncludeMoreAndLess",
            kInclude,
            sources({1, 2, 3}),
            kInclude,
            sources({2, 4, 5}),
            {allow(kGroup, sources({4, 5})), block(kGroup, sources({1, 3}))}},
        Row{"IncludeToIncludeMore",
            kInclude,
            sources({2}),
            kInclude,
            sources({1, 2, 3}),
            {allow(kGroup, sources({1, 3}))}},
        Row{"IncludeToIncludeLess",
            kInclude,
            sources({1, 2, 3}),
            kInclude,
            sources({2}),
            {block(kGroup, sources({1, 3}))}},
        Row{"ExcludeToExcludeMoreAndLess",
            kExclude,
            sources({1, 2, 3}),
            kExclude,
            sources({2, 4, 5}),
            {allow(kGroup, sources({1, 3})), block(kGroup, sources({4, 5}))}},
        Row{"ExcludeToExcludeMore",
            kExclude,
            {},
            kExclude,
            sources({1, 3}),
            {block(kGroup, sources({1, 3}))}},
        Row{"ExcludeToExcludeLess",
            kExclude,
            sources({1, 3}),
            kExclude,
            {},
            {allow(kGroup, sources({1, 3}))}},
        Row{"IncludeToExclude",
            kInclude,
            sources({1, 2}),
            kExclude,
            sources({2, 3}),
            {to_ex(kGroup, sources({2, 3}))}},
        Row{"IncludeToExcludeNothing", kInclude, sources({1, 2}), kExclude, {}, {to_ex(kGroup, {})}},
        Row{"ExcludeToInclude",
            kExclude,
            sources({1, 2}),
            kInclude,
            sources({2, 3}),
            {to_in(kGroup, sources({2, 3}))}},
        // No state counts as INCLUDE of nothing.
        Row{"NoneToInclude", kInclude, {}, kInclude, sources({1, 2}), {allow(kGroup, sources({1, 2}))}},
        Row{"NoneToExclude", kInclude, {}, kExclude, {}, {to_ex(kGroup, {})}},
        Row{"NoneToExcludeSome", kInclude, {}, kExclude, sources({7}), {to_ex(kGroup, sources({7}))}},
        Row{"IncludeToNone", kInclude, sources({1, 2}), kInclude, {}, {block(kGroup, sources({1, 2}))}},
        Row{"ExcludeToNone", kExclude, sources({1}), kInclude, {}, {to_in(kGroup, {})}}),
    [](const auto& param) { return std::string{param.param.name}; });

TEST(HostV3Changes, TheSameStateAgainIsNoChange) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, sources({1, 2}));
  lab.exclude(kGroup, sources({1, 2}));
  lab.include(kOther, {});
  EXPECT_EQ(lab.host.next(), kNever);
  EXPECT_THAT(lab.said(), IsEmpty());
}

// Section 5: "never sends" anything of the all-systems group; 224.0.0.2 is like any other.
TEST(HostV3Changes, AllSystemsIsNeverReported) {
  HostV3Lab lab;
  lab.exclude(kAllSystems, {});
  EXPECT_EQ(lab.host.next(), kNever);
  EXPECT_FALSE(lab.host.is_member(kAllSystems));
  lab.will_draw({1s});
  lab.exclude(kAllRouters, {});
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kAllRouters, {})})));
}

// --- repetitions ----------------------------------------------------------------------------------

TEST(HostV3Changes, ReportsAreAsManyAsTheRobustnessVariable) {
  for (std::uint8_t robustness = 1; robustness <= 7; ++robustness) {
    HostV3Lab lab{{.robustness_variable = robustness, .unsolicited_report_interval = 3s}};
    lab.will_draw({2s, 1s, 3s, 1ms, 2s, 1s});
    const std::vector<Duration> script(lab.delays.script.begin(), lab.delays.script.end());
    lab.include(kGroup, sources({1}));
    EXPECT_THAT(lab.said(), ElementsAre(v3({allow(kGroup, sources({1}))})));
    for (unsigned i = 0; i + 1U < robustness; ++i) {
      EXPECT_EQ(lab.remaining(), script[i]);
      EXPECT_THAT(lab.said_after(script[i]), ElementsAre(v3({allow(kGroup, sources({1}))})));
    }
    EXPECT_EQ(lab.host.next(), kNever) << unsigned{robustness};
    EXPECT_THAT(lab.delays.ranges, SizeIs(robustness - 1U));
    EXPECT_THAT(lab.delays.ranges, Each(3s));
  }
}

TEST(HostV3Changes, RepetitionsOfSeveralGroupsAreIndependentAndShareAReportOnlyIfDueTogether) {
  HostV3Lab lab;
  lab.will_draw({600ms, 200ms});
  lab.exclude(kGroup, {});
  lab.exclude(kOther, sources({4}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kGroup, {}), to_ex(kOther, sources({4}))})));
  EXPECT_THAT(lab.said_after(200ms), ElementsAre(v3({to_ex(kOther, sources({4}))})));
  EXPECT_THAT(lab.said_after(400ms), ElementsAre(v3({to_ex(kGroup, {})})));
  EXPECT_EQ(lab.host.next(), kNever);
}

// A group is kept until its end has been said, and is gone then.
TEST(HostV3Changes, AGroupWithoutStateIsNoMemberButItsEndIsRepeated) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  EXPECT_EQ(lab.host.group_count(), 1U);
  lab.will_draw({900ms});
  lab.include(kGroup, {});
  EXPECT_EQ(lab.host.group_count(), 0U);
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_in(kGroup, {})})));
  EXPECT_EQ(lab.host.kept_count(), 1U);
  EXPECT_THAT(lab.said_after(900ms), ElementsAre(v3({to_in(kGroup, {})})));
  EXPECT_EQ(lab.host.kept_count(), 0U);
  EXPECT_EQ(lab.host.next(), kNever);
}

// --- merging --------------------------------------------------------------------------------------

// The new report says both, at once, and each source is in two reports.
TEST(HostV3Merging, AFurtherSourceIsSaidAtOnceTogetherWithTheOneThatIsPending) {
  HostV3Lab lab;
  lab.will_draw({900ms});
  lab.include(kGroup, sources({1}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({allow(kGroup, sources({1}))})));
  lab.clock.advance(300ms);
  lab.will_draw({500ms});
  lab.include(kGroup, sources({1, 2}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({allow(kGroup, sources({1, 2}))})));
  EXPECT_EQ(lab.remaining(), 500ms);
  EXPECT_THAT(lab.said_after(500ms), ElementsAre(v3({allow(kGroup, sources({2}))})));
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostV3Merging, ASourceThatIsTakenBackIsBlockedAndNotAllowedAnyMore) {
  HostV3Lab lab{{.robustness_variable = 3}};
  lab.will_draw({900ms});
  lab.include(kGroup, sources({1, 2}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({allow(kGroup, sources({1, 2}))})));
  lab.will_draw({100ms, 100ms});
  lab.include(kGroup, sources({2}));
  const Said both = v3({allow(kGroup, sources({2})), block(kGroup, sources({1}))});
  EXPECT_THAT(lab.said(), ElementsAre(both));
  EXPECT_THAT(lab.said_after(100ms), ElementsAre(both));
  EXPECT_THAT(lab.said_after(100ms), ElementsAre(v3({block(kGroup, sources({1}))})));
  EXPECT_EQ(lab.host.next(), kNever);
}

// "This applies even if any number of source-list changes occur in that period": and what is left of the
// sources follows as ALLOW and BLOCK.
TEST(HostV3Merging, AfterAModeChangeTheReportsSayTheModeAndThenWhatSourcesStillNeed) {
  HostV3Lab lab{{.robustness_variable = 3}};
  lab.will_draw({900ms});
  lab.exclude(kGroup, sources({1, 2}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kGroup, sources({1, 2}))})));
  lab.will_draw({900ms});
  lab.exclude(kGroup, sources({2, 3}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kGroup, sources({2, 3}))})));
  lab.will_draw({800ms, 700ms});
  lab.exclude(kGroup, sources({2, 3, 4}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kGroup, sources({2, 3, 4}))})));
  // 1 and 3 have been in two reports, 4 in one.
  EXPECT_THAT(lab.said_after(800ms),
              ElementsAre(v3({allow(kGroup, sources({1})), block(kGroup, sources({3, 4}))})));
  EXPECT_THAT(lab.said_after(700ms), ElementsAre(v3({block(kGroup, sources({4}))})));
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostV3Merging, AModeChangeTakesTheSourcesThatArePendingWithIt) {
  HostV3Lab lab;
  lab.will_draw({900ms});
  lab.include(kGroup, sources({1, 2}));
  EXPECT_THAT(lab.said(), SizeIs(1));
  lab.will_draw({400ms});
  lab.exclude(kGroup, sources({9}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kGroup, sources({9}))})));
  EXPECT_THAT(lab.said_after(400ms), ElementsAre(v3({to_ex(kGroup, sources({9}))})));
  EXPECT_EQ(lab.host.next(), kNever);
}

// Also where the querier's Robustness Variable was larger when the sources changed.
TEST(HostV3Merging, AModeChangeIsSaidAsOftenAsItNeedsAndNotMore) {
  HostV3Lab lab;
  lab.general_query(10s, 6);
  lab.will_draw({900ms});
  lab.include(kGroup, sources({1, 2}));
  EXPECT_THAT(lab.said(), SizeIs(1));
  lab.will_draw({10s, 400ms});
  lab.general_query(10s, 2);
  lab.exclude(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kGroup, {})})));
  EXPECT_THAT(lab.said_after(400ms), ElementsAre(v3({to_ex(kGroup, {})})));
  EXPECT_EQ(lab.remaining(), 9600ms);
}

TEST(HostV3Merging, ALeaveWhileTheJoinIsRepeatedIsSaidInsteadAsOftenAsIfItHadBeenAlone) {
  HostV3Lab lab;
  lab.will_draw({900ms});
  lab.exclude(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kGroup, {})})));
  lab.will_draw({400ms});
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_in(kGroup, {})})));
  EXPECT_THAT(lab.said_after(400ms), ElementsAre(v3({to_in(kGroup, {})})));
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostV3Merging, AJoinWhileTheEndIsRepeatedStartsFromNoState) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({1}));
  lab.will_draw({900ms});
  lab.include(kGroup, {});
  EXPECT_THAT(lab.said(), ElementsAre(v3({block(kGroup, sources({1}))})));
  lab.will_draw({400ms});
  lab.include(kGroup, sources({2}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({allow(kGroup, sources({2})), block(kGroup, sources({1}))})));
  EXPECT_THAT(lab.said_after(400ms), ElementsAre(v3({allow(kGroup, sources({2}))})));
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostV3Merging, ChangesOfOneMomentAreOneReport) {
  HostV3Lab lab;
  lab.settle(kGroup, kInclude, sources({5}));
  lab.include(kGroup, sources({5, 6}));
  lab.include(kGroup, sources({6, 7}));
  lab.will_draw({1s});
  EXPECT_THAT(lab.said(), ElementsAre(v3({allow(kGroup, sources({6, 7})), block(kGroup, sources({5}))})));
}

// --- what it is for -------------------------------------------------------------------------------

// Who hears at least one of any Robustness Variable reports of a group in a row knows its state in the end.
TEST(HostV3Merging, ARouterThatMissesNotAllOfARowKnowsTheStateInTheEnd) {
  constexpr std::uint8_t kRobustness = 3;
  std::mt19937 random{5};
  const auto dice = [&](std::uint32_t sides) { return static_cast<std::uint32_t>(random() % sides); };
  for (int round = 0; round < 300; ++round) {
    SeededDelay delays{random()};
    Host host{{.robustness_variable = kRobustness}, delays};
    test::ManualClock clock;
    struct State {
      FilterMode mode = FilterMode::include;
      std::map<IpAddress, bool> listed;
    };
    State heard;
    unsigned missed_in_a_row = 0;
    HostMessage message;
    const auto listen = [&] {
      while (host.on_time(clock.now(), message)) {
        if (missed_in_a_row + 1 < kRobustness && dice(3) != 0) {
          ++missed_in_a_row;
          continue;
        }
        missed_in_a_row = 0;
        for (const proto::ReportRecord& record : message.records()) {
          using enum proto::RecordType;
          ASSERT_EQ(record.group, kGroup);
          if (record.type == change_to_include_mode || record.type == change_to_exclude_mode) {
            heard.mode = record.type == change_to_include_mode ? kInclude : kExclude;
            heard.listed.clear();
          } else {
            ASSERT_TRUE(record.type == allow_new_sources || record.type == block_old_sources);
          }
          const bool is_allow = record.type == allow_new_sources;
          const bool is_block = record.type == block_old_sources;
          for (const IpAddress& address : record.sources) {
            if (heard.mode == kInclude ? is_block : is_allow) {
              heard.listed.erase(address);
            } else {
              heard.listed[address] = true;
            }
          }
        }
      }
    };
    FilterMode mode = kInclude;
    Sources list;
    for (int change = 0; change < 8; ++change) {
      mode = dice(3) == 0 ? kExclude : kInclude;
      list.clear();
      for (std::uint32_t n = 0; n < 6; ++n) {
        if (dice(2) == 0) {
          list.push_back(source(n));
        }
      }
      host.set(kGroup, mode, list, clock.now());
      listen();
      for (std::uint32_t more = dice(3); more > 0 && host.next() != kNever; --more) {
        clock.advance(host.next() - clock.now());
        listen();
      }
    }
    while (host.next() != kNever) {
      clock.advance(host.next() - clock.now());
      listen();
    }
    EXPECT_EQ(heard.mode, mode);
    Sources known;
    for (const auto& [address, unused] : heard.listed) {
      known.push_back(address);
    }
    EXPECT_EQ(known, list) << round;
  }
}

}  // namespace
}  // namespace mcswitch::host::host_v3_changes_test

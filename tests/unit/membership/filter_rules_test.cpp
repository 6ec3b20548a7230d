// SPDX-License-Identifier: BSD-3-Clause
//
// Every row of the tables in RFC 9776 sections 6.4.1 and 6.4.2, one test each. In all of them each of the
// five places a source may be in (listed or not; requested, excluded or neither) has sources, and their
// numbers and values differ, so that a wrong set is another one.

#include "membership/filter_rules.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <ostream>
#include <utility>

namespace mcswitch::membership {
namespace {

using proto::RecordType;

constexpr RecordType kIsIn = RecordType::mode_is_include;
constexpr RecordType kIsEx = RecordType::mode_is_exclude;
constexpr RecordType kToIn = RecordType::change_to_include_mode;
constexpr RecordType kToEx = RecordType::change_to_exclude_mode;
constexpr RecordType kAllow = RecordType::allow_new_sources;
constexpr RecordType kBlock = RecordType::block_old_sources;

// Source n is 10.0.n.1, so that their order is not that of the last byte.
Sources set(std::initializer_list<std::uint8_t> numbers) {
  Sources sources;
  for (const std::uint8_t n : numbers) {
    sources.push_back(Ipv4Address::of(10, 0, n, 1));
  }
  return sources;
}

void print(std::ostream& out, const char* name, const Sources& sources) {
  out << ' ' << name << '(';
  for (const IpAddress& source : sources) {
    out << ' ' << (source.low >> 8 & 0xff);
  }
  out << " )";
}

}  // namespace

void PrintTo(const PortFilter& filter, std::ostream* out) {
  *out << (filter.mode == FilterMode::include ? "INCLUDE" : "EXCLUDE");
  print(*out, "requested", filter.requested);
  print(*out, "excluded", filter.excluded);
}

void PrintTo(const RecordEffects& effects, std::ostream* out) {
  *out << (effects.mode == FilterMode::include ? "INCLUDE" : "EXCLUDE");
  print(*out, "start", effects.start);
  print(*out, "start_as_group", effects.start_as_group);
  print(*out, "exclude", effects.exclude);
  print(*out, "forget", effects.forget);
  print(*out, "query_sources", effects.query_sources);
  *out << (effects.restart_group_timer ? " restart" : "") << (effects.query_group ? " query_group" : "");
}

namespace {

PortFilter include(Sources requested) {
  return {.mode = FilterMode::include, .requested = std::move(requested), .excluded = {}};
}
PortFilter exclude(Sources requested, Sources excluded) {
  return {.mode = FilterMode::exclude, .requested = std::move(requested), .excluded = std::move(excluded)};
}

RecordEffects effects_of(const PortFilter& filter, RecordType type, const Sources& listed,
                         Compatibility compatibility = Compatibility::v3) {
  RecordEffects effects;
  apply_record(filter, type, listed, compatibility, effects);
  return effects;
}

PortFilter next(const PortFilter& filter, RecordType type, const Sources& listed,
                Compatibility compatibility = Compatibility::v3) {
  return after(filter, effects_of(filter, type, listed, compatibility));
}

// INCLUDE(A) and the list B: A-B is 1, A*B is 2 and 5, B-A is 3, 4 and 7.
const PortFilter kInclude = include(set({1, 2, 5}));
const Sources kB = set({2, 3, 4, 5, 7});

// EXCLUDE(X,Y) and the list A: A-X-Y is 1, 4 and 12; A*X is 2 and 7; X-A is 9; A*Y is 3; Y-A is 6, 8, 10, 11.
const PortFilter kExclude = exclude(set({2, 7, 9}), set({3, 6, 8, 10, 11}));
const Sources kA = set({1, 2, 3, 4, 7, 12});

// --- R9776-26: section 6.4.1, current-state records -------------------------------------------------

TEST(FilterRules, IncludeIsInAddsTheListAndRestartsItsTimers) {
  EXPECT_EQ(effects_of(kInclude, kIsIn, kB), (RecordEffects{.start = kB}));
  EXPECT_EQ(next(kInclude, kIsIn, kB), include(set({1, 2, 3, 4, 5, 7})));
}

TEST(FilterRules, IncludeIsExKeepsWhatIsInBothExcludesTheRestOfTheListAndForgetsTheRest) {
  EXPECT_EQ(effects_of(kInclude, kIsEx, kB), (RecordEffects{.mode = FilterMode::exclude,
                                                            .exclude = set({3, 4, 7}),
                                                            .forget = set({1}),
                                                            .restart_group_timer = true}));
  EXPECT_EQ(next(kInclude, kIsEx, kB), exclude(set({2, 5}), set({3, 4, 7})));
}

TEST(FilterRules, ExcludeIsInRequestsTheListEvenWhatWasExcluded) {
  EXPECT_EQ(effects_of(kExclude, kIsIn, kA), (RecordEffects{.mode = FilterMode::exclude, .start = kA}));
  EXPECT_EQ(next(kExclude, kIsIn, kA), exclude(set({1, 2, 3, 4, 7, 9, 12}), set({6, 8, 10, 11})));
}

TEST(FilterRules, ExcludeIsExStartsNewSourcesWithAWholeIntervalAndForgetsWhatIsNotListed) {
  EXPECT_EQ(effects_of(kExclude, kIsEx, kA), (RecordEffects{.mode = FilterMode::exclude,
                                                            .start = set({1, 4, 12}),
                                                            .forget = set({6, 8, 9, 10, 11}),
                                                            .restart_group_timer = true}));
  EXPECT_EQ(next(kExclude, kIsEx, kA), exclude(set({1, 2, 4, 7, 12}), set({3})));
}

// --- R9776-27, -28: section 6.4.2, filter-mode-change and source-list-change records ------------------

TEST(FilterRules, IncludeAllowAddsTheListAndRestartsItsTimers) {
  EXPECT_EQ(effects_of(kInclude, kAllow, kB), (RecordEffects{.start = kB}));
  EXPECT_EQ(next(kInclude, kAllow, kB), include(set({1, 2, 3, 4, 5, 7})));
}

TEST(FilterRules, IncludeBlockChangesNothingAndAsksAboutWhatIsInBoth) {
  EXPECT_EQ(effects_of(kInclude, kBlock, kB), (RecordEffects{.query_sources = set({2, 5})}));
  EXPECT_EQ(next(kInclude, kBlock, kB), kInclude);
}

TEST(FilterRules, IncludeToExIsAsIsExAndAsksAboutWhatIsInBoth) {
  EXPECT_EQ(effects_of(kInclude, kToEx, kB), (RecordEffects{.mode = FilterMode::exclude,
                                                            .exclude = set({3, 4, 7}),
                                                            .forget = set({1}),
                                                            .restart_group_timer = true,
                                                            .query_sources = set({2, 5})}));
  EXPECT_EQ(next(kInclude, kToEx, kB), exclude(set({2, 5}), set({3, 4, 7})));
}

TEST(FilterRules, IncludeToInAddsTheListAndAsksAboutWhatIsNotInIt) {
  EXPECT_EQ(effects_of(kInclude, kToIn, kB), (RecordEffects{.start = kB, .query_sources = set({1})}));
  EXPECT_EQ(next(kInclude, kToIn, kB), include(set({1, 2, 3, 4, 5, 7})));
}

TEST(FilterRules, ExcludeAllowRequestsTheListEvenWhatWasExcluded) {
  EXPECT_EQ(effects_of(kExclude, kAllow, kA), (RecordEffects{.mode = FilterMode::exclude, .start = kA}));
  EXPECT_EQ(next(kExclude, kAllow, kA), exclude(set({1, 2, 3, 4, 7, 9, 12}), set({6, 8, 10, 11})));
}

TEST(FilterRules, ExcludeBlockStartsNewSourcesAsTheGroupAndAsksAboutTheListButTheExcluded) {
  EXPECT_EQ(effects_of(kExclude, kBlock, kA), (RecordEffects{.mode = FilterMode::exclude,
                                                             .start_as_group = set({1, 4, 12}),
                                                             .query_sources = set({1, 2, 4, 7, 12})}));
  EXPECT_EQ(next(kExclude, kBlock, kA), exclude(set({1, 2, 4, 7, 9, 12}), set({3, 6, 8, 10, 11})));
}

TEST(FilterRules, ExcludeToExStartsNewSourcesAsTheGroupForgetsWhatIsNotListedAndAsks) {
  EXPECT_EQ(effects_of(kExclude, kToEx, kA), (RecordEffects{.mode = FilterMode::exclude,
                                                            .start_as_group = set({1, 4, 12}),
                                                            .forget = set({6, 8, 9, 10, 11}),
                                                            .restart_group_timer = true,
                                                            .query_sources = set({1, 2, 4, 7, 12})}));
  EXPECT_EQ(next(kExclude, kToEx, kA), exclude(set({1, 2, 4, 7, 12}), set({3})));
}

TEST(FilterRules, ExcludeToInRequestsTheListAndAsksAboutTheRestAndAboutTheGroup) {
  EXPECT_EQ(effects_of(kExclude, kToIn, kA),
            (RecordEffects{
                .mode = FilterMode::exclude, .start = kA, .query_sources = set({9}), .query_group = true}));
  EXPECT_EQ(next(kExclude, kToIn, kA), exclude(set({1, 2, 3, 4, 7, 9, 12}), set({6, 8, 10, 11})));
}

// --- lists without sources: joins and leaves of any source ---------------------------------------------

TEST(FilterRules, AJoinOfAnySourceMakesAnIncludeListForgotten) {
  const RecordEffects expected{
      .mode = FilterMode::exclude, .forget = set({1, 2, 5}), .restart_group_timer = true};
  for (const RecordType type : {kIsEx, kToEx}) {
    EXPECT_EQ(effects_of(kInclude, type, {}), expected);
    EXPECT_EQ(next(kInclude, type, {}), exclude({}, {}));
  }
}

TEST(FilterRules, AJoinOfAnySourceLetsAllSourcesThroughAgain) {
  for (const RecordType type : {kIsEx, kToEx}) {
    EXPECT_EQ(next(kExclude, type, {}), exclude({}, {}));
  }
}

TEST(FilterRules, ALeaveAsksAboutTheGroupAndAllRequestedSources) {
  EXPECT_EQ(
      effects_of(kExclude, kToIn, {}),
      (RecordEffects{.mode = FilterMode::exclude, .query_sources = set({2, 7, 9}), .query_group = true}));
  EXPECT_EQ(effects_of(kInclude, kToIn, {}), (RecordEffects{.query_sources = set({1, 2, 5})}));
}

TEST(FilterRules, WhereThereIsNoStateALeaveABlockOrAnEmptyListDoNothing) {
  for (const RecordType type : {kToIn, kBlock, kIsIn, kAllow}) {
    EXPECT_EQ(effects_of({}, type, {}), RecordEffects{});
  }
  EXPECT_EQ(effects_of({}, kBlock, kB), RecordEffects{});
}

// R9776-12.
TEST(FilterRules, ARecordOfAnUnknownTypeDoesNothing) {
  for (const int type : {0, 7, 255}) {
    EXPECT_EQ(effects_of(kExclude, static_cast<RecordType>(type), kA),
              RecordEffects{.mode = FilterMode::exclude});
    EXPECT_EQ(effects_of(kInclude, static_cast<RecordType>(type), kB), RecordEffects{});
  }
}

// --- R9776-37: section 7.3.2 ----------------------------------------------------------------------------

TEST(FilterRulesCompatibility, BlockIsIgnoredWhereAnOlderHostIs) {
  for (const Compatibility older : {Compatibility::v2, Compatibility::v1}) {
    EXPECT_EQ(effects_of(kExclude, kBlock, kA, older), RecordEffects{.mode = FilterMode::exclude});
    EXPECT_EQ(effects_of(kInclude, kBlock, kB, older), RecordEffects{});
  }
}

TEST(FilterRulesCompatibility, ToExIsAJoinOfAnySourceWhereAnOlderHostIs) {
  for (const Compatibility older : {Compatibility::v2, Compatibility::v1}) {
    EXPECT_EQ(effects_of(kExclude, kToEx, kA, older), effects_of(kExclude, kToEx, {}));
    EXPECT_EQ(effects_of(kInclude, kToEx, kB, older), effects_of(kInclude, kToEx, {}));
  }
}

TEST(FilterRulesCompatibility, ToInAndLeaveAreIgnoredWhereAHostOfVersion1Is) {
  for (const Sources& listed : {kA, Sources{}}) {
    EXPECT_EQ(effects_of(kExclude, kToIn, listed, Compatibility::v1),
              RecordEffects{.mode = FilterMode::exclude});
    EXPECT_EQ(effects_of(kInclude, kToIn, listed, Compatibility::v1), RecordEffects{});
  }
}

TEST(FilterRulesCompatibility, ToInAndLeaveCountWhereAHostOfVersion2Is) {
  for (const Sources& listed : {kA, Sources{}}) {
    EXPECT_EQ(effects_of(kExclude, kToIn, listed, Compatibility::v2), effects_of(kExclude, kToIn, listed));
    EXPECT_EQ(effects_of(kInclude, kToIn, listed, Compatibility::v2), effects_of(kInclude, kToIn, listed));
  }
}

TEST(FilterRulesCompatibility, ReportsOfTheStateAndAllowAreTakenInAnyMode) {
  for (const Compatibility older : {Compatibility::v2, Compatibility::v1}) {
    for (const RecordType type : {kIsIn, kIsEx, kAllow}) {
      EXPECT_EQ(effects_of(kExclude, type, kA, older), effects_of(kExclude, type, kA));
      EXPECT_EQ(effects_of(kInclude, type, kB, older), effects_of(kInclude, type, kB));
    }
  }
}

// --- timers and verdicts ----------------------------------------------------------------------------------

// R9776-23, -30.
TEST(FilterTimers, WhenTheGroupTimerEndsTheRequestedSourcesAreAnIncludeList) {
  EXPECT_EQ(after_group_timer(kExclude), include(set({2, 7, 9})));
  EXPECT_EQ(after_group_timer(kInclude), kInclude);
  EXPECT_TRUE(after_group_timer(exclude({}, set({3, 6}))).is_nothing());
}

// R9776-24.
TEST(FilterTimers, WhenASourceTimerEndsIncludeForgetsAndExcludeExcludes) {
  EXPECT_EQ(after_source_timer(kInclude, set({2})[0]), include(set({1, 5})));
  EXPECT_EQ(after_source_timer(kExclude, set({7})[0]), exclude(set({2, 9}), set({3, 6, 7, 8, 10, 11})));
  EXPECT_EQ(after_source_timer(exclude(set({2}), {}), set({2})[0]), exclude({}, set({2})));
  EXPECT_TRUE(after_source_timer(include(set({4})), set({4})[0]).is_nothing());
}

TEST(FilterTimers, TheTimerOfASourceThatIsNotRequestedEndsNothing) {
  EXPECT_EQ(after_source_timer(kInclude, set({4})[0]), kInclude);
  EXPECT_EQ(after_source_timer(kExclude, set({3})[0]), kExclude);
  EXPECT_EQ(after_source_timer(kExclude, set({12})[0]), kExclude);
}

// R9776-25: the four rows of section 6.3.
TEST(FilterVerdict, IsForwardedIfRequestedOrInExcludeIfNotExcluded) {
  EXPECT_TRUE(accepts(kInclude, set({2})[0]));
  EXPECT_FALSE(accepts(kInclude, set({3})[0]));
  EXPECT_TRUE(accepts(kExclude, set({7})[0]));
  EXPECT_FALSE(accepts(kExclude, set({8})[0]));
  EXPECT_TRUE(accepts(kExclude, set({12})[0]));
  EXPECT_FALSE(accepts({}, set({2})[0]));
}

TEST(FilterState, IsNothingOnlyAsIncludeOfNoSource) {
  EXPECT_TRUE(PortFilter{}.is_nothing());
  EXPECT_FALSE(include(set({1})).is_nothing());
  EXPECT_FALSE(exclude({}, {}).is_nothing());
}

TEST(FilterState, AListFromTheWireBecomesASet) {
  Sources listed{set({7})[0], set({2})[0], set({7})[0], set({5})[0], set({2})[0]};
  make_set(listed);
  EXPECT_EQ(listed, set({2, 5, 7}));
}

// The effects of one record are written over those of another in the same memory.
TEST(FilterRules, ReusedEffectsHaveNothingOfTheLastRecordAndKeepTheirMemory) {
  RecordEffects effects;
  for (Sources* list :
       {&effects.start, &effects.start_as_group, &effects.exclude, &effects.forget, &effects.query_sources}) {
    list->reserve(16);
  }
  const IpAddress* const start = effects.start.data();
  const IpAddress* const forget = effects.forget.data();
  for (const RecordType type : {kToEx, kIsEx, kToIn, kBlock, kAllow, kIsIn}) {
    apply_record(kInclude, type, kB, Compatibility::v3, effects);
    EXPECT_EQ(effects, effects_of(kInclude, type, kB));
    apply_record(kExclude, type, kA, Compatibility::v3, effects);
    EXPECT_EQ(effects, effects_of(kExclude, type, kA));
  }
  EXPECT_EQ(effects.start.data(), start);
  EXPECT_EQ(effects.forget.data(), forget);
}

TEST(FilterRules, AddressesAtBothEndsOfTheRangeAreSourcesLikeOthers) {
  const Sources of_ipv4{Ipv4Address{0}, Ipv4Address{0xffff'ffff}};
  const Sources of_ipv6{IpAddress{0, 0}, IpAddress{UINT64_MAX, UINT64_MAX}};
  for (const Sources& ends : {of_ipv4, of_ipv6}) {
    EXPECT_EQ(next(kInclude, kIsEx, ends), exclude({}, ends));
    EXPECT_EQ(next(exclude(ends, {}), kIsEx, ends), exclude(ends, {}));
    EXPECT_EQ(next(exclude({}, ends), kIsEx, {}), exclude({}, {}));
  }
}

}  // namespace
}  // namespace mcswitch::membership

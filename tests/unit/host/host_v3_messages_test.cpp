// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 9776 section 4.2.16: how records become messages. And what is due while a message waits to be sent.

#include "host_v3_lab.hpp"

namespace mcswitch::host::host_v3_messages_test {
namespace {

using namespace std::chrono_literals;
using proto::RecordType;
using test::ip;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const IpAddress kGroup = ip("239.1.2.3");
const IpAddress kOther = ip("239.129.2.3");
constexpr auto kInclude = FilterMode::include;
constexpr auto kExclude = FilterMode::exclude;
// 1500 bytes, less 24 of IP header, 8 of report and 8 of record.
constexpr std::uint32_t kMost = 365;

IpAddress group(std::uint32_t i) { return Ipv4Address{ip("239.7.0.0").bits + i}; }

std::size_t size(const Said& said) {
  std::size_t bytes = 24 + 8;
  for (const Record& record : said.records) {
    bytes += 8 + 4 * record.sources.size();
  }
  return bytes;
}

// All sources of records of this type for the group, in the order in which they were said.
Sources said_of(const std::vector<Said>& said, RecordType type, IpAddress of) {
  Sources all;
  for (const Said& message : said) {
    for (const Record& record : message.records) {
      if (record.type == type && record.group == of) {
        all.insert(all.end(), record.sources.begin(), record.sources.end());
      }
    }
  }
  return all;
}

// --- many groups ----------------------------------------------------------------------------------

TEST(HostV3Messages, AsManyGroupsShareAReportAsThereIsRoomFor) {
  // 1468 bytes are 183 records without sources.
  constexpr std::uint32_t kGroups = 400;
  SeededDelay delays{3};
  Host host{{.robustness_variable = 1}, delays};
  test::ManualClock clock;
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    host.set(group(i), kExclude, {}, clock.now());
  }
  HostMessage message;
  const auto sizes = [&](RecordType type) {
    std::vector<std::size_t> counts;
    std::vector<bool> is_said(kGroups);
    while (host.on_time(clock.now(), message)) {
      counts.push_back(message.records().size());
      for (const proto::ReportRecord& record : message.records()) {
        const std::uint32_t i = record.group.v4().bits - group(0).v4().bits;
        EXPECT_EQ(record.type, type);
        EXPECT_LT(i, kGroups);
        EXPECT_FALSE(is_said[i]);
        is_said[i] = true;
      }
    }
    EXPECT_THAT(is_said, testing::Each(true));
    return counts;
  };
  EXPECT_THAT(sizes(RecordType::change_to_exclude_mode), ElementsAre(183U, 183U, 34U));
  host.on_query({.max_resp_time = 10s}, clock.now());
  clock.advance(10s);
  EXPECT_THAT(sizes(RecordType::mode_is_exclude), ElementsAre(183U, 183U, 34U));
  EXPECT_EQ(host.next(), kNever);
}

// A record is not split only because others are in the message already.
TEST(HostV3Messages, AListThatFitsInAReportOfItsOwnIsNotSplit) {
  HostV3Lab lab{{.robustness_variable = 1}};
  lab.include(kGroup, many_sources(200));
  lab.include(kOther, many_sources(200));
  EXPECT_THAT(lab.said(),
              ElementsAre(v3({allow(kGroup, many_sources(200))}), v3({allow(kOther, many_sources(200))})));
}

TEST(HostV3Messages, ChangesAndAnswersDoNotShareAReport) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({1s});
  lab.query(kGroup, {}, 1s);
  lab.clock.advance(1s);
  lab.will_draw({1s});
  lab.exclude(kOther, {});
  EXPECT_THAT(lab.said(), testing::UnorderedElementsAre(v3({to_ex(kOther, {})}), v3({is_ex(kGroup, {})})));
}

TEST(HostV3Messages, TheRoomOfAReportCanBeSet) {
  HostV3Lab lab{{.robustness_variable = 1, .report_room = HostMessage::kLeastRoom}};
  lab.include(kGroup, sources({1, 2}));
  lab.exclude(kOther, sources({3, 4}));
  EXPECT_THAT(lab.said(), ElementsAre(v3({allow(kGroup, sources({1}))}), v3({allow(kGroup, sources({2}))}),
                                      v3({to_ex(kOther, sources({3}))})));
}

// --- long lists -----------------------------------------------------------------------------------

struct Long {
  const char* name;
  FilterMode before;
  std::uint32_t count_before;
  FilterMode after;
  std::uint32_t count_after;
  RecordType type;
};

class HostV3Split : public testing::TestWithParam<Long> {};

// 800 sources are two full reports and one with the rest, each source once.
TEST_P(HostV3Split, AListThatIsTooLongIsContinued) {
  const Long& row = GetParam();
  HostV3Lab lab{{.robustness_variable = 1}};
  lab.host.set(kGroup, row.before, many_sources(row.count_before), lab.clock.now());
  lab.said();
  lab.host.set(kGroup, row.after, many_sources(row.count_after), lab.clock.now());
  const std::vector<Said> said = lab.said();
  ASSERT_THAT(said, SizeIs(3));
  EXPECT_EQ(size(said[0]), 1500U);
  EXPECT_EQ(size(said[1]), 1500U);
  EXPECT_THAT(said[2].records, SizeIs(1));
  EXPECT_THAT(said[2].records.at(0).sources, SizeIs(800 - 2 * kMost));
  EXPECT_EQ(said_of(said, row.type, kGroup), many_sources(800));
  EXPECT_EQ(lab.host.next(), kNever);
}

INSTANTIATE_TEST_SUITE_P(
    Section4216, HostV3Split,
    testing::Values(Long{"Allow", kInclude, 0, kInclude, 800, RecordType::allow_new_sources},
                    Long{"Block", kInclude, 800, kInclude, 0, RecordType::block_old_sources},
                    Long{"AllowInExclude", kExclude, 800, kExclude, 0, RecordType::allow_new_sources},
                    Long{"BlockInExclude", kExclude, 0, kExclude, 800, RecordType::block_old_sources},
                    Long{"ToInclude", kExclude, 0, kInclude, 800, RecordType::change_to_include_mode}),
    [](const auto& param) { return std::string{param.param.name}; });

TEST(HostV3Messages, AnswersInModeIncludeAreContinuedAndNextGroupsFollowInTheLastReport) {
  HostV3Lab lab{{.robustness_variable = 1}};
  lab.include(kGroup, {});
  lab.exclude(kOther, sources({7}));
  lab.include(kGroup, many_sources(500));
  lab.said();
  lab.will_draw({1s});
  lab.general_query(10s);
  const std::vector<Said> said = lab.said_after(1s);
  ASSERT_THAT(said, SizeIs(2));
  EXPECT_EQ(said_of(said, RecordType::mode_is_include, kGroup), many_sources(500));
  EXPECT_THAT(said[1].records,
              ElementsAre(is_in(kGroup, many_sources(500 - kMost, kMost)), is_ex(kOther, sources({7}))));
}

TEST(HostV3Messages, AnswersForRecordedSourcesAreContinued) {
  HostV3Lab lab{{.robustness_variable = 1}};
  lab.exclude(kGroup, {});
  lab.said();
  lab.will_draw({1s, 1s});
  lab.query(kGroup, many_sources(366), 1s);
  lab.query(kGroup, many_sources(366, 300), 1s);
  const std::vector<Said> said = lab.said_after(1s);
  ASSERT_THAT(said, SizeIs(2));
  EXPECT_EQ(said_of(said, RecordType::mode_is_include, kGroup), many_sources(666));
}

// "truncated", so that blocking is not what a router thinks while only a part has arrived.
TEST(HostV3Messages, ExcludeListsThatAreTooLongAreCutOff) {
  HostV3Lab lab{{.robustness_variable = 1}};
  lab.exclude(kOther, {});
  lab.exclude(kGroup, many_sources(800));
  EXPECT_THAT(lab.said(), ElementsAre(v3({to_ex(kOther, {})}), v3({to_ex(kGroup, many_sources(kMost))})));
  lab.will_draw({1s});
  lab.query(kGroup, {}, 1s);
  EXPECT_THAT(lab.said_after(1s), ElementsAre(v3({is_ex(kGroup, many_sources(kMost))})));
}

TEST(HostV3Messages, AllowAndBlockOfOneChangeAreSplitEach) {
  HostV3Lab lab{{.robustness_variable = 1}};
  lab.include(kGroup, many_sources(400));
  lab.said();
  lab.include(kGroup, many_sources(400, 400));
  const std::vector<Said> said = lab.said();
  EXPECT_EQ(said_of(said, RecordType::allow_new_sources, kGroup), many_sources(400, 400));
  EXPECT_EQ(said_of(said, RecordType::block_old_sources, kGroup), many_sources(400));
  for (const Said& message : said) {
    EXPECT_LE(size(message), 1500U);
  }
}

// --- a general answer of several messages -------------------------------------------------------------

// Section 5.2: "recommended to spread transmission". `said` has when each message left, and how many groups
// it had.
struct SpreadAnswer {
  explicit SpreadAnswer(std::uint32_t groups) {
    for (std::uint32_t i = 0; i < groups; ++i) {
      host.set(group(i), kExclude, {}, clock.now());
    }
    fetch();
    said.clear();
  }
  void fetch() {
    HostMessage message;
    while (host.on_time(clock.now(), message)) {
      said.emplace_back(clock.now() - start, message.records().size());
    }
  }
  // Until `end` after the query.
  void run_until(Duration end) {
    while (host.next() != kNever && host.next() <= start + end) {
      clock.advance(host.next() - clock.now());
      fetch();
    }
    clock.advance(start + end - clock.now());
  }
  void query(Duration max_resp_time) { host.on_query({.max_resp_time = max_resp_time}, clock.now()); }
  [[nodiscard]] std::size_t groups_said() const {
    std::size_t count = 0;
    for (const auto& [at, groups] : said) {
      count += groups;
    }
    return count;
  }

  SeededDelay delays{5};
  test::ManualClock clock;
  TimePoint start = clock.now();
  Host host{{.robustness_variable = 1}, delays};
  std::vector<std::pair<Duration, std::size_t>> said;
};

TEST(HostV3Messages, AGeneralAnswerOfManyMessagesIsSpreadOverTheMaxRespTime) {
  SpreadAnswer answer{2000};
  answer.query(10s);
  answer.run_until(10s);
  ASSERT_THAT(answer.said, SizeIs(11));  // of at most 183 records
  EXPECT_EQ(answer.groups_said(), 2000U);
  EXPECT_LE(answer.said.front().first, 1s);
  EXPECT_LT(answer.said.back().first, 10s);
  for (std::size_t i = 1; i < answer.said.size(); ++i) {
    EXPECT_GE(answer.said[i].first - answer.said[i - 1].first, 800ms) << i;
  }
  EXPECT_EQ(answer.host.next(), kNever);
}

TEST(HostV3Messages, AChangeDoesNotWaitForASpreadAnswer) {
  SpreadAnswer answer{2000};
  answer.query(10s);
  answer.run_until(5s);
  const std::size_t before = answer.said.size();
  answer.host.set(group(7), kInclude, {}, answer.clock.now());
  EXPECT_LE(answer.host.next(), answer.clock.now());
  answer.fetch();
  ASSERT_THAT(answer.said, SizeIs(before + 1));
  EXPECT_EQ(answer.said.back(), (std::pair<Duration, std::size_t>{5s, 1}));
}

// A querier that asks again all the time gets each group as often as it asks.
TEST(HostV3Messages, WhatIsLeftOfASpreadAnswerLeavesWithTheNextOne) {
  SpreadAnswer answer{2000};
  for (int n = 0; n < 5; ++n) {
    answer.query(1s);
    answer.run_until(900ms * (n + 1));
  }
  answer.run_until(10s);
  EXPECT_GE(answer.groups_said(), 4 * 2000U);
  EXPECT_LE(answer.groups_said(), 5 * 2000U);
  EXPECT_EQ(answer.host.next(), kNever);
}

// Two queries that are answered together: in the time that the shorter one gives.
TEST(HostV3Messages, ASpreadAnswerEndsWithTheShorterOfTwoQueries) {
  SpreadAnswer answer{2000};
  answer.query(1000s);
  answer.query(1s);
  answer.run_until(1s);
  EXPECT_EQ(answer.groups_said(), 2000U);
}

// --- a message that waits -------------------------------------------------------------------------

TEST(HostV3Messages, WhatIsNotFetchedStaysDue) {
  HostV3Lab lab;
  lab.will_draw({1s});
  lab.include(kGroup, many_sources(500));
  EXPECT_EQ(lab.one().records, std::vector{allow(kGroup, many_sources(kMost))});
  EXPECT_LE(lab.host.next(), lab.clock.now());
  lab.clock.advance(5s);
  EXPECT_EQ(lab.one().records, std::vector{allow(kGroup, many_sources(500 - kMost, kMost))});
  // The repetition counts from there.
  EXPECT_EQ(lab.remaining(), 1s);
}

TEST(HostV3Messages, AChangeWhileAReportIsHalfFetchedIsInTheReportsThatFollow) {
  HostV3Lab lab{{.robustness_variable = 1}};
  lab.include(kGroup, many_sources(500, 10));
  EXPECT_THAT(lab.one().records, SizeIs(1));
  lab.include(kGroup, many_sources(500, 5));
  const std::vector<Said> said = lab.said();
  EXPECT_EQ(said_of(said, RecordType::allow_new_sources, kGroup), many_sources(500, 5));
  EXPECT_EQ(said_of(said, RecordType::block_old_sources, kGroup), many_sources(5, 505));
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostV3Messages, AQueryWhileAnAnswerIsHalfFetchedIsAnsweredToo) {
  HostV3Lab lab{{.robustness_variable = 1}};
  lab.include(kGroup, many_sources(1000));
  lab.said();
  lab.will_draw({1s, 1s});
  lab.query(kGroup, many_sources(400, 100), 1s);
  lab.clock.advance(1s);
  EXPECT_THAT(lab.one().records, SizeIs(1));
  lab.query(kGroup, sources({5}), 1s);
  const std::vector<Said> said = lab.said();
  EXPECT_THAT(said_of(said, RecordType::mode_is_include, kGroup), testing::Contains(source(5)));
  EXPECT_THAT(said_of(said, RecordType::mode_is_include, kGroup), testing::Contains(source(499)));
}

// Groups come and go while the answer to a general query is fetched: none that stays is left out.
TEST(HostV3Messages, AGeneralAnswerThatIsHalfFetchedLeavesNoGroupOut) {
  constexpr std::uint32_t kGroups = 600;
  SeededDelay delays{9};
  Host host{{.robustness_variable = 1}, delays};
  test::ManualClock clock;
  HostMessage message;
  std::vector<unsigned> times(kGroups);
  const auto fetch = [&] {
    if (!host.on_time(clock.now(), message)) {
      return false;
    }
    for (const proto::ReportRecord& record : message.records()) {
      if (record.type == RecordType::mode_is_exclude) {
        ++times[record.group.v4().bits - group(0).v4().bits];
      }
    }
    return true;
  };
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    host.set(group(i), kExclude, {}, clock.now());
  }
  while (fetch()) {
  }
  host.on_query({.max_resp_time = 10s}, clock.now());
  clock.advance(10s);
  ASSERT_TRUE(fetch());
  // Those with low numbers end, others take their numbers, and fewer are left than were to be reported.
  const auto has_ended = [](std::uint32_t i) { return i < 300 && i % 3 != 0; };
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    if (has_ended(i)) {
      host.set(group(i), kInclude, {}, clock.now());
    }
  }
  while (fetch()) {
  }
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    if (!has_ended(i)) {
      EXPECT_GE(times[i], 1U) << i;
    }
  }
  EXPECT_EQ(host.next(), kNever);
  EXPECT_EQ(host.group_count(), 400U);
}

TEST(HostV3Messages, NothingIsWrittenBeforeItsTime) {
  HostV3Lab lab;
  lab.settle(kGroup, kExclude, {});
  lab.will_draw({5s});
  lab.general_query(10s);
  HostMessage message;
  EXPECT_FALSE(lab.host.on_time(lab.clock.now(), message));
  EXPECT_EQ(message.kind(), HostMessageKind::none);
  EXPECT_THAT(message.records(), IsEmpty());
}

}  // namespace
}  // namespace mcswitch::host::host_v3_messages_test

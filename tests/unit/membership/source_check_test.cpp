// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 9776 section 6.6.3.2: group-and-source-specific queries.

#include "membership/source_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/manual_clock.hpp"

namespace mcswitch::membership::source_check_test {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr IpAddress kA = Ipv4Address::of(10, 0, 1, 9);
constexpr IpAddress kB = Ipv4Address::of(10, 0, 3, 2);
constexpr IpAddress kC = Ipv4Address::of(192, 0, 2, 1);

struct Lab {
  explicit Lab(std::uint8_t count = 3) {
    intervals.last_member_query_interval = 700ms;
    intervals.set_last_member_query_count = count;
  }

  void ask(const Sources& sources) { check.ask(sources, clock.now(), intervals); }

  // To the check's next time, and what it sends then.
  const SourceCheck::Queries& at_next() {
    clock.advance(check.next() - clock.now());
    return transmission();
  }
  const SourceCheck::Queries& transmission(bool has_group_query = false) {
    check.transmission(
        clock.now(), [this](IpAddress source) { return !answered.contains(source); }, has_group_query,
        queries);
    return queries;
  }
  void send() { check.query_sent(clock.now()); }
  [[nodiscard]] Duration time() const { return clock.now() - ManualClock::kStart; }

  ManualClock clock;
  Intervals intervals;
  SourceCheck check;
  SourceCheck::Queries queries;
  std::set<IpAddress> answered;
};

TEST(SourceCheck, SaysWhichSourcesAreDueWhateverTheirTimersAre) {
  Lab lab;
  lab.ask({kA, kC});
  lab.send();
  lab.clock.advance(100ms);
  lab.ask({kB});
  Sources due{kC};
  lab.check.due(lab.clock.now(), due);
  EXPECT_THAT(due, ElementsAre(kB));
  lab.send();
  lab.clock.advance(650ms);
  lab.answered = {kA};
  lab.check.due(lab.clock.now(), due);
  EXPECT_THAT(due, ElementsAre(kA, kC));
  lab.clock.advance(-100ms);
  lab.check.due(lab.clock.now(), due);
  EXPECT_THAT(due, IsEmpty());
}

// R9776-34.
TEST(SourceCheck, AsksAtOnceAndThenEachLastMemberQueryInterval) {
  Lab lab;
  lab.ask({kA, kB});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(lab.check.next(), ManualClock::kStart + i * 700ms);
    EXPECT_THAT(lab.at_next().clear, ElementsAre(kA, kB));
    EXPECT_THAT(lab.queries.suppressed, IsEmpty());
    EXPECT_FALSE(lab.check.is_over());
    lab.send();
  }
  EXPECT_TRUE(lab.check.is_over());
  EXPECT_EQ(lab.check.next(), kNever);
}

TEST(SourceCheck, HasNothingToSendBeforeItsTime) {
  Lab lab;
  lab.ask({kA});
  lab.transmission();
  lab.send();
  lab.clock.advance(700ms - 1ns);
  EXPECT_THAT(lab.transmission().clear, IsEmpty());
  lab.clock.advance(1ns);
  EXPECT_THAT(lab.transmission().clear, ElementsAre(kA));
}

// R9776-34: one query with the S flag, one without; each source in one of them.
TEST(SourceCheck, SourcesThatWereAnsweredAreAskedAboutWithTheSFlagFromThenOn) {
  Lab lab;
  lab.ask({kA, kB, kC});
  lab.transmission();
  lab.send();
  lab.answered = {kB};
  EXPECT_THAT(lab.at_next().clear, ElementsAre(kA, kC));
  EXPECT_THAT(lab.queries.suppressed, ElementsAre(kB));
  lab.send();
  lab.answered = {kA, kB, kC};
  EXPECT_THAT(lab.at_next().clear, IsEmpty());
  EXPECT_THAT(lab.queries.suppressed, ElementsAre(kA, kB, kC));
  lab.send();
  EXPECT_TRUE(lab.check.is_over());
}

// The end of section 6.6.3.2: only the query with the S flag may be left out, and it counts as sent.
TEST(SourceCheck, WithAQueryOfTheGroupOnlyTheUnansweredAreAskedAbout) {
  Lab lab{2};
  lab.ask({kA, kB});
  lab.answered = {kA};
  EXPECT_THAT(lab.transmission(true).clear, ElementsAre(kB));
  EXPECT_THAT(lab.queries.suppressed, IsEmpty());
  lab.send();
  lab.at_next();
  EXPECT_THAT(lab.queries.suppressed, ElementsAre(kA));
  lab.send();
  EXPECT_TRUE(lab.check.is_over());
}

TEST(SourceCheck, EachSourceIsAskedAboutAtItsOwnTimes) {
  Lab lab{2};
  lab.ask({kB});
  lab.transmission();
  lab.send();
  lab.clock.advance(300ms);
  lab.ask({kA, kC});
  EXPECT_THAT(lab.transmission().clear, ElementsAre(kA, kC));
  lab.send();
  EXPECT_THAT(lab.at_next().clear, ElementsAre(kB));
  EXPECT_EQ(lab.time(), 700ms);
  lab.send();
  EXPECT_THAT(lab.at_next().clear, ElementsAre(kA, kC));
  EXPECT_EQ(lab.time(), 1s);
  lab.send();
  EXPECT_TRUE(lab.check.is_over());
}

TEST(SourceCheck, ASourceAskedAboutAnewIsAskedAboutAllTimesAgain) {
  Lab lab{3};
  lab.ask({kA, kB});
  lab.transmission();
  lab.send();
  lab.at_next();
  lab.send();  // one is left
  lab.clock.advance(100ms);
  lab.ask({kB});
  EXPECT_THAT(lab.transmission().clear, ElementsAre(kB));
  lab.send();
  EXPECT_THAT(lab.at_next().clear, ElementsAre(kA));
  lab.send();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(lab.at_next().clear, ElementsAre(kB));
    EXPECT_EQ(lab.time(), 800ms + (i + 1) * 700ms);
    lab.send();
  }
  EXPECT_TRUE(lab.check.is_over());
}

TEST(SourceCheck, ForgottenSourcesAreAskedAboutNoMore) {
  Lab lab;
  lab.ask({kA, kB, kC});
  lab.transmission();
  lab.send();
  lab.check.forget({kA, Ipv4Address::of(10, 0, 2, 2), kC});
  EXPECT_THAT(lab.at_next().clear, ElementsAre(kB));
  lab.check.forget({kB});
  EXPECT_TRUE(lab.check.is_over());
  EXPECT_EQ(lab.check.next(), kNever);
}

TEST(SourceCheck, AQueryThatWasLateIsFollowedAWholeIntervalLater) {
  Lab lab{2};
  lab.ask({kA});
  lab.clock.advance(5s);  // nobody called
  EXPECT_THAT(lab.transmission().clear, ElementsAre(kA));
  lab.send();
  EXPECT_EQ(lab.check.next(), lab.clock.now() + 700ms);
}

TEST(SourceCheck, WhatHadNoRoomIsSentAtTheNewTimeAsOftenAsBefore) {
  Lab lab{2};
  lab.ask({kA, kB});
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(lab.at_next().clear, ElementsAre(kA, kB));
    lab.check.query_delayed(lab.clock.now(), lab.clock.now() + 1ms);
    EXPECT_THAT(lab.transmission().clear, IsEmpty());
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(lab.at_next().clear, ElementsAre(kA, kB));
    lab.send();
  }
  EXPECT_EQ(lab.time(), 800ms);
  EXPECT_TRUE(lab.check.is_over());
}

TEST(SourceCheck, ADelayConcernsOnlyWhatWasDue) {
  Lab lab{2};
  lab.ask({kA});
  lab.transmission();
  lab.send();
  lab.clock.advance(100ms);
  lab.ask({kB});
  lab.check.query_delayed(lab.clock.now(), lab.clock.now() + 1s);
  EXPECT_EQ(lab.check.next(), ManualClock::kStart + 700ms);
  EXPECT_THAT(lab.at_next().clear, ElementsAre(kA));
}

// One interval after the last query: LMQT after the first if none is late.
TEST(SourceCheck, TheTimerEndsAnIntervalAfterTheLastQuery) {
  Lab lab{3};
  lab.ask({kA});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(lab.check.is_asking(kA));
    EXPECT_EQ(lab.check.end(kA, lab.check.next()), ManualClock::kStart + 2100ms);
    lab.at_next();
    lab.send();
  }
  EXPECT_FALSE(lab.check.is_asking(kA));
  EXPECT_FALSE(lab.check.is_asking(kB));
}

TEST(SourceCheck, TheTimerEndsLaterByWhatAQueryWasLate) {
  Lab lab{2};
  lab.ask({kA});
  lab.clock.advance(250ms);
  EXPECT_EQ(lab.check.end(kA, lab.clock.now()), ManualClock::kStart + 250ms + 1400ms);
  lab.send();
  EXPECT_EQ(lab.check.end(kA, lab.check.next()), ManualClock::kStart + 250ms + 1400ms);
}

TEST(SourceCheck, AskingAboutNothingIsOverAtOnce) {
  Lab lab;
  lab.ask({});
  EXPECT_TRUE(lab.check.is_over());
  EXPECT_EQ(lab.check.next(), kNever);
}

}  // namespace
}  // namespace mcswitch::membership::source_check_test

// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 2236 section 7, router state Checking Membership.

#include "membership/leave_check.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::membership {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using Step = LeaveCheck::Step;

struct Asking {
  explicit Asking(std::uint8_t count = 3, bool goes_on = false)
      : leave{stamp_at(clock.now())},
        check{LeaveCheck::asking(leave, clock.now(), intervals(count), goes_on)} {}

  static Intervals intervals(std::uint8_t count) {
    Intervals intervals;
    intervals.last_member_query_interval = 700ms;
    intervals.set_last_member_query_count = count;
    return intervals;
  }

  Step step(Stamp report = 1) { return check.on_time(report, clock.now()); }
  void send() { check.query_sent(clock.now()); }
  // By another querier's query, so long after the start.
  bool lower(Duration after) { return check.lower(LeaveCheck::waiting(leave, ManualClock::kStart + after)); }

  ManualClock clock;
  Stamp leave;
  LeaveCheck check;
};

// R2236-22, -24.
TEST(LeaveCheck, AsksAtOnceAndThenEachLastMemberQueryInterval) {
  Asking a;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(a.check.next(), ManualClock::kStart + i * 700ms);
    EXPECT_EQ(a.step(), Step::query);
    a.send();
    EXPECT_EQ(a.step(), Step::wait);
    a.clock.advance(700ms - 1ns);
    EXPECT_EQ(a.step(), Step::wait);
    a.clock.advance(1ns);
  }
  a.clock.advance(kAnswerGrace);
  EXPECT_EQ(a.step(), Step::end);
}

TEST(LeaveCheck, EndsALastMemberQueryTimeAfterTheLeave) {
  Asking a;
  EXPECT_EQ(a.check.end(), ManualClock::kStart + 2100ms);
  a.send();
  EXPECT_EQ(a.check.end(), ManualClock::kStart + 2100ms);
}

// R2236-23.
TEST(LeaveCheck, IsOverWithAReportThatIsNewerThanTheLeave) {
  Asking a;
  a.send();
  EXPECT_EQ(a.step(a.leave), Step::wait);
  EXPECT_EQ(a.step(a.leave + 1), Step::answered);
}

TEST(LeaveCheck, AReportAtTheLastMomentStillCounts) {
  Asking a{1};
  a.send();
  a.clock.advance(700ms + kAnswerGrace);
  EXPECT_EQ(a.step(a.leave - 1), Step::end);
  EXPECT_EQ(a.step(stamp_at(a.clock.now())), Step::answered);
}

TEST(LeaveCheck, WaitsAWholeIntervalAfterAQueryThatWasLate) {
  Asking a;
  a.send();
  a.clock.advance(5s);  // nobody called
  EXPECT_EQ(a.step(), Step::query);
  a.send();
  EXPECT_EQ(a.step(), Step::wait);
  a.clock.advance(700ms);
  EXPECT_EQ(a.step(), Step::query);
  a.send();
  a.clock.advance(700ms + kAnswerGrace - 1ns);
  EXPECT_EQ(a.step(), Step::wait);
  a.clock.advance(1ns);
  EXPECT_EQ(a.step(), Step::end);
}

TEST(LeaveCheck, NobodyIsDroppedWithoutHavingBeenAsked) {
  Asking a{1};
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(a.step(), Step::query);
    a.check.query_delayed(a.clock.now() + 1ms);
    EXPECT_EQ(a.step(), Step::wait);
    a.clock.advance(1ms);
  }
  EXPECT_EQ(a.step(), Step::query);
  a.send();
  EXPECT_EQ(a.check.end(), a.clock.now() + 700ms);
}

// R2236-29: no queries, only an end.
TEST(LeaveCheck, WaitingForAnotherQueriersAnswersItNeverAsks) {
  ManualClock clock;
  const Stamp query = stamp_at(clock.now());
  const LeaveCheck check = LeaveCheck::waiting(query, clock.now() + 1s);
  EXPECT_EQ(check.end(), clock.now() + 1s);
  EXPECT_EQ(check.next(), clock.now() + 1s + kAnswerGrace);
  EXPECT_EQ(check.on_time(query, clock.now()), Step::wait);
  clock.advance(1s + kAnswerGrace - 1ns);
  EXPECT_EQ(check.on_time(query, clock.now()), Step::wait);
  EXPECT_EQ(check.on_time(query + 1, clock.now()), Step::answered);
  clock.advance(1ns);
  EXPECT_EQ(check.on_time(query, clock.now()), Step::end);
}

TEST(LeaveCheck, IsLoweredAndNeverRaised) {
  Asking a;
  EXPECT_FALSE(a.lower(2100ms));
  EXPECT_FALSE(a.lower(9s));
  EXPECT_EQ(a.check.end(), ManualClock::kStart + 2100ms);
  EXPECT_TRUE(a.lower(400ms));
  EXPECT_EQ(a.check.end(), ManualClock::kStart + 400ms);
}

TEST(LeaveCheck, LoweredWhileAskingItEndsWithTheOtherQueriersTime) {
  Asking a;
  a.send();
  a.lower(1s);
  EXPECT_EQ(a.check.next(), ManualClock::kStart + 700ms);
  a.clock.advance(700ms);
  EXPECT_EQ(a.step(), Step::query);
  a.send();
  EXPECT_EQ(a.check.next(), ManualClock::kStart + 1s + kAnswerGrace);
  a.clock.advance(300ms + kAnswerGrace);
  EXPECT_EQ(a.step(), Step::end);
}

TEST(LeaveCheck, AfterTheOtherQueriersTimeItAsksNoMore) {
  Asking a;
  a.send();
  a.lower(700ms - kAnswerGrace / 2);  // our second query would leave while answers are on their way
  EXPECT_EQ(a.check.next(), ManualClock::kStart + 700ms + kAnswerGrace / 2);
  a.clock.advance(700ms);
  EXPECT_EQ(a.step(), Step::wait);
  a.clock.advance(kAnswerGrace / 2);
  EXPECT_EQ(a.step(), Step::end);
}

// S-F1-14: a host may draw the whole of the response time, and then its report is on its way.
TEST(LeaveCheck, AnAnswerOfTheLastMomentHasTimeToArrive) {
  Asking a{1};
  a.send();
  a.clock.advance(700ms + 40ms);
  EXPECT_EQ(a.step(), Step::wait);
  EXPECT_EQ(a.step(stamp_at(a.clock.now())), Step::answered);
}

TEST(LeaveCheck, AboutASourceItsEndFollowsQueriesThatAreLate) {
  LeaveCheck check = LeaveCheck::asked_about(1, ManualClock::kStart + 2s);
  EXPECT_FALSE(check.extend(ManualClock::kStart + 2s));
  EXPECT_TRUE(check.extend(ManualClock::kStart + 3s));
  EXPECT_EQ(check.end(), ManualClock::kStart + 3s);
  EXPECT_TRUE(check.lower(LeaveCheck::waiting(1, ManualClock::kStart + 1s)));
  EXPECT_FALSE(check.extend(ManualClock::kStart + 3s)) << "another querier has set it";
  EXPECT_TRUE(check.lower(LeaveCheck::asked_about(1, ManualClock::kStart + 500ms)));
  EXPECT_TRUE(check.extend(ManualClock::kStart + 900ms)) << "it is ours again";
}

TEST(LeaveCheck, LoweredItsEndDoesNotMoveWithALateOrDelayedQuery) {
  Asking a;
  a.lower(1s);
  a.check.query_delayed(ManualClock::kStart + 200ms);
  a.clock.advance(300ms);
  EXPECT_EQ(a.step(), Step::query);
  a.send();
  EXPECT_EQ(a.check.end(), ManualClock::kStart + 1s);
}

// --- a querier of version 3: RFC 9776 section 6.6.3.1 ---------------------------------------------------

// R9776-33.
TEST(LeaveCheckGoesOn, AfterAnAnswerTheOtherQueriesAreSentAtTheirTimesWithTheSFlag) {
  Asking a{3, true};
  EXPECT_EQ(a.step(), Step::query);
  a.send();
  a.clock.advance(300ms);
  const Stamp answer = stamp_at(a.clock.now());
  EXPECT_EQ(a.step(answer), Step::wait);
  for (int i = 1; i < 3; ++i) {
    EXPECT_EQ(a.check.next(), ManualClock::kStart + i * 700ms);
    a.clock.advance(a.check.next() - a.clock.now() - 1ns);
    EXPECT_EQ(a.step(answer), Step::wait);
    a.clock.advance(1ns);
    EXPECT_EQ(a.step(answer), Step::query_answered);
    a.send();
  }
  EXPECT_EQ(a.step(answer), Step::answered);
  EXPECT_LE(
      a.check.next(),
      ManualClock::kStart + 2100ms + kAnswerGrace);  // the latest time at which the step will be asked for
}

TEST(LeaveCheckGoesOn, WithoutAnAnswerItIsAsAnyOther) {
  Asking a{2, true};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(a.step(a.leave), Step::query);
    a.send();
    EXPECT_EQ(a.step(a.leave), Step::wait);
    a.clock.advance(700ms);
  }
  a.clock.advance(kAnswerGrace);
  EXPECT_EQ(a.step(a.leave), Step::end);
}

TEST(LeaveCheckGoesOn, AnAnswerAfterTheLastQueryEndsIt) {
  Asking a{1, true};
  a.send();
  a.clock.advance(200ms);
  EXPECT_EQ(a.step(stamp_at(a.clock.now())), Step::answered);
}

TEST(LeaveCheckGoesOn, AnAnswerBeforeTheFirstQueryLeavesAllOfThemWithTheSFlag) {
  Asking a{2, true};
  EXPECT_EQ(a.step(a.leave + 1), Step::query_answered);
  a.send();
  EXPECT_EQ(a.step(a.leave + 1), Step::wait);
  a.clock.advance(700ms);
  EXPECT_EQ(a.step(a.leave + 1), Step::query_answered);
  a.send();
  EXPECT_EQ(a.step(a.leave + 1), Step::answered);
}

TEST(LeaveCheckGoesOn, AnAnsweredQueryThatWasDelayedIsSentAtItsNewTime) {
  Asking a{2, true};
  a.send();
  a.clock.advance(700ms);
  a.check.query_delayed(a.clock.now() + 50ms);
  EXPECT_EQ(a.step(a.leave + 1), Step::wait);
  EXPECT_EQ(a.check.next(), a.clock.now() + 50ms);
  a.clock.advance(50ms);
  EXPECT_EQ(a.step(a.leave + 1), Step::query_answered);
}

// Or it would be looked at again and again until its next query: next() is the end that was set.
TEST(LeaveCheckGoesOn, AnsweredItIsOverAtTheEndThatAnotherQuerierHasSet) {
  Asking a{3, true};
  a.send();
  a.lower(400ms);
  a.clock.advance(400ms - 1ns);
  EXPECT_EQ(a.step(a.leave + 1), Step::wait);
  EXPECT_EQ(a.check.next(), a.clock.now() + 1ns + kAnswerGrace);
  a.clock.advance(1ns);
  EXPECT_EQ(a.step(a.leave + 1), Step::answered);
}

}  // namespace
}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// The router state machine of RFC 2236 section 7 (Initial, Querier, Non-Querier), row by row.

#include "membership/querier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "support/manual_clock.hpp"

namespace mcswitch::membership::querier_test {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr IpAddress kOwn = Ipv4Address::of(10, 0, 0, 20);
constexpr IpAddress kLow = Ipv4Address::of(10, 0, 0, 9);  // as text it would be the higher one
constexpr IpAddress kLower = Ipv4Address::of(10, 0, 0, 3);
constexpr IpAddress kHigh = Ipv4Address::of(10, 0, 1, 1);
constexpr IpAddress kUnspecified = kUnspecifiedV4;

const Effect kQuery = SendGeneralQuery{};

HeardQuery heard(IpAddress source, std::uint8_t version) { return {.source = source, .version = version}; }

Querier::Settings active(IpAddress own = kOwn, std::uint8_t version = 2) {
  Querier::Settings settings;
  settings.active = true;
  settings.address = own;
  settings.intervals.version = version;
  return settings;
}
Querier::Settings passive() {
  Querier::Settings settings;
  settings.intervals.version = 2;
  return settings;
}

// Runs the querier until `end`, at its own times; when it queried, since the start of the clock.
std::vector<Duration> queries_until(Querier& querier, ManualClock& clock, TimePoint end) {
  std::vector<Duration> times;
  while (querier.next() <= end) {
    clock.advance(querier.next() - clock.now());
    for (const Effect& effect : querier.on_time(clock.now())) {
      if (effect == kQuery) {
        times.push_back(clock.now() - ManualClock::kStart);
      }
    }
  }
  clock.advance(end - clock.now());
  return times;
}

// R2236-10, section 7: Initial, action "send general query".
TEST(Querier, QueriesTheMomentItStarts) {
  ManualClock clock;
  Querier querier{active()};
  EXPECT_FALSE(querier.is_querier());
  EXPECT_THAT(querier.start(clock.now()), ElementsAre(Effect{RoleChanged{Role::querier}}, kQuery));
  EXPECT_TRUE(querier.is_querier());
}

// R2236-13, -14, SEED-4 (the periods of a querier): sections 8.2, 8.6, 8.7.
TEST(Querier, SendsItsStartupQueriesAndThenOneEachQueryInterval) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  EXPECT_THAT(queries_until(querier, clock, ManualClock::kStart + 407s),
              ElementsAre(31250ms, 156250ms, 281250ms, 406250ms));
}

TEST(Querier, WithOneStartupQueryTheNextIsAQueryIntervalLater) {
  ManualClock clock;
  Querier::Settings settings = active();
  settings.intervals.set_startup_query_count = 1;
  Querier querier{settings};
  querier.start(clock.now());
  EXPECT_THAT(queries_until(querier, clock, ManualClock::kStart + 250s), ElementsAre(125s, 250s));
}

TEST(Querier, IsNotThrownOffItsPeriodByALateCall) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  clock.advance(31250ms + 40ms);
  EXPECT_THAT(querier.on_time(clock.now()), ElementsAre(kQuery));
  EXPECT_EQ(querier.next(), ManualClock::kStart + 156250ms);
}

TEST(Querier, DoesNotCatchUpOnWhatItSleptThrough) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  clock.advance(1000s);
  EXPECT_THAT(querier.on_time(clock.now()), ElementsAre(kQuery));
  EXPECT_THAT(querier.on_time(clock.now()), IsEmpty());
  EXPECT_EQ(querier.next(), clock.now() + 125s);
}

// R2236-11: sections 3 and 7, "query received from a router with a lower IP address".
TEST(Querier, AQueryFromALowerAddressEndsItsOwnQueries) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  clock.advance(5s);
  EXPECT_THAT(querier.on_query(heard(kLow, 2), clock.now()),
              ElementsAre(Effect{RoleChanged{Role::non_querier}}));
  EXPECT_EQ(querier.address(), kLow);
  EXPECT_EQ(querier.next(), clock.now() + 255s);
  EXPECT_THAT(queries_until(querier, clock, clock.now() + 255s - 1ns), IsEmpty());
}

// R2236-16: a higher address changes nothing, as Querier ...
TEST(Querier, AQueryFromAHigherAddressChangesNothing) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  const TimePoint next = querier.next();
  clock.advance(5s);
  EXPECT_THAT(querier.on_query(heard(kHigh, 2), clock.now()), IsEmpty());
  EXPECT_TRUE(querier.is_querier());
  EXPECT_EQ(querier.next(), next);
  EXPECT_NE(querier.address(), kHigh);
}

// ... and as Non-Querier: it does not restart the Other Querier Present timer.
TEST(Querier, AHigherAddressDoesNotProlongTheOtherQueriersPresence) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  querier.on_query(heard(kLow, 2), clock.now());
  clock.advance(200s);
  querier.on_query(heard(kHigh, 2), clock.now());
  EXPECT_EQ(querier.next(), ManualClock::kStart + 255s);
  EXPECT_EQ(querier.address(), kLow);
}

// R2236-16: own queries that come back, and another router with our address.
TEST(Querier, ItsOwnAddressHeardAsASourceChangesNothing) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  EXPECT_THAT(querier.on_query(heard(kOwn, 2), clock.now()), IsEmpty());
  EXPECT_TRUE(querier.is_querier());
  querier.on_query(heard(kLow, 2), clock.now());
  clock.advance(200s);
  querier.on_query(heard(kOwn, 2), clock.now());
  EXPECT_EQ(querier.next(), ManualClock::kStart + 255s);
}

// R2236-12: section 8.5. Not before and not after; and the query leaves at once.
TEST(Querier, ResumesWhenOtherQuerierPresentIntervalPasses) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  querier.on_query(heard(kLow, 2), clock.now());
  clock.advance(255s - 1ns);
  EXPECT_THAT(querier.on_time(clock.now()), IsEmpty());
  clock.advance(1ns);
  EXPECT_THAT(querier.on_time(clock.now()), ElementsAre(Effect{RoleChanged{Role::querier}}, kQuery));
  EXPECT_EQ(querier.address(), kOwn);
  EXPECT_EQ(querier.version(), 2);
  EXPECT_EQ(querier.expires(), kNever);
  // Startup queries belong to the start: from here on the Query Interval.
  EXPECT_EQ(querier.next(), clock.now() + 125s);
}

TEST(Querier, EachQueryOfTheOtherRestartsTheTimer) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  for (int i = 0; i < 4; ++i) {
    querier.on_query(heard(kLow, 2), clock.now());
    EXPECT_EQ(querier.expires(), clock.now() + 255s);
    EXPECT_THAT(queries_until(querier, clock, clock.now() + 124s), IsEmpty());  // SEED-4: it drifts
  }
}

// Section 3: "the router with the lowest IP address". The test looks at addresses that compare the other
// way round as text.
TEST(Querier, LowestAddressWinsElection) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  querier.on_query(heard(kLow, 2), clock.now());
  querier.on_query(heard(kLower, 2), clock.now());
  querier.on_query(heard(kLow, 2), clock.now());
  EXPECT_EQ(querier.address(), kLower);
  EXPECT_EQ(querier.address(), kLower);
  EXPECT_NE(querier.address(), kLow);
}

TEST(Querier, WhenTheLowestFallsSilentTheNextThatIsHeardIsElected) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  querier.on_query(heard(kLower, 2), clock.now());
  clock.advance(100s);
  querier.on_query(heard(kLow, 2), clock.now());
  clock.advance(155s);
  EXPECT_THAT(querier.on_time(clock.now()), IsEmpty());
  EXPECT_EQ(querier.address(), kLow);
  EXPECT_EQ(querier.expires(), ManualClock::kStart + 355s);
}

TEST(Querier, ASilentOneIsNotElectedAnyMoreEvenBeforeTheTimerWasLookedAt) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  querier.on_query(heard(kLower, 2), clock.now());
  clock.advance(255s);
  querier.on_query(heard(kLow, 2), clock.now());
  EXPECT_EQ(querier.address(), kLow);
}

TEST(Querier, StartupQueriesAreNotMadeUpForAfterALostElection) {
  ManualClock clock;
  Querier::Settings settings = active();
  settings.intervals.set_startup_query_count = 5;
  Querier querier{settings};
  querier.start(clock.now());
  querier.on_query(heard(kLow, 2), clock.now());
  EXPECT_THAT(queries_until(querier, clock, ManualClock::kStart + 600s), ElementsAre(255s, 380s, 505s));
}

// R4541-10: RFC 4541 section 2.1.1(4).
TEST(Querier, AQueryFrom0000TakesNoPartInTheElection) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  EXPECT_THAT(querier.on_query(heard(kUnspecified, 2), clock.now()), IsEmpty());
  EXPECT_TRUE(querier.is_querier());
  EXPECT_EQ(querier.address(), kOwn);
}

TEST(Querier, As0000ItYieldsToEveryAddress) {
  ManualClock clock;
  Querier querier{active(kUnspecified)};
  querier.start(clock.now());
  querier.on_query(heard(kUnspecified, 2), clock.now());
  EXPECT_TRUE(querier.is_querier());
  querier.on_query(heard(Ipv4Address::of(255, 255, 255, 254), 2), clock.now());
  EXPECT_EQ(querier.role(), Role::non_querier);
}

TEST(Querier, PassiveItNeverQueries) {
  ManualClock clock;
  Querier querier{passive()};
  EXPECT_THAT(querier.start(clock.now()), IsEmpty());
  EXPECT_EQ(querier.next(), kNever);
  EXPECT_EQ(querier.role(), Role::off);
  EXPECT_EQ(querier.version(), 0);
  querier.on_query(heard(kHigh, 2), clock.now());
  EXPECT_EQ(querier.role(), Role::non_querier);
  EXPECT_THAT(queries_until(querier, clock, clock.now() + 600s), IsEmpty());
  EXPECT_EQ(querier.role(), Role::off);
  EXPECT_EQ(querier.address(), IpAddress{});
}

TEST(Querier, PassiveItKnowsTheLowestOfTheOthers) {
  ManualClock clock;
  Querier querier{passive()};
  querier.start(clock.now());
  querier.on_query(heard(kHigh, 2), clock.now());
  EXPECT_EQ(querier.address(), kHigh);
  querier.on_query(heard(kLow, 3), clock.now());
  querier.on_query(heard(kHigh, 2), clock.now());
  EXPECT_EQ(querier.address(), kLow);
  EXPECT_EQ(querier.version(), 3);
}

TEST(Querier, PassiveIts0000QuerierIsKnownWhileNobodyElseIs) {
  ManualClock clock;
  Querier querier{passive()};
  querier.start(clock.now());
  EXPECT_THAT(querier.on_query(heard(kUnspecified, 3), clock.now()),
              ElementsAre(Effect{RoleChanged{Role::non_querier}}));
  EXPECT_TRUE(querier.is_querier_known());
  EXPECT_FALSE(querier.is_numbered_known());
  EXPECT_EQ(querier.address(), kUnspecified);
  EXPECT_EQ(querier.version(), 3);
  EXPECT_EQ(querier.expires(), clock.now() + 255s);
  clock.advance(255s);
  EXPECT_THAT(querier.on_time(clock.now()), ElementsAre(Effect{RoleChanged{Role::off}}));
}

// R2236-44, section 4: by configuration, never by what is heard.
TEST(Querier, AVersion1QueryDoesNotMakeItAVersion1Querier) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  querier.on_query(heard(kHigh, 1), clock.now());
  EXPECT_EQ(querier.own_version(), 2);
  EXPECT_EQ((Querier{active(kOwn, 1)}.own_version()), 1);
  EXPECT_EQ((Querier{active(kOwn, 3)}.own_version()), 3);
}

TEST(Querier, AVersion1QueryCountsInTheElection) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  querier.on_query(heard(kLow, 1), clock.now());
  EXPECT_EQ(querier.address(), kLow);
  EXPECT_EQ(querier.version(), 1);
}

// R2236-46: "MUST log a warning ... MUST be rate-limited", both ways.
TEST(Querier, WarnsOfVersion1QueriesOnceAMinute) {
  ManualClock clock;
  Querier querier{active()};
  querier.start(clock.now());
  const Effect warning = WarnOfVersion{1, kHigh};
  EXPECT_THAT(querier.on_query(heard(kHigh, 1), clock.now()), ElementsAre(warning));
  clock.advance(60s - 1ns);
  EXPECT_THAT(querier.on_query(heard(kHigh, 1), clock.now()), IsEmpty());
  clock.advance(1ns);
  EXPECT_THAT(querier.on_query(heard(kHigh, 1), clock.now()), ElementsAre(warning));
}

TEST(Querier, InVersion1ModeItWarnsOfVersion2Queries) {
  ManualClock clock;
  Querier querier{active(kOwn, 1)};
  querier.start(clock.now());
  EXPECT_THAT(querier.on_query(heard(kHigh, 1), clock.now()), IsEmpty());
  EXPECT_THAT(querier.on_query(heard(kHigh, 2), clock.now()), ElementsAre(Effect{WarnOfVersion{2, kHigh}}));
}

// R9776-36: section 7.3.1. Any other version than the configured one, where we may query ourselves.
TEST(Querier, WarnsOfEveryOtherVersionThanTheConfigured) {
  for (std::uint8_t own = 1; own <= 3; ++own) {
    for (std::uint8_t version = 1; version <= 3; ++version) {
      ManualClock clock;
      Querier querier{active(kOwn, own)};
      querier.start(clock.now());
      EXPECT_EQ(querier.is_other_version(version), version != own);
      const Effects effects = querier.on_query(heard(kHigh, version), clock.now());
      const Effect warning = WarnOfVersion{version, kHigh};
      if (version == own) {
        EXPECT_THAT(effects, IsEmpty()) << int{own};
      } else {
        EXPECT_THAT(effects, ElementsAre(warning)) << int{own} << int{version};
      }
    }
  }
}

// R9776-36, R2236-46: an older version than the configured one is worth a warning to everybody; a newer one
// not to who queries in none.
TEST(Querier, PassiveItWarnsOfOlderVersions) {
  for (std::uint8_t own = 1; own <= 3; ++own) {
    for (std::uint8_t version = 1; version <= 3; ++version) {
      Querier::Settings settings = passive();
      settings.intervals.version = own;
      EXPECT_EQ(Querier{settings}.is_other_version(version), version < own || (own == 1 && version > 1))
          << int{own} << int{version};
    }
  }
}

TEST(Querier, PassiveItWarnsOnceAnHour) {
  ManualClock clock;
  Querier::Settings settings = passive();
  settings.intervals.version = 3;
  Querier querier{settings};
  const Effect warning = WarnOfVersion{2, kHigh};
  EXPECT_THAT(querier.on_query(heard(kHigh, 2), clock.now()), Contains(warning));
  clock.advance(1h - 1ns);
  EXPECT_THAT(querier.on_query(heard(kHigh, 2), clock.now()), Not(Contains(warning)));
  clock.advance(1ns);
  EXPECT_THAT(querier.on_query(heard(kHigh, 2), clock.now()), Contains(warning));
}

TEST(Querier, IsShownWithTheVersionItIsConfiguredWith) {
  for (std::uint8_t own = 1; own <= 3; ++own) {
    ManualClock clock;
    Querier querier{active(kOwn, own)};
    querier.start(clock.now());
    EXPECT_EQ(querier.version(), own);
  }
}

}  // namespace
}  // namespace mcswitch::membership::querier_test

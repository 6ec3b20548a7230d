// SPDX-License-Identifier: BSD-3-Clause
//
// What is adopted from another querier: RFC 9776 sections 4.1.6 and 4.1.7 (R9776-6, -7), 8; RFC 2236
// section 8.14.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "membership/querier.hpp"
#include "support/manual_clock.hpp"

namespace mcswitch::membership::querier_adoption_test {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr IpAddress kOwn = Ipv4Address::of(10, 0, 0, 20);
constexpr IpAddress kLow = Ipv4Address::of(10, 0, 0, 9);
constexpr IpAddress kLower = Ipv4Address::of(10, 0, 0, 3);
constexpr IpAddress kHigh = Ipv4Address::of(10, 0, 1, 1);

const Effect kChanged = IntervalsChanged{};
const Effect kNonQuerier = RoleChanged{Role::non_querier};

struct Lab {
  explicit Lab(bool is_active = true) : querier{settings(is_active)} { querier.start(clock.now()); }

  static Querier::Settings settings(bool is_active) {
    Querier::Settings settings;
    settings.active = is_active;
    settings.address = kOwn;
    settings.intervals.version = 3;
    settings.intervals.query_interval = 100s;
    return settings;
  }

  Effects query(IpAddress source, std::uint8_t robustness, Duration interval, Duration response = 10s,
                PortId port = 0) {
    return querier.on_query({.port = port,
                             .source = source,
                             .version = 3,
                             .max_resp_time = response,
                             .robustness_variable = robustness,
                             .query_interval = interval},
                            clock.now());
  }
  Effects at_next() {
    clock.advance(querier.next() - clock.now());
    return querier.on_time(clock.now());
  }
  [[nodiscard]] std::uint8_t robustness() const { return querier.effective().robustness_variable; }
  [[nodiscard]] Duration interval() const { return querier.effective().query_interval; }
  [[nodiscard]] Duration response() const { return querier.effective().response_interval(); }

  ManualClock clock;
  Querier querier;
};

TEST(QuerierAdoption, AsQuerierItsOwnValuesAreInForce) {
  Lab lab;
  EXPECT_EQ(lab.robustness(), 2);
  EXPECT_EQ(lab.interval(), 100s);
  EXPECT_THAT(lab.query(kHigh, 5, 600s), IsEmpty());
  EXPECT_EQ(lab.robustness(), 2);
  EXPECT_EQ(lab.interval(), 100s);
}

TEST(QuerierAdoption, LargerValuesOfTheElectedAreInForceAtOnce) {
  Lab lab;
  EXPECT_THAT(lab.query(kLow, 5, 600s), ElementsAre(kNonQuerier, kChanged));
  EXPECT_EQ(lab.robustness(), 5);
  EXPECT_EQ(lab.interval(), 600s);
  EXPECT_EQ(lab.querier.effective().group_membership_interval(), 3020s);
}

TEST(QuerierAdoption, SmallerOnesAndThoseNotGivenAreNot) {
  Lab lab;
  EXPECT_THAT(lab.query(kLow, 1, 20s), ElementsAre(kNonQuerier));
  EXPECT_THAT(lab.query(kLow, 0, 0s), IsEmpty());
  EXPECT_EQ(lab.robustness(), 2);
  EXPECT_EQ(lab.interval(), 100s);
}

TEST(QuerierAdoption, EachOfTheTwoCountsForItself) {
  Lab lab;
  lab.query(kLow, 1, 600s);
  EXPECT_EQ(lab.robustness(), 2);
  EXPECT_EQ(lab.interval(), 600s);
  EXPECT_THAT(lab.query(kLow, 4, 20s), ElementsAre(kChanged));
  EXPECT_EQ(lab.robustness(), 4);
  EXPECT_EQ(lab.interval(), 100s);
  EXPECT_THAT(lab.query(kLow, 5, 20s), ElementsAre(kChanged));
  EXPECT_EQ(lab.robustness(), 5);
  EXPECT_THAT(lab.query(kLow, 5, 101s), ElementsAre(kChanged));
  EXPECT_EQ(lab.interval(), 101s);
}

// "the most recently received query": also when it does not say anymore, or says it in version 2.
TEST(QuerierAdoption, ItsLastQueryCounts) {
  Lab lab;
  lab.query(kLow, 5, 600s);
  EXPECT_THAT(lab.query(kLow, 5, 600s), IsEmpty());
  EXPECT_THAT(lab.query(kLow, 0, 0s), ElementsAre(kChanged));
  EXPECT_EQ(lab.robustness(), 2);
  EXPECT_EQ(lab.interval(), 100s);
}

TEST(QuerierAdoption, AHigherAddressThanTheElectedGivesNothing) {
  Lab lab;
  lab.query(kLower, 3, 200s);
  EXPECT_THAT(lab.query(kLow, 5, 600s), IsEmpty());
  EXPECT_THAT(lab.query(kHigh, 7, 900s), IsEmpty());
  EXPECT_EQ(lab.robustness(), 3);
  EXPECT_EQ(lab.interval(), 200s);
}

TEST(QuerierAdoption, ALowerAddressTakesThePlaceOfTheValuesToo) {
  Lab lab;
  lab.query(kLow, 5, 600s);
  EXPECT_THAT(lab.query(kLower, 0, 150s), ElementsAre(kChanged));
  EXPECT_EQ(lab.robustness(), 2);
  EXPECT_EQ(lab.interval(), 150s);
}

TEST(QuerierAdoption, TheOtherCountsAsPresentByItsOwnValues) {
  Lab lab;
  lab.query(kLow, 3, 600s);
  EXPECT_EQ(lab.querier.expires(), lab.clock.now() + 1805s);
  lab.query(kLow, 1, 20s);
  EXPECT_EQ(lab.querier.expires(), lab.clock.now() + 205s);
}

TEST(QuerierAdoption, WhenTheOtherIsGoneOwnValuesAreInForceAgain) {
  Lab lab;
  lab.query(kLow, 3, 600s);
  const Effects effects = lab.at_next();
  EXPECT_EQ(lab.clock.now(), ManualClock::kStart + 1805s);
  EXPECT_THAT(effects, ElementsAre(Effect{RoleChanged{Role::querier}}, Effect{SendGeneralQuery{}}, kChanged));
  EXPECT_EQ(lab.robustness(), 2);
  EXPECT_EQ(lab.interval(), 100s);
  EXPECT_EQ(lab.querier.next(), lab.clock.now() + 100s);
}

// The one that asks often falls silent, or does not: neither may end the presence of the one that asks
// seldom.
TEST(QuerierAdoption, AQueryOfAnotherDoesNotShortenThePresenceOfTheElected) {
  Lab lab;
  lab.query(kLower, 2, 600s);
  lab.clock.advance(10s);
  lab.query(kLow, 2, 20s);
  EXPECT_EQ(lab.querier.expires(), ManualClock::kStart + 1205s);
  lab.clock.advance(1000s);
  EXPECT_THAT(lab.querier.on_time(lab.clock.now()), IsEmpty());
  EXPECT_EQ(lab.querier.address(), kLower);
  EXPECT_EQ(lab.interval(), 600s);
}

TEST(QuerierAdoption, WhenTheElectedFallsSilentTheNextOnesValuesAreInForce) {
  Lab lab;
  lab.query(kLower, 2, 300s);  // present for 605 s
  lab.clock.advance(500s);
  lab.query(kLow, 4, 200s);  // and this one for 805 s
  EXPECT_EQ(lab.interval(), 300s);
  EXPECT_THAT(lab.at_next(), ElementsAre(kChanged));
  EXPECT_EQ(lab.clock.now(), ManualClock::kStart + 605s);
  EXPECT_EQ(lab.querier.address(), kLow);
  EXPECT_EQ(lab.robustness(), 4);
  EXPECT_EQ(lab.interval(), 200s);
  EXPECT_EQ(lab.querier.expires(), ManualClock::kStart + 1305s);
}

TEST(QuerierAdoption, PassiveItAdoptsAndGoesBackWhenNobodyQueries) {
  Lab lab{false};
  EXPECT_THAT(lab.query(kHigh, 3, 600s), ElementsAre(kNonQuerier, kChanged));
  EXPECT_EQ(lab.interval(), 600s);
  EXPECT_THAT(lab.at_next(), ElementsAre(Effect{RoleChanged{Role::off}}, kChanged));
  EXPECT_EQ(lab.interval(), 100s);
}

// RFC 4541 section 2.1.1(4): it is not a router, but it asks the hosts.
TEST(QuerierAdoption, PassiveItAdoptsFrom0000OnlyWhereNobodyIsElected) {
  Lab lab{false};
  EXPECT_THAT(lab.query({}, 3, 600s), ElementsAre(kNonQuerier, kChanged));
  EXPECT_EQ(lab.interval(), 600s);
  lab.query(kHigh, 2, 200s);
  EXPECT_EQ(lab.interval(), 200s);
  EXPECT_THAT(lab.query({}, 3, 600s), Not(Contains(kChanged)));
  EXPECT_EQ(lab.interval(), 200s);
}

TEST(QuerierAdoption, ActiveItAdoptsNothingFrom0000) {
  Lab lab;
  EXPECT_THAT(lab.query({}, 3, 600s), IsEmpty());
  EXPECT_EQ(lab.interval(), 100s);
}

// Our own queries say what our configuration says, so what was adopted may not shift their times.
TEST(QuerierAdoption, OwnQueriesKeepTheirOwnInterval) {
  Lab lab;
  lab.query(kHigh, 7, 900s);
  lab.clock.advance(lab.querier.next() - lab.clock.now());
  lab.querier.on_time(lab.clock.now());
  EXPECT_EQ(lab.querier.next(), lab.clock.now() + 100s);
}

// RFC 9776 section 8: the third value that is in every query. It follows the last one, up and down.
TEST(QuerierAdoption, MaxResponseTimeIsAdoptedToo) {
  Lab lab;
  EXPECT_THAT(lab.query(kLow, 2, 100s, 60s), ElementsAre(kNonQuerier, kChanged));
  EXPECT_EQ(lab.response(), 60s);
  EXPECT_EQ(lab.querier.effective().group_membership_interval(), 320s);
  EXPECT_EQ(lab.querier.expires(), lab.clock.now() + 230s);
  EXPECT_THAT(lab.query(kLow, 2, 100s, 5s), ElementsAre(kChanged));
  EXPECT_EQ(lab.response(), 10s);
  EXPECT_EQ(lab.querier.effective().group_membership_interval(), 220s);
  EXPECT_EQ(lab.querier.expires(), lab.clock.now() + 205s);
}

// One query can say 7 * 31744 s. It is adopted for members, who answer as seldom as they are asked; but who
// said it is not waited for longer than ten times our own interval.
TEST(QuerierAdoption, AnExtremeQuerierCountsAsPresentForTenTimesOurOwnInterval) {
  Lab lab;
  lab.query(kLow, 7, 31744s, 3174s);
  EXPECT_EQ(lab.querier.expires(), lab.clock.now() + 2050s);
  EXPECT_EQ(lab.querier.effective().group_membership_interval(), 7 * 31744s + 2 * 3174s);
  EXPECT_THAT(lab.at_next(),
              ElementsAre(Effect{RoleChanged{Role::querier}}, Effect{SendGeneralQuery{}}, kChanged));
  EXPECT_EQ(lab.clock.now(), ManualClock::kStart + 2050s);
  EXPECT_EQ(lab.querier.effective().group_membership_interval(), 220s);
}

TEST(QuerierAdoption, WithASetIntervalItIsPresentForThat) {
  Querier::Settings settings = Lab::settings(true);
  settings.intervals.set_other_querier_present_interval = 30s;
  Lab lab;
  Querier querier{settings};
  querier.start(lab.clock.now());
  querier.on_query({.source = kLow, .version = 3, .robustness_variable = 7, .query_interval = 31744s},
                   lab.clock.now());
  EXPECT_EQ(querier.expires(), lab.clock.now() + 30s);
}

// RFC 2236 section 8.14 wants equal values; where they differ, a member that answers each query must not pay
// for it.
TEST(QuerierAdoption, TheTimeBetweenTwoOfItsQueriesCountsAsItsInterval) {
  Lab lab{false};
  EXPECT_THAT(lab.query(kLow, 0, 0s), ElementsAre(kNonQuerier));
  lab.clock.advance(260s);
  lab.querier.on_time(lab.clock.now());
  EXPECT_EQ(lab.querier.role(), Role::off);
  EXPECT_THAT(lab.query(kLow, 0, 0s), ElementsAre(Effect{WarnOfInterval{260s, kLow}}, kNonQuerier, kChanged));
  EXPECT_EQ(lab.interval(), 260s);
  EXPECT_EQ(lab.querier.expires(), lab.clock.now() + 525s);
  // Its last one: it asks more often again, or says more than it shows.
  lab.clock.advance(90s);
  EXPECT_THAT(lab.query(kLow, 0, 0s), ElementsAre(kChanged));
  EXPECT_EQ(lab.interval(), 100s);
  lab.clock.advance(150s);
  EXPECT_THAT(lab.query(kLow, 0, 300s), ElementsAre(kChanged));
  EXPECT_EQ(lab.interval(), 300s);
}

// Of another port, of another address, or after so long that it was away.
TEST(QuerierAdoption, OnlyTwoQueriesOfOneQuerierShowAnInterval) {
  Lab lab{false};
  lab.query(kLow, 0, 0s);
  lab.clock.advance(200s);
  lab.query(kHigh, 0, 0s);
  lab.querier.on_query({.port = 4, .source = kLow, .version = 3}, lab.clock.now());
  EXPECT_EQ(lab.interval(), 100s);
  lab.clock.advance(801s);
  lab.query(kLow, 0, 0s);
  EXPECT_EQ(lab.interval(), 100s);
}

// --- where it is known (RFC 2236 section 10, R2236-81) --------------------------------------------------

TEST(QuerierAdoption, AQueryInItsNameFromAnotherPortGivesNothing) {
  Lab lab;
  lab.query(kLow, 3, 300s);
  lab.clock.advance(10s);
  EXPECT_THAT(lab.query(kLow, 7, 31744s, 3000s, 4), IsEmpty());
  EXPECT_THAT(lab.query(kLow, 0, 0s, 1s, 4), IsEmpty());
  EXPECT_EQ(lab.robustness(), 3);
  EXPECT_EQ(lab.interval(), 300s);
  EXPECT_EQ(lab.response(), 10s);
  // Nor however often it comes, and the querier's own goes on counting, in both directions.
  for (int n = 0; n < 10; ++n) {
    lab.clock.advance(10s);
    EXPECT_THAT(lab.query(kLow, 7, 31744s, 3000s, 4), IsEmpty());
  }
  EXPECT_THAT(lab.query(kLow, 2, 150s), ElementsAre(kChanged));
  EXPECT_EQ(lab.robustness(), 2);
  EXPECT_EQ(lab.interval(), 150s);
}

// The spacing that it shows is its own as well: it must not look as if it had none.
TEST(QuerierAdoption, AQueryInItsNameFromAnotherPortDoesNotHideItsSpacing) {
  Lab lab{false};
  lab.query(kLow, 0, 0s);
  lab.clock.advance(180s);
  lab.query(kLow, 0, 0s);
  ASSERT_EQ(lab.interval(), 180s);
  lab.clock.advance(1s);
  EXPECT_THAT(lab.query(kLow, 0, 0s, 10s, 4), IsEmpty());
  EXPECT_EQ(lab.interval(), 180s);
}

TEST(QuerierAdoption, AQueryInItsNameFromAnotherPortIsASignOfLife) {
  Lab lab;
  lab.query(kLow, 2, 100s);
  lab.clock.advance(200s);
  lab.query(kLow, 2, 100s, 10s, 4);
  EXPECT_EQ(lab.querier.expires(), lab.clock.now() + 205s);
}

// It has moved, and nobody has seen a link go: its values stay in force until they come from there.
TEST(QuerierAdoption, AQuerierThatHasMovedIsKnownThereWhenItsOldPortHasBeenSilentForLong) {
  Lab lab;
  lab.query(kLow, 2, 300s);  // present for 605 s
  for (int n = 0; n < 2; ++n) {
    lab.clock.advance(300s);
    EXPECT_THAT(lab.query(kLow, 2, 400s, 10s, 4), IsEmpty());
    EXPECT_EQ(lab.interval(), 300s);
  }
  EXPECT_THAT(lab.at_next(), ElementsAre(kChanged));
  EXPECT_EQ(lab.clock.now(), ManualClock::kStart + 605s);
  EXPECT_EQ(lab.interval(), 400s);
  EXPECT_EQ(lab.querier.role(), Role::non_querier);
  EXPECT_THAT(lab.query(kLow, 2, 500s), Not(Contains(kChanged))) << "from the old port";
  EXPECT_THAT(lab.query(kLow, 2, 500s, 10s, 4), Contains(kChanged));
}

TEST(QuerierAdoption, AQuerierWhosePortHasLostItsLinkIsKnownWhereItIsHeardNext) {
  Lab lab;
  lab.query(kLow, 2, 300s);
  lab.querier.on_link_down(4);
  EXPECT_THAT(lab.query(kLow, 2, 400s, 10s, 4), IsEmpty());
  lab.querier.on_link_down(0);
  EXPECT_EQ(lab.interval(), 300s);
  EXPECT_THAT(lab.query(kLow, 2, 400s, 10s, 4), ElementsAre(kChanged));
  EXPECT_THAT(lab.query(kLow, 2, 500s), IsEmpty());
  EXPECT_EQ(lab.interval(), 400s);
}

TEST(QuerierAdoption, TheSameGoesForTheOneWithoutAnAddress) {
  Lab lab{false};
  lab.query({}, 2, 300s);
  lab.clock.advance(400s);
  EXPECT_THAT(lab.query({}, 2, 400s, 10s, 4), IsEmpty());
  EXPECT_EQ(lab.interval(), 300s);
  EXPECT_EQ(lab.querier.expires(), lab.clock.now() + 805s);
  lab.clock.advance(205s);
  EXPECT_EQ(lab.interval(), 300s);
  EXPECT_THAT(lab.query({}, 2, 200s, 10s, 4), ElementsAre(kChanged));
  EXPECT_EQ(lab.interval(), 200s);
}

TEST(QuerierAdoption, ItWarnsOfASeldomQuerierOnceAnHour) {
  Lab lab{false};
  unsigned warnings = 0;
  for (int n = 0; n < 30; ++n) {
    for (const Effect& effect : lab.query(kLow, 0, 0s)) {
      warnings += std::holds_alternative<WarnOfInterval>(effect) ? 1 : 0;
    }
    lab.clock.advance(140s);  // 4060 s in all
  }
  EXPECT_EQ(warnings, 2U);
  // A little late, or as it says itself.
  Lab other{false};
  for (const Duration interval : {0s, 106s, 140s}) {
    other.clock.advance(interval);
    for (const Effect& effect : other.query(kLow, 0, interval)) {
      EXPECT_FALSE(std::holds_alternative<WarnOfInterval>(effect));
    }
  }
}

}  // namespace
}  // namespace mcswitch::membership::querier_adoption_test

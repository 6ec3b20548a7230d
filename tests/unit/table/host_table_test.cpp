// SPDX-License-Identifier: BSD-3-Clause

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "unit/table/host_table_support.hpp"

namespace mcswitch::table {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Seen = HostTable::Seen;

constexpr EntryId kEntry = 70'001;
constexpr PortId kPort = 3;
// The interval of a membership.
constexpr Duration kInterval = 260s;

const Host kAda = host(11);
const Host kBob = host(22);
const Host kEve = host(33);

// One membership as its worker and the control thread have it: the stamp, and who was the latest.
class OneMembership {
 public:
  explicit OneMembership(HostTable& hosts, EntryId entry = kEntry, PortId port = kPort)
      : hosts_{hosts}, entry_{entry}, port_{port} {}

  void report(const Host& from, Duration time) {
    const Stamp previous = std::exchange(stamp_, stamp(time));
    if (!(latest_ && *latest_ == from)) {
      latest_ = from;
      hosts_.seen(entry_, port_, from, stamp_, previous);
    }
  }
  // Is the leaver the only host? Then it has left.
  bool leave(const Host& from, Duration time) {
    const bool only = hosts_.is_only(entry_, port_, from, at(time) - kInterval, stamp_);
    hosts_.forget(entry_, port_, from, stamp(time));
    return only;
  }
  [[nodiscard]] Stamp last() const { return stamp_; }

 private:
  HostTable& hosts_;
  EntryId entry_;
  PortId port_;
  Stamp stamp_ = 0;
  std::optional<Host> latest_;
};

TEST(HostTable, TheOnlyHostThatReportedIsTheOnlyOne) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  EXPECT_EQ(hosts.count(kEntry, kPort, m.last()), 1U);
  EXPECT_TRUE(m.leave(kAda, 1s));
}

TEST(HostTable, ASecondHostOnThePortIsInTheWay) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  m.report(kBob, 1s);
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kAda, at(2s) - kInterval, m.last()));
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kBob, at(2s) - kInterval, m.last()));
  EXPECT_EQ(hosts.count(kEntry, kPort, m.last()), 2U);
}

TEST(HostTable, TheLastOfTwoIsTheOnlyOneInEitherOrder) {
  for (const bool latest_first : {false, true}) {
    HostTable hosts{8, kSeed};
    OneMembership m{hosts};
    m.report(kAda, 0s);
    m.report(kBob, 1s);
    EXPECT_FALSE(m.leave(latest_first ? kBob : kAda, 2s));
    EXPECT_EQ(hosts.count(kEntry, kPort, m.last()), 1U);
    EXPECT_TRUE(m.leave(latest_first ? kAda : kBob, 3s));
  }
}

// Small sets and large ones are kept in different ways.
TEST(HostTable, HostsOfASetThatGrowsAndShrinksAreAllFound) {
  constexpr unsigned kMost = 3 * HostTable::kSmall;
  HostTable hosts{kMost, kSeed};
  OneMembership m{hosts};
  Duration now{};
  for (unsigned n = 0; n < kMost; ++n) {
    m.report(host(n), now += 1s);
    for (unsigned known = 0; known <= n; ++known) {
      m.report(host(known), now += 1ms);
    }
    ASSERT_EQ(hosts.count(kEntry, kPort, m.last()), n + 1);
  }
  for (unsigned n = 0; n < kMost; ++n) {
    ASSERT_EQ(m.leave(host(n), now += 1s), n + 1 == kMost) << n;
    ASSERT_EQ(hosts.count(kEntry, kPort, m.last()), kMost - n - 1);
    for (unsigned still = n + 1; still < kMost; ++still) {
      m.report(host(still), now += 1ms);
    }
  }
}

TEST(HostTable, OtherPortsAndOtherEntriesHaveTheirOwnHosts) {
  HostTable hosts{8, kSeed};
  OneMembership here{hosts};
  OneMembership other_port{hosts, kEntry, 4};
  OneMembership other_entry{hosts, 9, kPort};
  here.report(kAda, 0s);
  other_port.report(kBob, 0s);
  other_entry.report(kEve, 0s);
  EXPECT_TRUE(here.leave(kAda, 1s));
  EXPECT_EQ(hosts.count(kEntry, 4, other_port.last()), 1U);
  EXPECT_EQ(hosts.count(9, kPort, other_entry.last()), 1U);
  EXPECT_EQ(hosts.forget_all(kEntry, kPort), 1U);
  EXPECT_EQ(hosts.size(), 2U);
}

// A host is its MAC and its IP address: two that share one of them are two.
TEST(HostTable, HostsThatShareAnAddressAreTwo) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  m.report({kAda.mac, kBob.address}, 1s);
  m.report({kBob.mac, kAda.address}, 2s);
  EXPECT_EQ(hosts.count(kEntry, kPort, m.last()), 3U);
}

// Repeated reports of one host touch only the stamp of the membership.
TEST(HostTable, TheLatestHostIsHeardByTheStampOfTheMembership) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kBob, -500s);
  m.report(kAda, -490s);
  m.report(kAda, 0s);
  // Bob has been silent for longer than the interval.
  EXPECT_TRUE(hosts.is_only(kEntry, kPort, kAda, at(1s) - kInterval, m.last()));
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kBob, at(1s) - kInterval, m.last()))
      << "Ada's record is old, but she is the latest";
  EXPECT_THAT(rows(hosts, kEntry, kPort, m.last()),
              UnorderedElementsAre(std::pair{kAda, stamp(0s)}, std::pair{kBob, stamp(-500s)}));
}

TEST(HostTable, WhoWasTheLatestIsAsOldAsTheStampUntilTheNext) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, -500s);
  m.report(kAda, -100s);
  m.report(kBob, 0s);
  EXPECT_FALSE(m.leave(kBob, 1s)) << "Ada's record says -500 s, but her last report was at -100 s";
  EXPECT_THAT(rows(hosts, kEntry, kPort, m.last()), UnorderedElementsAre(std::pair{kAda, stamp(-100s)}));
}

TEST(HostTable, WithoutThePreviousStampTheLatestCountsAsHeardJustBefore) {
  HostTable hosts{8, kSeed};
  hosts.seen(kEntry, kPort, kAda, stamp(-500s), 0);
  hosts.seen(kEntry, kPort, kBob, stamp(0s), stamp(0s));
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kBob, at(1s) - kInterval, stamp(0s)));
  EXPECT_TRUE(hosts.is_only(kEntry, kPort, kBob, at(261s) - kInterval, stamp(0s)));
}

// There is no message when the latest host reports again.
TEST(HostTable, ALatestHostThatLeftAndCameBackIsThere) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  m.report(kBob, 1s);
  EXPECT_FALSE(m.leave(kBob, 2s));
  EXPECT_THAT(rows(hosts, kEntry, kPort, m.last()), UnorderedElementsAre(std::pair{kAda, stamp(0s)}));
  m.report(kBob, 3s);
  EXPECT_THAT(rows(hosts, kEntry, kPort, m.last()),
              UnorderedElementsAre(std::pair{kAda, stamp(0s)}, std::pair{kBob, stamp(3s)}));
  EXPECT_EQ(hosts.count(kEntry, kPort, m.last()), 2U);
  EXPECT_FALSE(m.leave(kAda, 4s));
  EXPECT_TRUE(m.leave(kBob, 5s));
}

TEST(HostTable, AHostThatCameBackIsThereAlsoWhenAnotherOneIsTheLatest) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  m.report(kBob, 1s);
  m.leave(kBob, 2s);
  m.report(kBob, 3s);
  m.report(kAda, 4s);
  EXPECT_FALSE(m.leave(kAda, 5s));
  EXPECT_THAT(rows(hosts, kEntry, kPort, m.last()), UnorderedElementsAre(std::pair{kBob, stamp(3s)}));
}

TEST(HostTable, AHostThatLeftForGoodIsForgottenWhenAnotherOneIsTheLatest) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  m.report(kBob, 1s);
  m.leave(kBob, 2s);
  m.report(kAda, 4s);
  EXPECT_EQ(hosts.size(), 1U);
  EXPECT_TRUE(m.leave(kAda, 5s));
}

TEST(HostTable, ALeaveThatIsOlderThanAReportIsVoid) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  m.report(kBob, 5s);
  m.report(kAda, 6s);
  hosts.forget(kEntry, kPort, kBob, stamp(4s));
  EXPECT_EQ(hosts.count(kEntry, kPort, m.last()), 2U);
}

TEST(HostTable, WithoutARecordNobodyIsTheOnlyHost) {
  const HostTable hosts{8, kSeed};
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kAda, at(0s) - kInterval, stamp(-1s)));
  EXPECT_EQ(hosts.count(kEntry, kPort, stamp(-1s)), 0U);
}

TEST(HostTable, AHostThatIsNotTrackedIsNotTheOnlyOneWhereOthersAre) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kEve, at(1s) - kInterval, m.last()));
}

// --- hosts that are not known -----------------------------------------------------------------------

TEST(HostTable, AnUnknownHostIsInTheWayForAnInterval) {
  HostTable hosts{8, kSeed};
  hosts.seen(kEntry, kPort, kAda, stamp(0s), 0);
  hosts.unknown(kEntry, kPort, stamp(1s));
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kAda, at(2s) - kInterval, stamp(0s)));
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kAda, at(261s) - kInterval, stamp(200s)));
  EXPECT_TRUE(hosts.is_only(kEntry, kPort, kAda, at(262s) - kInterval, stamp(200s)));
  EXPECT_EQ(hosts.count(kEntry, kPort, stamp(0s)), 1U) << "it has no record";
}

TEST(HostTable, AnUnknownHostIsOfItsMembershipOnly) {
  HostTable hosts{8, kSeed};
  hosts.seen(kEntry, kPort, kAda, stamp(0s), 0);
  hosts.seen(kEntry + 1, kPort, kAda, stamp(1s), 0);
  hosts.unknown(kEntry, kPort, stamp(2s));
  EXPECT_TRUE(hosts.is_only(kEntry + 1, kPort, kAda, at(3s) - kInterval, stamp(1s)));
}

TEST(HostTable, TheMarkOfUnknownHostsStaysWithTheMembership) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  hosts.unknown(kEntry, kPort, stamp(1s));
  m.report(kBob, 2s);
  m.leave(kAda, 3s);
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kBob, at(4s) - kInterval, m.last()));
  m.leave(kBob, 4s);
  m.report(kEve, 5s);
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kEve, at(6s) - kInterval, m.last()));
}

TEST(HostTable, AMembershipThatNobodyWasToldOfHasUnknownHosts) {
  HostTable hosts{8, kSeed};
  hosts.seen(kEntry, kPort, kAda, stamp(5s), stamp(2s));
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kAda, at(6s) - kInterval, stamp(5s)));
  EXPECT_TRUE(hosts.is_only(kEntry, kPort, kAda, at(263s) - kInterval, stamp(200s)));
}

TEST(HostTable, ATableThatIsFullSaysSoAndKnowsThatItDoesNotKnow) {
  HostTable hosts{2, kSeed};
  OneMembership m{hosts};
  EXPECT_EQ(hosts.seen(9, 5, kEve, stamp(-1s), 0), Seen::added);
  m.report(kAda, 0s);
  EXPECT_EQ(hosts.seen(kEntry, kPort, kBob, stamp(1s), stamp(0s)), Seen::full);
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kAda, at(2s) - kInterval, stamp(1s)));
  // There is no record of this one at all.
  EXPECT_EQ(hosts.seen(8, 5, kBob, stamp(2s), 0), Seen::full);
  EXPECT_FALSE(hosts.is_only(8, 5, kBob, at(3s) - kInterval, stamp(2s)));
  // Room that comes free is used.
  EXPECT_EQ(hosts.forget_all(9, 5), 1U);
  EXPECT_EQ(hosts.seen(8, 5, kBob, stamp(4s), stamp(2s)), Seen::added);
}

TEST(HostTable, AHostThatHasLeftMakesRoomInAFullTable) {
  HostTable hosts{1, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  m.leave(kAda, 1s);
  EXPECT_EQ(hosts.seen(kEntry, kPort, kBob, stamp(2s), m.last()), Seen::added);
}

TEST(HostTable, OfNoRecordsAtAllIsFullFromTheBeginning) {
  HostTable hosts{0, kSeed};
  EXPECT_EQ(hosts.seen(kEntry, kPort, kAda, stamp(0s), 0), Seen::full);
  hosts.unknown(kEntry, kPort, stamp(1s));
  hosts.forget(kEntry, kPort, kAda, stamp(1s));
  EXPECT_EQ(hosts.forget_all(kEntry, kPort), 0U);
  EXPECT_FALSE(hosts.is_only(kEntry, kPort, kAda, at(1s), stamp(0s)));
  EXPECT_EQ(hosts.count(kEntry, kPort, stamp(0s)), 0U);
}

TEST(HostTable, OneMembershipHasNoMoreHostsThanCanBeForgottenAtOnce) {
  HostTable hosts{HostTable::kMostOfOne + 10, kSeed};
  OneMembership m{hosts};
  for (unsigned n = 0; n < HostTable::kMostOfOne; ++n) {
    m.report(host(n), Duration{n});
  }
  EXPECT_EQ(hosts.count(kEntry, kPort, m.last()), HostTable::kMostOfOne);
  EXPECT_EQ(hosts.seen(kEntry, kPort, host(HostTable::kMostOfOne), stamp(1s), m.last()), Seen::full);
  EXPECT_EQ(hosts.seen(kEntry, kPort, host(7), stamp(2s), stamp(1s)), Seen::known);
  EXPECT_EQ(hosts.forget_all(kEntry, kPort), HostTable::kMostOfOne);
  EXPECT_EQ(hosts.size(), 0U);
}

// --- time -------------------------------------------------------------------------------------------

TEST(HostTable, HostsThatAreSilentForAnIntervalExpire) {
  HostTable hosts{8, kSeed};
  OneMembership m{hosts};
  m.report(kBob, 0s);
  m.report(kEve, 100s);
  m.report(kAda, 120s);
  m.report(kAda, 300s);
  const auto expire_at = [&](Duration now) {
    hosts.expire(8, [&](EntryId entry, PortId port) {
      EXPECT_EQ(entry, kEntry);
      EXPECT_EQ(port, kPort);
      return HostTable::Term{m.last(), at(now) - kInterval};
    });
    return rows(hosts, kEntry, kPort, m.last());
  };
  EXPECT_EQ(expire_at(260s).size(), 3U);
  EXPECT_THAT(expire_at(261s),
              UnorderedElementsAre(std::pair{kAda, stamp(300s)}, std::pair{kEve, stamp(100s)}));
  EXPECT_THAT(expire_at(361s), UnorderedElementsAre(std::pair{kAda, stamp(300s)}));
  EXPECT_EQ(expire_at(560s).size(), 1U) << "her record is old, but the membership has her stamp";
  EXPECT_THAT(expire_at(561s), IsEmpty());
  EXPECT_EQ(hosts.size(), 0U);
}

TEST(HostTable, ExpiryGoesRoundInParts) {
  HostTable hosts{100, kSeed};
  for (EntryId entry = 0; entry < 60; ++entry) {
    hosts.seen(entry, kPort, kAda, stamp(0s), 0);
  }
  std::multiset<EntryId> visited;
  for (int part = 0; part < 6; ++part) {
    hosts.expire(20, [&](EntryId entry, PortId) {
      visited.insert(entry);
      return HostTable::Term{stamp(0s), at(0s)};
    });
  }
  EXPECT_EQ(visited.size(), 120U);
  for (EntryId entry = 0; entry < 60; ++entry) {
    EXPECT_EQ(visited.count(entry), 2U) << entry;
  }
}

TEST(HostTable, TheLastRecordKeepsTheMarkOfUnknownHostsUntilItIsOver) {
  HostTable hosts{8, kSeed};
  hosts.seen(kEntry, kPort, kAda, stamp(0s), 0);
  hosts.unknown(kEntry, kPort, stamp(100s));
  const auto expire_at = [&](Duration now) {
    hosts.expire(8, [&](EntryId, PortId) { return HostTable::Term{stamp(0s), at(now) - kInterval}; });
    return hosts.size();
  };
  EXPECT_EQ(expire_at(300s), 1U);
  EXPECT_EQ(expire_at(361s), 0U);
}

// --- rows -------------------------------------------------------------------------------------------

TEST(HostTable, RowsGiveAddressesAsTheyCame) {
  HostTable hosts{8, kSeed};
  const Host v6{MacAddress{0x0210'2030'4050}, {0xfe80'0000'0000'0000, 0x1234'56ff'fe78'9abc}};
  const Host unspecified_v6{MacAddress{0x0210'2030'4051}, {}};
  const Host unspecified_v4{MacAddress{0x0210'2030'4052}, IpAddress::from({})};
  const Host highest{MacAddress{0xfeff'ffff'ffff}, IpAddress::from(Ipv4Address::of(223, 255, 255, 254))};
  Stamp n = 100;
  for (const Host& h : {v6, unspecified_v6, unspecified_v4, highest}) {
    hosts.seen(0xfffffe, 31, h, n, n);
    ++n;
  }
  EXPECT_THAT(rows(hosts, 0xfffffe, 31, n),
              UnorderedElementsAre(testing::Pair(v6, testing::_), testing::Pair(unspecified_v6, testing::_),
                                   testing::Pair(unspecified_v4, testing::_), testing::Pair(highest, n)));
}

TEST(HostTable, SinceIsTheFirstReportAndANewOneAfterALeave) {
  HostTable hosts{8, kSeed};
  hosts.seen(kEntry, kPort, kAda, stamp(0s), 0);
  hosts.seen(kEntry, kPort, kBob, stamp(1s), stamp(0s));
  hosts.seen(kEntry, kPort, kAda, stamp(2s), stamp(1s));
  HostView view;
  ASSERT_TRUE(hosts.snapshot(0, view));
  EXPECT_EQ(view.host, kAda);
  EXPECT_EQ(view.since, stamp(0s));
  hosts.forget(kEntry, kPort, kAda, stamp(3s));
  hosts.seen(kEntry, kPort, kAda, stamp(4s), stamp(2s));
  ASSERT_TRUE(hosts.snapshot(0, view));
  EXPECT_EQ(view.since, stamp(4s));
  EXPECT_FALSE(hosts.snapshot(8, view));
}

TEST(HostTable, ARecordKeepsItsPlaceWhileOthersComeAndGo) {
  HostTable hosts{64, kSeed};
  OneMembership m{hosts};
  m.report(kAda, 0s);
  for (unsigned n = 0; n < 500; ++n) {
    m.report(host(100 + n % 40), 1s + Duration{n});
    if (n % 3 == 0) {
      m.leave(host(100 + n % 40), 1s + Duration{n});
    }
    HostView view;
    ASSERT_TRUE(hosts.snapshot(0, view));
    EXPECT_EQ(view.host, kAda);
  }
}

TEST(HostTable, MemoryIsFiftyBytesAHost) { EXPECT_EQ(HostTable::memory_size(1'000'000), 50'000'004U); }

}  // namespace
}  // namespace mcswitch::table

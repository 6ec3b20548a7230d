// SPDX-License-Identifier: BSD-3-Clause
//
// Whose queries are believed, and what of them (docs/forwarding.md, "Who is believed"; RFC 2236 section 10,
// RFC 9776 sections 6.6.2 and 9.1).

#include "unit/control/bench.hpp"

namespace mcswitch::control {
namespace {

const Ipv4Address kWanted = ip("239.1.2.3");
const IpAddress kUnnumbered = kUnspecifiedV4;

PortSet report_ports_of(const Bench& bench) { return bench.vlans[kVlan].reports.load(); }

// --- specific queries (R2236-81) --------------------------------------------------------------------

// The querier is behind port 3; a station on port 5 uses its name.
TEST(Believed, ASpecificQueryInTheQueriersNameFromAnotherPortIsNot) {
  Bench bench{passive_config()};
  bench.query(3, kLow);
  bench.join(2, kWanted);
  bench.join(4, kWanted);
  bench.query(5, kLow, 100ms, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::specific_queries_ignored), 1U);
  bench.advance(5s);
  EXPECT_EQ(bench.members(kWanted), ports({2, 4}));
  bench.query(3, kLow, 100ms, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 2U);
}

TEST(Believed, ASpecificQueryInAnotherNameFromTheQueriersPortIsNot) {
  Bench bench{passive_config()};
  bench.query(3, kLow);
  bench.join(2, kWanted);
  const IpAddress names[] = {kHigh, ip("10.0.0.1"), kUnnumbered};
  for (const IpAddress& source : names) {
    bench.query(3, source, 100ms, kWanted);
  }
  EXPECT_EQ(bench.counter(ControlCounter::specific_queries_ignored), 3U);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
}

TEST(Believed, ASpecificQueryOnAConfiguredRouterPortIsOnlyIfItsSenderAsksEverybodyToo) {
  config::Config config = bench_config();
  config.ports[3].multicast_router = config::MulticastRouter::always;
  Bench bench{config};
  bench.join(2, kWanted);
  bench.query(3, kHigh, 100ms, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
  bench.query(3, kHigh);
  bench.query(3, kHigh, 100ms, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 1U);
}

TEST(Believed, ASpecificQueryIsNotWhenItsSendersGeneralQueryIsTooLongAgo) {
  Bench bench;
  bench.query(3, kHigh);
  bench.advance(200s);
  bench.join(2, kWanted);
  bench.advance(55s - 1ns);
  bench.query(3, kHigh, 20s, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 1U);
  bench.advance(1ns);
  bench.query(3, kHigh, 100ms, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 1U);
  EXPECT_EQ(bench.counter(ControlCounter::specific_queries_ignored), 1U);
}

TEST(Believed, ASpecificQueryIsNotAfterTheLinkOfItsPortWasLost) {
  Bench bench;
  bench.query(3, kHigh);
  bench.join(2, kWanted);
  bench.core.on_link(3, false, bench.clock.now());
  bench.core.on_link(3, true, bench.clock.now());
  bench.advance(1ms);
  bench.query(3, kHigh, 100ms, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
}

// Each check takes a place; who finds none keeps its interval, and that is counted.
TEST(Believed, WhatCannotBeLoweredForWantOfPlacesIsCounted) {
  Bench bench{passive_config(), 1};
  const std::size_t places = bench.groups.capacity();
  ASSERT_LT(places, 5U);
  bench.query(3, kLow);
  for (PortId port = 0; port < 6; ++port) {
    bench.join(port, kWanted);
  }
  bench.query(3, kLow, 1s, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), places);
  EXPECT_EQ(bench.counter(ControlCounter::timers_not_lowered), 6 - places);
}

// --- election (RFC 9776 section 6.6.2) --------------------------------------------------------------------

TEST(Believed, ASpecificQueryOfALowerAddressDoesNotEndOurOwn) {
  Bench bench;
  bench.query(3, kLow, 1s, kWanted);
  bench.run();
  EXPECT_EQ(bench.querier().role, membership::Role::querier);
  bench.advance(125s);
  EXPECT_FALSE(bench.general().empty());
}

TEST(Believed, ASpecificQueryDoesNotProlongTheOtherQueriersPresence) {
  Bench bench;
  bench.query(3, kLow);
  bench.advance(200s);
  bench.query(3, kLow, 1s, kWanted);
  bench.sink.sent.clear();
  bench.advance(55s);
  EXPECT_EQ(bench.querier().role, membership::Role::querier);
  EXPECT_EQ(bench.general().size(), 1U);
}

// allowed-queriers (R2236-80): it elects nobody, makes no router port, lowers nothing; and 0.0.0.0 is not in
// the list.
TEST(Believed, AQuerierThatIsNotAllowedIsNot) {
  config::Config config = bench_config();
  config.igmp.allowed_queriers = {{ip("10.0.0.8"), 31}};
  Bench bench{config};
  bench.join(2, kWanted);
  for (const char* source : {"10.0.0.7", "0.0.0.0", "10.0.0.10"}) {
    bench.query(3, ip(source));
    bench.query(3, ip(source), 100ms, kWanted);
  }
  EXPECT_EQ(bench.counter(ControlCounter::queries_not_allowed), 6U);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
  EXPECT_TRUE(report_ports_of(bench).empty());
  bench.run();
  EXPECT_EQ(bench.querier().role, membership::Role::querier);
  bench.query(3, kLow);
  bench.run();
  EXPECT_EQ(bench.querier().role, membership::Role::non_querier);
  EXPECT_EQ(report_ports_of(bench), ports({3}));
}

// --- what is adopted ------------------------------------------------------------------------------------

// The first answer, a second after the query; the next is lost; the third, 59 s after its query.
TEST(Believed, MembersMayTakeTheTimeThatTheQuerierGivesThem) {
  config::Config config = passive_config();
  config.igmp.intervals.version = 3;
  Bench bench{config};
  table::QueryMessage query = bench.query_message(3, kLow, 60800ms, kUnnumbered, 3);
  query.robustness_variable = 2;
  query.query_interval = 125s;
  const auto ask = [&] {
    query.stamp = bench.port_table[3].next_stamp(bench.clock.now());
    bench.core.on_message(query, bench.clock.now());
  };
  ask();
  bench.advance(1s);
  bench.join(2, kWanted);
  bench.advance(124s);
  ask();
  bench.advance(125s);
  ask();
  bench.advance(59s);
  EXPECT_TRUE(bench.is_member(2, kWanted));
}

// R2236-81. The querier asks each 300 s and says so; the switch would expect 125 s. A station on another port
// says less in its name, and the member that has answered keeps its stream until it is asked again.
TEST(Believed, AQueryInTheQueriersNameFromAnotherPortEndsNoMembershipEarly) {
  config::Config config = passive_config();
  config.igmp.intervals.version = 3;
  Bench bench{config};
  const auto ask = [&](PortId port, std::uint8_t robustness, Duration interval) {
    table::QueryMessage query = bench.query_message(port, kLow, 10s, kUnnumbered, 3);
    query.robustness_variable = robustness;
    query.query_interval = interval;
    bench.core.on_message(query, bench.clock.now());
  };
  for (int n = 0; n < 4; ++n) {
    ask(3, 2, 300s);
    bench.advance(1s);
    bench.join(2, kWanted);
    ask(5, 1, 1s);
    bench.advance(298s);
    EXPECT_TRUE(bench.is_member(2, kWanted)) << n;
    bench.advance(1s);
  }
  // And it keeps nobody a member for days: 7 * 31744 s.
  ask(3, 2, 300s);
  bench.advance(1s);
  ask(5, 7, 31744s);
  bench.advance(620s + kAnswerGrace);
  EXPECT_FALSE(bench.is_member(2, kWanted));
}

TEST(Believed, WhoAsksSeldomStaysTheQuerierAndItsMembersStayMembers) {
  Bench bench{passive_config()};
  const auto round = [&] {
    bench.query(3, kLow);
    bench.advance(1s);
    bench.join(2, kWanted);
  };
  round();
  bench.advance(259s);
  round();
  for (int n = 0; n < 3; ++n) {
    bench.advance(258s);
    EXPECT_TRUE(bench.is_member(2, kWanted)) << n;
    EXPECT_EQ(bench.querier().role, membership::Role::non_querier) << n;
    EXPECT_EQ(report_ports_of(bench), ports({3})) << n;
    bench.advance(1s);
    round();
  }
  EXPECT_EQ(std::count_if(bench.log.begin(), bench.log.end(),
                          [](const std::string& line) {
                            return line ==
                                   "vlan 20: 10.0.0.9 has sent no general query for 260.0 s, but "
                                   "query-interval is 125.0 s here; memberships last as its interval needs. "
                                   "Set query-interval to that of the querier";
                          }),
            1);
}

// A leave makes it ask about a group; its port goes on being a router port until its next general query.
TEST(Believed, AQuestionAboutAGroupDoesNotMakeAnybodyForgetThatItsSenderAsksSeldom) {
  Bench bench{passive_config()};
  bench.query(3, kLow);
  bench.advance(500s);
  bench.query(3, kLow);
  bench.advance(1s);
  bench.query(3, kLow, 1s, kWanted);
  bench.advance(498s);
  EXPECT_EQ(report_ports_of(bench), ports({3}));
}

// --- without an address (RFC 4541 section 2.1.1(1b))
// --------------------------------------------------------

TEST(Unnumbered, ItsPortIsARouterPortAndItsSpecificQueriesCountWhileNobodyElseAsks) {
  Bench bench{passive_config()};
  bench.query(3, kUnnumbered);
  bench.join(2, kWanted);
  EXPECT_EQ(report_ports_of(bench), ports({3}));
  EXPECT_EQ(bench.vlans[kVlan].registered.load(), ports({3}));
  bench.query(5, kUnnumbered, 500ms, kWanted);  // where nobody has asked everybody
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
  bench.query(3, kUnnumbered, 500ms, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 1U);
  bench.advance(255s);
  EXPECT_TRUE(report_ports_of(bench).empty());
}

TEST(Unnumbered, FromTheFirstQuerierWithAnAddressOnItCountsForNothing) {
  Bench bench{passive_config()};
  bench.query(3, kUnnumbered);
  bench.advance(10s);
  bench.query(4, kHigh);
  bench.join(2, kWanted);
  EXPECT_EQ(report_ports_of(bench), ports({4}));
  bench.query(3, kUnnumbered);
  bench.query(3, kUnnumbered, 500ms, kWanted);
  EXPECT_EQ(report_ports_of(bench), ports({4}));
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
  bench.advance(1ms);
  EXPECT_EQ(bench.querier().address, kHigh);
  // And when that one is gone it counts again.
  bench.advance(255s);
  EXPECT_EQ(bench.querier().role, membership::Role::off);
  bench.query(3, kUnnumbered);
  EXPECT_EQ(report_ports_of(bench), ports({3}));
}

TEST(Unnumbered, ItCountsForNothingWhileWeAreQuerierWithAnAddress) {
  Bench bench;
  bench.query(3, kUnnumbered);
  EXPECT_TRUE(report_ports_of(bench).empty());
  bench.join(2, kWanted);
  bench.query(3, kUnnumbered, 500ms, kWanted);
  EXPECT_EQ(bench.counter(ControlCounter::timers_lowered), 0U);
}

TEST(Unnumbered, TwoOfThemHearEachOther) {
  config::Config config = bench_config();
  config.igmp.querier_address = kUnspecifiedV4;
  Bench bench{config};
  bench.query(3, kUnnumbered);
  bench.run();
  EXPECT_EQ(report_ports_of(bench), ports({3}));
  EXPECT_EQ(bench.querier().role, membership::Role::querier);
  bench.query(4, kHigh);
  bench.run();
  EXPECT_EQ(report_ports_of(bench), ports({4}));
  EXPECT_EQ(bench.querier().role, membership::Role::non_querier);
}

TEST(Unnumbered, OnAPortThatIsNeverARouterPortItIsNone) {
  config::Config config = passive_config();
  config.ports[3].multicast_router = config::MulticastRouter::never;
  Bench bench{config};
  bench.query(3, kUnnumbered);
  bench.run();
  EXPECT_TRUE(report_ports_of(bench).empty());
  EXPECT_EQ(bench.querier().role, membership::Role::non_querier);
}

}  // namespace
}  // namespace mcswitch::control

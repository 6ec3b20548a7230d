// SPDX-License-Identifier: BSD-3-Clause
//
// The core as Querier: what it sends, where and when (RFC 2236 sections 3, 7, 8, 9).

#include "unit/control/bench.hpp"

namespace mcswitch::control::own_querier_test {
namespace {

const Ipv4Address kGroup = ip("239.1.2.3");

std::vector<Duration> times(const std::vector<Sent>& queries) {
  std::vector<Duration> times;
  for (const Sent& s : queries) {
    times.push_back(s.at);
  }
  return times;
}

// R2236-10, -13, -14.
TEST(OwnQuerier, QueriesAtItsStartAndGoesOnWithTheStartupAndTheQueryInterval) {
  Bench bench;
  bench.advance(290s);
  EXPECT_EQ(times(bench.general()), (std::vector<Duration>{31250ms, 156250ms, 281250ms}));
  EXPECT_EQ(times(bench.general(kOtherVlan)), times(bench.general()));
}

TEST(OwnQuerier, TheFirstQueryReachesEachPortOnceWhetherItsLinkIsSeenBeforeTheStartOrBehindIt) {
  Bench bench;  // for its clock
  table::Tables tables{{.max_groups = 16, .max_macs = 16, .ports = kPortCount}};
  RecordingSink sink{bench.clock};
  ControlCore core{bench_config(),
                   kSwitchMac,
                   tables,
                   {.sink = sink, .grace_period = bench.grace},
                   [](LogLevel, const std::string&) {}};
  core.on_link(2, true, bench.clock.now());
  EXPECT_TRUE(sink.sent.empty());
  core.start(bench.clock.now());
  core.on_link(5, true, bench.clock.now());
  core.run(bench.clock.now());
  ASSERT_EQ(sink.sent.size(), 2U);
  EXPECT_EQ(sink.sent[0].ports, ports({2}));
  EXPECT_EQ(sink.sent[1].ports, ports({5}));
}

// R2236-15, -59.
TEST(OwnQuerier, AGeneralQueryIsAsRfc2236Wants) {
  Bench bench;
  bench.advance(32s);
  ASSERT_EQ(bench.general().size(), 1U);
  const Sent query = bench.general()[0];
  EXPECT_EQ(query.ports, kAll);
  EXPECT_EQ(query.source_mac, kSwitchMac);
  EXPECT_EQ(query.destination_mac, multicast_mac(kAllSystems));
  EXPECT_EQ(query.source, kOwn);
  EXPECT_EQ(query.destination, kAllSystems);
  EXPECT_EQ(query.version, 2);
  EXPECT_EQ(query.code, 100);
}

// R2236-17, -59; SEED-1: 10 means one second.
TEST(OwnQuerier, ASpecificQueryGoesToTheGroupAndGivesTheLastMemberQueryInterval) {
  Bench bench;
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  ASSERT_EQ(bench.asked(kGroup).size(), 1U);
  const Sent query = bench.asked(kGroup)[0];
  EXPECT_EQ(query.ports, ports({2}));
  EXPECT_EQ(query.vlan, kVlan);
  EXPECT_EQ(query.source, kOwn);
  EXPECT_EQ(query.destination, kGroup);
  EXPECT_EQ(query.destination_mac, MacAddress{0x01005e010203});
  EXPECT_EQ(query.code, 10);
}

// R2236-44, -45.
TEST(OwnQuerier, InVersion1ModeTheMaxResponseTimeIs0) {
  config::Config config = bench_config();
  config.igmp.intervals.version = 1;
  Bench bench{config};
  bench.advance(32s);
  ASSERT_EQ(bench.general().size(), 1U);
  EXPECT_EQ(bench.general()[0].code, 0);
  EXPECT_EQ(bench.general()[0].version, 1);
  EXPECT_EQ(bench.querier().version, 1);
}

// RFC 9776 section 6.1.
TEST(OwnQuerier, Version3IsQueriedAsSuchWithoutANotice) {
  config::Config config = bench_config();
  config.igmp.intervals.version = 3;
  Bench bench{config};
  std::vector<std::string> notices;
  ControlCore core{config,
                   kSwitchMac,
                   bench.tables,
                   {.sink = bench.sink, .grace_period = bench.grace},
                   [&](LogLevel, const std::string& line) { notices.push_back(line); }};
  core.start(bench.clock.now());
  EXPECT_EQ(std::count_if(notices.begin(), notices.end(),
                          [](const std::string& line) { return line.find("version 3") != line.npos; }),
            0);
  bench.advance(32s);
  ASSERT_FALSE(bench.general().empty());
  EXPECT_EQ(bench.general()[0].version, 3);
}

// R2236-11 to -13, over the whole core.
TEST(OwnQuerier, IsSilentWhileALowerAddressQueriesAndResumesAtOnceWhenThatIsGone) {
  Bench bench;
  bench.advance(1s);
  bench.query(3, kLow);
  bench.advance(255s - 1ms);
  EXPECT_TRUE(bench.general().empty());
  EXPECT_EQ(bench.general(kOtherVlan).size(), 2U);  // an election is its VLAN's alone
  bench.advance(1ms);
  EXPECT_EQ(times(bench.general()), std::vector<Duration>{256s});
  bench.advance(125s);
  EXPECT_EQ(times(bench.general()), (std::vector<Duration>{256s, 381s}));
}

// R2236-16.
TEST(OwnQuerier, ItsOwnQueriesComingBackChangeNothing) {
  Bench bench;
  table::QueryMessage query = bench.query_message(3, kLow);
  query.source_mac = kSwitchMac;
  bench.core.on_message(query, bench.clock.now());
  EXPECT_EQ(bench.counter(ControlCounter::queries_looped), 1U);
  bench.run();
  EXPECT_EQ(bench.querier().role, membership::Role::querier);
  EXPECT_TRUE(bench.vlans[kVlan].registered.load().empty());
}

// A ring that is full delays a general query; it is not lost, and it does not pile up.
TEST(OwnQuerier, AGeneralQueryThatFoundNoRoomGoesOutOnceAsSoonAsThereIs) {
  Bench bench;
  bench.sink.full = true;
  bench.advance(200s);  // two of them
  EXPECT_TRUE(bench.general().empty());
  EXPECT_GT(bench.counter(ControlCounter::queries_delayed), 0U);
  bench.sink.full = false;
  bench.advance(1ms);
  ASSERT_EQ(bench.general().size(), 1U);
  EXPECT_EQ(bench.general()[0].ports, kAll);
}

TEST(OwnQuerier, AGeneralQueryThatWaitedIsDroppedWhenTheElectionIsLostMeanwhile) {
  Bench bench;
  bench.sink.full = true;
  bench.advance(32s);
  bench.query(3, kLow);
  bench.query(6, kLow);
  bench.sink.full = false;
  bench.advance(10ms);
  EXPECT_TRUE(bench.sink.sent.empty());
}

// A VLAN that is not snooped cannot follow an election, so it has no querier.
TEST(OwnQuerier, DoesNotQueryWhereNothingIsSnooped) {
  config::Config config = bench_config();
  config.snooping.mode = config::SnoopingMode::off;
  Bench off{config};
  off.advance(300s);
  EXPECT_TRUE(off.sink.sent.empty());
  EXPECT_EQ(off.querier().role, membership::Role::off);
}

TEST(OwnQuerier, QueriesWhileItObserves) {
  config::Config config = bench_config();
  config.snooping.mode = config::SnoopingMode::observe;
  Bench bench{config};
  bench.advance(32s);
  EXPECT_EQ(bench.general().size(), 1U);
}

// R2236-46: logged, rate limited; counted each time.
TEST(OwnQuerier, WarnsOfQueriesOfAnotherVersionOnceAMinuteAndVlan) {
  Bench bench;
  for (int i = 0; i < 10; ++i) {
    bench.query(3, kHigh, 10s, {}, 1);
  }
  EXPECT_EQ(bench.log.size(), 1U);
  EXPECT_EQ(bench.counter(ControlCounter::queries_of_other_version), 10U);
  bench.query(7, kHigh, 10s, {}, 1);
  EXPECT_EQ(bench.log.size(), 2U);
  bench.advance(60s);
  bench.query(3, kHigh, 10s, {}, 1);
  EXPECT_EQ(bench.log.size(), 3U);
}

}  // namespace
}  // namespace mcswitch::control::own_querier_test

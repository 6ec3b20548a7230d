// SPDX-License-Identifier: BSD-3-Clause
//
// What workers leave in PortState::attention, and ageing.

#include "unit/control/bench.hpp"

namespace mcswitch::control {
namespace {

TEST(Attention, APortThatLostALeaveIsAskedByAGeneralQuery) {
  Bench bench;
  bench.port_table[2].attention.fetch_or(table::kLeaveLost);
  bench.run();
  ASSERT_EQ(bench.general().size(), 1U);
  EXPECT_EQ(bench.general()[0].ports, ports({2}));
  EXPECT_EQ(bench.port_table[2].attention.load(), 0U);
}

TEST(Attention, ALostLeaveIsNotAskedAboutWhileAnotherIsQuerier) {
  Bench bench;
  bench.query(3, kLow);
  bench.port_table[2].attention.fetch_or(table::kLeaveLost);
  bench.advance(5s);
  EXPECT_TRUE(bench.general().empty());
}

// A ring that is full all the time must not make a storm of queries.
TEST(Attention, APortThatKeepsLosingLeavesIsAskedOnceASecond) {
  Bench bench;
  for (int i = 0; i < 2999; ++i) {
    bench.port_table[2].attention.fetch_or(table::kLeaveLost);
    bench.advance(1ms);
  }
  EXPECT_EQ(bench.general().size(), 3U);
  bench.advance(5s);  // the last one was not forgotten
  EXPECT_EQ(bench.general().size(), 4U);
}

TEST(Attention, ALostQueryAsksForNothing) {
  Bench bench;
  bench.port_table[2].attention.fetch_or(table::kQueryLost);
  bench.advance(1s);
  EXPECT_TRUE(bench.sink.sent.empty());
  EXPECT_EQ(bench.port_table[2].attention.load(), 0U);
}

// The device did not take a query: the hosts behind it have not been asked, and must not be pruned.
TEST(Attention, APortThatCouldNotBeAskedIsAskedAtOnceAndHeldUntilItHasBeen) {
  config::Config config = bench_config();
  config.snooping.unregistered = config::Unregistered::automatic;
  Bench bench{config};
  bench.advance(100s);
  ASSERT_EQ(bench.vlans[kVlan].unregistered.load(), PortSet{}) << "nothing is held any more";
  bench.sink.sent.clear();
  bench.port_table[2].attention.fetch_or(table::kNotAsked);
  bench.run();
  ASSERT_EQ(bench.general().size(), 1U);
  EXPECT_EQ(bench.general()[0].ports, ports({2}));
  EXPECT_EQ(bench.vlans[kVlan].unregistered.load(), ports({2}));
  EXPECT_EQ(bench.port_table[2].attention.load(), 0U);
  bench.advance(100s);
  EXPECT_EQ(bench.vlans[kVlan].unregistered.load(), PortSet{}) << "it has been asked";
}

// A device that takes nothing at all must not make a storm of queries either, and is held all the time.
TEST(Attention, APortThatTakesNothingIsAskedOnceASecondAndHeld) {
  config::Config config = bench_config();
  config.snooping.unregistered = config::Unregistered::automatic;
  Bench bench{config};
  bench.advance(100s);
  bench.sink.sent.clear();
  for (int i = 0; i < 2999; ++i) {
    bench.port_table[2].attention.fetch_or(table::kNotAsked);
    bench.advance(1ms);
    EXPECT_EQ(bench.vlans[kVlan].unregistered.load(), ports({2}));
  }
  EXPECT_EQ(bench.general().size(), 3U);
}

// Another one's queries are none of ours.
TEST(Attention, APortThatCouldNotBeAskedIsLeftAsItIsWhileAnotherIsQuerier) {
  Bench bench;
  bench.query(3, kLow);
  bench.port_table[2].attention.fetch_or(table::kNotAsked);
  bench.advance(5s);
  EXPECT_TRUE(bench.general().empty());
  EXPECT_EQ(bench.port_table[2].attention.load(), 0U);
}

TEST(Attention, ARefusedJoinIsSaidOnceUntilThereIsRoomAgain) {
  Bench bench{bench_config(), 2};
  bench.join(2, ip("239.0.0.1"));
  bench.join(2, ip("239.0.0.2"));
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(bench.join(4, ip("239.0.0.3")), table::JoinResult::refused_table_full);
    bench.port_table[4].attention.fetch_or(table::kRefusedTableFull);
    bench.advance(1s);
    bench.join(2, ip("239.0.0.1"));
    bench.join(2, ip("239.0.0.2"));
  }
  ASSERT_EQ(bench.log.size(), 1U);
  EXPECT_NE(bench.log[0].find("p4"), std::string::npos);

  bench.leave(2, ip("239.0.0.1"));
  bench.advance(5s);  // room
  bench.join(2, ip("239.0.0.1"));
  bench.port_table[4].attention.fetch_or(table::kRefusedTableFull);
  bench.run();
  EXPECT_EQ(bench.log.size(), 2U);
}

TEST(Attention, RoomThatComesAndGoesDoesNotFillTheLog) {
  Bench bench{bench_config(), 1};
  for (int i = 0; i < 59; ++i) {
    bench.port_table[4].attention.fetch_or(table::kRefusedTableFull);
    bench.advance(1s);
  }
  EXPECT_EQ(bench.log.size(), 1U);
}

TEST(Ageing, AMacAddressGoesWhenItHasNotBeenSeenForItsTime) {
  config::Config config = bench_config();
  config.sw.mac_aging_time = 20s;
  Bench bench{config};
  bench.macs.learn(kVlan, MacAddress{0x020000000001}, 2, bench.clock.now());
  bench.advance(20s - 10ms);
  EXPECT_TRUE(bench.macs.find(kVlan, MacAddress{0x020000000001}).has_value());
  bench.advance(2500ms + 20ms);
  EXPECT_FALSE(bench.macs.find(kVlan, MacAddress{0x020000000001}).has_value());
}

TEST(Ageing, AMacAddressThatIsSeenStays) {
  config::Config config = bench_config();
  config.sw.mac_aging_time = 20s;
  Bench bench{config};
  for (int i = 0; i < 10; ++i) {
    bench.macs.learn(kVlan, MacAddress{0x020000000001}, 2, bench.clock.now());
    bench.advance(15s);
    EXPECT_TRUE(bench.macs.find(kVlan, MacAddress{0x020000000001}).has_value());
  }
}

}  // namespace
}  // namespace mcswitch::control

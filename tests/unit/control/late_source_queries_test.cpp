// SPDX-License-Identifier: BSD-3-Clause
//
// Nobody loses a source without having been asked in time (RFC 9776 section 6.4.2: "It is not until after
// Last Member Query Time seconds without receiving a record"): a source query that is late makes the source
// timer wait.

#include <array>

#include "membership/intervals.hpp"
#include "unit/control/bench.hpp"

namespace mcswitch::control::late_source_queries_test {
namespace {

const Ipv4Address kGroup = ip("239.1.2.3");
const Ipv4Address kA = ip("10.9.9.1");
constexpr std::array<std::uint8_t, 4> kListOfA{10, 9, 9, 1};

class LateSourceQueries : public testing::Test {
 protected:
  static config::Config version_3() {
    config::Config config = bench_config();
    config.igmp.intervals.version = 3;
    return config;
  }

  LateSourceQueries() {
    request();
    bench.run();
  }
  // ALLOW({A}), as its worker does it.
  void request() {
    bench.groups.join_source(Bench::key(2, kGroup), kA, 2, bench.port_table[2].next_stamp(bench.clock.now()));
  }
  void block(Ipv4Address group = kGroup) {
    table::RecordMessage record{{.port = 2,
                                 .version = 3,
                                 .vlan = kVlan,
                                 .stamp = bench.port_table[2].next_stamp(bench.clock.now()),
                                 .group = group,
                                 .source_address = ip("10.0.0.77"),
                                 .source_mac = MacAddress{0x02'00'00'00'07'01}}};
    record.type = static_cast<std::uint8_t>(proto::RecordType::block_old_sources);
    record.sources.set(AddressList::of_v4(kListOfA));
    bench.core.on_message(record, bench.clock.now());
  }
  [[nodiscard]] bool is_requested() const {
    const table::EntryId group = bench.groups.find_entry(Bench::key(2, kGroup));
    return group != table::kNoEntry &&
           bench.groups.find_source(table::EntryKind::requested, group, kA) != table::kNoEntry;
  }

  Bench bench{version_3()};
};

// B1: the first query has no room for 1.8 s, of a Last Member Query Time of 2 s.
TEST_F(LateSourceQueries, ASourceIsAskedAboutTwiceHoweverLongTheRingWasFull) {
  bench.sink.full = true;
  block();
  bench.advance(1800ms);
  bench.sink.full = false;
  bench.advance(1ms);
  ASSERT_EQ(bench.asked(kGroup).size(), 1U);
  bench.advance(1s);
  EXPECT_EQ(bench.asked(kGroup).size(), 2U);
  bench.advance(1s - 2ms);
  EXPECT_TRUE(is_requested());
  bench.advance(2ms + kAnswerGrace);
  EXPECT_FALSE(is_requested());
  EXPECT_EQ(bench.asked(kGroup).size(), 2U);
}

TEST_F(LateSourceQueries, ASecondQueryThatIsLateCountsLikewise) {
  block();
  bench.advance(999ms);
  bench.sink.full = true;
  bench.advance(10s);
  EXPECT_TRUE(is_requested());
  bench.sink.full = false;
  bench.advance(1ms);
  ASSERT_EQ(bench.asked(kGroup).size(), 2U);
  bench.advance(990ms);
  request();  // its answer
  bench.advance(10s);
  EXPECT_TRUE(is_requested());
}

// The control thread had no time: the same.
TEST_F(LateSourceQueries, ARunThatIsLateMovesTheEndToo) {
  block();
  bench.clock.advance(1700ms);
  bench.run();
  ASSERT_EQ(bench.asked(kGroup).size(), 2U);
  bench.advance(1s - 1ms);
  EXPECT_TRUE(is_requested());
  bench.advance(1ms + kAnswerGrace);
  EXPECT_FALSE(is_requested());
}

// Whoever has set the end asks himself.
TEST_F(LateSourceQueries, AnEndThatAnotherQuerierHasSetDoesNotWait) {
  bench.query(3, kLow, 10s, {}, 3);
  bench.sink.full = true;
  table::QueryMessage query = bench.query_message(3, kLow, 1s, kGroup, 3);
  query.sources.set(AddressList::of_v4(kListOfA));
  bench.core.on_message(query, bench.clock.now());
  bench.advance(2s + kAnswerGrace + 1ms);
  EXPECT_FALSE(is_requested());
}

// More checks than one run() looks at: the timers of the others are due before their queries have left.
TEST_F(LateSourceQueries, ManyGroupsAtOnceAreAllAskedAboutInTime) {
  constexpr std::uint32_t kCount = 300;
  const auto group_of = [](std::uint32_t n) { return Ipv4Address{0xef010000 + n}; };
  for (std::uint32_t n = 0; n < kCount; ++n) {
    bench.groups.join_source(Bench::key(2, group_of(n)), kA, 2,
                             bench.port_table[2].next_stamp(bench.clock.now()));
  }
  bench.run();
  bench.sink.full = true;
  for (std::uint32_t n = 0; n < kCount; ++n) {
    block(group_of(n));
  }
  bench.sink.full = false;
  bench.clock.advance(5s);
  bench.run();
  EXPECT_EQ(bench.sink.sent.size(), kCount);
  bench.advance(2s - 1ms);
  EXPECT_EQ(bench.sink.sent.size(), 2 * kCount);
  EXPECT_EQ(bench.counter(ControlCounter::memberships_left), 0U);
  bench.advance(1ms + kAnswerGrace);
  EXPECT_EQ(bench.counter(ControlCounter::memberships_left), kCount);
}

}  // namespace
}  // namespace mcswitch::control::late_source_queries_test

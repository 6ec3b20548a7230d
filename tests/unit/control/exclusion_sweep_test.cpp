// SPDX-License-Identifier: BSD-3-Clause
//
// The end of an exclusion that was lost in a full ring is a lost join: the exclusion ends all the same.

#include <stdexcept>
#include <vector>

#include "unit/control/bench.hpp"
#include "unit/control/source_lab.hpp"

namespace mcswitch::control {
namespace {

using enum RecordType;

class LostJoins : public testing::Test {
 protected:
  static config::Config small() {
    config::Config config = passive_lab_config();  // nobody asks
    config.sw.max_groups = 4000;
    return config;
  }
  SourceLab lab{small()};
};

constexpr int kGroups = 60;
Ipv4Address group_of(int n) { return Ipv4Address{0xef020000U + static_cast<std::uint32_t>(n)}; }

// One burst of another host fills the ring, then somebody who wants A reports.
void report_behind_a_full_ring(SourceLab& lab, const test::Bytes& report) {
  std::vector<test::Bytes> burst;
  for (int n = 0; n < 24; ++n) {
    std::vector<test::V3Record> records;
    for (int group = 0; group < kGroups; ++group) {
      records.push_back(
          {.type = static_cast<std::uint8_t>(block_old_sources), .group = group_of(group), .sources = {kD}});
    }
    burst.push_back(test::v3_report(records, {.source_mac = kHostOne}));
  }
  burst.push_back(report);
  lab.engine.receive_burst(2, burst);
}

// B5: groups that are there, so that each BLOCK is a message. The ring has 1024.
void have_groups(SourceLab& lab) {
  for (int n = 0; n < kGroups; ++n) {
    lab.record(3, mode_is_exclude, {}, kHostOne, group_of(n));
  }
}

TEST_F(LostJoins, AVersion2ReportEndsTheExclusions) {
  have_groups(lab);
  lab.record(2, change_to_exclude_mode, {kA, kB});
  ASSERT_EQ(lab.gets(2), "CD");
  report_behind_a_full_ring(lab, test::v2_report(kGroup, {.source_mac = kHostTwo}));
  ASSERT_EQ(lab.engine.counters(2).events[PortEvent::exclusions_lost].value(), 1U);
  EXPECT_EQ(lab.gets(2), "ABCD");
  EXPECT_EQ(lab.counter(ControlCounter::exclusions_ended), 2U);
}

TEST_F(LostJoins, AnEmptyExcludeEndsTheExclusions) {
  have_groups(lab);
  lab.record(2, change_to_exclude_mode, {kA});
  report_behind_a_full_ring(
      lab, test::v3_report({{.type = static_cast<std::uint8_t>(mode_is_exclude), .group = kGroup}},
                           {.source_mac = kHostTwo}));
  EXPECT_EQ(lab.gets(2), "ABCD");
}

// It wanted B excluded; more than was asked for, until it reports again.
TEST_F(LostJoins, AnotherListEndsTheOneBefore) {
  have_groups(lab);
  lab.record(2, change_to_exclude_mode, {kA});
  report_behind_a_full_ring(
      lab,
      test::v3_report(
          {{.type = static_cast<std::uint8_t>(change_to_exclude_mode), .group = kGroup, .sources = {kB}}},
          {.source_mac = kHostTwo}));
  EXPECT_EQ(lab.gets(2), "ABCD");
}

TEST_F(LostJoins, OtherExclusionsStay) {
  have_groups(lab);
  lab.record(2, change_to_exclude_mode, {kA});
  lab.record(2, change_to_exclude_mode, {kA, kC}, kHostOne, kSameMac);
  lab.record(4, change_to_exclude_mode, {kA});
  report_behind_a_full_ring(lab, test::v2_report(kGroup, {.source_mac = kHostTwo}));
  EXPECT_EQ(lab.gets(2), "ABCD");
  EXPECT_EQ(lab.gets(4), "BCD");
  EXPECT_FALSE(lab.egress(kA, kSameMac).contains(2));
  EXPECT_FALSE(lab.egress(kC, kSameMac).contains(2));
  EXPECT_EQ(lab.counter(ControlCounter::exclusions_ended), 1U);
}

// What nobody has takes nothing of the ring that all ports of a worker share.
TEST_F(LostJoins, AFloodAboutGroupsThatNobodyHasLosesNothing) {
  lab.record(2, change_to_exclude_mode, {kA});
  report_behind_a_full_ring(lab, test::v2_report(kGroup, {.source_mac = kHostTwo}));
  EXPECT_EQ(lab.gets(2), "ABCD");
  EXPECT_EQ(lab.engine.counters(2).events[PortEvent::exclusions_lost].value(), 0U);
  EXPECT_EQ(lab.engine.counters(2).events[PortEvent::leaves_lost].value(), 0U);
  EXPECT_EQ(lab.engine.counters(2).events[PortEvent::leaves_without_group].value(), 24U * kGroups);
}

// A join that is on its way to the control thread is nobody's yet; the leave behind it counts all the same.
TEST_F(LostJoins, ALeaveBehindAnExcludeOfTheSameBurstIsNotOneOfNobody) {
  config::Config config = lab_config();
  SourceLab querier{config};
  const auto report = [](RecordType type, const List& sources) {
    return test::v3_report({{.type = static_cast<std::uint8_t>(type), .group = kGroup, .sources = sources}});
  };
  querier.engine.receive_burst(
      2, std::vector{report(change_to_exclude_mode, {kA}), report(change_to_include_mode, {})});
  EXPECT_EQ(querier.asked().size(), 1U);
  querier.advance(3s);
  EXPECT_EQ(querier.gets(2), "");
}

// --- a report that comes before the walk has come by ------------------------------------------------------

// Port 2 excludes A and B. Then somebody who wants any source reports, and that is lost; what his worker does
// about it is done here by hand.
struct LostJoin {
  // More than one slice of the walk in front of the group.
  LostJoin() {
    for (std::uint32_t n = 0; n < 2000; ++n) {
      bench.join(3, Ipv4Address{0xef030000U + n});
    }
    bench.run();
    handle(record(change_to_exclude_mode, {kA, kB}));
    bench.run();
    if (!excludes(kA) || !excludes(kB)) {
      throw std::logic_error{"port 2 should exclude A and B"};
    }
    bench.groups.join(key, 2, bench.port_table[2].next_stamp(bench.clock.now()), 3);
    bench.port_table[2].attention.fetch_or(table::kJoinLost | table::kLeaveLost);
  }

  // As a worker makes it.
  table::RecordMessage record(RecordType type, const std::vector<Ipv4Address>& sources) {
    table::RecordMessage message{{.port = 2,
                                  .version = 3,
                                  .vlan = kVlan,
                                  .stamp = bench.port_table[2].next_stamp(bench.clock.now()),
                                  .group = kGroup,
                                  .source_address = ip("10.0.0.77"),
                                  .source_mac = kHostOne}};
    message.type = static_cast<std::uint8_t>(type);
    message.is_exclude = type == mode_is_exclude || type == change_to_exclude_mode;
    const table::EntryId id = bench.groups.find_entry(key);
    if (id != table::kNoEntry && bench.groups.ports(id).contains(2)) {
      message.previous_report = bench.groups.membership(id, 2).stamp.load();
      if (message.is_exclude) {
        bench.groups.join(key, 2, message.stamp, 3);
      }
    }
    std::vector<std::uint8_t> bytes;
    for (const Ipv4Address source : sources) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(source.bits >> shift));
      }
    }
    message.sources.set(AddressList::of_v4(bytes));
    return message;
  }
  void handle(const table::RecordMessage& message) {
    bench.core.on_message(message, bench.clock.now());
    bench.clock.advance(1ms);
  }
  [[nodiscard]] bool has(table::EntryKind kind, Ipv4Address source) const {
    const table::EntryId id = bench.groups.find_source(kind, bench.groups.find_entry(key), source);
    return id != table::kNoEntry && bench.groups.ports(id).contains(2);
  }
  [[nodiscard]] bool excludes(Ipv4Address source) const {
    return has(table::EntryKind::excluded, source) && !has(table::EntryKind::requested, source);
  }

  Bench bench{passive_config(), 8000};
  const table::GroupKey key{kVlan, kGroup};
};

TEST(LostJoinAndTheWalk, AReportOfTheOtherHostDoesNotUndoIt) {
  LostJoin lost;
  lost.handle(lost.record(mode_is_exclude, {kA, kB}));
  EXPECT_FALSE(lost.excludes(kA));
  EXPECT_FALSE(lost.excludes(kB));
  lost.bench.run();
  EXPECT_FALSE(lost.excludes(kA));
  EXPECT_FALSE(lost.excludes(kB));
  EXPECT_EQ(lost.bench.counter(ControlCounter::exclusions_ended), 2U);
}

TEST(LostJoinAndTheWalk, AReportInTheMiddleOfItDoesNotUndoIt) {
  LostJoin lost;
  lost.bench.core.run(lost.bench.clock.now());
  ASSERT_TRUE(lost.excludes(kA)) << "the walk has come by already";
  lost.handle(lost.record(change_to_exclude_mode, {kA}));
  lost.bench.run();
  EXPECT_FALSE(lost.excludes(kA));
  EXPECT_FALSE(lost.excludes(kB));
}

// In mode EXCLUDE each row lists anew what stays excluded.
TEST(LostJoinAndTheWalk, ARecordOfWhateverTypeDoesNotUndoIt) {
  for (const RecordType type : {allow_new_sources, block_old_sources, change_to_include_mode}) {
    SCOPED_TRACE(static_cast<int>(type));
    LostJoin lost;
    lost.handle(lost.record(type, {kC}));
    lost.bench.run();
    EXPECT_FALSE(lost.excludes(kA));
    EXPECT_FALSE(lost.excludes(kB));
  }
}

// What is older than the join that was lost ends, and nothing else.
TEST(LostJoinAndTheWalk, WhatIsReportedLaterStaysExcluded) {
  LostJoin lost;
  lost.handle(lost.record(mode_is_exclude, {kD}));
  lost.handle(lost.record(mode_is_exclude, {kD}));
  lost.bench.run();
  EXPECT_TRUE(lost.has(table::EntryKind::excluded, kD));
  EXPECT_FALSE(lost.excludes(kA));
  EXPECT_FALSE(lost.excludes(kB));
}

}  // namespace
}  // namespace mcswitch::control

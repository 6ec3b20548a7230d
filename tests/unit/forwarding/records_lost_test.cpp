// SPDX-License-Identifier: BSD-3-Clause
//
// Records of version 3 that do not reach the control thread: a join is never lost, and what is lost is
// counted and asked about.

#include "unit/forwarding/record_bench.hpp"

namespace mcswitch::forwarding {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// --- a full ring ----------------------------------------------------------------------------------

TEST(RecordsAndAFullRing, AListOfExcludedSourcesBecomesAnySource) {
  for (const RecordType type : {RecordType::mode_is_exclude, RecordType::change_to_exclude_mode}) {
    RecordBench bench{{.ring = 4}};
    bench.fill_ring();
    bench.report(type, {kA, kB});
    EXPECT_EQ(bench.members(kGroup), ports({kPort}));
    EXPECT_FALSE(bench.groups.find_v4(10, kGroup).has_sources());
    EXPECT_EQ(bench.count(kPort, PortEvent::excludes_widened), 1U);
    EXPECT_EQ(bench.count(kPort, PortEvent::joins), 1U);
    EXPECT_EQ(bench.port_table[kPort].attention, table::kLeaveLost);
    EXPECT_THAT(bench.take_messages(), SizeIs(4));
  }
}

// Where the port has it already nothing is widened; what it does not want any more is asked about.
TEST(RecordsAndAFullRing, AListOfExcludedSourcesOfAPortThatWantsAnyIsLost) {
  RecordBench bench{{.ring = 4}};
  bench.receive(kPort, test::v2_report(kGroup));
  bench.fill_ring();
  const Stamp now = stamp_at(bench.clock.now());
  bench.report(RecordType::change_to_exclude_mode, {kA});
  EXPECT_EQ(bench.membership(kPort, kGroup).stamp, now);
  EXPECT_EQ(bench.count(kPort, PortEvent::excludes_widened), 0U);
  EXPECT_EQ(bench.count(kPort, PortEvent::leaves_lost), 1U);
  EXPECT_EQ(bench.port_table[kPort].attention, table::kLeaveLost | table::kJoinLost);
  EXPECT_EQ(bench.count(kPort, PortEvent::exclusions_lost), 1U);
}

// B5: sources that the port excludes no more are joined by it, and a join must not be lost.
TEST(RecordsAndAFullRing, TheEndOfExclusionsIsFlaggedAsAJoin) {
  for (const bool is_v3 : {true, false}) {
    RecordBench bench{{.ring = 4}};
    bench.report(RecordType::allow_new_sources, {kA});  // there are sources, whosever
    bench.fill_ring();
    if (is_v3) {
      bench.report(RecordType::mode_is_exclude, {});
    } else {
      bench.receive(kPort, test::v2_report(kGroup));
    }
    EXPECT_EQ(bench.port_table[kPort].attention, table::kLeaveLost | table::kJoinLost);
    EXPECT_EQ(bench.count(kPort, PortEvent::exclusions_lost), 1U);
  }
}

// It asked for any source, and gets it: no more than that.
TEST(RecordsAndAFullRing, AnEmptyListIsJoinedOnceAndNotWidened) {
  RecordBench bench{{.ring = 4}};
  bench.report(RecordType::allow_new_sources, {kA});
  bench.fill_ring();
  bench.report(RecordType::change_to_exclude_mode, {});
  EXPECT_EQ(bench.members(kGroup), ports({kPort}));
  EXPECT_EQ(bench.count(kPort, PortEvent::joins), 2U);
  EXPECT_EQ(bench.count(kPort, PortEvent::refreshes), 0U);
  EXPECT_EQ(bench.count(kPort, PortEvent::excludes_widened), 0U);
  EXPECT_EQ(bench.count(kPort, PortEvent::leaves_lost), 1U);
}

TEST(RecordsAndAFullRing, WhatTakesAwayIsLostCountedAndFlagged) {
  for (const RecordType type : {RecordType::block_old_sources, RecordType::change_to_include_mode}) {
    RecordBench bench{{.ring = 4}};
    bench.report(RecordType::allow_new_sources, {kA, kB});
    bench.fill_ring();
    EXPECT_EQ(bench.report(type, {kA}), ports({5}));
    EXPECT_EQ(bench.requested(kA), ports({kPort}));
    EXPECT_EQ(bench.requested(kB), ports({kPort}));
    EXPECT_EQ(bench.count(kPort, PortEvent::leaves_lost), 1U);
    EXPECT_EQ(bench.port_table[kPort].attention, table::kLeaveLost);
    EXPECT_EQ(bench.count(kPort, PortEvent::excludes_widened), 0U);
  }
}

TEST(RecordsAndAFullRing, JoinsOfSourcesDoNotNeedTheRing) {
  RecordBench bench{{.ring = 4}};
  bench.fill_ring();
  bench.report(RecordType::allow_new_sources, {kA});
  bench.report(RecordType::change_to_include_mode, {kB});
  EXPECT_EQ(bench.requested(kA), ports({kPort}));
  EXPECT_EQ(bench.requested(kB), ports({kPort}));
}

// All of a record's messages, or none.
TEST(RecordsAndAFullRing, ARecordThatFitsInPartIsNotToldAtAll) {
  RecordBench bench{{.ring = 4}};
  bench.receive(2, test::v2_report(kGroup));
  bench.receive(5, std::vector{test::leave(kGroup), test::leave(kGroup)});
  bench.report(RecordType::block_old_sources, std::vector<IpAddress>(17, kA));  // three parts
  EXPECT_EQ(bench.count(kPort, PortEvent::leaves_lost), 1U);
  bench.report(RecordType::block_old_sources, std::vector<IpAddress>(16, kB));  // two
  EXPECT_EQ(bench.count(kPort, PortEvent::leaves_lost), 1U);
  const auto messages = bench.take_messages();
  ASSERT_THAT(messages, SizeIs(4));
  EXPECT_EQ(std::get<RecordMessage>(messages[2]).sources.in_use()[0], kB);
  EXPECT_EQ(std::get<RecordMessage>(messages[3]).sources.in_use()[7], kB);
}

TEST(RecordsAndAFullRing, ARecordOfMorePartsThanTheRingHoldsIsLost) {
  RecordBench bench{{.ring = 4}};
  bench.report(RecordType::mode_is_exclude, std::vector<IpAddress>(33, kA));  // five
  EXPECT_EQ(bench.members(kGroup), ports({kPort}));
  EXPECT_EQ(bench.count(kPort, PortEvent::excludes_widened), 1U);
  EXPECT_THAT(bench.take_messages(), IsEmpty());
}

}  // namespace
}  // namespace mcswitch::forwarding

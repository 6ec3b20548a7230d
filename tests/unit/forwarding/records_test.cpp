// SPDX-License-Identifier: BSD-3-Clause
//
// Records of version 3: what the table holds as soon as the report has been handled, and the messages to the
// control thread (RFC 9776 section 6.4; the table at the top of lib/forwarding/forwarder_igmp.cpp).

#include "unit/forwarding/record_bench.hpp"

namespace mcswitch::forwarding {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// --- every type, on ports in every state ----------------------------------------------------------

// What the port was before the record.
enum class Before {
  nothing,          // no port is a member
  other_any,        // another port wants any source, and there are no sources
  other_requested,  // another port requests a source
  any,              // the port wants any source, and there are no sources
  requested,        // the port requests kA
  any_excluding,    // the port wants any source but kA
};
constexpr Before kBefores[] = {Before::nothing, Before::other_any, Before::other_requested,
                               Before::any,     Before::requested, Before::any_excluding};

struct RecordCase {
  RecordType type;
  std::size_t count;  // 0: {}, 2: {kA, kB}
  Before before;
};

void PrintTo(const RecordCase& c, std::ostream* out) {
  *out << "type " << static_cast<int>(c.type) << ", sources " << c.count << ", before "
       << static_cast<int>(c.before);
}

class Records : public ::testing::TestWithParam<RecordCase> {};

TEST_P(Records, AddAtOnceAndTellTheRest) {
  const RecordCase& c = GetParam();
  RecordBench bench;
  Stamp previous = 0;
  constexpr PortId kElse = 5;
  switch (c.before) {
    case Before::nothing:
      break;
    case Before::other_any:
      bench.receive(kElse, test::v2_report(kGroup));
      break;
    case Before::other_requested:
      bench.report(RecordType::allow_new_sources, {kOther}, kElse);
      break;
    case Before::any_excluding:
    case Before::any:
      previous = stamp_at(bench.clock.now());
      bench.receive(kPort, test::v2_report(kGroup));
      if (c.before == Before::any_excluding) {
        bench.groups.control_join_source(EntryKind::excluded, {10, IpAddress::from(kGroup)},
                                         IpAddress::from(kA), kPort, previous);
      }
      break;
    case Before::requested:
      bench.report(RecordType::mode_is_include, {kA});
      break;
  }
  bench.take_messages();
  const bool was_any = c.before == Before::any || c.before == Before::any_excluding;
  const bool had_sources = c.before == Before::other_requested || c.before == Before::requested ||
                           c.before == Before::any_excluding;
  const PortSet others_any = c.before == Before::other_any ? ports({kElse}) : kNowhere;

  const Stamp now = stamp_at(bench.clock.now());
  const std::vector<IpAddress> list =
      c.count == 0 ? std::vector<IpAddress>{} : std::vector<IpAddress>{kA, kB};
  EXPECT_EQ(bench.report(c.type, list), ports({5}));

  const bool excludes = c.type == RecordType::mode_is_exclude || c.type == RecordType::change_to_exclude_mode;
  const bool allows = c.type == RecordType::mode_is_include || c.type == RecordType::allow_new_sources ||
                      c.type == RecordType::change_to_include_mode;
  // The table.
  const bool is_any = was_any || (excludes && c.count == 0);
  EXPECT_EQ(bench.members(kGroup), (is_any ? ports({kPort}) : kNowhere) | others_any);
  if (is_any) {
    EXPECT_EQ(bench.membership(kPort, kGroup).stamp, excludes ? now : previous);
    EXPECT_EQ(bench.membership(kPort, kGroup).older_hosts().last_version(), excludes ? 3 : 2);
  }
  const bool adds = allows && c.count != 0;
  const PortSet me = ports({kPort});
  EXPECT_EQ(bench.requested(kA), adds || c.before == Before::requested ? me : kNowhere);
  EXPECT_EQ(bench.requested(kB), adds ? me : kNowhere);
  EXPECT_EQ(bench.requested(kOther), c.before == Before::other_requested ? ports({kElse}) : kNowhere);
  EXPECT_EQ(bench.excluded(kA), c.before == Before::any_excluding ? me : kNowhere);
  EXPECT_EQ(bench.excluded(kB), kNowhere);
  if (adds) {
    // One stamp a record.
    EXPECT_EQ(bench.source_stamp(kPort, kA), now);
    EXPECT_EQ(bench.source_stamp(kPort, kB), now);
  }

  // The messages.
  bool is_told = false;
  switch (c.type) {
    case RecordType::change_to_include_mode:
      is_told = c.before != Before::nothing;  // somebody has the group
      break;
    case RecordType::block_old_sources:
      is_told = c.count != 0 && c.before != Before::nothing;
      break;
    case RecordType::mode_is_include:
    case RecordType::allow_new_sources:
      is_told = c.count != 0 && was_any;
      break;
    case RecordType::mode_is_exclude:
    case RecordType::change_to_exclude_mode:
      is_told = c.count != 0 || had_sources;
      break;
  }
  const auto messages = bench.take_all<RecordMessage>();
  ASSERT_THAT(messages, SizeIs(is_told ? 1 : 0));
  if (is_told) {
    const RecordMessage& message = messages[0];
    EXPECT_EQ(message.port, kPort);
    EXPECT_EQ(message.vlan, 10);
    EXPECT_EQ(message.version, 3);
    EXPECT_EQ(message.type, static_cast<std::uint8_t>(c.type));
    EXPECT_EQ(message.stamp, now);
    EXPECT_EQ(message.previous_report, previous);
    EXPECT_EQ(message.group, IpAddress::from(kGroup));
    EXPECT_EQ(message.source_address, IpAddress::from(ip("10.0.0.33")));
    EXPECT_EQ(message.source_mac, host(kPort));
    EXPECT_FALSE(message.sources.has_more);
    EXPECT_THAT(listed(message.sources), ElementsAreArray(list));
  }
  EXPECT_EQ(bench.port_table[kPort].attention, 0U);
  EXPECT_EQ(bench.count(kPort, PortEvent::igmp_records_skipped), 0U);
}

std::vector<RecordCase> all_cases() {
  std::vector<RecordCase> cases;
  for (int type = 1; type <= 6; ++type) {
    for (const std::size_t count : {0U, 2U}) {
      for (const Before before : kBefores) {
        cases.push_back({static_cast<RecordType>(type), count, before});
      }
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(AllTypes, Records, ::testing::ValuesIn(all_cases()));

// --- several records, many sources --------------------------------------------------------------

TEST(RecordMessages, OfManySourcesAreSeveralInOrderAndTheLastSaysSo) {
  for (const std::uint32_t count : {8U, 9U, 16U, 17U, 300U}) {
    SCOPED_TRACE(count);
    RecordBench bench;
    std::vector<IpAddress> list;
    for (std::uint32_t n = 0; n < count; ++n) {
      list.push_back(Ipv4Address{0x0a090000U + n});
    }
    bench.receive(2, test::v2_report(kGroup));
    const Stamp now = stamp_at(bench.clock.now());
    bench.report(RecordType::block_old_sources, list);
    const auto messages = bench.take_all<RecordMessage>();
    ASSERT_THAT(messages, SizeIs((count + 7) / 8));
    std::vector<IpAddress> told;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      EXPECT_EQ(messages[i].stamp, now);
      EXPECT_EQ(messages[i].group, IpAddress::from(kGroup));
      EXPECT_EQ(messages[i].sources.has_more, i + 1 < messages.size());
      EXPECT_LE(messages[i].sources.in_use().size(), 8U);
      for (const IpAddress& source : listed(messages[i].sources)) {
        told.push_back(source);
      }
    }
    EXPECT_EQ(told, list);
  }
}

TEST(RecordMessages, OfSeveralRecordsComeInTheirOrderEachWithAStampOfItsOwn) {
  RecordBench bench;
  bench.receive(2, test::v2_report(kSameMac));
  const Stamp first = stamp_at(bench.clock.now());
  bench.receive(kPort, test::v3_report({RecordBench::record(RecordType::change_to_include_mode, {}, kSameMac),
                                        RecordBench::record(RecordType::allow_new_sources, {kA, kB}),
                                        RecordBench::record(RecordType::block_old_sources, {kA}),
                                        RecordBench::record(RecordType::change_to_exclude_mode, {}),
                                        RecordBench::record(RecordType::allow_new_sources, {kB})}));
  EXPECT_EQ(bench.members(kGroup), ports({kPort}));
  EXPECT_EQ(bench.requested(kA), ports({kPort}));
  EXPECT_EQ(bench.source_stamp(kPort, kA), first + 1);
  EXPECT_EQ(bench.membership(kPort, kGroup).stamp, first + 3);
  EXPECT_EQ(bench.source_stamp(kPort, kB), first + 4);
  const auto messages = bench.take_all<RecordMessage>();
  ASSERT_THAT(messages, SizeIs(4));
  const RecordType types[] = {RecordType::change_to_include_mode, RecordType::block_old_sources,
                              RecordType::change_to_exclude_mode, RecordType::allow_new_sources};
  const Stamp stamps[] = {first, first + 2, first + 3, first + 4};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(messages[i].type, static_cast<std::uint8_t>(types[i])) << i;
    EXPECT_EQ(messages[i].stamp, stamps[i]) << i;
    EXPECT_EQ(messages[i].previous_report, i == 3 ? first + 3 : 0) << i;
  }
  EXPECT_EQ(messages[0].group, IpAddress::from(kSameMac));
}

TEST(RecordMessages, TellOfThePreviousReportEachTime) {
  RecordBench bench;
  const Stamp first = stamp_at(bench.clock.now());
  bench.receive(kPort, test::v2_report(kGroup));
  const Stamp second = stamp_at(bench.clock.now());
  bench.report(RecordType::mode_is_exclude, {kA});
  bench.report(RecordType::mode_is_exclude, {kA});
  const auto messages = bench.take_all<RecordMessage>();
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_EQ(messages[0].previous_report, first);
  EXPECT_EQ(messages[1].previous_report, second);
}

// A query's sources as a record's.
TEST(QueryMessages, CarryTheirSourcesAndWhatElseTheQuerySays) {
  RecordBench bench;
  std::vector<IpAddress> list;
  for (std::uint32_t n = 0; n < 11; ++n) {
    list.push_back(Ipv4Address{0x0a090000U + n});
  }
  const Stamp now = stamp_at(bench.clock.now());
  EXPECT_EQ(bench.receive(8, test::v3_query({.group = kGroup,
                                             .code = 15,
                                             .suppress_router_processing = true,
                                             .qrv = 5,
                                             .qqic = 60,
                                             .sources = list},
                                            {.source_mac = host(1), .source = ip("10.0.0.1")})),
            ports({2, 3, 5}));
  const auto messages = bench.take_all<QueryMessage>();
  ASSERT_THAT(messages, SizeIs(2));
  std::vector<IpAddress> told;
  for (const QueryMessage& message : messages) {
    EXPECT_EQ(message.version, 3);
    EXPECT_EQ(message.stamp, now);
    EXPECT_TRUE(message.suppress_router_processing);
    EXPECT_EQ(message.robustness_variable, 5);
    EXPECT_EQ(message.query_interval, 60s);
    EXPECT_EQ(message.max_resp_time, 1500ms);
    EXPECT_FALSE(message.is_general);
    EXPECT_EQ(message.group, IpAddress::from(kGroup));
    EXPECT_EQ(message.source_address, IpAddress::from(ip("10.0.0.1")));
    EXPECT_EQ(message.source_mac, host(1));
    for (const IpAddress& source : listed(message.sources)) {
      told.push_back(source);
    }
  }
  EXPECT_EQ(told, list);
  EXPECT_TRUE(messages[0].sources.has_more);
  EXPECT_FALSE(messages[1].sources.has_more);
}

TEST(QueryMessages, OfMoreSourcesThanTheRingHasRoomForAreLostAsAWhole) {
  RecordBench bench{{.ring = 4}};
  const std::vector<IpAddress> list(33, kA);  // five messages
  EXPECT_EQ(bench.receive(8, test::v3_query({.group = kGroup, .sources = list})), ports({2, 3, 5}));
  EXPECT_THAT(bench.take_messages(), IsEmpty());
  EXPECT_EQ(bench.count(8, PortEvent::queries_lost), 1U);
  EXPECT_EQ(bench.port_table[8].attention, table::kQueryLost);
}

// --- versions 1 and 2 -----------------------------------------------------------------------------

// They are IS_EX({}) (section 7.3.2): at once, and with a message where there may be lists of sources to end.
TEST(OlderReports, AreToldAsRecordsWhereTheGroupHasSources) {
  for (const int version : {1, 2}) {
    RecordBench bench;
    const test::FrameOptions options{.source_mac = host(4), .source = ip("10.0.0.44")};
    const Bytes frame = version == 1 ? test::v1_report(kGroup, options) : test::v2_report(kGroup, options);
    bench.receive(kPort, frame);
    EXPECT_THAT(bench.take_messages(), IsEmpty());
    bench.report(RecordType::allow_new_sources, {kA}, 5);
    EXPECT_THAT(bench.take_messages(), IsEmpty());
    const Stamp now = stamp_at(bench.clock.now());
    bench.receive(kPort, frame);
    EXPECT_EQ(bench.members(kGroup), ports({kPort}));
    EXPECT_EQ(bench.membership(kPort, kGroup).stamp, now);
    const auto messages = bench.take_all<RecordMessage>();
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_EQ(messages[0].version, version);
    EXPECT_EQ(messages[0].type, static_cast<std::uint8_t>(RecordType::mode_is_exclude));
    EXPECT_EQ(messages[0].port, kPort);
    EXPECT_EQ(messages[0].stamp, now);
    EXPECT_EQ(messages[0].group, IpAddress::from(kGroup));
    EXPECT_EQ(messages[0].source_address, IpAddress::from(ip("10.0.0.44")));
    EXPECT_EQ(messages[0].source_mac, host(4));
    EXPECT_EQ(messages[0].sources.in_use().size(), 0U);
  }
}

}  // namespace
}  // namespace mcswitch::forwarding

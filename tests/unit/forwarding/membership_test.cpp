// SPDX-License-Identifier: BSD-3-Clause
//
// What reports, leaves and queries become: memberships at once, messages to the control thread.

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

using test::V3Record;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Report, MakesItsPortAMemberBeforeTheBurstIsOver) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup));
  EXPECT_EQ(bench.members(kGroup), ports({2}));
  bench.receive(5, test::v2_report(kGroup));
  EXPECT_EQ(bench.members(kGroup), ports({2, 5}));
  EXPECT_EQ(bench.count(2, PortEvent::joins), 1U);
  EXPECT_EQ(bench.count(5, PortEvent::joins), 1U);
  EXPECT_THAT(bench.take_messages(), IsEmpty());
}

// SEED-10: hosts repeat their joins.
TEST(Report, RepeatedRefreshesAndNothingElse) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup));
  bench.clock.advance(2760ms);
  const TimePoint again = bench.clock.now();
  bench.receive(2, test::v2_report(kGroup));
  EXPECT_EQ(bench.membership(2, kGroup).stamp, stamp_at(again));
  EXPECT_EQ(bench.count(2, PortEvent::joins), 1U);
  EXPECT_EQ(bench.count(2, PortEvent::refreshes), 1U);
  EXPECT_EQ(bench.groups.group_count(), 1U);
}

// R4541-5: a host without an address yet.
TEST(Report, FromSourceAddress0IsTaken) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup, {.source = ip("0.0.0.0")}));
  EXPECT_EQ(bench.members(kGroup), ports({2}));
}

// R2236-8: "ignore the rest", under the checksum.
TEST(Report, LongerThanItsTypeIsTakenByItsFirstEightBytes) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup, {.trailing = Bytes{1, 2, 3, 4, 5}}));
  EXPECT_EQ(bench.members(kGroup), ports({2}));
}

// RFC 2236 section 5: the version 1 host is remembered apart.
TEST(Report, OfVersion1IsRememberedApart) {
  Bench bench;
  const TimePoint first = bench.clock.now();
  bench.receive(2, test::v1_report(kGroup));
  bench.clock.advance(3s);
  const TimePoint second = bench.clock.now();
  bench.receive(2, test::v2_report(kGroup));
  const table::OlderHosts older = bench.membership(2, kGroup).older_hosts();
  EXPECT_EQ(older, table::OlderHosts{}.after_report(1, stamp_at(first)).after_report(2, stamp_at(second)));
  EXPECT_EQ(older.last_version(), 2);
  EXPECT_EQ(bench.membership(2, kGroup).stamp, stamp_at(second));
  EXPECT_EQ(bench.count(2, PortEvent::igmp_v1_reports), 1U);
  EXPECT_EQ(bench.count(2, PortEvent::igmp_v2_reports), 1U);
}

// ignore-v1-reports (RFC 2236 section 10, R2236-84).
TEST(Report, OfVersion1IsIgnoredIfConfigured) {
  Bench bench;
  bench.vlans[10].igmp_rules = table::kIgnoreV1Reports;
  EXPECT_EQ(bench.receive(2, test::v1_report(kGroup)), kNowhere);
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_EQ(bench.count(2, FrameFate::igmp_report), 1U);
  EXPECT_EQ(bench.count(2, PortEvent::igmp_v1_reports_ignored), 1U);
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup)), ports({5}));
  EXPECT_EQ(bench.members(kGroup), ports({2}));
}

// ignore-v2-reports (RFC 9776 section 9.2): leaves, too.
TEST(Report, OfVersion2IsIgnoredIfConfigured) {
  Bench bench;
  bench.vlans[10].igmp_rules = table::kIgnoreV2Reports;
  EXPECT_EQ(bench.receive(2, test::v2_report(kGroup)), kNowhere);
  EXPECT_EQ(bench.receive(2, test::leave(kGroup)), kNowhere);
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_THAT(bench.take_messages(), IsEmpty());
  EXPECT_EQ(bench.count(2, FrameFate::igmp_report), 1U);
  EXPECT_EQ(bench.count(2, FrameFate::igmp_leave), 1U);
  EXPECT_EQ(bench.count(2, PortEvent::igmp_v2_reports_ignored), 2U);
  EXPECT_EQ(bench.receive(2, test::v3_report({{.type = 4, .group = kGroup}})), ports({5}));
  EXPECT_EQ(bench.receive(3, test::v1_report(kGroup)), ports({5}));
  EXPECT_EQ(bench.members(kGroup), ports({2, 3}));
}

// report-sources (RFC 2236 section 10, R2236-82): by VLAN, reports of every version and leaves.
TEST(Report, FromOutsideTheReportSourcesIsIgnored) {
  Bench bench;
  bench.settings.report_sources = {{{ip("10.5.0.0"), 16}}, {{ip("10.0.0.0"), 24}, {ip("192.0.2.7"), 32}}};
  bench.vlans[10].igmp_rules = table::kHasReportSources;
  bench.vlans[10].report_sources = 1;
  for (const char* source : {"10.0.1.1", "10.5.0.1", "192.0.2.8", "0.0.0.0"}) {
    const test::FrameOptions from{.source = ip(source)};
    EXPECT_EQ(bench.receive(2, test::v1_report(kGroup, from)), kNowhere);
    EXPECT_EQ(bench.receive(2, test::v2_report(kGroup, from)), kNowhere);
    EXPECT_EQ(bench.receive(2, test::v3_report({{.type = 4, .group = kGroup}}, from)), kNowhere);
    EXPECT_EQ(bench.receive(2, test::leave(kGroup, from)), kNowhere);
    EXPECT_EQ(bench.receive(2, test::v2_query({}, 100, from)), ports({3, 5, 8}));
  }
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_EQ(bench.count(2, PortEvent::igmp_reports_off_link), 16U);
  bench.receive(2, test::v2_report(kGroup, {.source = ip("10.0.0.255")}));
  bench.receive(3, test::v2_report(kGroup, {.source = ip("192.0.2.7")}));
  EXPECT_EQ(bench.members(kGroup), ports({2, 3}));
  bench.receive(4, test::v2_report(kGroup, {.source = ip("192.0.2.8")}));  // VLAN 20
  EXPECT_EQ(bench.members(kGroup, 20), ports({4}));
}

// SEED-3, RFC 4541 section 2.1.2(2): a router reports 224.0.0.2 and 224.0.0.9; nothing is kept, and
// nothing pruned. 224.128.0.9 has the MAC address of 224.0.0.9 and is a group like any other.
TEST(Report, ForALinkLocalGroupMakesNoEntry) {
  Bench bench;
  for (const char* group : {"224.0.0.2", "224.0.0.9", "224.0.0.22", "224.0.0.255"}) {
    EXPECT_EQ(bench.receive(8, test::v2_report(ip(group))), ports({5})) << group;
    bench.receive(8, test::v3_report({{.type = 4, .group = ip(group)}}));
    bench.receive(8, test::leave(ip(group)));
  }
  EXPECT_EQ(bench.groups.group_count(), 0U);
  EXPECT_THAT(bench.take_messages(), IsEmpty());
  EXPECT_EQ(bench.receive(3, test::udp(ip("224.0.0.9"))), ports({2, 5, 8}));
  bench.receive(8, test::v2_report(ip("224.128.0.9")));
  EXPECT_EQ(bench.members(ip("224.128.0.9")), ports({8}));
}

// --- version 3: reports; their records are in records_test.cpp ----------------------------------

const std::vector<IpAddress> kSome{ip("10.9.9.1"), ip("10.9.9.2")};

// RFC 9776 section 4.2.12 (R9776-12): an unknown type is skipped, the next record counts. Likewise one for
// what is no group, in the middle of a report.
TEST(V3Report, SkipsWhatItDoesNotKnowAndGoesOn) {
  Bench bench;
  bench.receive(3, test::v3_report({{.type = 0, .group = ip("239.0.0.1"), .sources = kSome},
                                    {.type = 7, .group = ip("239.0.0.2"), .aux_data = Bytes(8, 4)},
                                    {.type = 4, .group = ip("10.1.2.3")},
                                    {.type = 200, .group = ip("0.0.0.0")},
                                    {.type = 4, .group = kGroup}}));
  EXPECT_EQ(bench.groups.group_count(), 1U);
  EXPECT_EQ(bench.members(kGroup), ports({3}));
  EXPECT_EQ(bench.count(3, PortEvent::igmp_records_skipped), 4U);
}

// RFC 9776 section 4.2.6 (R9776-11): auxiliary data is counted in words of 32 bits, and stepped over.
TEST(V3Report, StepsOverAuxiliaryData) {
  Bench bench;
  const Bytes like_a_record{0x04, 0, 0, 0, 239, 0, 0, 99};
  bench.receive(3, test::v3_report({{.type = 4, .group = kGroup, .aux_data = like_a_record},
                                    {.type = 2, .group = kSameMac}}));
  EXPECT_EQ(bench.groups.group_count(), 2U);
  EXPECT_EQ(bench.members(kGroup), ports({3}));
  EXPECT_EQ(bench.members(kSameMac), ports({3}));
}

TEST(V3Report, OfManyRecordsIsTakenWhole) {
  Bench bench;
  std::vector<V3Record> records;
  for (std::uint32_t i = 0; i < 40; ++i) {
    records.push_back({.type = 4, .group = Ipv4Address{0xef010000U + i}});
  }
  bench.receive(3, test::v3_report(records));
  EXPECT_EQ(bench.groups.group_count(), 40U);
  EXPECT_EQ(bench.count(3, PortEvent::joins), 40U);
  EXPECT_EQ(bench.count(3, FrameFate::igmp_report), 1U);
}

TEST(V3Report, EmptyIsAReportAndNoMore) {
  Bench bench;
  EXPECT_EQ(bench.receive(3, test::v3_report({})), ports({5}));
  EXPECT_EQ(bench.groups.group_count(), 0U);
}

// --- leaves and queries --------------------------------------------------------------------------

TEST(Leave, BecomesAMessageAndTakesNothingAway) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup));
  const TimePoint left = bench.clock.now();
  bench.receive(2, test::leave(kGroup, {.source_mac = host(4), .source = ip("10.0.0.44")}));
  EXPECT_EQ(bench.members(kGroup), ports({2}));
  const auto messages = bench.take_all<table::LeaveMessage>();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].port, 2);
  EXPECT_EQ(messages[0].vlan, 10);
  EXPECT_EQ(messages[0].version, 2);
  EXPECT_EQ(messages[0].stamp, stamp_at(left));
  EXPECT_EQ(messages[0].group, IpAddress::from(kGroup));
  EXPECT_EQ(messages[0].source_address, IpAddress::from(ip("10.0.0.44")));
  EXPECT_EQ(messages[0].source_mac, host(4));
}

// B5: all ports of a worker share the ring.
TEST(Leave, OfAGroupThatNobodyHasIsCountedAndNoMessage) {
  Bench bench;
  bench.receive(2, test::v2_report(kSameMac));
  bench.take_messages();
  EXPECT_EQ(bench.receive(2, test::leave(kGroup)), ports({5}));  // it is passed on all the same
  bench.receive(
      2, test::v3_report({{.type = 3, .group = kGroup}, {.type = 6, .group = kGroup, .sources = kSome}}));
  EXPECT_THAT(bench.take_messages(), IsEmpty());
  EXPECT_EQ(bench.count(2, PortEvent::leaves_without_group), 3U);
  bench.receive(2, test::leave(kSameMac));
  EXPECT_THAT(bench.take_messages(), SizeIs(1));
  EXPECT_EQ(bench.count(2, PortEvent::leaves_without_group), 3U);
}

// TO_EX(A) is joined by the control thread; until it has done that, the group may not be there yet.
TEST(Leave, BehindAnExcludeThatIsOnItsWayToTheControlThreadIsAMessage) {
  Bench bench;
  bench.receive(2, test::v3_report({{.type = 4, .group = kGroup, .sources = kSome}}));
  bench.receive(2, test::leave(kGroup));
  bench.receive(3, test::leave(kGroup));  // another port's
  EXPECT_THAT(bench.take_messages(), SizeIs(2));
  bench.port_table[2].excludes_done.fetch_add(1);
  bench.receive(2, test::leave(kGroup));
  EXPECT_THAT(bench.take_messages(), IsEmpty());
}

// S-F1-18: what fast leave goes by besides MAC addresses.
TEST(Reporter, TheIpAddressesOfReportsAndLeavesOfAPortAreSeen) {
  Bench bench;
  const auto from = [](const char* address) {
    return test::FrameOptions{.source_mac = host(2), .source = ip(address)};
  };
  const TimePoint start = bench.clock.now();
  bench.receive(2, test::v2_report(kGroup, from("10.0.0.2")));
  bench.receive(2, test::v2_query({}, 100, from("10.0.0.9")));  // a router's, not a member's
  bench.receive(2, test::v3_report({{.type = 4, .group = kGroup}}, from("10.0.0.2")));
  bench.receive(2, test::leave(kGroup, from("10.0.0.2")));
  EXPECT_TRUE(bench.port_table[2].has_single_host(start));
  for (const test::Bytes& other : {test::v2_report(ip("224.0.0.251"), from("10.0.0.3")),
                                   test::v3_report({{.type = 4, .group = kGroup}}, from("10.0.0.3")),
                                   test::leave(kGroup, from("10.0.0.3"))}) {
    const TimePoint since = bench.clock.now();
    bench.receive(2, test::v2_report(kGroup, from("10.0.0.2")));
    bench.receive(2, other);
    EXPECT_FALSE(bench.port_table[2].has_single_host(since));
  }
}

TEST(Query, BecomesAMessageWithWhatTheControlThreadAsks) {
  Bench bench;
  const test::FrameOptions router{.source_mac = host(1), .source = ip("10.0.0.1")};
  bench.receive(7, test::v2_query({}, 100, router));
  bench.receive(7, test::v2_query(kGroup, 15, router));
  bench.receive(7, test::v1_query({.source = ip("0.0.0.0")}));
  bench.receive(7, test::v3_query({.group = kGroup, .code = 0x8f}, router));
  bench.receive(7, test::v3_query({.group = kGroup, .suppress_router_processing = true}, router));
  bench.receive(7, test::v3_query({.group = kGroup, .sources = {ip("10.1.1.1")}}, router));
  const auto messages = bench.take_all<table::QueryMessage>();
  ASSERT_THAT(messages, SizeIs(6));
  for (const auto& message : messages) {
    EXPECT_EQ(message.port, 7);
    EXPECT_EQ(message.vlan, 20);
  }
  EXPECT_EQ(messages[0].version, 2);
  EXPECT_TRUE(messages[0].is_general);
  EXPECT_EQ(messages[0].max_resp_time, 10s);
  EXPECT_EQ(messages[0].source_address, IpAddress::from(ip("10.0.0.1")));
  EXPECT_EQ(messages[0].source_mac, host(1));
  EXPECT_FALSE(messages[1].is_general);
  EXPECT_EQ(messages[1].group, IpAddress::from(kGroup));
  EXPECT_EQ(messages[1].max_resp_time, 1500ms);
  EXPECT_EQ(messages[2].version, 1);
  EXPECT_EQ(messages[2].max_resp_time, 10s);
  EXPECT_EQ(messages[2].source_address, IpAddress::from(ip("0.0.0.0")));
  EXPECT_EQ(messages[3].version, 3);
  EXPECT_EQ(messages[3].max_resp_time, 24800ms);
  EXPECT_FALSE(messages[3].suppress_router_processing);
  EXPECT_TRUE(messages[4].suppress_router_processing);  // S flag (RFC 9776 section 4.1.5)
  EXPECT_FALSE(messages[5].suppress_router_processing);
  EXPECT_EQ(messages[5].sources.in_use().size(), 1U);
  EXPECT_EQ(messages[5].sources.in_use()[0], ip("10.1.1.1"));
  EXPECT_EQ(messages[4].sources.in_use().size(), 0U);
  EXPECT_FALSE(messages[1].suppress_router_processing);
  EXPECT_EQ(bench.count(7, PortEvent::igmp_v1_queries), 1U);
  EXPECT_EQ(bench.count(7, PortEvent::igmp_v2_queries), 2U);
  EXPECT_EQ(bench.count(7, PortEvent::igmp_v3_queries), 3U);
}

// "Each membership message has a stamp that rises strictly per port in order of receipt."
TEST(Stamp, RisesStrictlyWithinABurst) {
  Bench bench;
  bench.receive(3, test::v2_report(kGroup));
  bench.receive(2, std::vector{test::leave(kGroup), test::v2_report(kGroup), test::leave(kGroup),
                               test::v3_report({{.type = 3, .group = kGroup}, {.type = 4, .group = kGroup}}),
                               test::v2_query()});
  const auto messages = bench.take_heads();
  ASSERT_THAT(messages, SizeIs(4));
  const Stamp first = stamp_at(bench.clock.now());
  EXPECT_EQ(messages[0].stamp, first);
  EXPECT_EQ(messages[1].stamp, first + 2);
  EXPECT_EQ(messages[2].stamp, first + 3);
  EXPECT_EQ(bench.membership(2, kGroup).stamp, first + 4);
  EXPECT_EQ(messages[3].stamp, first + 5);
}

// In one burst: the report is newer than the leave, which is void by that.
TEST(Stamp, OfALeaveBeforeAJoinIsOlderThanTheMembership) {
  Bench bench;
  bench.receive(2, test::v2_report(kGroup));
  bench.receive(2, std::vector{test::leave(kGroup), test::v2_report(kGroup)});
  const auto messages = bench.take_heads();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_LT(messages[0].stamp, bench.membership(2, kGroup).stamp.load());
}

TEST(Stamp, OfALeaveBehindAJoinIsNewerThanTheMembership) {
  Bench bench;
  bench.receive(2, std::vector{test::v2_report(kGroup), test::leave(kGroup)});
  const auto messages = bench.take_heads();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_GT(messages[0].stamp, bench.membership(2, kGroup).stamp.load());
  EXPECT_EQ(bench.members(kGroup), ports({2}));
}

TEST(Stamp, OfOnePortDoesNotMoveThatOfAnother) {
  Bench bench;
  bench.receive(8, test::v2_report(kGroup));
  bench.receive(2, std::vector{test::leave(kGroup), test::leave(kGroup), test::leave(kGroup)});
  bench.take_messages();
  const Stamp now = stamp_at(bench.clock.now());
  bench.receive(3, test::leave(kGroup));
  EXPECT_EQ(bench.take_heads().at(0).stamp, now);
}

// A clock that stands still, or goes back a little between cores, does not turn the order round.
TEST(Stamp, RisesThoughTheClockDoesNot) {
  Bench bench;
  bench.receive(3, test::v2_report(kGroup));
  bench.receive(2, std::vector{test::leave(kGroup), test::leave(kGroup)});
  bench.clock.advance(-5ms);
  bench.receive(2, test::leave(kGroup));
  const auto messages = bench.take_heads();
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_LT(messages[0].stamp, messages[1].stamp);
  EXPECT_LT(messages[1].stamp, messages[2].stamp);
}

// --- limits --------------------------------------------------------------------------------------

// A lost leave costs at most the membership interval, is counted, and the port will be asked.
TEST(FullRing, LosesALeaveCountedAndFlagged) {
  Bench bench{{.ring = 4}};
  bench.receive(2, test::v2_report(kGroup));
  for (int i = 0; i < 4; ++i) {
    bench.receive(3, test::leave(kGroup));
  }
  EXPECT_EQ(bench.port_table[3].attention, 0U);
  EXPECT_EQ(bench.receive(2, test::leave(kGroup)), ports({5}));  // it is passed on all the same
  EXPECT_EQ(bench.count(2, PortEvent::leaves_lost), 1U);
  EXPECT_EQ(bench.port_table[2].attention, table::kLeaveLost);
  EXPECT_EQ(bench.port_table[3].attention, 0U);
  EXPECT_EQ(bench.count(3, PortEvent::leaves_lost), 0U);
  EXPECT_THAT(bench.take_messages(), SizeIs(4));
}

TEST(FullRing, LosesAQueryCountedAndFlagged) {
  Bench bench{{.ring = 4}};
  bench.receive(2, test::v2_report(kGroup));
  for (int i = 0; i < 4; ++i) {
    bench.receive(3, test::leave(kGroup));
  }
  EXPECT_EQ(bench.receive(8, test::v2_query()), ports({2, 3, 5}));
  EXPECT_EQ(bench.count(8, PortEvent::queries_lost), 1U);
  EXPECT_EQ(bench.port_table[8].attention, table::kQueryLost);
}

// Joins do not need the ring.
TEST(FullRing, DoesNotKeepAnybodyFromJoining) {
  Bench bench{{.ring = 2}};
  bench.receive(2, test::v2_report(kSameMac));
  for (int i = 0; i < 5; ++i) {
    bench.receive(3, test::leave(kSameMac));
  }
  bench.receive(3, test::v2_report(kGroup));
  EXPECT_EQ(bench.members(kGroup), ports({3}));
}

// "A limit that is reached refuses the new join, counts it ...; it never evicts a group".
TEST(FullTable, RefusesANewGroupAndEvictsNone) {
  Bench bench{{.max_groups = 3}};
  const Ipv4Address groups[] = {ip("239.0.0.1"), ip("239.0.0.2"), ip("239.0.0.3")};
  for (const Ipv4Address group : groups) {
    bench.receive(2, test::v2_report(group));
  }
  EXPECT_EQ(bench.port_table[5].attention, 0U);
  EXPECT_EQ(bench.receive(5, test::v2_report(kGroup)), kNowhere);  // 5 is the only router port
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_EQ(bench.count(5, PortEvent::joins_refused_full), 1U);
  EXPECT_EQ(bench.port_table[5].attention, table::kRefusedTableFull);
  // Data for it follows the policy for unregistered groups; the members of the others are as before, and
  // more of them are welcome.
  EXPECT_EQ(bench.receive(2, test::udp(kGroup)), ports({3}));
  EXPECT_EQ(bench.receive(5, test::v2_report(groups[2])), kNowhere);
  for (const Ipv4Address group : groups) {
    EXPECT_EQ(bench.members(group), group == groups[2] ? ports({2, 5}) : ports({2}));
  }
}

TEST(FullTable, TakesOfALongReportWhatThereIsRoomFor) {
  Bench bench{{.max_groups = 2}};
  bench.receive(3, test::v3_report({{.type = 4, .group = ip("239.0.0.1")},
                                    {.type = 4, .group = ip("239.0.0.2")},
                                    {.type = 4, .group = ip("239.0.0.3")},
                                    {.type = 4, .group = ip("239.0.0.1")}}));
  EXPECT_EQ(bench.groups.group_count(), 2U);
  EXPECT_EQ(bench.count(3, PortEvent::joins), 2U);
  EXPECT_EQ(bench.count(3, PortEvent::refreshes), 1U);
  EXPECT_EQ(bench.count(3, PortEvent::joins_refused_full), 1U);
}

}  // namespace
}  // namespace mcswitch::forwarding

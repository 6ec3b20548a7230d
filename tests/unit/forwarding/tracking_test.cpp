// SPDX-License-Identifier: BSD-3-Clause
//
// Notifications of hosts, groups that are joined with their sources only, and how much a port may join.

#include "proto/igmp.hpp"
#include "table/reporter.hpp"
#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

using table::EntryKind;
using table::HostMessage;
using table::Membership;
using test::FrameOptions;
using test::V3Record;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Ipv4Address kA = ip("10.9.9.1");
const Ipv4Address kB = ip("10.9.9.2");
constexpr PortId kPort = 3;

FrameOptions from(unsigned n) {
  return {.source_mac = host(n), .source = Ipv4Address::of(10, 0, 1, static_cast<std::uint8_t>(n))};
}

struct TrackingBench : Bench {
  explicit TrackingBench(const BenchOptions& options = {}) : Bench{options} {
    vlans[10].igmp_rules = table::kTrackHosts;
  }
  std::uint32_t reporter(Ipv4Address group = kGroup) { return membership(kPort, group).reporter.load(); }
};

// --- host tracking --------------------------------------------------------------------------------

TEST(HostTracking, TellsOfAHostOnceHoweverOftenItReports) {
  TrackingBench bench;
  const Stamp now = stamp_at(bench.clock.now());
  for (int i = 0; i < 5; ++i) {
    bench.receive(kPort, test::v2_report(kGroup, from(1)));
  }
  const auto messages = bench.take_all<HostMessage>();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].port, kPort);
  EXPECT_EQ(messages[0].vlan, 10);
  EXPECT_EQ(messages[0].version, 2);
  EXPECT_EQ(messages[0].stamp, now);
  EXPECT_EQ(messages[0].group, IpAddress::from(kGroup));
  EXPECT_EQ(messages[0].source_address, IpAddress::from(ip("10.0.1.1")));
  EXPECT_EQ(messages[0].source_mac, host(1));
  EXPECT_FALSE(messages[0].reported_source);
  EXPECT_TRUE(messages[0].is_first);
  EXPECT_FALSE(messages[0].others_unknown);
  EXPECT_EQ(bench.reporter(), table::reporter_of(host(1), ip("10.0.1.1"), bench.groups.seed()));
}

// By MAC and by IP address, and each time that it is another one than the last.
TEST(HostTracking, TellsOfEachOtherHost) {
  TrackingBench bench;
  FrameOptions other_address = from(1);
  other_address.source = ip("10.0.1.99");
  FrameOptions other_mac = from(1);
  other_mac.source_mac = host(99);
  for (const FrameOptions& options : {from(1), other_address, other_mac, from(1), from(1), from(2)}) {
    bench.receive(kPort, test::v2_report(kGroup, options));
  }
  std::vector<std::pair<MacAddress, IpAddress>> told;
  for (const HostMessage& message : bench.take_all<HostMessage>()) {
    told.emplace_back(message.source_mac, message.source_address);
  }
  const auto one = IpAddress::from(ip("10.0.1.1"));
  EXPECT_THAT(told, ElementsAre(std::pair{host(1), one}, std::pair{host(1), IpAddress::from(ip("10.0.1.99"))},
                                std::pair{host(99), one}, std::pair{host(1), one},
                                std::pair{host(2), IpAddress::from(ip("10.0.1.2"))}));
}

TEST(HostTracking, IsAMatterOfEachMembership) {
  TrackingBench bench;
  bench.receive(kPort, test::v2_report(kGroup, from(1)));
  bench.receive(kPort, test::v2_report(kSameMac, from(1)));
  bench.receive(2, test::v2_report(kGroup, from(1)));
  const auto messages = bench.take_all<HostMessage>();
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_EQ(messages[1].group, IpAddress::from(kSameMac));
  EXPECT_EQ(messages[2].port, 2);
}

TEST(HostTracking, TellsOfSourcesOneByOne) {
  TrackingBench bench;
  const Bytes report = test::v3_report({{.type = 5, .group = kGroup, .sources = {kA, kB}}}, from(1));
  bench.receive(kPort, report);
  bench.receive(kPort, report);
  const auto messages = bench.take_all<HostMessage>();
  ASSERT_THAT(messages, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(messages[i].version, 3);
    EXPECT_EQ(messages[i].group, IpAddress::from(kGroup));
    EXPECT_EQ(messages[i].reported_source, i == 0 ? kA : kB);
    EXPECT_EQ(messages[i].source_mac, host(1));
  }
  EXPECT_EQ(messages[0].stamp, messages[1].stamp);
}

TEST(HostTracking, TellsOfNobodyUnlessItIsConfigured) {
  Bench bench;
  bench.receive(kPort, test::v2_report(kGroup, from(1)));
  bench.receive(kPort, test::v3_report({{.type = 5, .group = kGroup, .sources = {kA}}}, from(2)));
  EXPECT_EQ(bench.membership(kPort, kGroup).reporter.load(), Membership::kNobody);
  EXPECT_THAT(bench.take_messages(), SizeIs(1));  // ALLOW on a port that wants any source
}

TEST(HostTracking, LeavesAndQueriesAreNoReports) {
  TrackingBench bench;
  bench.receive(kPort, test::v2_report(kGroup, from(1)));
  bench.take_messages();
  bench.receive(kPort, test::leave(kGroup, from(2)));
  bench.receive(kPort, test::v3_report({{.type = 6, .group = kGroup, .sources = {kA}}}, from(2)));
  bench.receive(kPort, test::v3_report({{.type = 3, .group = kGroup}}, from(2)));
  bench.receive(kPort, test::v2_query({}, 100, from(2)));
  for (const table::WorkerMessage& message : bench.take_messages()) {
    EXPECT_FALSE(std::holds_alternative<HostMessage>(message));
  }
  EXPECT_EQ(bench.reporter(), table::reporter_of(host(1), ip("10.0.1.1"), bench.groups.seed()));
}

// Half of the ring is for what must not wait.
TEST(HostTracking, HostsThatFindTheRingHalfFullAreToldOfWhenTheyReportAgain) {
  TrackingBench bench{{.ring = 8}};
  for (unsigned n = 1; n <= 7; ++n) {
    bench.receive(kPort, test::v2_report(kGroup, from(n)));
  }
  // Five: with the fifth less than half of the ring is free.
  EXPECT_EQ(bench.count(kPort, PortEvent::hosts_untracked), 1U);
  EXPECT_EQ(bench.reporter(), Membership::kUntracked);
  EXPECT_EQ(bench.port_table[kPort].attention, 0U);
  EXPECT_EQ(bench.members(kGroup), ports({kPort}));
  const auto first = bench.take_all<HostMessage>();
  ASSERT_THAT(first, SizeIs(5));
  for (const HostMessage& message : first) {
    EXPECT_FALSE(message.others_unknown);
  }
  bench.receive(kPort, test::v2_report(kGroup, from(3)));
  bench.receive(kPort, test::v2_report(kGroup, from(4)));
  const auto again = bench.take_all<HostMessage>();
  ASSERT_THAT(again, SizeIs(2));
  EXPECT_EQ(again[0].source_mac, host(3));
  EXPECT_TRUE(again[0].others_unknown);
  EXPECT_FALSE(again[1].others_unknown);
  EXPECT_EQ(bench.count(kPort, PortEvent::hosts_untracked), 1U);
}

// The other half is there for leaves, however many hosts there are.
TEST(HostTracking, LeavesRoomForLeaves) {
  TrackingBench bench{{.ring = 8}};
  for (unsigned n = 1; n <= 20; ++n) {
    bench.receive(kPort, test::v2_report(kGroup, from(n)));
  }
  for (int i = 0; i < 3; ++i) {
    bench.receive(kPort, test::leave(kGroup, from(1)));
  }
  EXPECT_EQ(bench.count(kPort, PortEvent::leaves_lost), 0U);
}

// So many in a millisecond, port by port.
TEST(HostTracking, HostsBeyondTheBudgetOfTheirPortAreToldOfLater) {
  TrackingBench bench{{.ring = 4096}};
  constexpr std::uint32_t kBudget = table::PortState::kHostMessages;
  const auto report_of = [&](std::uint32_t n) {
    return test::v2_report(kGroup, {.source = Ipv4Address{0x0a010000U + n}});
  };
  for (std::uint32_t n = 0; n < kBudget + 10; ++n) {
    bench.receive(kPort, std::vector<Bytes>{report_of(n)});  // the clock stands still
  }
  EXPECT_THAT(bench.take_messages(), SizeIs(kBudget));
  EXPECT_EQ(bench.count(kPort, PortEvent::hosts_untracked), 1U);
  EXPECT_EQ(bench.reporter(), Membership::kUntracked);
  bench.receive(2, std::vector<Bytes>{report_of(1)});
  EXPECT_THAT(bench.take_messages(), SizeIs(1));  // another port has its own
  bench.clock.advance(table::PortState::kHostMessagesTime - 1ns);
  bench.receive(kPort, std::vector<Bytes>{report_of(kBudget + 9)});
  EXPECT_THAT(bench.take_messages(), IsEmpty());
  bench.clock.advance(1ns);
  bench.receive(kPort, std::vector<Bytes>{report_of(kBudget + 9)});
  const auto later = bench.take_all<HostMessage>();
  ASSERT_THAT(later, SizeIs(1));
  EXPECT_TRUE(later[0].others_unknown);
  EXPECT_EQ(later[0].source_address, IpAddress::from(Ipv4Address{0x0a010000U + kBudget + 9}));
}

// --- source-specific range (RFC 4604) ---------------------------------------------------------------

struct SsmBench : Bench {
  SsmBench() {
    vlans[10].igmp_rules = table::kHasSsmRange;
    vlans[10].ssm_range[1] = std::uint64_t{0xe8000000} << 32 | 0xff000000;  // 232.0.0.0/8
    vlans[10].ssm_range[3] = std::uint64_t{0xef010200} << 32 | 0xffffff00;  // 239.1.2.0/24
  }
};

TEST(SsmRange, JoinsAndLeavesWithoutSourcesAreIgnoredAndCounted) {
  for (const char* group : {"232.0.0.1", "232.255.255.255", "239.1.2.0", "239.1.2.255"}) {
    SCOPED_TRACE(group);
    SsmBench bench;
    const Ipv4Address g = ip(group);
    const Bytes ignored[] = {
        test::v1_report(g),
        test::v2_report(g),
        test::leave(g),
        test::v3_report({{.type = 2, .group = g}}),
        test::v3_report({{.type = 2, .group = g, .sources = {kA}}}),
        test::v3_report({{.type = 4, .group = g}}),
        test::v3_report({{.type = 4, .group = g, .sources = {kA}}}),
    };
    std::uint64_t count = 0;
    for (const Bytes& frame : ignored) {
      EXPECT_EQ(bench.receive(kPort, frame), ports({5}));
      EXPECT_EQ(bench.count(kPort, PortEvent::igmp_ssm_ignored), ++count);
    }
    EXPECT_EQ(bench.groups.group_count(), 0U);
    EXPECT_THAT(bench.take_messages(), IsEmpty());
  }
}

TEST(SsmRange, SourcesAreJoinedAndBlockedAsAnywhere) {
  SsmBench bench;
  const Ipv4Address g = ip("232.1.1.1");
  bench.receive(kPort, test::v3_report({{.type = 5, .group = g, .sources = {kA}}}));
  bench.receive(kPort, test::v3_report({{.type = 1, .group = g, .sources = {kB}}}));
  EXPECT_EQ(bench.groups.membership_count(kPort), 2U);
  EXPECT_THAT(bench.take_messages(), IsEmpty());
  bench.receive(kPort, test::v3_report({{.type = 3, .group = g, .sources = {kA}},
                                        {.type = 6, .group = g, .sources = {kA}},
                                        {.type = 3, .group = g}}));
  EXPECT_THAT(bench.take_messages(), SizeIs(3));
  EXPECT_EQ(bench.count(kPort, PortEvent::igmp_ssm_ignored), 0U);
}

TEST(SsmRange, GroupsBesideItAreAsEver) {
  SsmBench bench;
  for (const char* group : {"231.255.255.255", "233.0.0.0", "239.1.1.255", "239.1.3.0"}) {
    bench.receive(kPort, test::v2_report(ip(group)));
    EXPECT_EQ(bench.members(ip(group)), ports({kPort})) << group;
  }
  EXPECT_EQ(bench.count(kPort, PortEvent::igmp_ssm_ignored), 0U);
}

TEST(SsmRange, OfAnotherVlanOrWithoutItsRuleIsNone) {
  SsmBench bench;
  const Ipv4Address g = ip("232.1.1.1");
  bench.receive(7, test::v2_report(g));
  EXPECT_EQ(bench.members(g, 20), ports({7}));
  bench.vlans[10].igmp_rules = 0;
  bench.receive(kPort, test::v2_report(g));
  EXPECT_EQ(bench.members(g), ports({kPort}));
}

// --- limits of ports ------------------------------------------------------------------------------

TEST(PortLimit, RefusesNewMembershipsCountsThemAndFlagsThePort) {
  Bench bench;
  bench.groups.set_limit(kPort, 2);
  bench.receive(kPort, test::v2_report(kGroup));
  bench.receive(kPort, test::v3_report({{.type = 5, .group = kSameMac, .sources = {kA}}}));
  EXPECT_EQ(bench.port_table[kPort].attention, 0U);
  EXPECT_EQ(bench.receive(kPort, test::v2_report(ip("239.7.7.7"))), ports({5}));
  EXPECT_EQ(bench.count(kPort, PortEvent::joins_refused_limit), 1U);
  EXPECT_EQ(bench.port_table[kPort].attention, table::kRefusedPortLimit);
  bench.receive(kPort, test::v3_report({{.type = 5, .group = kSameMac, .sources = {kB, kA}}}));
  EXPECT_EQ(bench.count(kPort, PortEvent::joins_refused_limit), 2U);
  EXPECT_EQ(bench.count(kPort, PortEvent::joins), 2U);
  EXPECT_EQ(bench.count(kPort, PortEvent::refreshes), 1U);
  EXPECT_EQ(bench.count(kPort, PortEvent::joins_refused_full), 0U);
  EXPECT_TRUE(bench.members(ip("239.7.7.7")).empty());
  // The members that there are report on, and other ports join.
  bench.receive(kPort, test::v2_report(kGroup));
  EXPECT_EQ(bench.count(kPort, PortEvent::refreshes), 2U);
  bench.receive(2, test::v2_report(ip("239.7.7.7")));
  EXPECT_EQ(bench.members(ip("239.7.7.7")), ports({2}));
  EXPECT_EQ(bench.port_table[2].attention, 0U);
}

TEST(PortLimit, ARefusedJoinIsNoHostThatIsTracked) {
  TrackingBench bench;
  bench.groups.set_limit(kPort, 1);
  bench.receive(kPort, test::v2_report(kGroup, from(1)));
  bench.take_messages();
  bench.receive(kPort, test::v2_report(kSameMac, from(1)));
  EXPECT_THAT(bench.take_messages(), IsEmpty());
  EXPECT_EQ(bench.count(kPort, PortEvent::hosts_untracked), 0U);
}

}  // namespace
}  // namespace mcswitch::forwarding

// SPDX-License-Identifier: BSD-3-Clause
//
// The handlers over a made-up switch, without DPDK's socket (socket_test.cpp has that).

#include "telemetry/handlers.hpp"

#include <gmock/gmock.h>

#include <set>

#include "table/membership_end.hpp"
#include "telemetry/counter_list.hpp"
#include "unit/telemetry/lists.hpp"
#include "unit/telemetry/made_up_switch.hpp"

namespace mcswitch::telemetry {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr TimePoint kNow = MadeUpSwitch::kNow;

TEST(TelemetryGroups, OneRowForEachPortOfAGroup) {
  MadeUpSwitch view;
  view.add_vlan(12, 260s);
  view.join(12, Ipv4Address::of(239, 1, 2, 3), 1, 2);
  view.join(12, Ipv4Address::of(239, 1, 2, 3), 4, 1);
  view.join(12, Ipv4Address::of(239, 129, 2, 3), 4, 3);  // the same MAC address
  const Reply reply = list_groups(view, {});
  EXPECT_STREQ(reply.columns(), "vlan,group,source,port,filter_mode,protocol,expires_ms,hosts");
  EXPECT_THAT(reply.strings(), testing::UnorderedElementsAre("12|239.1.2.3|*|p2|exclude|igmpv2|250000|",
                                                             "12|239.1.2.3|*|p8|exclude|igmpv1|250000|",
                                                             "12|239.129.2.3|*|p8|exclude|igmpv3|250000|"));
  EXPECT_EQ(number_of(reply, "total"), 2U);  // groups
  EXPECT_EQ(number_of(reply, "next"), std::nullopt);
}

TEST(TelemetryGroups, ALoweredTimerIsShown) {
  MadeUpSwitch view;
  view.add_vlan(3, 260s);
  const auto group = Ipv4Address::of(239, 9, 9, 9);
  view.join(3, group, 2);
  const auto id = view.shared.groups.find_v4(3, group).id();
  table::set_lowered_end(view.shared.groups.membership(id, 2), stamp_at(kNow - 10s), kNow + 1500ms);
  EXPECT_THAT(list_groups(view, {}).strings(), ElementsAre("3|239.9.9.9|*|p4|exclude|igmpv2|1500|"));
}

TEST(TelemetryGroups, AMembershipThatIsOverdueShows0) {
  MadeUpSwitch view;
  view.add_vlan(3, 5s);
  view.join(3, Ipv4Address::of(239, 9, 9, 9), 2);
  EXPECT_THAT(list_groups(view, {}).strings(), ElementsAre("3|239.9.9.9|*|p4|exclude|igmpv2|0|"));
}

TEST(TelemetryGroups, AVlanThatIsNotInThePictureYetHasTheConfiguredInterval) {
  MadeUpSwitch view;
  view.settings.igmp.intervals.set_group_membership_interval = 77s;
  view.add_vlan(2, 5s);
  view.add_vlan(4, 6s);
  view.join(3, Ipv4Address::of(239, 9, 9, 9), 2);
  EXPECT_THAT(list_groups(view, {}).strings(), ElementsAre("3|239.9.9.9|*|p4|exclude|igmpv2|67000|"));
}

TEST(TelemetryGroups, FiltersAreAllApplied) {
  MadeUpSwitch view;
  const auto a = Ipv4Address::of(239, 1, 1, 1);
  const auto b = Ipv4Address::of(239, 1, 1, 2);
  for (const VlanId vlan : {VlanId{7}, VlanId{9}}) {
    for (const Ipv4Address group : {a, b}) {
      view.join(vlan, group, 1);
      view.join(vlan, group, 3);
    }
  }
  Request request;
  request.vlan = 9;
  EXPECT_EQ(list_groups(view, request).strings().size(), 4U);
  request.group = IpAddress::from(b);
  EXPECT_EQ(list_groups(view, request).strings().size(), 2U);
  request.port = "p6";
  EXPECT_THAT(list_groups(view, request).strings(), ElementsAre(HasSubstr("9|239.1.1.2|*|p6|")));
}

TEST(TelemetryGroups, AnUnknownPortIsAnErrorThatNamesThePorts) {
  const MadeUpSwitch view;
  Request request;
  request.port = "p1";
  const Reply reply = list_groups(view, request);
  EXPECT_EQ(text_of(reply, "error"), "no port p1; there are p0 p2 p4 p6 p8");
  EXPECT_EQ(text_of(reply, "kind"), "usage");
}

// Pages may end between two ports of one group.
TEST(TelemetryGroups, EveryMembershipIsListedExactlyOnceWhateverThePageSize) {
  MadeUpSwitch view{5, 2000};
  std::set<std::string> expected;
  for (std::uint32_t i = 0; i < 700; ++i) {
    const Ipv4Address group{Ipv4Address::of(239, 5, 0, 0).bits + i * 7};
    for (const PortId port : {PortId{0}, PortId{3}, PortId{4}}) {
      if (i % 5 != port) {
        view.join(11, group, port);
        expected.insert("11|" + to_string(group) + "|*|p" + std::to_string(2 * port));
      }
    }
  }
  for (const std::size_t limit : {std::size_t{1}, std::size_t{2}, std::size_t{100}, std::size_t{512}}) {
    std::set<std::string> seen;
    std::size_t rows = 0;
    for (const std::string& row : walk(list_groups, view, with_limit(limit))) {
      seen.insert(row.substr(0, row.find("|exclude")));
      ++rows;
    }
    EXPECT_EQ(seen, expected) << "limit " << limit;
    EXPECT_EQ(rows, expected.size()) << "limit " << limit;
  }
}

TEST(TelemetryGroups, APageOfLongRowsIsCutByRoomAndNotByLimit) {
  MadeUpSwitch view;
  for (auto& port : view.settings.ports) {
    port.name = std::string(60, 'n') + port.name;
  }
  for (std::uint32_t i = 0; i < 600; ++i) {
    view.join(4001, Ipv4Address{Ipv4Address::of(239, 200, 200, 0).bits + i}, 2);
  }
  const Reply first = list_groups(view, {});
  EXPECT_LT(first.strings().size(), 512U);
  EXPECT_EQ(walk(list_groups, view, {}).size(), 600U);
}

// What is there all the time is found although others come and go between the pages.
TEST(TelemetryGroups, AnEntryThatStaysIsNotMissedWhenOthersGo) {
  MadeUpSwitch view{5, 64};
  for (std::uint32_t i = 0; i < 40; ++i) {
    view.join(6, Ipv4Address{Ipv4Address::of(239, 3, 3, 0).bits + i}, 1);
  }
  Request request = with_limit(1);
  std::multiset<std::string> seen;
  std::uint32_t turn = 0;
  while (true) {
    const Reply reply = list_groups(view, request);
    for (const std::string& row : reply.strings()) {
      seen.insert(row.substr(0, row.find("|*")));
    }
    const auto next = number_of(reply, "next");
    if (!next) {
      break;
    }
    request.after = *next;
    // Groups with an even number leave one after the other, and others come in their place.
    const Ipv4Address leaving{Ipv4Address::of(239, 3, 3, 0).bits + 2 * (turn % 20)};
    const auto found = view.shared.groups.find_v4(6, leaving);
    if (found.id() != table::kNoEntry) {
      view.shared.groups.remove(found.id(), 1, stamp_at(kNow));
    }
    view.join(8, Ipv4Address{Ipv4Address::of(239, 4, 4, 0).bits + turn}, 3);
    ++turn;
  }
  for (std::uint32_t i = 1; i < 40; i += 2) {
    EXPECT_EQ(seen.count("6|239.3.3." + std::to_string(i)), 1U) << i;
  }
}

TEST(TelemetryGroups, APositionBehindTheTableGivesAnEmptyLastPage) {
  MadeUpSwitch view;
  view.join(6, Ipv4Address::of(239, 3, 3, 3), 1);
  Request request;
  request.after = ~std::uint64_t{0};
  const Reply reply = list_groups(view, request);
  EXPECT_THAT(reply.strings(), IsEmpty());
  EXPECT_EQ(number_of(reply, "next"), std::nullopt);
}

TEST(TelemetrySections, EachIsLeftAndNoneIsOpenAfterACommand) {
  MadeUpSwitch view;
  for (std::uint32_t i = 0; i < 600; ++i) {
    view.join(4001, Ipv4Address{Ipv4Address::of(239, 200, 200, 0).bits + i}, 2);
  }
  for (const Handler list : {list_groups, list_ports, list_macs}) {
    const int before = view.sections.entered;
    list(view, {});
    EXPECT_GT(view.sections.entered, before);
    EXPECT_EQ(view.sections.inside, 0);
  }
  EXPECT_EQ(view.sections.strange_leaves, 0);
}

TEST(TelemetrySections, AWalkThroughAnEmptyTableIsManyShortSections) {
  MadeUpSwitch view{2, 20'000};
  list_groups(view, {});
  EXPECT_GE(view.sections.entered, 20'000 / 512);
}

TEST(TelemetrySections, WithoutASlotTheAnswerIsToTryAgain) {
  MadeUpSwitch view;
  view.sections.closed = true;
  for (const Handler list : {list_groups, list_ports, list_macs}) {
    const Reply reply = list(view, {});
    EXPECT_EQ(text_of(reply, "error"), "busy, try again");
    EXPECT_EQ(text_of(reply, "kind"), "busy");
  }
  EXPECT_EQ(view.sections.inside, 0);
}

TEST(TelemetryPorts, ShowTotalsLinkAndGroupsInTheOrderOfTheConfiguration) {
  MadeUpSwitch view{3};
  view.settings.ports[0].name = "zulu";
  view.settings.ports[1].name = "alpha";
  view.totals[1].rx_packets = 5'000'000'000;
  view.totals[1].tx_packets = 4;
  view.totals[1].rx_bytes = 6'000'000'000'000;
  view.totals[1].tx_bytes = 400;
  view.totals[1].tx_drops = {1, 20, 300, 4000, 50'000, 600'000};
  view.totals[1].fates[static_cast<std::size_t>(FrameFate::source_invalid)] = 11;
  view.totals[1].fates[static_cast<std::size_t>(FrameFate::malformed)] = 2;
  view.totals[1].fates[static_cast<std::size_t>(FrameFate::reserved_mac)] = 5;
  view.totals[1].fates[static_cast<std::size_t>(FrameFate::multicast_unregistered)] = 7;
  view.losses[1] = {8, 9, 10, 11, 12};
  view.join(2, Ipv4Address::of(239, 3, 3, 3), 1);
  view.join(2, Ipv4Address::of(239, 3, 3, 4), 1);
  view.join(2, Ipv4Address::of(239, 3, 3, 4), 2);
  const Reply reply = list_ports(view, {});
  EXPECT_STREQ(
      reply.columns(),
      "port,device,driver,link,rx_packets,tx_packets,rx_bytes,tx_bytes,tx_dropped,groups,speed_mbps,mac,"
      "vlan,tagged_vlans,rx_queues,tx_queues,workers,"
      "tx_queue_full,tx_link_down,tx_no_mbuf,tx_handover_full,tx_not_linear,tx_too_long,"
      "rx_dropped,rx_missed,rx_errors,rx_no_mbuf,rx_too_long,tx_errors");
  const char* const kBeginnings[] = {
      "zulu|net_ring0|net_ring|down|0|0|0|0|0|0||02:00:00:00:00:00|",
      "alpha|net_ring1|net_ring|up|5000000000|4|6000000000000|400|654321|2|2500|02:00:00:00:00:01|",
      "p4|net_ring2|net_ring|down|0|0|0|0|0|1||02:00:00:00:00:02|"};
  for (std::size_t row = 0; row < std::size(kBeginnings); ++row) {
    EXPECT_THAT(row_of(reply, row), testing::StartsWith(kBeginnings[row]));
  }
  EXPECT_THAT(row_of(reply, 1), testing::EndsWith("|1|20|300|4000|50000|600000|13|8|9|10|11|12"));
}

TEST(TelemetryPorts, ShowVlansQueuesAndWhoPollsThem) {
  MadeUpSwitch view{3};
  view.settings.ports[1].vlan = 0;
  view.settings.ports[1].tagged_vlans = {10, 100, 101, 102, 4093, 4094};
  view.settings.ports[2].vlan = 17;
  view.worker_rows = {{.core = 3, .queues = {{1, 2}, {1, 0}, {2, 0}}}, {.core = 5, .queues = {{1, 1}}}};
  const Reply reply = list_ports(view, {});
  EXPECT_THAT(row_of(reply, 0), HasSubstr("|02:00:00:00:00:00|1||1|10||"));
  EXPECT_THAT(row_of(reply, 1), HasSubstr("|02:00:00:00:00:01|0|10 100-102 4093-4094|2|11|0:3 1:5 2:3|"));
  EXPECT_THAT(row_of(reply, 2), HasSubstr("|02:00:00:00:00:02|17||3|12|0:3|"));
}

TEST(TelemetryPorts, APageCanBeginAtAnyPort) {
  const MadeUpSwitch view;
  EXPECT_EQ(walk(list_ports, view, with_limit(2)), walk(list_ports, view, {}));
}

TEST(TelemetryMacs, ShowPortAndAge) {
  MadeUpSwitch view;
  view.shared.macs.learn(17, MacAddress{0x0a0b0c0d0e0f}, 3, kNow - 90s);
  EXPECT_THAT(list_macs(view, {}).strings(), ElementsAre("17|0a:0b:0c:0d:0e:0f|p6|90000"));
}

TEST(TelemetryMacs, EveryAddressIsListedExactlyOnce) {
  MadeUpSwitch view;
  std::size_t learned = 0;
  for (std::uint64_t i = 0; i < 700; ++i) {
    learned += view.shared.macs.learn(5, MacAddress{0x020000000000 + i * 257}, 1, kNow) ==
               table::LearnResult::learned;
  }
  ASSERT_GT(learned, 500U);
  const auto rows = walk(list_macs, view, with_limit(33));
  EXPECT_EQ(rows.size(), learned);
  EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), learned);
  EXPECT_EQ(number_of(list_macs(view, {}), "total"), learned);
}

TEST(TelemetryRouters, ShowOriginAndWhatIsKnown) {
  MadeUpSwitch view;
  using membership::RouterOrigin;
  view.picture.routers = {
      {20, {3, RouterOrigin::configured, {}, kNever, membership::RouterPorts::kMost}},
      {20, {3, RouterOrigin::query, Ipv4Address::of(10, 0, 0, 1), kNow + 7s}},
      {20, {3, RouterOrigin::pim, Ipv4Address::of(10, 0, 0, 2), kNever, 1}},
      {20, {3, RouterOrigin::mrd, Ipv4Address::of(10, 0, 0, 1), kNow + 8s, 2}},
      {21, {0, RouterOrigin::query, Ipv4Address::of(10, 0, 1, 1), kNow - 7s}},
  };
  EXPECT_THAT(
      walk(list_routers, view, {}),
      testing::UnorderedElementsAre("20|p6|static||", "20|p6|query|10.0.0.1|7000", "20|p6|pim|10.0.0.2|",
                                    "20|p6|mrd|10.0.0.1|8000", "21|p0|query|10.0.1.1|0"));
  EXPECT_EQ(walk(list_routers, view, with_limit(1)), walk(list_routers, view, {}));
}

TEST(TelemetryQueriers, ShowRoleAndWhatIsKnown) {
  MadeUpSwitch view;
  using membership::Role;
  view.picture.queriers = {
      {2, Role::off, {}, 0, kNever},
      {5, Role::querier, Ipv4Address::of(0, 0, 0, 0), 2, kNever},
      {9, Role::non_querier, Ipv4Address::of(10, 0, 0, 9), 3, kNow + 254'500us},
  };
  EXPECT_THAT(walk(list_queriers, view, with_limit(2)),
              ElementsAre("2|igmp|off|||", "5|igmp|querier|0.0.0.0|2|", "9|igmp|non-querier|10.0.0.9|3|255"));
}

TEST(TelemetryCounters, EveryCounterOfEveryPortAndThoseOfTheControlThread) {
  MadeUpSwitch view{3};
  const auto rows = walk(list_counters, view, {});
  EXPECT_EQ(rows.size(), 3 * kCounterCount + control::ControlCounters::size());
  EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), rows.size());
  EXPECT_EQ(walk(list_counters, view, with_limit(50)), rows);
}

TEST(TelemetryCounters, EachNameHasItsOwnValue) {
  MadeUpSwitch view{3};
  PortCounters block;
  block.rx_bytes.add(1000);
  block.fates[FrameFate::igmp_leave].add(7);
  block.events[PortEvent::macs_moved].add(8);
  block.tx_drops[TxDrop::tx_too_long].add(9);
  block.parse_errors[static_cast<std::size_t>(proto::ParseError::igmp_checksum_wrong)].add(10);
  view.totals[2] += block;
  view.totals[2] += block;
  view.control_events[control::ControlCounter::leaves_fast].add(11);
  const auto rows = walk(list_counters, view, {});
  for (const char* row : {"p4|rx_bytes|2000", "p4|igmp_leave|14", "p4|macs_moved|16", "p4|tx_too_long|18",
                          "p4|igmp_checksum_wrong|20", "|leaves_fast|11", "p2|igmp_leave|0"}) {
    EXPECT_THAT(rows, testing::Contains(row));
  }
}

TEST(TelemetryCounters, OfOnePortAreThatPortsAlone) {
  const MadeUpSwitch view{3};
  Request request;
  request.port = "p2";
  const auto rows = walk(list_counters, view, request);
  EXPECT_EQ(rows.size(), kCounterCount);
  EXPECT_THAT(rows, testing::Each(testing::StartsWith("p2|")));
  request.limit = 10;
  EXPECT_EQ(walk(list_counters, view, request), rows);
}

TEST(TelemetryCounters, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const CounterName& name : kCounterNames) {
    names.insert(name.name);
  }
  EXPECT_EQ(names.size(), kCounterCount);
}

TEST(TelemetryWorkers, NameTheQueuesThatTheyPollAndWhatTheyDid) {
  MadeUpSwitch view;
  view.worker_rows = {{.core = 3,
                       .queues = {{4, 0}, {0, 2}, {4, 1}},
                       .counters = {1'000'000, 1000, 31'000, 62'000, 7, 60, 50, 4, 3}},
                      {.core = 5, .queues = {}, .counters = {2}}};
  EXPECT_THAT(walk(list_workers, view, with_limit(1)),
              ElementsAre("0|3|p0 p8|1000000|1000|31000|p8:0 p0:2 p8:1|62000|7|60|50|4|3",
                          "1|5||2|0|0||0|0|0|0|0|0"));
}

TEST(TelemetryInfo, SaysWhatRunsAndHowFullItIs) {
  MadeUpSwitch view;
  view.join(2, Ipv4Address::of(239, 3, 3, 3), 1);
  const Reply reply = show_info(view, {});
  EXPECT_EQ(reply.columns(), nullptr);
  EXPECT_EQ(text_of(reply, "name"), "lab");
  EXPECT_EQ(text_of(reply, "version"), "1.2.3");
  EXPECT_EQ(text_of(reply, "worker_cores"), "3 5");
  EXPECT_EQ(text_of(reply, "memory"), "plain");
  EXPECT_EQ(number_of(reply, "uptime_ms"), 65'432U);
  EXPECT_EQ(number_of(reply, "groups"), 1U);
  EXPECT_EQ(number_of(reply, "max_groups"), 8192U);
  EXPECT_EQ(number_of(reply, "mbufs_free"), 4000U);
  EXPECT_EQ(number_of(reply, "control_turns"), 987'654U);
  EXPECT_EQ(number_of(reply, "control_events"), 321U);
  // Rounded up.
  EXPECT_EQ(number_of(reply, "control_longest_pause_us"), 1651U);
  EXPECT_EQ(number_of(reply, "control_longest_turn_us"), 35U);
}

TEST(TelemetryReply, TextsAreMadePrintableAndShortEnough) {
  Reply reply;
  reply.add("error", std::string("a\n\xff\"") + std::string(300, 'b'));
  EXPECT_THAT(text_of(reply, "error"), testing::StartsWith("a%0A%FF\"bbb"));
  EXPECT_EQ(text_of(reply, "error").size(), kStringLength);
}

}  // namespace
}  // namespace mcswitch::telemetry

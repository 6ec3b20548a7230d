// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/groups with sources, static groups and hosts, and /mcswitch/hosts.

#include <gmock/gmock.h>

#include <set>

#include "table/host_table.hpp"
#include "telemetry/handlers.hpp"
#include "unit/telemetry/lists.hpp"
#include "unit/telemetry/made_up_switch.hpp"

namespace mcswitch::telemetry::membership_rows_test {
namespace {

using namespace std::chrono_literals;
using table::EntryKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr TimePoint kNow = MadeUpSwitch::kNow;
const Ipv4Address kGroup = Ipv4Address::of(232, 1, 2, 3);
const Ipv4Address kSource = Ipv4Address::of(10, 0, 0, 77);
const Ipv4Address kOtherSource = Ipv4Address::of(10, 0, 0, 9);
constexpr VlanId kVlan = 12;

table::Host host(unsigned n) {
  return {MacAddress{0x0200'0000'0000U + n}, IpAddress::from(Ipv4Address{0x0a00'0000U + n})};
}

// Tracks up to `max_hosts` hosts; a membership lasts 260 s.
std::unique_ptr<MadeUpSwitch> tracking_switch(std::uint32_t max_hosts = 16) {
  auto view = std::make_unique<MadeUpSwitch>();
  view->add_vlan(kVlan, 260s);
  view->host_table = std::make_unique<table::HostTable>(max_hosts, 0x77);
  return view;
}

TEST(TelemetrySources, RequestedSourcesAreIncluded) {
  MadeUpSwitch view;
  view.add_vlan(kVlan, 260s);
  view.join_source(kVlan, kGroup, kSource, 1);
  view.join_source(kVlan, kGroup, kOtherSource, 1);
  view.join_source(kVlan, kGroup, kSource, 4);
  EXPECT_THAT(list_groups(view, {}).strings(),
              UnorderedElementsAre("12|232.1.2.3|10.0.0.77|p2|include|igmpv3|250000|",
                                   "12|232.1.2.3|10.0.0.9|p2|include|igmpv3|250000|",
                                   "12|232.1.2.3|10.0.0.77|p8|include|igmpv3|250000|"));
}

TEST(TelemetrySources, ExcludedSourcesAreBlockedAndHaveNoTimer) {
  MadeUpSwitch view;
  view.add_vlan(kVlan, 260s);
  view.join(kVlan, kGroup, 1, 3);
  view.join_source(kVlan, kGroup, kSource, 1, EntryKind::excluded);
  EXPECT_THAT(list_groups(view, {}).strings(),
              UnorderedElementsAre("12|232.1.2.3|*|p2|exclude|igmpv3|250000|",
                                   "12|232.1.2.3|10.0.0.77|p2|blocked|igmpv3||"));
}

// X of RFC 9776 section 6.2.2: excluded, and requested until its timer ends.
TEST(TelemetrySources, AnExcludedSourceThatIsRequestedOnThePortIsNotBlockedThere) {
  MadeUpSwitch view;
  view.add_vlan(kVlan, 260s);
  view.join_source(kVlan, kGroup, kSource, 1, EntryKind::excluded);
  view.join_source(kVlan, kGroup, kSource, 3, EntryKind::excluded);
  view.join_source(kVlan, kGroup, kSource, 3);
  EXPECT_THAT(list_groups(view, {}).strings(),
              UnorderedElementsAre("12|232.1.2.3|10.0.0.77|p2|blocked|igmpv3||",
                                   "12|232.1.2.3|10.0.0.77|p6|include|igmpv3|250000|"));
}

TEST(TelemetrySources, FiltersTakeTheSourcesOfAGroup) {
  MadeUpSwitch view;
  view.add_vlan(kVlan, 260s);
  view.join_source(kVlan, kGroup, kSource, 1);
  view.join_source(kVlan, Ipv4Address::of(232, 129, 2, 3), kSource, 1);
  view.join_source(kVlan + 1, kGroup, kSource, 1);
  view.join_source(kVlan, kGroup, kSource, 2);
  Request request;
  request.vlan = kVlan;
  request.group = IpAddress::from(kGroup);
  request.port = "p4";
  EXPECT_THAT(list_groups(view, request).strings(),
              ElementsAre("12|232.1.2.3|10.0.0.77|p4|include|igmpv3|250000|"));
}

TEST(TelemetrySources, StaticMembersNeverExpire) {
  MadeUpSwitch view;
  view.add_vlan(kVlan, 260s);
  view.join(kVlan, kGroup, 1, 3);
  view.join(kVlan, kGroup, 4, 2);
  view.join_source(kVlan, kGroup, kSource, 1);
  view.join_source(kVlan, kGroup, kOtherSource, 1);
  view.picture.static_members = {
      {.vlan = kVlan, .group = IpAddress::from(kGroup), .source = {}, .ports = PortSet::of(4)},
      {.vlan = kVlan,
       .group = IpAddress::from(kGroup),
       .source = IpAddress::from(kOtherSource),
       .ports = PortSet::of(1)}};
  EXPECT_THAT(
      list_groups(view, {}).strings(),
      UnorderedElementsAre("12|232.1.2.3|*|p2|exclude|igmpv3|250000|", "12|232.1.2.3|*|p8|exclude|static||",
                           "12|232.1.2.3|10.0.0.77|p2|include|igmpv3|250000|",
                           "12|232.1.2.3|10.0.0.9|p2|include|static||"));
}

// --- hosts ------------------------------------------------------------------------------------------

TEST(TelemetryHosts, AreCountedForEachMembership) {
  const auto view = tracking_switch();
  view->join(kVlan, kGroup, 1, 3);
  const table::EntryId group = view->shared.groups.find_v4(kVlan, kGroup).id();
  const table::EntryId source = view->join_source(kVlan, kGroup, kSource, 1);
  view->join_source(kVlan, kGroup, kOtherSource, 4, EntryKind::excluded);
  view->track(group, 1, host(1), 30s);
  view->track(group, 1, host(2), 20s);
  view->track(source, 1, host(2), 20s);
  EXPECT_THAT(list_groups(*view, {}).strings(),
              UnorderedElementsAre("12|232.1.2.3|*|p2|exclude|igmpv3|250000|2",
                                   "12|232.1.2.3|10.0.0.77|p2|include|igmpv3|250000|1",
                                   "12|232.1.2.3|10.0.0.9|p8|blocked|igmpv3||"));
}

TEST(TelemetryHosts, AreNotCountedWhereAVlanTracksNone) {
  const auto view = tracking_switch();
  config::Vlan vlan{.id = kVlan, .name = "quiet", .snooping = {}, .igmp = view->settings.igmp};
  vlan.igmp.host_tracking = false;
  view->add_vlan(kVlan + 1, 260s);
  view->settings.vlans.push_back(vlan);
  view->join(kVlan, kGroup, 1, 3);
  view->join(kVlan + 1, kGroup, 1, 3);
  EXPECT_THAT(list_groups(*view, {}).strings(),
              UnorderedElementsAre("12|232.1.2.3|*|p2|exclude|igmpv3|250000|",
                                   "13|232.1.2.3|*|p2|exclude|igmpv3|250000|0"));
}

TEST(TelemetryHosts, AreListedWithTheirAddressesAndTimes) {
  const auto view = tracking_switch();
  view->join(kVlan, kGroup, 1, 3);
  const table::EntryId group = view->shared.groups.find_v4(kVlan, kGroup).id();
  const table::EntryId source = view->join_source(kVlan, kGroup, kSource, 4);
  view->track(group, 1, host(1), 300s);
  view->host_table->seen(group, 1, host(2), stamp_at(kNow - 200s), stamp_at(kNow - 210s));
  view->track(source, 4, host(3), 90s);
  const Reply reply = list_hosts(*view, {});
  EXPECT_STREQ(reply.columns(), "vlan,group,source,port,address,mac,since_ms,last_ms");
  // The latest of a membership is heard as long as that: 10 s ago.
  EXPECT_THAT(reply.strings(),
              UnorderedElementsAre("12|232.1.2.3|*|p2|10.0.0.1|02:00:00:00:00:01|300000|210000",
                                   "12|232.1.2.3|*|p2|10.0.0.2|02:00:00:00:00:02|200000|10000",
                                   "12|232.1.2.3|10.0.0.77|p8|10.0.0.3|02:00:00:00:00:03|90000|10000"));
  EXPECT_EQ(number_of(reply, "total"), 3U);
}

TEST(TelemetryHosts, ThatHaveLeftAreNotListed) {
  const auto view = tracking_switch();
  view->join(kVlan, kGroup, 1, 3);
  const table::EntryId group = view->shared.groups.find_v4(kVlan, kGroup).id();
  view->track(group, 1, host(1), 30s);
  view->host_table->forget(group, 1, host(1), stamp_at(kNow - 5s));
  EXPECT_THAT(list_hosts(*view, {}).strings(), IsEmpty());
  EXPECT_THAT(list_groups(*view, {}).strings(), ElementsAre("12|232.1.2.3|*|p2|exclude|igmpv3|250000|0"));
}

TEST(TelemetryHosts, OfAMembershipThatHasEndedAreNotListed) {
  const auto view = tracking_switch();
  view->join(kVlan, kGroup, 1, 3);
  view->join(kVlan, kGroup, 2, 3);
  const table::EntryId group = view->shared.groups.find_v4(kVlan, kGroup).id();
  view->track(group, 1, host(1), 30s);
  view->track(group, 2, host(2), 30s);
  view->shared.groups.remove(group, 1, stamp_at(kNow));
  EXPECT_THAT(list_hosts(*view, {}).strings(),
              ElementsAre("12|232.1.2.3|*|p4|10.0.0.2|02:00:00:00:00:02|30000|10000"));
}

TEST(TelemetryHosts, FiltersAreAllApplied) {
  const auto view = tracking_switch();
  unsigned n = 0;
  for (const VlanId vlan : {kVlan, VlanId{kVlan + 1}}) {
    for (const Ipv4Address group : {kGroup, Ipv4Address::of(232, 129, 2, 3)}) {
      for (const PortId port : {PortId{1}, PortId{3}}) {
        view->join(vlan, group, port, 3);
        view->track(view->shared.groups.find_v4(vlan, group).id(), port, host(++n), 30s);
      }
    }
  }
  EXPECT_EQ(list_hosts(*view, {}).strings().size(), 8U);
  Request request;
  request.vlan = kVlan + 1;
  EXPECT_EQ(list_hosts(*view, request).strings().size(), 4U);
  request.group = IpAddress::from(kGroup);
  EXPECT_EQ(list_hosts(*view, request).strings().size(), 2U);
  request.port = "p6";
  EXPECT_THAT(list_hosts(*view, request).strings(),
              ElementsAre("13|232.1.2.3|*|p6|10.0.0.6|02:00:00:00:00:06|30000|10000"));
  request.port = "p7";
  EXPECT_THAT(text_of(list_hosts(*view, request), "error"), testing::HasSubstr("no port p7"));
}

TEST(TelemetryHosts, PagesHaveEachHostOnce) {
  const auto view = tracking_switch(2000);
  view->join(kVlan, kGroup, 1, 3);
  const table::EntryId group = view->shared.groups.find_v4(kVlan, kGroup).id();
  for (unsigned n = 0; n < 1300; ++n) {
    view->track(group, 1, host(n), 30s - Duration{n});
  }
  for (const std::size_t limit : {std::size_t{1}, std::size_t{7}, std::size_t{512}}) {
    const auto rows = walk(list_hosts, *view, with_limit(limit));
    EXPECT_EQ(rows.size(), 1300U) << limit;
    EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), 1300U) << limit;
  }
}

TEST(TelemetryHosts, WhereNoneIsTrackedTheListIsEmpty) {
  MadeUpSwitch view;
  view.join(kVlan, kGroup, 1, 3);
  const Reply reply = list_hosts(view, {});
  EXPECT_THAT(reply.strings(), IsEmpty());
  EXPECT_EQ(number_of(reply, "total"), 0U);
}

TEST(TelemetryHosts, WithoutAReaderSlotTheyAreBusy) {
  const auto view = tracking_switch();
  view->sections.closed = true;
  EXPECT_EQ(text_of(list_hosts(*view, {}), "kind"), "busy");
}

}  // namespace
}  // namespace mcswitch::telemetry::membership_rows_test

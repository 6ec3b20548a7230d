// SPDX-License-Identifier: BSD-3-Clause
//
// What a VLAN wants upstream, read from the group table: against the rules on sets (merge.hpp), and on the
// whole way.

#include "control/proxy_reports.hpp"

#include <gmock/gmock.h>

#include <random>

#include "unit/control/merge.hpp"
#include "unit/control/source_lab.hpp"

namespace mcswitch::control {
namespace {

using enum RecordType;
using membership::FilterMode;
using membership::PortFilter;
using table::EntryKind;

TEST(MergeOfTheTable, IsThatOfThePortsFilters) {
  std::mt19937 random{20'26'11'22};
  const table::GroupKey key{kLabVlan, IpAddress::from(kGroup)};
  const List all{kA, kB, kC, kD};
  for (unsigned round = 0; round < 2000; ++round) {
    table::GroupControl groups{20, 8, 7};
    std::vector<PortFilter> filters;
    Stamp stamp = 100;
    for (PortId port = 2; port < 5; ++port) {
      PortFilter filter;
      filter.mode = random() % 2 == 0 ? FilterMode::include : FilterMode::exclude;
      for (const IpAddress& source : all) {
        const bool is_requested = random() % 3 == 0;
        const bool is_excluded = filter.mode == FilterMode::exclude && random() % 2 == 0;
        if (is_requested) {
          groups.control_join_source(EntryKind::requested, key, source, port, ++stamp);
          filter.requested.push_back(source);
        }
        if (is_excluded) {
          groups.control_join_source(EntryKind::excluded, key, source, port, ++stamp);
        }
        if (is_excluded && !is_requested) {
          filter.excluded.push_back(source);
        }
      }
      if (filter.mode == FilterMode::exclude) {
        groups.control_join(key, port, ++stamp);
      }
      filters.push_back(filter);
    }
    MergedFilter merged;
    merged.mode = ProxyReports::merge(groups, key, merged.sources);
    ASSERT_EQ(merged, merge(filters)) << "round " << round;
  }
}

config::Config proxy_config() {
  config::Config config = lab_config();
  config.igmp.report_mode = config::ReportMode::proxy;
  config.igmp.proxy_address = ip("10.0.0.99");
  config.igmp.intervals.set_startup_query_interval = 100s;  // no query of ours for so long
  config.ports[5].multicast_router = config::MulticastRouter::always;
  return config;
}

// Records of all reports that were sent, to port 5.
std::vector<std::pair<RecordType, List>> said(const test::Engine& engine, PortSet routers = PortSet::of(5)) {
  std::vector<std::pair<RecordType, List>> all;
  for (const test::SentFrame& frame : engine.sent()) {
    proto::IgmpMessage message;
    EXPECT_EQ(proto::parse_igmp(test::ip_payload(frame.bytes), message), proto::ParseError::none);
    if (message.kind != proto::IgmpKind::v3_report) {
      continue;
    }
    EXPECT_EQ(frame.ports, routers);
    proto::GroupRecords records{message};
    for (proto::GroupRecord record; records.next(record);) {
      all.emplace_back(static_cast<RecordType>(record.type),
                       List{record.sources.begin(), record.sources.end()});
    }
  }
  return all;
}

TEST(ProxyReporting, HostsReportsAreNotForwarded) {
  SourceLab lab{proxy_config()};
  EXPECT_EQ(lab.engine.receive(2, test::v2_report(kGroup)), PortSet{});
  EXPECT_EQ(lab.engine.receive(2, test::leave(kGroup)), PortSet{});
}

TEST(ProxyReporting, UpstreamSeesOneHostAndALeaveWhenTheLastMemberIsGone) {
  SourceLab lab{proxy_config()};
  lab.record(2, change_to_exclude_mode);
  lab.record(3, change_to_exclude_mode);
  lab.advance(3s);
  const std::pair<RecordType, List> join{change_to_exclude_mode, {}};
  EXPECT_EQ(said(lab.engine), (std::vector<std::pair<RecordType, List>>{join, join})) << "said, and repeated";
  lab.clear();
  lab.record(2, change_to_include_mode);
  lab.advance(5s);
  EXPECT_TRUE(said(lab.engine).empty());
  lab.record(3, change_to_include_mode);
  lab.advance(5s);
  const std::pair<RecordType, List> leave{change_to_include_mode, {}};
  EXPECT_EQ(said(lab.engine), (std::vector<std::pair<RecordType, List>>{leave, leave}));
}

TEST(ProxyReporting, SourcesOfAllPortsAreMerged) {
  SourceLab lab{proxy_config()};
  lab.record(2, mode_is_include, {kA});
  lab.advance(3s);
  lab.clear();
  lab.record(3, mode_is_include, {kA, kB});
  lab.advance(3s);
  const std::pair<RecordType, List> allow{allow_new_sources, {kB}};
  EXPECT_EQ(said(lab.engine), (std::vector<std::pair<RecordType, List>>{allow, allow}));
}

// --- who hears of what is wanted already --------------------------------------------------------------

using Said = std::vector<std::pair<RecordType, List>>;

test::FrameOptions router() {
  return {.source_mac = MacAddress{0x02'00'00'00'30'30}, .source = ip("10.0.0.30")};
}

// S-F1-45, R2236-70: "Routers ... may even respond to their own queries".
TEST(ProxyReporting, ARouterThatNeverAsksHearsOfAGroupInEachQueryInterval) {
  config::Config config = proxy_config();
  config.igmp.intervals.set_startup_query_interval = 20s;
  SourceLab lab{config};
  lab.record(2, change_to_exclude_mode);
  lab.advance(20s);
  for (int interval = 0; interval < 10; ++interval) {
    lab.clear();
    lab.record(2, mode_is_exclude);
    lab.advance(20s);
    EXPECT_THAT(said(lab.engine), testing::Contains(std::pair{mode_is_exclude, List{}}));
  }
}

// S-F1-46, by each reason.
TEST(ProxyReporting, ARouterThatBecomesKnownIsToldEverythingWithinTwoSeconds) {
  for (const auto& frame : {test::pim_hello(router()), test::mrd_advertisement(20, router()),
                            test::v3_query({.code = 100}, router())}) {
    config::Config config = proxy_config();
    config.ports[5].multicast_router = config::MulticastRouter::automatic;
    SourceLab lab{config};
    lab.record(2, change_to_exclude_mode);
    lab.advance(10s);
    EXPECT_TRUE(said(lab.engine).empty());
    lab.engine.receive(5, frame);
    lab.advance(2s);
    EXPECT_EQ(said(lab.engine), (Said{{mode_is_exclude, {}}}));
    lab.clear();
    lab.engine.receive(5, test::pim_hello(router(), std::uint16_t{0xffff}));
    lab.advance(2s);
    lab.clear();
    lab.engine.receive(5, test::pim_hello(router()));
    lab.advance(9s);
    EXPECT_THAT(said(lab.engine).size(), testing::Le(1U)) << "it is known; the query may be answered";
  }
}

TEST(ProxyReporting, AConfiguredRouterPortThatComesUpIsToldEverything) {
  SourceLab lab{proxy_config()};
  lab.record(2, change_to_exclude_mode);
  lab.advance(10s);
  lab.engine.link(5, false);
  lab.clear();
  lab.engine.link(5, true);
  lab.advance(2s);
  EXPECT_EQ(said(lab.engine), (Said{{mode_is_exclude, {}}}));
}

// S-F1-32: nobody else can ask, as the querier does not hear of the leave.
TEST(ProxyReporting, AsNonQuerierTheSwitchAsksItsHostsItself) {
  SourceLab lab{proxy_config()};
  lab.engine.receive(6, test::v3_query({.code = 1}, {.source = ip("10.0.0.2")}));
  lab.record(2, change_to_exclude_mode);
  lab.advance(10s);
  lab.clear();
  lab.record(2, change_to_include_mode);
  EXPECT_EQ(lab.asked().size(), 1U);
  lab.advance(3s);
  EXPECT_EQ(lab.asked().size(), 2U);
  EXPECT_THAT(said(lab.engine, PortSet::of(5) | PortSet::of(6)),
              testing::Contains(std::pair{change_to_include_mode, List{}}));
}

// C8: "by what queries were heard, not by our own query version".
TEST(ProxyReporting, TowardsAVersion3RouterItSpeaksVersion3WhateverOurOwnQueriesWouldBe) {
  config::Config config = proxy_config();
  config.igmp.querier = false;
  config.igmp.intervals.version = 2;
  SourceLab lab{config};
  lab.engine.receive(5, test::v3_query({.code = 1}, router()));
  lab.advance(1s);
  lab.clear();
  lab.record(2, allow_new_sources, {kA});
  lab.advance(1ms);
  EXPECT_EQ(said(lab.engine), (Said{{allow_new_sources, {kA}}}));
}

TEST(ProxyReporting, AsQuerierOfVersion2ItSpeaksVersion2) {
  config::Config config = proxy_config();
  config.igmp.intervals.version = 2;
  SourceLab lab{config};
  lab.record(2, allow_new_sources, {kA});
  lab.advance(1ms);
  EXPECT_TRUE(said(lab.engine).empty()) << "in version 3";
  EXPECT_EQ(lab.engine.sent().size(), 1U);
}

// C11: RFC 9776 section 4.2.12, a system that knows the SSM range says no EXCLUDE in it.
TEST(ProxyReporting, AStaticGroupInTheSsmRangeIsReportedWithItsSourcesOnly) {
  config::Config config = proxy_config();
  config.igmp.ssm_range = {{ip("239.1.0.0"), 16}};
  config::Vlan& vlan = config.vlans.emplace_back();
  vlan.id = kLabVlan;
  vlan.snooping = config.snooping;
  vlan.igmp = config.igmp;
  vlan.static_groups.push_back({.group = kGroup, .source = {}, .ports = PortSet::of(3)});
  SourceLab lab{config};
  lab.advance(10s);
  EXPECT_TRUE(said(lab.engine).empty());
  lab.record(2, allow_new_sources, {kA});
  lab.advance(1ms);
  EXPECT_EQ(said(lab.engine), (Said{{allow_new_sources, {kA}}}));
}

}  // namespace
}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// What a VLAN wants upstream, read from the group table: against the rules on sets (merge.hpp), and on the
// whole way.

#include "control/proxy_reports.hpp"

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
  config.ports[5].multicast_router = config::MulticastRouter::always;
  return config;
}

// Records of all reports that were sent upstream.
std::vector<std::pair<RecordType, List>> said(const test::Engine& engine) {
  std::vector<std::pair<RecordType, List>> all;
  for (const test::SentFrame& frame : engine.sent()) {
    proto::IgmpMessage message;
    EXPECT_EQ(proto::parse_igmp(test::ip_payload(frame.octets), message), proto::ParseError::none);
    if (message.kind != proto::IgmpKind::v3_report) {
      continue;
    }
    EXPECT_EQ(frame.ports, PortSet::of(5));
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

}  // namespace
}  // namespace mcswitch::control

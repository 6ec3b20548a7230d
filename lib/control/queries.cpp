// SPDX-License-Identifier: BSD-3-Clause

#include "control/queries.hpp"

#include <algorithm>
#include <array>

#include "proto/igmp.hpp"
#include "proto/mrd.hpp"

namespace mcswitch::control {

bool Queries::send_general(const VlanControl& vlan, PortSet ports) {
  if (!send(vlan, ports,
            {.group = kUnspecifiedV4,
             .max_resp_time = vlan.settings().igmp.intervals.query_response_interval})) {
    return false;
  }
  context_.count(ControlCounter::general_queries_sent);
  return true;
}

bool Queries::send_solicitation(const VlanControl& vlan, PortSet ports) {
  const VlanSettings& settings = vlan.settings();
  std::array<std::uint8_t, proto::kMrdSolicitationFrameSize> frame;
  const IpAddress& source = settings.igmp.querier_address.is_unspecified() ? settings.igmp.proxy_address
                                                                           : settings.igmp.querier_address;
  proto::build_mrd_solicitation(switch_mac_, source, frame);
  if (!sink_.send(ports, settings.vlan, frame)) {
    return false;
  }
  context_.count(ControlCounter::router_solicitations_sent);
  return true;
}

bool Queries::send_for_group(const VlanControl& vlan, PortSet ports, const IpAddress& group, bool suppress) {
  if (!send(vlan, ports,
            {.group = group,
             .max_resp_time = vlan.settings().igmp.intervals.last_member_query_interval,
             .suppress_router_processing = suppress})) {
    return false;
  }
  context_.count(ControlCounter::specific_queries_sent);
  return true;
}

bool Queries::send_for_sources(const VlanControl& vlan, PortSet ports, const IpAddress& group,
                               const membership::Sources& sources, bool suppress) {
  const bool is_version_3 = vlan.querier().own_version() == 3;
  if (!is_version_3 && suppress) {
    return true;
  }
  for (std::size_t first = 0; first < sources.size(); first += proto::kMaxQuerySources) {
    const std::size_t count_here = std::min(sources.size() - first, proto::kMaxQuerySources);
    if (!send(vlan, ports,
              {.group = group,
               .max_resp_time = vlan.settings().igmp.intervals.last_member_query_interval,
               .suppress_router_processing = suppress,
               .sources = std::span{sources}.subspan(first, count_here)})) {
      return false;
    }
    context_.count(ControlCounter::source_queries_sent);
    if (!is_version_3) {
      return true;
    }
  }
  return true;
}

bool Queries::send(const VlanControl& vlan, PortSet ports, const Question& question) {
  const VlanSettings& settings = vlan.settings();
  const membership::Intervals& intervals = settings.igmp.intervals;
  const std::uint8_t version = vlan.querier().own_version();
  std::array<std::uint8_t, proto::kMaxQueryFrameSize> frame;
  const std::size_t size =
      proto::build_query({.source_mac = switch_mac_,
                          .source = settings.igmp.querier_address,
                          .group = question.group,
                          .version = version,
                          .max_resp_time = question.max_resp_time,
                          .suppress_router_processing = question.suppress_router_processing,
                          .robustness_variable = intervals.robustness_variable,
                          .query_interval = intervals.query_interval,
                          .sources = version == 3 ? question.sources : std::span<const IpAddress>{}},
                         frame);
  if (sink_.send(ports, settings.vlan, {frame.data(), size})) {
    return true;
  }
  context_.count(ControlCounter::queries_delayed);
  return false;
}

}  // namespace mcswitch::control

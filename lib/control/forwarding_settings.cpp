// SPDX-License-Identifier: BSD-3-Clause

#include "control/forwarding_settings.hpp"

#include "control/vlan_control.hpp"

namespace mcswitch::control {
namespace {

table::Snooping snooping(const VlanSettings& settings) {
  if (!settings.is_snooped()) {
    return table::Snooping::off;
  }
  return settings.mode == config::SnoopingMode::observe ? table::Snooping::observe : table::Snooping::prune;
}

std::uint8_t rules(const config::Igmp& igmp) {
  return static_cast<std::uint8_t>((igmp.require_router_alert ? table::kRequireRouterAlert : 0) |
                                   (igmp.ignore_v1_reports ? table::kIgnoreV1Reports : 0) |
                                   (igmp.ignore_v2_reports ? table::kIgnoreV2Reports : 0) |
                                   (igmp.report_sources.empty() ? 0 : table::kHasReportSources) |
                                   (igmp.host_tracking ? table::kTrackHosts : 0) |
                                   (igmp.ssm_range.empty() ? 0 : table::kHasSsmRange));
}

}  // namespace

std::unique_ptr<table::ForwardingBlock> forwarding_settings(const config::Config& config,
                                                            const PortMacs& port_macs,
                                                            MacAddress switch_mac) {
  auto block = std::make_unique<table::ForwardingBlock>();
  block->switch_mac = switch_mac;
  for (std::size_t i = 0; i < config.ports.size() && i < kMaxPorts; ++i) {
    const config::Port& port = config.ports[i];
    block->ports[i] = {.own_mac = port_macs[i], .vlan = port.vlan, .block_queries = port.block_queries};
    block->has_tags = block->has_tags || !port.tagged_vlans.empty();
  }
  for (const VlanSettings& settings : vlan_settings(config)) {
    table::VlanForwarding& vlan = block->vlans[settings.vlan];
    vlan.tagged = settings.tagged;
    vlan.igmp = snooping(settings);
    vlan.igmp_rules = rules(settings.igmp);
    if (!settings.igmp.report_sources.empty()) {
      vlan.report_sources = static_cast<std::uint16_t>(block->report_sources.size());
      block->report_sources.push_back(settings.igmp.report_sources);
    }
    for (std::size_t i = 0; i < settings.igmp.ssm_range.size() && i < vlan.ssm_range.size(); ++i) {
      const Ipv4Prefix prefix = settings.igmp.ssm_range[i];
      vlan.ssm_range[i] = std::uint64_t{prefix.network().bits} << 32 | prefix.mask();
    }
  }
  return block;
}

}  // namespace mcswitch::control

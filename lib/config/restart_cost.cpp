// SPDX-License-Identifier: BSD-3-Clause

#include "config/restart_cost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/ranges.hpp"
#include "config/findings.hpp"

namespace mcswitch::config {
namespace {

// With one decimal, rounded up: these are upper bounds.
std::string text(Duration time) {
  constexpr Duration kStep = std::chrono::milliseconds{100};
  return seconds_text((time + kStep - Duration{1}) / kStep * kStep) + " s";
}

std::string flooded_text(const RestartCost& cost) {
  return cost.flooded_if_taken_over > cost.flooded
             ? fmt::format("{} ({} if another querier takes over meanwhile)", text(cost.flooded),
                           text(cost.flooded_if_taken_over))
             : text(cost.flooded);
}

std::string describe(const Snooping& snooping, const Igmp& igmp) {
  const RestartCost cost = restart_cost(snooping, igmp);
  if (snooping.hold_pruning().is_on) {
    return fmt::format(
        "hold-pruning is on: after a restart all multicast is flooded for up to {}{}, and members lose "
        "nothing; with hold-pruning = false they could be without their streams for up to {}",
        flooded_text(cost), igmp.querier ? "" : ", and for as long as nobody queries", text(cost.dark));
  }
  return fmt::format(
      "hold-pruning is off: after a restart members can be without their streams for up to {}, until they "
      "have answered {}; with hold-pruning = true all multicast would be flooded for up to {} instead",
      text(cost.dark), igmp.querier ? "our first query" : "the next query of another querier",
      flooded_text(cost));
}

std::set<VlanId> carried_vlans(const Config& config) {
  std::set<VlanId> vlans;
  for (const Port& port : config.ports) {
    vlans.insert(port.tagged_vlans.begin(), port.tagged_vlans.end());
    if (port.vlan != 0) {
      vlans.insert(port.vlan);
    }
  }
  return vlans;
}

}  // namespace

std::vector<std::string> describe_restart(const Config& config) {
  // In the order of their first VLANs.
  std::vector<std::pair<std::string, std::vector<VlanId>>> groups;
  for (const VlanId vlan : carried_vlans(config)) {
    const Snooping& snooping = config.snooping_of(vlan);
    const Igmp& igmp = config.igmp_of(vlan);
    if (!igmp.enabled || snooping.mode != SnoopingMode::prune) {
      continue;
    }
    const std::string text = describe(snooping, igmp);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == text; });
    if (group == groups.end()) {
      group = groups.insert(groups.end(), {text, {}});
    }
    group->second.push_back(vlan);
  }
  std::vector<std::string> lines;
  for (const auto& [text, vlans] : groups) {
    lines.push_back(
        fmt::format("VLAN{} {}: {}", vlans.size() == 1 ? "" : "s", ranges_text(vlans, ", "), text));
  }
  return lines;
}

}  // namespace mcswitch::config

// SPDX-License-Identifier: BSD-3-Clause
//
// [[vlan]]: settings of one VLAN, which start from those of [snooping], [igmp] and [mld].

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

// 0 stands for "none", 4095 is reserved (IEEE 802.1Q).
constexpr IntegerRange kIds{1, 4094};

struct Defaults {
  const Config& config;
  const IgmpSection& igmp;
  bool mld;
  StaticGroupReader& static_groups;
};

bool is_carried(VlanId id, const std::vector<Port>& ports) {
  return std::any_of(ports.begin(), ports.end(), [&](const Port& port) { return is_carried(id, port); });
}

void read_name(TableReader& table, std::string& target) {
  constexpr std::size_t kLongest = 64;
  std::string name;
  const Found found = table.string("name", name);
  if (!found.is_written()) {
    return;
  }
  const bool is_printable =
      std::none_of(name.begin(), name.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
  if (name.size() > kLongest || !is_printable) {
    table.mismatch(table.path("name"), {found.at, name},
                   fmt::format("at most {} bytes without control characters", kLongest));
    return;
  }
  target = std::move(name);
}

// True: `vlan` is one that no earlier [[vlan]] has.
bool read_vlan(TableReader& table, const Defaults& defaults, std::vector<std::pair<VlanId, int>>& lines,
               Vlan& vlan) {
  const Found found = table.integer("id", kIds, vlan.id);
  read_name(table, vlan.name);
  vlan.snooping = defaults.config.snooping;
  read_snooping_keys(table, vlan.snooping);
  vlan.igmp = read_vlan_igmp(table, defaults.igmp);
  read_vlan_mld(table, defaults.mld);
  const bool is_known = found.is_written() && is_carried(vlan.id, defaults.config.ports);
  vlan.static_groups = defaults.static_groups.read(table, is_known ? vlan.id : VlanId{0}, vlan);
  table.report_unknown_keys();
  if (found.state == Found::State::absent) {
    table.findings().error(table.at(), "this [[vlan]] has no id; write one from 1 to 4094, such as id = 10");
  }
  if (!found.is_written()) {
    return false;
  }
  const auto other =
      std::find_if(lines.begin(), lines.end(), [&](const auto& l) { return l.first == vlan.id; });
  if (other != lines.end()) {
    table.findings().error(
        found.at, fmt::format("vlan.id {} is already taken (line {}); each VLAN has one [[vlan]]", vlan.id,
                              other->second));
    return false;
  }
  lines.emplace_back(vlan.id, found.at.line);
  if (!is_carried(vlan.id, defaults.config.ports)) {
    table.findings().warning(
        found.at,
        fmt::format("no port carries VLAN {}: this [[vlan]] has no effect; a VLAN exists when a port "
                    "has it as vlan or among its tagged-vlans",
                    vlan.id));
  }
  return true;
}

}  // namespace

bool is_carried(VlanId id, const Port& port) {
  return port.vlan == id || std::binary_search(port.tagged_vlans.begin(), port.tagged_vlans.end(), id);
}

std::vector<Vlan> read_vlans(TableReader& root, const Config& config, const IgmpSection& igmp, bool mld) {
  std::vector<Vlan> vlans;
  const Array* const array = root.tables("vlan");
  if (array == nullptr) {
    return vlans;
  }
  std::vector<std::pair<VlanId, int>> lines;
  StaticGroupReader static_groups{config, root.findings()};
  for (const Node& item : array->items) {
    TableReader table{std::get<Table>(item.value), item.at, "vlan", root.findings()};
    Vlan vlan;
    if (read_vlan(table, {config, igmp, mld, static_groups}, lines, vlan)) {
      vlans.push_back(std::move(vlan));
    }
  }
  static_groups.check_limits();
  std::sort(vlans.begin(), vlans.end(), [](const Vlan& a, const Vlan& b) { return a.id < b.id; });
  return vlans;
}

}  // namespace mcswitch::config

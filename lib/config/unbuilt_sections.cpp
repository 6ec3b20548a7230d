// SPDX-License-Identifier: BSD-3-Clause
//
// [mld] and [[vlan]]: nothing of them has an effect yet, so what could have one is refused.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/sections.hpp"

namespace mcswitch::config {

void read_mld(TableReader& root) {
  TableReader table = root.table("mld");
  bool enabled = true;
  const Found found = table.boolean("enabled", enabled);
  if (enabled) {
    table.findings().notice(found.at, "MLD is not built yet: IPv6 multicast is flooded");
  }
  const auto only = [&](std::string_view key, std::initializer_list<Literal> possible) {
    table.unbuilt(key, "MLD is", possible, !enabled);
  };
  only("version", {std::int64_t{2}});
  only("querier", {false});
  only("querier-address", {std::string_view{"auto"}});
  only("proxy-address", {std::string_view{"auto"}});
  only("robustness", {std::int64_t{2}});
  only("query-interval", {125.0});
  only("query-response-interval", {10.0});
  only("last-member-query-interval", {1.0});
  only("last-member-query-count", {std::int64_t{2}});
  only("startup-query-interval", {31.25});
  only("startup-query-count", {std::int64_t{2}});
  only("group-membership-interval", {270.0});
  only("other-querier-present-interval", {255.0});
  only("router-port-interval", {255.0});
  only("require-router-alert", {true, false});
  only("report-mode", {std::string_view{"transparent"}});
  only("host-tracking", {true, false});
  table.report_unknown_keys();
}

namespace {

// Anything but an empty table or array would change something.
void refuse_settings(TableReader& table, std::string_view key) {
  const Entry* const entry = table.entry(key);
  if (entry == nullptr) {
    return;
  }
  const auto* const sub_table = std::get_if<Table>(&entry->node.value);
  const auto* const array = std::get_if<Array>(&entry->node.value);
  if ((sub_table != nullptr && sub_table->entries.empty()) || (array != nullptr && array->items.empty())) {
    return;
  }
  table.findings().error(
      entry->at, fmt::format("{}: settings of one VLAN are not built yet; leave it out", table.path(key)));
}

void read_vlan(TableReader& table, const std::vector<Port>& ports,
               std::vector<std::pair<VlanId, int>>& lines) {
  VlanId id = 0;
  const Found found = table.integer("id", {1, 4094}, id);
  std::string name;
  table.string("name", name);
  for (const std::string_view key :
       {"mode", "unregistered", "flood-ipv6-link-local", "igmp", "mld", "static-group"}) {
    refuse_settings(table, key);
  }
  table.report_unknown_keys();
  if (found.state == Found::State::absent) {
    table.findings().error(table.at(), "this [[vlan]] has no id; write one from 1 to 4094, such as id = 10");
  }
  if (!found.is_written()) {
    return;
  }
  const auto other = std::find_if(lines.begin(), lines.end(), [&](const auto& l) { return l.first == id; });
  if (other != lines.end()) {
    table.findings().error(
        found.at,
        fmt::format("vlan.id {} is already taken (line {}); each VLAN has one [[vlan]]", id, other->second));
    return;
  }
  lines.emplace_back(id, found.at.line);
  if (std::none_of(ports.begin(), ports.end(), [&](const Port& p) { return p.vlan == id; })) {
    table.findings().warning(found.at,
                             fmt::format("no port carries VLAN {}: this [[vlan]] has no effect; a VLAN "
                                         "exists when a port carries it",
                                         id));
  }
}

}  // namespace

void read_vlans(TableReader& root, const std::vector<Port>& ports) {
  const Array* const array = root.tables("vlan");
  if (array == nullptr) {
    return;
  }
  std::vector<std::pair<VlanId, int>> lines;
  for (const Node& item : array->items) {
    TableReader table{std::get<Table>(item.value), item.at, "vlan", root.findings()};
    read_vlan(table, ports, lines);
  }
}

}  // namespace mcswitch::config

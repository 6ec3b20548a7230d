// SPDX-License-Identifier: BSD-3-Clause
//
// [mld] and [vlan.mld]: nothing of them has an effect yet, so what could have one is refused.

#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

bool read_mld_table(TableReader& table, bool is_of_one_vlan, bool enabled_by_default) {
  bool enabled = enabled_by_default;
  const Found found = table.boolean("enabled", enabled);
  if (enabled && !(is_of_one_vlan && enabled_by_default)) {
    table.findings().notice(found.at, "MLD is not implemented yet: IPv6 multicast is flooded");
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
  return enabled;
}

}  // namespace

bool read_mld(TableReader& root) {
  TableReader table = root.table("mld");
  return read_mld_table(table, false, true);
}

void read_vlan_mld(TableReader& vlan, bool enabled_by_default) {
  TableReader table = vlan.table("mld");
  read_mld_table(table, true, enabled_by_default);
}

}  // namespace mcswitch::config

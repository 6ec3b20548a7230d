// SPDX-License-Identifier: BSD-3-Clause
//
// Whose messages count: "allowed-queriers", "report-sources", "ignore-v1-reports" and "ignore-v2-reports" of
// [igmp] and [vlan.igmp]

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net_text.hpp"
#include "config/prefix_list.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

// An address, or a prefix.
std::optional<Ipv4Prefix> parse_source_prefix(const std::string& text) {
  const auto address = parse_ipv4(text);
  const auto prefix = address ? std::optional{Ipv4Prefix{*address, 32}} : parse_ipv4_prefix(text);
  const bool is_possible = prefix && prefix->address.is_source();
  return is_possible ? prefix : std::nullopt;
}

void read_source_prefixes(TableReader& table, std::string_view key, std::vector<Ipv4Prefix>& target) {
  const PrefixList list{
      .key = key,
      .most = kMaxSourcePrefixes,
      .expected = "a unicast IPv4 address or a prefix such as \"192.0.2.1\" or \"192.0.2.0/24\"",
      .parse = parse_source_prefix};
  std::vector<Ipv4Prefix> prefixes;
  if (read_prefix_list(table, list, [&](Ipv4Prefix prefix, const Node&) { prefixes.push_back(prefix); })) {
    target = std::move(prefixes);
  }
}

void read_ignored_versions(TableReader& table, Igmp& igmp) {
  const Found v1 = table.boolean("ignore-v1-reports", igmp.ignore_v1_reports);
  const Found v2 = table.boolean("ignore-v2-reports", igmp.ignore_v2_reports);
  if (igmp.ignore_v2_reports && !igmp.ignore_v1_reports && (v1.is_written() || v2.is_written())) {
    const std::string v1_path = table.path("ignore-v1-reports");
    table.findings().warning(v2.is_written() ? v2.at : v1.at,
                             fmt::format("{} = true without {}: a version 1 report turns source filters and "
                                         "leaves off just as well; write "
                                         "{} = true",
                                         table.path("ignore-v2-reports"), v1_path, v1_path));
  }
}

}  // namespace

void read_whose_messages_count(TableReader& table, Igmp& igmp) {
  read_ignored_versions(table, igmp);
  read_source_prefixes(table, "allowed-queriers", igmp.allowed_queriers);
  read_source_prefixes(table, "report-sources", igmp.report_sources);
}

}  // namespace mcswitch::config

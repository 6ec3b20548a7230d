// SPDX-License-Identifier: BSD-3-Clause
//
// "ssm-range" of [igmp] and [vlan.igmp]

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/net_text.hpp"
#include "config/prefix_list.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

constexpr Ipv4Prefix kMulticast{Ipv4Address::of(224, 0, 0, 0), 4};
constexpr Ipv4Prefix kLinkLocal{Ipv4Address::of(224, 0, 0, 0), 24};

std::optional<Ipv4Prefix> parse_multicast_prefix(const std::string& text) {
  const auto prefix = parse_ipv4_prefix(text);
  return prefix && kMulticast.contains(*prefix) ? prefix : std::nullopt;
}

}  // namespace

void read_ssm_range(TableReader& table, std::vector<Ipv4Prefix>& target) {
  const PrefixList list{.key = "ssm-range",
                        .most = kMaxSsmRanges,
                        .expected = "an IPv4 multicast prefix such as \"232.0.0.0/8\"",
                        .parse = parse_multicast_prefix};
  const std::string path = table.path(list.key);
  std::vector<Ipv4Prefix> prefixes;
  const auto take = [&](Ipv4Prefix prefix, const Node& item) {
    if (prefix.overlaps(kLinkLocal)) {
      table.findings().error(item.at,
                             fmt::format("{} in {} has groups of 224.0.0.0/24, which are never memberships; "
                                         "write prefixes without them, such as \"232.0.0.0/8\"",
                                         in_quotes(std::get<std::string>(item.value)), path));
      return;
    }
    const auto other = std::find_if(prefixes.begin(), prefixes.end(),
                                    [&](Ipv4Prefix earlier) { return earlier.overlaps(prefix); });
    if (other != prefixes.end()) {
      table.findings().warning(item.at, fmt::format("\"{}\" and \"{}\" in {} have groups in common; the "
                                                    "shorter prefix is enough",
                                                    to_string(*other), to_string(prefix), path));
    }
    prefixes.push_back(prefix);
  };
  if (read_prefix_list(table, list, take)) {
    target = std::move(prefixes);
  }
}

}  // namespace mcswitch::config

// SPDX-License-Identifier: BSD-3-Clause
//
// "ssm-range" of [igmp] and [vlan.igmp]

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/net_text.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

constexpr Ipv4Prefix kMulticast{Ipv4Address::of(224, 0, 0, 0), 4};
constexpr Ipv4Prefix kLinkLocal{Ipv4Address::of(224, 0, 0, 0), 24};

std::optional<Ipv4Prefix> read_prefix(TableReader& table, const std::string& path, const Node& item) {
  constexpr std::string_view kForm = "an IPv4 multicast prefix such as \"232.0.0.0/8\"";
  const auto* const text = std::get_if<std::string>(&item.value);
  const auto prefix = text == nullptr ? std::nullopt : parse_ipv4_prefix(*text);
  if (!prefix || !kMulticast.contains(*prefix)) {
    table.mismatch("each of " + path, item, kForm);
    return std::nullopt;
  }
  if (prefix->network() != prefix->address) {
    table.findings().error(
        item.at, fmt::format("{} in {} has bits set behind its length; write \"{}\"", in_quotes(*text), path,
                             to_string(Ipv4Prefix{prefix->network(), prefix->length})));
    return std::nullopt;
  }
  if (prefix->overlaps(kLinkLocal)) {
    table.findings().error(item.at,
                           fmt::format("{} in {} has groups of 224.0.0.0/24, which are never memberships; "
                                       "write prefixes without them, such as \"232.0.0.0/8\"",
                                       in_quotes(*text), path));
    return std::nullopt;
  }
  return prefix;
}

}  // namespace

void read_ssm_range(TableReader& table, std::vector<Ipv4Prefix>& target) {
  const Array* const array = table.array("ssm-range");
  if (array == nullptr) {
    return;
  }
  const std::string path = table.path("ssm-range");
  if (array->items.size() > kMaxSsmRanges) {
    table.findings().error(array->items[kMaxSsmRanges].at,
                           fmt::format("there are {} prefixes in {}; at most {} are possible",
                                       array->items.size(), path, kMaxSsmRanges));
    return;
  }
  std::vector<Ipv4Prefix> prefixes;
  for (const Node& item : array->items) {
    const auto prefix = read_prefix(table, path, item);
    if (!prefix) {
      continue;
    }
    const auto other = std::find_if(prefixes.begin(), prefixes.end(),
                                    [&](Ipv4Prefix earlier) { return earlier.overlaps(*prefix); });
    if (other != prefixes.end()) {
      table.findings().warning(item.at, fmt::format("\"{}\" and \"{}\" in {} have groups in common; the "
                                                    "shorter prefix is enough",
                                                    to_string(*other), to_string(*prefix), path));
    }
    prefixes.push_back(*prefix);
  }
  target = std::move(prefixes);
}

}  // namespace mcswitch::config

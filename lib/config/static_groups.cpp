// SPDX-License-Identifier: BSD-3-Clause
//
// [[vlan.static-group]]

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/net_text.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

// Not a group, or not one that can be a membership: an error.
std::optional<IpAddress> read_group(TableReader& table) {
  constexpr std::string_view kForm = "an IPv4 multicast address such as \"239.1.1.1\"";
  std::string text;
  const Found found = table.string("group", text);
  if (found.state == Found::State::absent) {
    table.findings().error(table.at(),
                           fmt::format("this [[vlan.static-group]] has no group; write {}", kForm));
    return std::nullopt;
  }
  if (!found.is_written()) {
    return std::nullopt;
  }
  const auto address = parse_ip(text);
  if (address && !address->is_v4()) {
    table.findings().error(found.at,
                           fmt::format("{} is {}: static groups of IPv6 are not implemented yet; write {}",
                                       table.path("group"), in_quotes(text), kForm));
    return std::nullopt;
  }
  if (!address || !address->v4().is_multicast()) {
    table.mismatch(table.path("group"), {found.at, text}, kForm);
    return std::nullopt;
  }
  if (address->v4().is_link_local_multicast()) {
    table.mismatch(table.path("group"), {found.at, text}, kForm,
                   "224.0.0.0/24 goes to all ports of a VLAN anyway");
    return std::nullopt;
  }
  return address;
}

// True: absent, which means any source, or good.
bool read_source(TableReader& table, std::optional<IpAddress>& target) {
  std::string text;
  const Found found = table.string("source", text);
  if (!found.is_written()) {
    return found.is_usable();
  }
  const auto address = parse_ipv4(text);
  if (!address || !address->is_host()) {
    table.mismatch(table.path("source"), {found.at, text}, "a unicast IPv4 address such as \"192.0.2.1\"",
                   "leave it out for any source");
    return false;
  }
  target = *address;
  return true;
}

}  // namespace

// Empty: none was good, which has been reported.
PortSet StaticGroupReader::read_ports(TableReader& table, VlanId id) const {
  const Entry* const entry = table.entry("ports");
  if (entry == nullptr) {
    findings_.error(table.at(), fmt::format("this [[vlan.static-group]] has no ports; write the ports that "
                                            "are members, such as ports = [\"{}\"]",
                                            config_.ports.empty() ? "p1" : config_.ports.front().name));
    return {};
  }
  const Array* const array = table.array("ports");
  if (array == nullptr) {
    return {};
  }
  const std::string path = table.path("ports");
  if (array->items.empty()) {
    findings_.error(entry->node.at,
                    fmt::format("{} is empty; write the ports that are members, or leave the whole "
                                "[[vlan.static-group]] out",
                                path));
    return {};
  }
  std::vector<std::string_view> names;
  std::transform(config_.ports.begin(), config_.ports.end(), std::back_inserter(names),
                 [](const Port& port) { return std::string_view{port.name}; });
  PortSet ports;
  for (const Node& item : array->items) {
    const auto* const name = std::get_if<std::string>(&item.value);
    if (name == nullptr) {
      table.mismatch("each of " + path, item, "the name of a port");
      continue;
    }
    const auto found = std::find(names.begin(), names.end(), *name);
    if (name->empty() || found == names.end()) {
      findings_.error(item.at, fmt::format("there is no port {} of {}; the ports are {}", in_quotes(*name),
                                           path, fmt::join(names, ", ")));
      continue;
    }
    const auto port = static_cast<PortId>(found - names.begin());
    if (id != 0 && !is_carried(id, config_.ports[port])) {
      findings_.error(item.at, fmt::format("port {} of {} does not carry VLAN {}; write the VLAN among its "
                                           "tagged-vlans (or as its vlan), or leave the port out here",
                                           in_quotes(*name), path, id));
      continue;
    }
    if (ports.contains(port)) {
      findings_.warning(item.at,
                        fmt::format("port {} is listed twice in {}; once is enough", in_quotes(*name), path));
    }
    ports.add(port);
  }
  return ports;
}

std::optional<StaticGroup> StaticGroupReader::read_one(TableReader& table, VlanId id,
                                                       const Igmp& igmp) const {
  StaticGroup result;
  const auto group = read_group(table);
  const bool has_good_source = read_source(table, result.source);
  result.ports = read_ports(table, id);
  table.report_unknown_keys();
  if (!group || !has_good_source || result.ports.empty()) {
    return std::nullopt;
  }
  result.group = *group;
  if (!result.source && igmp.is_source_specific(result.group)) {
    findings_.warning(table.at(),
                      fmt::format("static group {} has no source but is in ssm-range, where hosts can only "
                                  "join with sources; write source = \"...\", one table for each source",
                                  to_string(result.group)));
  }
  return result;
}

// `added` will be added to `groups`. Reports the first source beyond the limit.
void StaticGroupReader::check_sources(const std::vector<StaticGroup>& groups, const StaticGroup& added,
                                      Position at) const {
  const auto sources = std::count_if(
      groups.begin(), groups.end(), [&](const StaticGroup& g) { return g.group == added.group && g.source; });
  if (added.source && sources == config_.sw.max_sources_per_group) {
    findings_.error(at, fmt::format("static group {} has more than {} sources, which is "
                                    "switch.max-sources-per-group; write a larger number there",
                                    to_string(added.group), config_.sw.max_sources_per_group));
  }
}

std::vector<StaticGroup> StaticGroupReader::read(TableReader& vlan, VlanId id, const Vlan& settings) {
  std::vector<StaticGroup> groups;
  const Array* const array = vlan.tables("static-group");
  if (array == nullptr) {
    return groups;
  }
  const bool is_off = settings.snooping.mode == SnoopingMode::off;
  if ((is_off || !settings.igmp.enabled) && !array->items.empty()) {
    findings_.warning(array->items.front().at,
                      fmt::format("{} in this VLAN, so IPv4 multicast is flooded there: its "
                                  "[[vlan.static-group]]s have no effect",
                                  is_off ? "snooping is off" : "IGMP is not enabled"));
  }
  std::vector<int> lines;
  for (const Node& item : array->items) {
    TableReader table{std::get<Table>(item.value), item.at, vlan.path("static-group"), findings_};
    const auto added = read_one(table, id, settings.igmp);
    if (!added) {
      continue;
    }
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const StaticGroup& g) {
      return g.group == added->group && g.source == added->source;
    });
    if (same != groups.end()) {
      findings_.error(
          item.at, fmt::format("static group {}{} is already there (line {}); write all of its ports in one",
                               to_string(added->group),
                               added->source ? " with source " + to_string(*added->source) : "",
                               lines[static_cast<std::size_t>(same - groups.begin())]));
      continue;
    }
    const bool is_first_of_group = std::none_of(
        groups.begin(), groups.end(), [&](const StaticGroup& g) { return g.group == added->group; });
    check_sources(groups, *added, item.at);
    count(*added, is_first_of_group, item.at);
    groups.push_back(*added);
    lines.push_back(item.at.line);
  }
  std::sort(groups.begin(), groups.end(), [](const StaticGroup& a, const StaticGroup& b) {
    return std::pair{a.group, a.source} < std::pair{b.group, b.source};
  });
  return groups;
}

// The entry of a group carries those of its sources.
void StaticGroupReader::count(const StaticGroup& added, bool is_first_of_group, Position at) {
  const std::size_t before = entries_;
  entries_ += (is_first_of_group ? 1U : 0U) + (added.source ? 1U : 0U);
  if (before <= config_.sw.max_groups && entries_ > config_.sw.max_groups) {
    first_entry_beyond_ = at;
  }
  for (const PortId port : added.ports) {
    if (memberships_[port]++ == config_.ports[port].max_groups) {
      first_beyond_[port] = at;
    }
  }
}

void StaticGroupReader::check_limits() const {
  if (entries_ > config_.sw.max_groups) {
    findings_.error(
        first_entry_beyond_,
        fmt::format("static groups take {} entries, one for each group of a VLAN and one more "
                    "for each of its sources, but switch.max-groups is {}; write {} or more there",
                    entries_, config_.sw.max_groups, entries_));
  }
  for (std::size_t i = 0; i < config_.ports.size(); ++i) {
    const Port& port = config_.ports[i];
    if (port.max_groups != 0 && memberships_[i] > port.max_groups) {
      findings_.error(first_beyond_[i],
                      fmt::format("static groups make {} memberships on port {}, but its max-groups is {}; "
                                  "write {} or more there, or 0 for no limit",
                                  memberships_[i], in_quotes(port.name), port.max_groups, memberships_[i]));
    }
  }
}

}  // namespace mcswitch::config

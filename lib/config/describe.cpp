// SPDX-License-Identifier: BSD-3-Clause

#include "config/describe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "base/net_text.hpp"
#include "base/ranges.hpp"
#include "config/findings.hpp"
#include "config/keywords.hpp"

namespace mcswitch::config {

namespace {

class Settings {
 public:
  explicit Settings(std::string prefix) : prefix_{std::move(prefix)} {}

  void text(std::string_view key, std::string_view value) { add(key, in_quotes(value)); }
  void time(std::string_view key, Duration value) { add(key, seconds_text(value)); }
  void boolean(std::string_view key, bool value) { add(key, value ? "true" : "false"); }
  void number(std::string_view key, std::uint64_t value) { add(key, fmt::format("{}", value)); }
  template <typename T>
  void number_or_auto(std::string_view key, const std::optional<T>& value) {
    add(key, value ? fmt::format("{}", *value) : "\"auto\"");
  }
  void add(std::string_view key, std::string value) {
    settings_.push_back({fmt::format("{}.{}", prefix_, key), std::move(value)});
  }

  void move_to(std::vector<Setting>& all) {
    all.insert(all.end(), std::make_move_iterator(settings_.begin()),
               std::make_move_iterator(settings_.end()));
  }

 private:
  std::string prefix_;
  std::vector<Setting> settings_;
};

Settings settings_of(const Switch& sw) {
  Settings s{"switch"};
  s.text("name", sw.name);
  s.number("main-core", sw.main_core);
  s.add("worker-cores", fmt::format("[{}]", fmt::join(sw.worker_cores, ", ")));
  s.text("hugepages", word(sw.hugepages));
  s.number_or_auto("mbufs", sw.mbufs);
  s.number("max-groups", sw.max_groups);
  s.number("max-sources-per-group", sw.max_sources_per_group);
  s.number_or_auto("max-hosts", sw.max_hosts);
  s.number("max-macs", sw.max_macs);
  s.time("mac-aging-time", sw.mac_aging_time);
  s.text("log-level", word(sw.log_level));
  std::vector<std::string> arguments;
  std::transform(sw.eal_args.begin(), sw.eal_args.end(), std::back_inserter(arguments), in_quotes);
  s.add("eal-args", fmt::format("[{}]", fmt::join(arguments, ", ")));
  return s;
}

// As ranges, in the form of the file: [10, "100-199"].
std::string vlans_in_words(const std::vector<VlanId>& vlans) {
  std::vector<std::string> items;
  for (const Range<VlanId>& range : ranges_of(vlans)) {
    items.push_back(range.first == range.last ? range.text() : fmt::format("\"{}\"", range.text()));
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

Settings settings_of(const Port& port) {
  Settings s{"port." + port.name};
  s.text("device", port.device);
  s.number("vlan", port.vlan);
  s.add("tagged-vlans", vlans_in_words(port.tagged_vlans));
  s.number("mtu", port.mtu);
  s.number_or_auto("rx-queues", port.rx_queues);
  s.number_or_auto("rx-descriptors", port.rx_descriptors);
  s.number_or_auto("tx-descriptors", port.tx_descriptors);
  s.text("multicast-router", word(port.multicast_router));
  s.boolean("fast-leave", port.fast_leave);
  s.number("max-groups", port.max_groups);
  s.boolean("block-queries", port.block_queries);
  s.boolean("flood-unregistered", port.flood_unregistered);
  s.boolean("all-multicast", port.all_multicast);
  s.boolean("take-over", port.take_over);
  return s;
}

void add(Settings& s, const Snooping& snooping) {
  s.text("mode", word(snooping.mode));
  s.text("unregistered", word(snooping.unregistered));
  const HoldPruning hold = snooping.hold_pruning();
  if (hold.is_on && hold.queries) {
    s.number("hold-pruning", *hold.queries);
  } else {
    s.boolean("hold-pruning", hold.is_on);
  }
}

// ["10.0.0.0/8", "192.0.2.1/32"]
std::string list_of(const std::vector<Ipv4Prefix>& prefixes) {
  std::vector<std::string> texts;
  std::transform(prefixes.begin(), prefixes.end(), std::back_inserter(texts),
                 [](Ipv4Prefix prefix) { return in_quotes(to_string(prefix)); });
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

void add(Settings& s, const Igmp& igmp) {
  const membership::Intervals& i = igmp.intervals;
  s.boolean("enabled", igmp.enabled);
  s.number("version", i.version);
  s.boolean("querier", igmp.querier);
  s.text("querier-address", to_string(igmp.querier_address));
  s.text("proxy-address", to_string(igmp.proxy_address));
  s.number("robustness", i.robustness_variable);
  s.time("query-interval", i.query_interval);
  s.time("query-response-interval", i.query_response_interval);
  s.time("last-member-query-interval", i.last_member_query_interval);
  s.number("last-member-query-count", i.last_member_query_count());
  s.time("startup-query-interval", i.startup_query_interval());
  s.number("startup-query-count", i.startup_query_count());
  s.time("group-membership-interval", i.group_membership_interval());
  s.time("other-querier-present-interval", i.other_querier_present_interval());
  s.time("router-port-interval", i.router_port_interval());
  s.boolean("require-router-alert", igmp.require_router_alert);
  s.boolean("ignore-v1-reports", igmp.ignore_v1_reports);
  s.boolean("ignore-v2-reports", igmp.ignore_v2_reports);
  s.add("allowed-queriers", list_of(igmp.allowed_queriers));
  s.add("report-sources", list_of(igmp.report_sources));
  s.text("report-mode", word(igmp.report_mode));
  s.boolean("host-tracking", igmp.host_tracking);
  s.add("ssm-range", list_of(igmp.ssm_range));
}

// { group = "239.1.1.1", source = "10.0.0.1", ports = ["p1"] }
std::string in_words(const StaticGroup& group, const std::vector<Port>& ports) {
  std::vector<std::string> names;
  for (const PortId port : group.ports) {
    names.push_back(in_quotes(ports[port].name));
  }
  const std::string source =
      group.source ? fmt::format("source = {}, ", in_quotes(to_string(*group.source))) : "";
  return fmt::format("{{ group = {}, {}ports = [{}] }}", in_quotes(to_string(group.group)), source,
                     fmt::join(names, ", "));
}

}  // namespace

std::vector<Setting> effective_settings(const Config& config) {
  std::vector<Setting> all;
  settings_of(config.sw).move_to(all);
  for (const Port& port : config.ports) {
    settings_of(port).move_to(all);
  }
  const auto add_all = [&](std::string prefix, const auto& table) {
    Settings s{std::move(prefix)};
    add(s, table);
    s.move_to(all);
  };
  add_all("snooping", config.snooping);
  add_all("igmp", config.igmp);
  for (const Vlan& vlan : config.vlans) {
    const std::string prefix = fmt::format("vlan.{}", vlan.id);
    Settings name{prefix};
    name.text("name", vlan.name);
    name.move_to(all);
    add_all(prefix, vlan.snooping);
    add_all(prefix + ".igmp", vlan.igmp);
    std::vector<std::string> groups;
    for (const StaticGroup& group : vlan.static_groups) {
      groups.push_back(in_words(group, config.ports));
    }
    Settings static_groups{prefix};
    static_groups.add("static-group", fmt::format("[{}]", fmt::join(groups, ", ")));
    static_groups.move_to(all);
  }
  return all;
}

std::string describe(const Config& config) {
  std::string text;
  for (const Setting& setting : effective_settings(config)) {
    text += fmt::format("{} = {}\n", setting.key, setting.value);
  }
  return text;
}

}  // namespace mcswitch::config

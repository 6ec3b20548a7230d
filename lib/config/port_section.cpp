// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "config/device_string.hpp"
#include "config/keywords.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

// 0: untagged frames are dropped. 4095 is reserved (IEEE 802.1Q).
constexpr IntegerRange kVlans{0, 4094};
// From the smallest datagram that every IPv4 host takes (RFC 791 section 3.1) to more than any driver has.
constexpr IntegerRange kMtu{576, 16'000, "bytes"};
constexpr IntegerRange kDescriptors{32, 32'768};
constexpr IntegerRange kRxQueues{1, 64};
// As of the whole switch; 0: no limit.
constexpr IntegerRange kMaxGroups{0, 16'777'214};

constexpr VlanId kLastVlan = 4094;

// Both ends are meant.
struct VlanRange {
  VlanId first;
  VlanId last;
};

// Where a port says what must be unique.
struct Taken {
  std::string what;  // kind and value: device "net_ring0"
  std::string port;  // its name; empty if it has none, or if the name is what is taken
  int line;
};

// True if no earlier port has `what`; else an error.
bool claim(std::vector<Taken>& taken, Taken wanted, Position at, std::string_view right, Findings& findings) {
  const auto other =
      std::find_if(taken.begin(), taken.end(), [&](const Taken& t) { return t.what == wanted.what; });
  if (other == taken.end()) {
    taken.push_back(std::move(wanted));
    return true;
  }
  const std::string owner = other->port.empty() ? "" : " by port " + in_quotes(other->port);
  findings.error(at,
                 fmt::format("{} is already taken{} (line {}); {}", wanted.what, owner, other->line, right));
  return false;
}

void read_name(TableReader& table, std::vector<Taken>& taken, std::string& target) {
  std::string name;
  const Found found = table.string("name", name);
  if (found.state == Found::State::absent) {
    table.findings().error(table.at(), "this [[port]] has no name; write one, such as name = \"p0\"");
    return;
  }
  if (!found.is_written()) {
    return;
  }
  if (!is_name(name)) {
    table.mismatch(table.path("name"), {found.at, name}, kNameForm);
    return;
  }
  if (claim(taken, {"port.name " + in_quotes(name), "", found.at.line}, found.at,
            "each port needs a name of its own", table.findings())) {
    target = std::move(name);
  }
}

void read_device(TableReader& table, std::vector<Taken>& taken, const std::string& port,
                 std::string& target) {
  constexpr std::string_view kForm =
      "a PCI address or a DPDK virtual device, such as \"0000:03:00.0\" or \"net_af_packet0,iface=eth1\"";
  std::string device;
  const Found found = table.string("device", device);
  if (found.state == Found::State::absent) {
    table.findings().error(table.at(), fmt::format("this [[port]] has no device; write {}", kForm));
    return;
  }
  if (!found.is_written()) {
    return;
  }
  const bool is_printable = std::none_of(device.begin(), device.end(), [](unsigned char c) {
    return std::isspace(c) != 0 || std::iscntrl(c) != 0;
  });
  const std::string identity = device_identity(device);
  if (identity.empty() || !is_printable) {
    table.mismatch(table.path("device"), {found.at, device}, kForm);
    return;
  }
  Findings& findings = table.findings();
  const bool is_new = claim(taken, {"device " + in_quotes(identity), port, found.at.line}, found.at,
                            "each port needs a device of its own", findings);
  const std::string interface = device_interface(device).value_or("");
  if (is_new && !interface.empty() &&
      !claim(taken, {"interface " + in_quotes(interface), port, found.at.line}, found.at,
             "each port needs an interface of its own", findings)) {
    return;
  }
  target = std::move(device);
}

std::optional<VlanId> parse_vlan(std::string_view text) {
  VlanId vlan = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, vlan);
  if (error != std::errc{} || rest != end || vlan < 1 || vlan > kLastVlan) {
    return std::nullopt;
  }
  return vlan;
}

// An element of tagged-vlans: 10, or "100-199". If it is neither, that is an error.
std::optional<VlanRange> read_vlan_range(TableReader& table, const Node& item) {
  if (const auto* const id = std::get_if<std::int64_t>(&item.value);
      id != nullptr && *id >= 1 && *id <= kLastVlan) {
    return VlanRange{static_cast<VlanId>(*id), static_cast<VlanId>(*id)};
  }
  if (const auto* const text = std::get_if<std::string>(&item.value)) {
    const std::string_view range{*text};
    if (const std::size_t dash = range.find('-'); dash != std::string_view::npos) {
      const auto first = parse_vlan(range.substr(0, dash));
      const auto last = parse_vlan(range.substr(dash + 1));
      if (first && last && *first > *last) {
        table.findings().error(item.at,
                               fmt::format("{} in {} is backwards; write \"{}-{}\"", in_quotes(range),
                                           table.path("tagged-vlans"), *last, *first));
        return std::nullopt;
      }
      if (first && last) {
        return VlanRange{*first, *last};
      }
    }
  }
  table.mismatch("each of " + table.path("tagged-vlans"), item,
                 "a VLAN from 1 to 4094 or a range of them such as \"100-199\"");
  return std::nullopt;
}

void read_tagged_vlans(TableReader& table, const Port& port, const Found& vlan, std::vector<VlanId>& target) {
  const std::string path = table.path("tagged-vlans");
  const Array* const array = table.array("tagged-vlans");
  if (array == nullptr) {
    return;
  }
  std::bitset<kMaxVlans> tagged;
  for (const Node& item : array->items) {
    const auto range = read_vlan_range(table, item);
    if (!range) {
      continue;
    }
    VlanId twice = 0;
    for (VlanId id = range->first; id <= range->last; ++id) {
      if (tagged.test(id) && twice == 0) {
        twice = id;
      }
      tagged.set(id);
    }
    if (twice != 0) {
      table.findings().warning(item.at,
                               fmt::format("VLAN {} is listed twice in {}; once is enough", twice, path));
    }
    if (vlan.is_usable() && port.vlan >= range->first && port.vlan <= range->last) {
      table.findings().error(
          item.at,
          fmt::format("VLAN {} in {} is also {}{}: frames of a VLAN leave a port either with or without a "
                      "tag; leave it out here, or write vlan = 0 if untagged frames are to be dropped",
                      port.vlan, path, table.path("vlan"), vlan.is_written() ? "" : " (by default)"));
    }
  }
  for (VlanId id = 1; id <= kLastVlan; ++id) {
    if (tagged.test(id)) {
      target.push_back(id);
    }
  }
}

Port read_port(TableReader& table, std::vector<Taken>& taken) {
  Port port;
  read_name(table, taken, port.name);
  read_device(table, taken, port.name, port.device);
  const Found vlan = table.integer("vlan", kVlans, port.vlan);
  read_tagged_vlans(table, port, vlan, port.tagged_vlans);
  if (vlan.is_written() && port.vlan == 0 && port.tagged_vlans.empty()) {
    table.findings().warning(
        vlan.at,
        "port.vlan = 0 drops untagged frames, and port.tagged-vlans is empty: this port forwards nothing; "
        "write a VLAN from 1 to 4094, or the VLANs that arrive with a tag");
  }
  table.integer("mtu", kMtu, port.mtu);
  table.integer_or_auto("rx-queues", kRxQueues, port.rx_queues);
  table.integer_or_auto("rx-descriptors", kDescriptors, port.rx_descriptors);
  table.integer_or_auto("tx-descriptors", kDescriptors, port.tx_descriptors);
  table.choice("multicast-router", kMulticastRouterWords, port.multicast_router);
  table.boolean("fast-leave", port.fast_leave);
  table.integer("max-groups", kMaxGroups, port.max_groups);
  table.boolean("block-queries", port.block_queries);
  table.unbuilt("filter", "filters of joins are", {EmptyArray{}});
  table.boolean("flood-unregistered", port.flood_unregistered);
  table.boolean("all-multicast", port.all_multicast);
  table.boolean("take-over", port.take_over);
  table.unbuilt("control-rate", "limits of the rate of control messages are", {std::int64_t{0}});
  table.report_unknown_keys();
  return port;
}

}  // namespace

std::vector<Port> read_ports(TableReader& root) {
  std::vector<Port> ports;
  Findings& findings = root.findings();
  const Entry* const entry = root.entry("port");
  const Array* const array = root.tables("port");
  if (entry != nullptr && array == nullptr) {
    return ports;
  }
  if (array == nullptr || array->items.empty()) {
    findings.error(
        entry == nullptr ? Position{} : entry->at,
        "there is no port; write at least one [[port]] with name and device, two are needed to switch");
    return ports;
  }
  std::vector<Taken> taken;
  for (const Node& item : array->items) {
    TableReader table{std::get<Table>(item.value), item.at, "port", findings};
    Port port = read_port(table, taken);
    if (ports.size() < kMaxPorts) {
      ports.push_back(std::move(port));
    } else if (&item == &array->items[kMaxPorts]) {
      findings.error(item.at, fmt::format("there are {} ports; DPDK was built for at most {}",
                                          array->items.size(), kMaxPorts));
    }
  }
  if (array->items.size() == 1) {
    findings.warning(array->items.front().at, "there is one port only; two are needed to switch");
  }
  return ports;
}

}  // namespace mcswitch::config

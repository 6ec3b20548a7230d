// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/verbs.hpp"

#include <algorithm>
#include <charconv>

#include "mcsctl/failure.hpp"

namespace mcswitch::mcsctl {

namespace {

Key text(const char* name) { return {name, KeyKind::text}; }
Key number(const char* name) { return {name, KeyKind::number}; }
Key address(const char* name) { return {name, KeyKind::address}; }

std::vector<Verb> make_verbs() {
  return {
      {"info", "/mcswitch/info", "version, size and fill of the switch", {}, {}, 0},
      {"ports",
       "/mcswitch/ports",
       "ports with link and totals",
       {text("port"), text("device"), text("driver"), text("link"), number("rx_packets"),
        number("tx_packets"), number("rx_bytes"), number("tx_bytes"), number("tx_dropped"), number("groups")},
       {number("speed_mbps")},
       0},
      {"groups",
       "/mcswitch/groups",
       "who is a member of what, and for how long yet",
       {number("vlan"), address("group"), address("source"), text("port"), text("filter_mode"),
        text("protocol"), number("expires_ms"), number("hosts")},
       {},
       4},
      {"routers",
       "/mcswitch/routers",
       "multicast router ports and why they are",
       {number("vlan"), text("port"), text("origin"), address("address"), number("expires_ms")},
       {},
       3},
      {"queriers",
       "/mcswitch/queriers",
       "querier of each VLAN",
       {number("vlan"), text("protocol"), text("role"), address("address"), number("version"),
        number("expires_ms")},
       {},
       2},
      {"macs",
       "/mcswitch/macs",
       "learned MAC addresses",
       {number("vlan"), text("mac"), text("port"), number("age_ms")},
       {},
       2},
      {"counters",
       "/mcswitch/counters",
       "what became of frames",
       {text("port"), text("counter"), number("value")},
       {},
       0},
      {"workers",
       "/mcswitch/workers",
       "forwarding workers and how busy they are",
       {number("worker"), number("core"), text("ports"), number("polls"), number("busy_polls"),
        number("frames")},
       {},
       0},
  };
}

const std::vector<Verb>& all_verbs() {
  static const std::vector<Verb> kVerbs = make_verbs();
  return kVerbs;
}

Value value_of(const telemetry::Field& field, const Key& key) {
  if (!field) {
    return std::monostate{};
  }
  if (key.kind != KeyKind::number) {
    return *field;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field->data(), field->data() + field->size(), value);
  if (error != std::errc{} || end != field->data() + field->size()) {
    throw Failure{kExitNoSwitch, "the switch sends '" + *field + "' for " + key.name + ": another version?"};
  }
  return value;
}

}  // namespace

std::span<const Verb> verbs() { return all_verbs(); }

const Verb& verb(const std::string& name) {
  return *std::find_if(all_verbs().begin(), all_verbs().end(), [&](const Verb& v) { return v.name == name; });
}

Records to_records(const Reply& reply, const std::vector<Key>& keys) {
  std::vector<std::size_t> places;
  for (const Key& key : keys) {
    places.push_back(static_cast<std::size_t>(
        std::find(reply.columns.begin(), reply.columns.end(), key.name) - reply.columns.begin()));
  }
  Records records{keys, {}};
  records.rows.reserve(reply.rows.size());
  for (const auto& fields : reply.rows) {
    std::vector<Value> row;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      row.push_back(places[i] < fields.size() ? value_of(fields[places[i]], keys[i]) : Value{});
    }
    records.rows.push_back(std::move(row));
  }
  return records;
}

}  // namespace mcswitch::mcsctl

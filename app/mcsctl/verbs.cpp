// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/verbs.hpp"

#include <algorithm>
#include <charconv>

#include "base/counters.hpp"
#include "mcsctl/failure.hpp"

namespace mcswitch::mcsctl {

namespace {

Key text(const char* name) { return {name, KeyKind::text}; }
Key number(const char* name) { return {name, KeyKind::number}; }
Key address(const char* name) { return {name, KeyKind::address}; }

std::vector<Verb> make_verbs() {
  return {
      {"info", "/mcswitch/info", "version, size and fill of the switch", {}, 0},
      {"ports",
       "/mcswitch/ports",
       "ports with link and totals",
       {text("port"), text("device"), text("driver"), text("link"), number("rx_packets"),
        number("tx_packets"), number("rx_bytes"), number("tx_bytes"), number("tx_dropped"), number("groups"),
        number("speed_mbps"), text("mac"), number("vlan"), text("tagged_vlans"), number("rx_queues"),
        number("tx_queues"), text("workers"),
#define X(name, meaning) number(#name),
        MCSWITCH_TX_DROPS(X)
#undef X
       },
       0},
      {"groups",
       "/mcswitch/groups",
       "who is a member of what, and for how long yet",
       {number("vlan"), address("group"), address("source"), text("port"), text("filter_mode"),
        text("protocol"), number("expires_ms"), number("hosts")},
       4},
      {"routers",
       "/mcswitch/routers",
       "multicast router ports and why they are",
       {number("vlan"), text("port"), text("origin"), address("address"), number("expires_ms")},
       3},
      {"queriers",
       "/mcswitch/queriers",
       "querier of each VLAN",
       {number("vlan"), text("protocol"), text("role"), address("address"), number("version"),
        number("expires_ms")},
       2},
      {"macs",
       "/mcswitch/macs",
       "learned MAC addresses",
       {number("vlan"), text("mac"), text("port"), number("age_ms")},
       2},
      {"counters",
       "/mcswitch/counters",
       "what became of frames",
       {text("port"), text("counter"), number("value")},
       0},
      {"workers",
       "/mcswitch/workers",
       "forwarding workers and how busy they are",
       {number("worker"), number("core"), text("ports"),
#define X(name, meaning) number(#name),
        MCSWITCH_WORKER_LOOP_COUNTERS(X) text("queues"), MCSWITCH_WORKER_FRAME_COUNTERS(X)
#undef X
       },
       0},
  };
}

const std::vector<Verb>& all_verbs() {
  static const std::vector<Verb> kVerbs = make_verbs();
  return kVerbs;
}

Value value_of(telemetry::Field field, const Key& key) {
  if (!field) {
    return std::monostate{};
  }
  if (key.kind != KeyKind::number) {
    return std::move(*field);
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

const Verb& hosts_verb() {
  static const Verb kVerb{"hosts",
                          "/mcswitch/hosts",
                          "",
                          {number("vlan"), address("group"), address("source"), text("port"),
                           address("address"), text("mac"), number("since_ms"), number("last_ms")},
                          6};
  return kVerb;
}

const Verb& groups_with_hosts_verb() {
  static const Verb kVerb = [] {
    Verb joined = verb("groups");
    joined.name = "groups --hosts";
    const std::vector<Key>& of_host = hosts_verb().keys;
    joined.keys.insert(joined.keys.end(), of_host.begin() + kMembershipKeys, of_host.end());
    return joined;
  }();
  return kVerb;
}

void append_page(Records& records, Reply page) {
  const std::vector<Key>& keys = records.keys();
  std::vector<std::size_t> places;
  for (const Key& key : keys) {
    places.push_back(static_cast<std::size_t>(std::find(page.columns.begin(), page.columns.end(), key.name) -
                                              page.columns.begin()));
  }
  std::vector<Value> row(keys.size());
  for (auto& fields : page.rows) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      row[i] = places[i] < fields.size() ? value_of(std::move(fields[places[i]]), keys[i]) : Value{};
    }
    records.add(row);
  }
}

}  // namespace mcswitch::mcsctl

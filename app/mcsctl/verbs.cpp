// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/verbs.hpp"

#include <algorithm>
#include <charconv>

#include "mcsctl/failure.hpp"
#include "telemetry/lists.hpp"

namespace mcswitch::mcsctl {

namespace {

Verb verb_of(const telemetry::List& list) {
  return {.name = std::string{list.noun},
          .command = list.command,
          .help = std::string{list.summary},
          .nothing = std::string{list.nothing},
          .keys = {list.columns.begin(), list.columns.end()},
          .sort_keys = list.sort_columns,
          .parameters = list.parameters};
}

std::vector<Verb> make_verbs() {
  std::vector<Verb> verbs{
      {.name = "info", .command = "/mcswitch/info", .help = "version, size and fill of the switch"}};
  for (const telemetry::List& list : telemetry::kLists) {
    if (!list.summary.empty()) {
      verbs.push_back(verb_of(list));
    }
  }
  return verbs;
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
    throw Failure{kExitNoSwitch,
                  "the switch sends '" + *field + "' for " + std::string{key.name} + ": another version?"};
  }
  return value;
}

}  // namespace

std::span<const Verb> verbs() { return all_verbs(); }

const Verb& verb(const std::string& name) {
  return *std::find_if(all_verbs().begin(), all_verbs().end(), [&](const Verb& v) { return v.name == name; });
}

const Verb& hosts_verb() {
  static const Verb kVerb = verb_of(*std::find_if(std::begin(telemetry::kLists), std::end(telemetry::kLists),
                                                  [](const auto& list) { return list.noun == "hosts"; }));
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

// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/hosts.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "mcsctl/verbs.hpp"

namespace mcswitch::mcsctl {

namespace {

Value copy_of(const ValueView& view) {
  if (const auto* number = std::get_if<std::uint64_t>(&view)) {
    return *number;
  }
  const auto* text = std::get_if<std::string_view>(&view);
  return text == nullptr ? Value{} : Value{std::string{*text}};
}

// Which membership a row is of: its values, each with a line feed behind it, which none of them has.
std::string membership_of(const Records& records, std::size_t row) {
  std::string name;
  for (std::size_t key = 0; key < kMembershipKeys; ++key) {
    const ValueView value = records.value(row, key);
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
      name += std::to_string(*number);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      name += *text;
    }
    name += '\n';
  }
  return name;
}

}  // namespace

Records with_hosts(const Records& groups, const Records& hosts) {
  std::unordered_map<std::string, std::vector<std::size_t>> hosts_of;
  for (std::size_t row = 0; row < hosts.size(); ++row) {
    hosts_of[membership_of(hosts, row)].push_back(row);
  }
  Records joined{groups_with_hosts_verb().keys};
  const std::size_t group_keys = groups.keys().size();
  std::vector<Value> values(joined.keys().size());
  for (std::size_t row = 0; row < groups.size(); ++row) {
    std::fill(values.begin(), values.end(), Value{});
    for (std::size_t key = 0; key < group_keys; ++key) {
      values[key] = copy_of(groups.value(row, key));
    }
    const auto found = hosts_of.find(membership_of(groups, row));
    if (found == hosts_of.end()) {
      joined.add(values);
      continue;
    }
    for (const std::size_t host : found->second) {
      for (std::size_t key = kMembershipKeys; key < hosts.keys().size(); ++key) {
        values[group_keys + key - kMembershipKeys] = copy_of(hosts.value(host, key));
      }
      joined.add(values);
    }
  }
  return joined;
}

}  // namespace mcswitch::mcsctl

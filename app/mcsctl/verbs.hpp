// SPDX-License-Identifier: BSD-3-Clause
//
// The commands of mcsctl, made from the switch's lists (lib/telemetry/lists.hpp): which command of the switch
// each reads, the keys of its JSON objects in their order (a promise to scripts), and how it is sorted.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "mcsctl/json.hpp"
#include "mcsctl/objects.hpp"

namespace mcswitch::mcsctl {

struct Verb {
  std::string name;     // as typed
  std::string command;  // as the switch knows it
  std::string help{};
  std::string nothing{};  // what is printed in place of an empty table
  // Of the objects of a list. Empty: the command gives one object.
  std::vector<Key> keys{};
  std::size_t sort_keys = 0;  // keys to sort by, from the first on; 0: order of the switch
  unsigned parameters = 0;    // that the command takes: an OR of telemetry::param::k*
};

// The first keys of `groups`, and of its hosts: they say which membership it is.
inline constexpr std::size_t kMembershipKeys = 4;

std::span<const Verb> verbs();
const Verb& verb(const std::string& name);  // one of verbs()

// Of `groups --hosts`: what is requested besides the groups, and what is shown of both.
const Verb& hosts_verb();
const Verb& groups_with_hosts_verb();

// Appends the rows of a page to `records`, by the names of its keys: columns that the switch does not have
// are "no value", those that mcsctl does not know are left out. A text where a number belongs gives Failure.
void append_page(Records& records, Reply page);

}  // namespace mcswitch::mcsctl

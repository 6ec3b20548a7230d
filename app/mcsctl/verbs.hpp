// SPDX-License-Identifier: BSD-3-Clause
//
// The commands of mcsctl: which command of the switch each reads, the keys of its JSON objects in their
// order (a promise to scripts), and how it is sorted.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "mcsctl/json.hpp"
#include "mcsctl/records.hpp"

namespace mcswitch::mcsctl {

struct Verb {
  std::string name;     // as typed
  std::string command;  // as the switch knows it
  std::string help;
  // Of the objects of a list. Empty: the command gives one object.
  std::vector<Key> keys;
  std::size_t sort_keys = 0;  // keys to sort by, from the first on; 0: order of the switch
};

std::span<const Verb> verbs();
const Verb& verb(const std::string& name);  // one of verbs()

// Appends the rows of a page to `records`, by the names of its keys: columns that the switch does not have
// are "no value", those that mcsctl does not know are left out. A text where a number belongs gives Failure.
void append_page(Records& records, Reply page);

}  // namespace mcswitch::mcsctl

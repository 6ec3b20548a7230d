// SPDX-License-Identifier: BSD-3-Clause
//
// Tables for people, made of records. A value that is not there is "-".

#pragma once

#include <string>

#include "mcsctl/objects.hpp"
#include "mcsctl/verbs.hpp"

namespace mcswitch::mcsctl {

// `records` have the verb's keys. Ends with a line feed; says so if there are no rows.
void render(const Verb& verb, const Records& records, const Writer& write);

// One "name  value" a line.
std::string render(const Object& object);

}  // namespace mcswitch::mcsctl

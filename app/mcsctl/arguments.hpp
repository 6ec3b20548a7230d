// SPDX-License-Identifier: BSD-3-Clause
//
// What was typed behind mcsctl.

#pragma once

#include <string>
#include <variant>

namespace mcswitch::mcsctl {

struct Arguments {
  std::string name = "mcswitch";
  bool json = false;
  std::string verb;    // a name of verbs()
  bool hosts = false;  // groups with their hosts
  std::string params;  // filters as parameters of the command
};

// The arguments, or the exit code after --help (0) or wrong usage (kExitWrongUsage), printed already.
// Throws Failure for what does not exist yet.
std::variant<Arguments, int> parse_arguments(int argc, const char* const* argv);

}  // namespace mcswitch::mcsctl

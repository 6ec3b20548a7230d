// SPDX-License-Identifier: BSD-3-Clause
//
// Command line of mcswitch.

#pragma once

#include <optional>
#include <string>

namespace mcswitch::app {

struct Options {
  std::string config;
  bool check = false;
  bool version = false;
};

// nullopt: the program is over, with `exit_code` (help was asked for, or the usage is wrong).
std::optional<Options> parse_options(int argc, const char* const* argv, int& exit_code);

}  // namespace mcswitch::app

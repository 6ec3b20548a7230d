// SPDX-License-Identifier: BSD-3-Clause
//
// The log, as the engine sees it: a function that the program gives. Called by main and the control thread,
// never on the packet path.

#pragma once

#include <functional>
#include <string_view>

#include "config/config.hpp"

namespace mcswitch::engine {

using config::LogLevel;

// `component`: which part of the switch says it, in one word: "control". One line of text, without its end.
using Log = std::function<void(LogLevel, std::string_view component, std::string_view text)>;

}  // namespace mcswitch::engine

// SPDX-License-Identifier: BSD-3-Clause
//
// The log, as the engine sees it: a function that the program gives. Called by main and the control thread,
// never on the packet path.

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace mcswitch::engine {

enum class LogLevel : std::uint8_t { error, warning, notice, info };

// `component`: which part of the switch says it, in one word: "control". One line of text, without its end.
using Log = std::function<void(LogLevel, std::string_view component, std::string_view text)>;

}  // namespace mcswitch::engine

// SPDX-License-Identifier: BSD-3-Clause
//
// The log of the program: one line each on stderr, with level and component. Main and control thread;
// never the packet path. Whole lines are written by one call, so that threads do not mix them.

#pragma once

#include <fmt/format.h>

#include <string_view>

#include "engine/log.hpp"

namespace mcswitch::app {

using engine::LogLevel;

void log(LogLevel level, std::string_view component, std::string_view text);

template <typename... Args>
void log_notice(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::notice, component, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace mcswitch::app

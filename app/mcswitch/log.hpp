// SPDX-License-Identifier: BSD-3-Clause
//
// The log of the program: one line each on stderr, with level and component. Any thread but the workers'.

#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "log_writer.hpp"

namespace mcswitch::app {

// The one of this program; made by the first call.
LogWriter& log_writer();

inline void log(LogLevel level, std::string_view component, std::string_view text) {
  log_writer().log(level, component, text);
}

template <typename... Args>
void log_notice(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::notice, component, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace mcswitch::app

// SPDX-License-Identifier: BSD-3-Clause

#include "log.hpp"

#include <unistd.h>

namespace mcswitch::app {

void log(LogLevel level, std::string_view component, std::string_view text) {
  constexpr std::string_view kNames[] = {"error", "warning", "notice", "info"};
  const std::string line =
      fmt::format("mcswitch: {}: {}: {}\n", kNames[static_cast<int>(level)], component, text);
  // There is nowhere to report that the log cannot be written.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace mcswitch::app

// SPDX-License-Identifier: BSD-3-Clause

#include "report/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace mcswitch::bench {
namespace {

constexpr std::chrono::seconds kBetweenLines{10};

}  // namespace

Progress::Progress()
    : is_terminal_{isatty(STDERR_FILENO) == 1}, next_{std::chrono::steady_clock::now() + kBetweenLines} {}

void Progress::show(std::string_view text) {
  if (is_terminal_) {
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
    is_shown_ = true;
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_) {
    next_ = now + kBetweenLines;
    fmt::print(stderr, "mcsbench: {}\n", text);
  }
}

void Progress::clear() {
  if (is_shown_) {
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    is_shown_ = false;
  }
}

}  // namespace mcswitch::bench

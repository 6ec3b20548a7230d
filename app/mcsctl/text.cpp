// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/text.hpp"

#include <fmt/format.h>

namespace mcswitch::mcsctl {

std::string duration_text(std::uint64_t milliseconds) {
  const std::uint64_t seconds = milliseconds / 1000;
  if (seconds < 60) {
    return fmt::format("{}.{} s", seconds, milliseconds / 100 % 10);
  }
  const std::uint64_t minutes = seconds / 60;
  if (minutes < 60) {
    return fmt::format("{}m {:02}s", minutes, seconds % 60);
  }
  const std::uint64_t hours = minutes / 60;
  if (hours < 24) {
    return fmt::format("{}h {:02}m", hours, minutes % 60);
  }
  return fmt::format("{}d {:02}h", hours / 24, hours % 24);
}

std::string millions_text(std::uint64_t count) {
  return fmt::format("{}.{}", count / 1'000'000, count / 100'000 % 10);
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) {
    return "-";
  }
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string speed_text(std::uint64_t megabits) {
  if (megabits < 1000) {
    return fmt::format("{}M", megabits);
  }
  return megabits % 1000 == 0 ? fmt::format("{}G", megabits / 1000)
                              : fmt::format("{}.{}G", megabits / 1000, megabits / 100 % 10);
}

std::string clipped(const std::string& text, std::size_t length) {
  constexpr std::size_t kDots = 3;
  return text.size() <= length ? text : text.substr(0, length - kDots) + "...";
}

}  // namespace mcswitch::mcsctl

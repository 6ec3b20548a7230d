// SPDX-License-Identifier: BSD-3-Clause
//
// The words of the configuration for the enumerations of config.hpp, in the order of the enumerators.

#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "config/config.hpp"

namespace mcswitch::config {

inline constexpr std::array<std::string_view, 3> kHugepagesWords{"auto", "required", "off"};
inline constexpr std::array<std::string_view, 5> kLogLevelWords{"error", "warning", "notice", "info",
                                                                "debug"};
inline constexpr std::array<std::string_view, 3> kMulticastRouterWords{"auto", "always", "never"};
inline constexpr std::array<std::string_view, 3> kSnoopingModeWords{"prune", "observe", "off"};
inline constexpr std::array<std::string_view, 4> kUnregisteredWords{"auto", "flood", "router-ports", "drop"};
inline constexpr std::array<std::string_view, 2> kReportModeWords{"transparent", "proxy"};

constexpr std::string_view word(Hugepages v) { return kHugepagesWords[static_cast<std::size_t>(v)]; }
constexpr std::string_view word(LogLevel v) { return kLogLevelWords[static_cast<std::size_t>(v)]; }
constexpr std::string_view word(MulticastRouter v) {
  return kMulticastRouterWords[static_cast<std::size_t>(v)];
}
constexpr std::string_view word(SnoopingMode v) { return kSnoopingModeWords[static_cast<std::size_t>(v)]; }
constexpr std::string_view word(Unregistered v) { return kUnregisteredWords[static_cast<std::size_t>(v)]; }
constexpr std::string_view word(ReportMode v) { return kReportModeWords[static_cast<std::size_t>(v)]; }

}  // namespace mcswitch::config

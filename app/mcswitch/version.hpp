// SPDX-License-Identifier: BSD-3-Clause

#pragma once

#include <string>
#include <string_view>

#include "dataplane/worker.hpp"

namespace mcswitch::app {

inline constexpr std::string_view kVersion = MCSWITCH_VERSION;

// Compiler, build type, and the variants of the packet path; the one in use is marked.
inline std::string build_flags() {
  std::string text = MCSWITCH_BUILD;
  const dataplane::FastPath best = dataplane::best_fast_path();
  for (const dataplane::FastPath& path : dataplane::fast_paths()) {
    text += ' ';
    text += path.name;
    if (path.run == best.run) {
      text += '*';
    }
  }
  return text;
}

}  // namespace mcswitch::app

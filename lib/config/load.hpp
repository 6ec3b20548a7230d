// SPDX-License-Identifier: BSD-3-Clause
//
// From a TOML file to a Config, or to everything that is wrong with the file. What only the machine can
// tell (devices, cores, memory, limits of a device) is checked where the machine is known.
//
// Threads: pure functions but for reading the file; any thread. Memory and time are bounded by the size of
// the file, which is at most kLargestFile.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/findings.hpp"

namespace mcswitch::config {

struct LoadResult {
  std::string name;              // of the file, as messages name it
  std::optional<Config> config;  // absent exactly if there are errors

  Places places;  // good while there is a config

  // In order of position. A file that cannot be read, or is not TOML, is one error.
  std::vector<Finding> errors;
  std::vector<Finding> warnings;
  std::vector<Finding> notices;

  // FILE:LINE:COLUMN: what is wrong, and what would be right
  [[nodiscard]] std::string format(const Finding& finding) const;
};

inline constexpr std::size_t kLargestFile = std::size_t{1} << 20;  // bytes

// "-": the standard input, whose name is then "<stdin>".
LoadResult load_file(const std::string& path);
LoadResult load_text(std::string_view text, std::string name);

}  // namespace mcswitch::config

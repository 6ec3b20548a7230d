// SPDX-License-Identifier: BSD-3-Clause

#pragma once

#include <cstdint>

#include "config/config.hpp"
#include "table/tables.hpp"

namespace mcswitch::control {

// The sizes of the tables that a configuration wants. `seed`: see table::Tables::Sizes.
inline table::Tables::Sizes table_sizes(const config::Config& config, std::uint64_t seed) {
  return {.max_groups = config.sw.max_groups,
          .max_macs = config.sw.max_macs,
          .ports = config.ports.size(),
          .seed = seed};
}

}  // namespace mcswitch::control

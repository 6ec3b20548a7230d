// SPDX-License-Identifier: BSD-3-Clause
//
// The configuration in force, with defaults and derived values filled in, for `mcswitch --check` and for
// telemetry.
//
// Threads: pure functions; any thread.

#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace mcswitch::config {

// The key as in the file, with its table: "igmp.query-interval", for a port "port.NAME.mtu", for a [[vlan]]
// "vlan.10.igmp.query-interval", with all that it takes from [snooping] and [igmp]. The value as it would be
// written in the file; VLANs in a row as a range.
struct Setting {
  std::string key;
  std::string value;
};

// In the order of config/reference.toml. Keys of features that are not implemented are left out.
std::vector<Setting> effective_settings(const Config& config);

// The same as lines `key = value`.
std::string describe(const Config& config);

}  // namespace mcswitch::config

// SPDX-License-Identifier: BSD-3-Clause
//
// Where DPDK puts the telemetry socket of a switch: dpdk/<name>/dpdk_telemetry.v2 below a runtime
// directory, with :1, :2 ... behind it while a live process holds the name before.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mcswitch::mcsctl {

// What the choice of the runtime directory depends on.
struct Environment {
  std::optional<std::string> runtime_directory;  // $RUNTIME_DIRECTORY (systemd)
  std::optional<std::string> xdg_runtime_dir;    // $XDG_RUNTIME_DIR
  bool is_root = false;
};

Environment current_environment();

// Without suffix, best guess first: where a switch that was started in the same environment has it; if
// that is not laid down by RUNTIME_DIRECTORY, then where one started by root has it, and where a service
// unit with RuntimeDirectory=<name> has it.
std::vector<std::string> socket_paths(const Environment& environment, const std::string& name);

// Suffixes that are tried behind each path.
inline constexpr int kMaxSuffix = 9;
std::string with_suffix(const std::string& path, int suffix);  // 0: none

}  // namespace mcswitch::mcsctl

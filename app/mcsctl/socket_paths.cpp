// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/socket_paths.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace mcswitch::mcsctl {

namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

}  // namespace

Environment current_environment() {
  return {variable("RUNTIME_DIRECTORY"), variable("XDG_RUNTIME_DIR"), getuid() == 0};
}

std::vector<std::string> socket_paths(const Environment& environment, const std::string& name) {
  std::vector<std::string> paths;
  const auto add = [&](const std::string& base) {
    std::string path = base + "/dpdk/" + name + "/dpdk_telemetry.v2";
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) {
      paths.push_back(std::move(path));
    }
  };
  // As EAL chooses. If RUNTIME_DIRECTORY is set, it is the only one.
  if (environment.runtime_directory) {
    add(*environment.runtime_directory);
    return paths;
  }
  if (!environment.is_root) {
    add(environment.xdg_runtime_dir.value_or("/tmp"));
  }
  add("/var/run");
  add("/run/" + name);
  return paths;
}

std::string with_suffix(const std::string& path, int suffix) {
  return suffix == 0 ? path : path + ":" + std::to_string(suffix);
}

}  // namespace mcswitch::mcsctl

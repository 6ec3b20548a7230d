// SPDX-License-Identifier: BSD-3-Clause

#include "machine_check.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>

#include "driver_table.hpp"

namespace mcswitch::app {
namespace {

std::string port_and_device(const config::Port& port) {
  return fmt::format("port \"{}\", device \"{}\"", port.name, port.device);
}

}  // namespace

std::vector<std::unique_ptr<dataplane::Port>> make_ports(const config::Config& config,
                                                         std::vector<MachineFinding>& findings) {
  std::vector<std::unique_ptr<dataplane::Port>> ports;
  for (const config::Port& port : config.ports) {
    if (const drivers::Driver* driver = drivers::find_driver(port.device)) {
      ports.push_back(driver->make(port));
    } else {
      findings.push_back({true, fmt::format("{}: no driver for it yet; there are: {}", port_and_device(port),
                                            drivers::known_devices())});
    }
  }
  return ports;
}

void check_cores(const config::Config& config, std::vector<MachineFinding>& findings) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return;
  }
  std::string there;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) {
      there += fmt::format("{}{}", there.empty() ? "" : ", ", core);
    }
  }
  std::vector<unsigned> cores = config.sw.worker_cores;
  cores.insert(cores.begin(), config.sw.main_core);
  for (const unsigned core : cores) {
    if (core >= CPU_SETSIZE || !CPU_ISSET(core, &allowed)) {
      findings.push_back(
          {true, fmt::format("core {} is not there for this process; there are: {}", core, there)});
    }
  }
}

void check_ports(std::span<const std::unique_ptr<dataplane::Port>> ports,
                 std::vector<MachineFinding>& findings) {
  for (const auto& port : ports) {
    if (const auto problem = port->check()) {
      findings.push_back({true, fmt::format("{}: {}", port_and_device(port->settings()), *problem)});
    }
  }
}

std::uint32_t largest_data_room(std::span<const std::unique_ptr<dataplane::Port>> ports) {
  std::uint32_t room = 0;
  for (const auto& port : ports) {
    room = std::max(room, port->limits().min_data_room);
  }
  return room;
}

}  // namespace mcswitch::app

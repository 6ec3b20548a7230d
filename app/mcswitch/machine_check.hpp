// SPDX-License-Identifier: BSD-3-Clause
//
// Does this machine have what the configuration asks for? Looks, and changes nothing.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "dataplane/port.hpp"

namespace mcswitch::app {

struct MachineFinding {
  bool is_error = false;
  std::string text;
};

// The ports of the configuration as their families make them; a device that no family knows is a
// finding.
std::vector<std::unique_ptr<dataplane::Port>> make_ports(const config::Config& config,
                                                         std::vector<MachineFinding>& findings);

// Cores that do not exist, devices that cannot work.
void check_cores(const config::Config& config, std::vector<MachineFinding>& findings);
void check_ports(std::span<const std::unique_ptr<dataplane::Port>> ports,
                 std::vector<MachineFinding>& findings);

// The largest packet buffer that a port asks for, in octets.
std::uint32_t largest_data_room(std::span<const std::unique_ptr<dataplane::Port>> ports);

}  // namespace mcswitch::app

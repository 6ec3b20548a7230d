// SPDX-License-Identifier: BSD-3-Clause
//
// The families of devices that can be ports, by the device string.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dataplane/port.hpp"

namespace mcswitch::drivers {

struct Driver {
  std::string_view family;  // "af_packet"
  // What a device string begins with: "net_af_packet". Empty: a PCI address.
  std::string_view device_prefix;
  std::string_view help;  // one line for error messages and --help
  std::unique_ptr<dataplane::Port> (*make)(const config::Port& settings);
};

// In the order in which they are tried.
std::span<const Driver> driver_table();

// The driver of a device string, or nullptr.
const Driver* find_driver(std::string_view device);

// "an interface of the kernel: net_af_packet0,iface=eth1; ...": what would be right.
std::string known_devices();

}  // namespace mcswitch::drivers

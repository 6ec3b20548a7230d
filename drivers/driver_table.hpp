// SPDX-License-Identifier: BSD-3-Clause
//
// The families of devices that can be ports, by the beginning of the device string.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dataplane/port.hpp"

namespace mcswitch::drivers {

struct Driver {
  std::string_view family;         // "af_packet"
  std::string_view device_prefix;  // what a device string begins with: "net_af_packet"
  std::string_view help;           // one line for error messages and --help
  std::unique_ptr<dataplane::Port> (*make)(const config::Port& settings);
};

std::span<const Driver> driver_table();

// The driver of a device string, or nullptr.
const Driver* find_driver(std::string_view device);

// "net_af_packet (a kernel interface), net_pcap (...)": what would be right.
std::string known_devices();

}  // namespace mcswitch::drivers

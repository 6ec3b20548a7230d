// SPDX-License-Identifier: BSD-3-Clause
//
// The families of devices that can be ports, by the device string: the one place that knows drivers by name.

#pragma once

#include <string>
#include <string_view>

#include "dataplane/port_family.hpp"

namespace mcswitch::drivers {

// In the order in which they are tried.
dataplane::PortFamilies driver_table();

// The family of a device string, or nullptr.
const dataplane::PortFamily* find_driver(std::string_view device);

// "an interface of the kernel: net_af_packet0,iface=eth1; ...": what would be right.
std::string known_devices();

}  // namespace mcswitch::drivers

// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK device strings: "net_af_packet0,iface=eth1,framesz=4096".

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcswitch::drivers {

// "net_af_packet0"
std::string_view device_name(std::string_view device);

// Value of an argument, if the string has it.
std::optional<std::string> device_argument(std::string_view device, std::string_view key);

// Values of an argument that may be there more than once.
std::vector<std::string> device_arguments(std::string_view device, std::string_view key);

// The first one as a number: nullopt if it is not there; 0 if it is no number.
std::optional<unsigned long> device_number(std::string_view device, std::string_view key);

}  // namespace mcswitch::drivers

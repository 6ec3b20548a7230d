// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK device strings: "net_af_packet0,iface=eth1,framesz=4096".

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mcswitch::drivers {

// "net_af_packet0"
std::string_view device_name(std::string_view device);

// Value of an argument, if the string has it.
std::optional<std::string> device_argument(std::string_view device, std::string_view key);

// The same as a number: nullopt if it is not there; 0 if it is no number.
std::optional<unsigned long> device_number(std::string_view device, std::string_view key);

}  // namespace mcswitch::drivers

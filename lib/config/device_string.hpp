// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK device strings, such as "net_af_packet0,iface=eth1,framesz=4096" or "0000:03:00.0,dv_flow_en=0": a
// name, and arguments KEY=VALUE behind commas. The one place where they are read.
//
// Threads: pure functions; any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcswitch::config {

// "net_af_packet0": the text before the first comma.
std::string_view device_name(std::string_view device);

// What DPDK tells devices apart by: the PCI address in full, or else the name.
std::string device_identity(std::string_view device);

// Value of an argument, if the string has it; the first one.
std::optional<std::string> device_argument(std::string_view device, std::string_view key);

// Values of an argument that may be there more than once.
std::vector<std::string> device_arguments(std::string_view device, std::string_view key);

// The first one as a number: nullopt if it is not there; 0 if it is no number.
std::optional<unsigned long> device_number(std::string_view device, std::string_view key);

// The kernel interface under a device (iface=...), or nothing.
std::optional<std::string> device_interface(std::string_view device);

// "0000:03:00.0" of "0000:03:00.0" or "03:00.0", in lower case; nothing if the text is no PCI address. A bus
// and a device have two digits and a function is 0 to 7, as the kernel writes them (lspci -D). DPDK itself
// would take shorter forms; they are refused, because no other program knows a card by them.
std::optional<std::string> pci_address(std::string_view text);

// The same of a device, whose name it is.
std::optional<std::string> device_pci_address(std::string_view device);

}  // namespace mcswitch::config

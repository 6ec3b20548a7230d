// SPDX-License-Identifier: BSD-3-Clause
//
// What a configuration says about forwarding, as one block (table::ForwardingBlock).
//
// Pure: no state, any thread. The words of the VLANs follow from what is learned and stay empty: VlanControl
// stores them.

#pragma once

#include <array>
#include <memory>

#include "base/net_types.hpp"
#include "config/config.hpp"
#include "table/forwarding_block.hpp"

namespace mcswitch::control {

// Of the interfaces themselves, by port.
using PortMacs = std::array<MacAddress, kMaxPorts>;

// `switch_mac`: source address of what the switch sends itself.
std::unique_ptr<table::ForwardingBlock> forwarding_settings(const config::Config& config,
                                                            const PortMacs& port_macs, MacAddress switch_mac);

}  // namespace mcswitch::control

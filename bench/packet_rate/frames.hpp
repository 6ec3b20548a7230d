// SPDX-License-Identifier: BSD-3-Clause
//
// What the benchmark sends: the first octets of frames, one for each group or host.

#pragma once

#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "packet_rate/bench_port.hpp"

namespace mcswitch::bench {

// 239.1.0.0 and on; `n` up to 2^24.
constexpr Ipv4Address group_address(std::uint32_t n) { return Ipv4Address{0xef010000U + n}; }

// UDP multicast of a source in the port's VLAN, one template a group, right IP header checksums. `size`:
// octets without FCS, 60 or more.
std::vector<Template> data_frames(std::uint32_t groups, std::uint16_t size);

// Version 2 membership reports for `groups` groups, of one host, 60 octets.
std::vector<Template> report_frames(std::uint32_t groups);

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause
//
// What the benchmark sends: the first bytes of frames, one for each group or host.

#pragma once

#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "packet_rate/bench_port.hpp"

namespace mcswitch::bench {

// 239.1.0.0 and on; `n` up to 2^24.
constexpr Ipv4Address group_address(std::uint32_t n) { return Ipv4Address{0xef010000U + n}; }

// Hosts have addresses by number, 0 to 255: 02:00:00:00:00:NN and 10.0.0.NN.
inline constexpr std::uint8_t kSourceHost = 0x77;  // the one that sends the streams
inline constexpr std::uint8_t kMemberHost = 0x88;  // the one that joins and leaves
inline constexpr std::uint8_t kOtherHost = 0x99;   // sends what no host wants
constexpr Ipv4Address host_address(std::uint8_t host) { return Ipv4Address::of(10, 0, 0, host); }
constexpr MacAddress host_mac(std::uint8_t host) { return MacAddress{0x02'00'00'00'00'00ULL + host}; }

// UDP multicast of a source in the port's VLAN, one template a group, right IP header checksums. `size`:
// bytes without FCS, 60 or more.
std::vector<Template> data_frames(std::uint32_t groups, std::uint16_t size, std::uint32_t first_group = 0,
                                  std::uint8_t host = kSourceHost);

// Puts an IEEE 802.1Q tag in, priority 0; the frame is 60 bytes or fewer.
void put_tag(Template& frame, VlanId vlan);

// UDP unicast from kSourceHost to unicast_mac(0) to unicast_mac(count - 1); `count` up to 2^16.
std::vector<Template> unicast_frames(std::uint32_t count, std::uint16_t size);
constexpr MacAddress unicast_mac(std::uint32_t n) { return MacAddress{0x02'00'00'01'00'00ULL + n}; }

// Version 2 membership reports and leaves for `groups` groups, 60 bytes.
inline constexpr std::uint16_t kReportSize = 60;
std::vector<Template> report_frames(std::uint32_t groups, std::uint32_t first_group = 0,
                                    std::uint8_t host = kMemberHost);
std::vector<Template> leave_frames(std::uint32_t groups, std::uint32_t first_group = 0);

// Version 3 reports of one record each, 60 bytes: the group from any source (IS_EX without sources), or from
// kSourceHost (IS_IN).
enum class Record : std::uint8_t { is_in = 1, is_ex = 2 };
std::vector<Template> report_v3_frames(Record record, std::uint32_t groups, std::uint8_t host = kMemberHost);

// Version 3 reports with as many records as fit into 1500 bytes, each of `sources` sources: 10.1.0.0 and on.
// All groups once; the last report may have fewer records.
using LongFrame = std::vector<std::uint8_t>;
std::vector<LongFrame> largest_reports(Record record, std::uint32_t groups, std::uint32_t sources);

}  // namespace mcswitch::bench

// SPDX-License-Identifier: BSD-3-Clause
//
// Text forms of addresses, both ways. Not for the packet path.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/net_types.hpp"

namespace mcswitch {

std::string to_string(MacAddress mac);            // 01:00:5e:01:02:03
std::string to_string(Ipv4Address address);       // 239.1.2.3
std::string to_string(const IpAddress& address);  // 239.1.2.3, ff02::1 (RFC 5952)
std::string to_string(Ipv4Prefix prefix);         // 232.0.0.0/8

// nullopt unless all of `text` is an address (or a prefix).
std::optional<MacAddress> parse_mac(std::string_view text);
std::optional<Ipv4Address> parse_ipv4(std::string_view text);
std::optional<IpAddress> parse_ip(std::string_view text);
// The length is 0 to 32 and never left out. Bits of the address behind the length may be set.
std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text);

}  // namespace mcswitch

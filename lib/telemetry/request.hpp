// SPDX-License-Identifier: BSD-3-Clause
//
// The parameters of a command: `key=value,key=value` after the first comma of the request. Whatever a
// client sends, the outcome is a Request or one sentence that says what is wrong and what would be
// right; a client is a stranger, and two at once can garble each other's parameters (DPDK 22.11 splits
// requests with strtok, whose state all threads share).
//
// Threads: values; no shared state.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/net_types.hpp"
#include "telemetry/wire.hpp"

namespace mcswitch::telemetry {

// Which parameters a command takes: an OR of these. Every command takes tag.
namespace param {
inline constexpr unsigned kPaging = 1;  // limit, after
inline constexpr unsigned kVlan = 2;
inline constexpr unsigned kGroup = 4;
inline constexpr unsigned kPort = 8;
}  // namespace param

struct Request {
  std::size_t limit = kArrayStrings;  // rows wanted at most, 1 to kArrayStrings
  std::uint64_t after = 0;            // `next` of the page before
  std::optional<VlanId> vlan;
  std::optional<IpAddress> group;    // a multicast address
  std::optional<std::string> port;   // unescaped; whether it exists is not looked at
  std::optional<std::uint64_t> tag;  // returned as it came, so that a client knows its own reply
};

struct ParsedRequest {
  Request request;                   // after an error only `tag` is of use; it is found wherever it stands
  std::optional<std::string> error;  // the first thing that is wrong
};

// Parses what DPDK hands over: null and empty are no parameters. `allowed` is an OR of param::k*.
// Values may be escaped as in wire.hpp; a port name that has a comma or % must be.
ParsedRequest parse_request(const char* params, unsigned allowed);

// "vlan, group, limit, after": for error texts and help.
std::string parameter_names(unsigned allowed);

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// The protocol side: version 2 reports through the whole worker (receive, parse, validate, table, MAC
// learning, counters), joins of new groups and refreshes of memberships that are there.

#pragma once

#include <cstdint>

#include "packet_rate/forwarding.hpp"

namespace mcswitch::bench {

struct ProtocolResult {
  std::uint32_t groups = 0;
  Summary new_joins;  // millions a second, into an empty table
  Summary refreshes;  // millions a second
};

ProtocolResult run_protocol(std::uint32_t groups, const ForwardingOptions& options, const Progress& progress);

}  // namespace mcswitch::bench

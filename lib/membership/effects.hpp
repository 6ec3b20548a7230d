// SPDX-License-Identifier: BSD-3-Clause
//
// What a state machine wants done. The machines of this folder send nothing and log nothing: they return
// effects, and lib/control makes them happen. So a test is a list of events and a list of effects.

#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/net_types.hpp"

namespace mcswitch::membership {

// Ours among the queriers of a VLAN (RFC 2236 section 7), as an operator sees it.
enum class Role : std::uint8_t {
  off,          // we do not query, and nobody else does
  non_querier,  // somebody else does
  querier,      // we do
};

// Send a general query on all ports of the VLAN now.
struct SendGeneralQuery {
  friend bool operator==(SendGeneralQuery, SendGeneralQuery) = default;
};

// Tell the operator that `source` queries in a version other than the configured one (RFC 2236
// section 4). Rate limited already.
struct WarnOfVersion {
  std::uint8_t version = 0;
  Ipv4Address source;
  friend bool operator==(WarnOfVersion, WarnOfVersion) = default;
};

// The role has changed to `role`.
struct RoleChanged {
  Role role = Role::off;
  friend bool operator==(RoleChanged, RoleChanged) = default;
};

using Effect = std::variant<SendGeneralQuery, WarnOfVersion, RoleChanged>;
using Effects = std::vector<Effect>;

}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// What a state machine wants done. The machines of this folder send nothing and log nothing: they return
// effects, and lib/control makes them happen. So a test is a list of events and a list of effects.

#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/net_types.hpp"
#include "base/time.hpp"

namespace mcswitch::membership {

// Ours among the queriers of a VLAN (RFC 2236 section 7), as an operator sees it.
enum class Role : std::uint8_t {
  off,          // we do not query, and no other router does
  non_querier,  // another router does
  querier,      // we do
};

// Send a general query on all ports of the VLAN now.
struct SendGeneralQuery {
  friend bool operator==(SendGeneralQuery, SendGeneralQuery) = default;
};

// Warn the operator that `source` queries in a version other than the configured one: the lowest version on
// the link has to be configured on all of its routers (RFC 2236 section 4, RFC 9776 section 7.3.1). Rate
// limited already.
struct WarnOfVersion {
  std::uint8_t version = 0;
  IpAddress source;
  friend bool operator==(WarnOfVersion, WarnOfVersion) = default;
};

// Warn the operator that `source` asks less often than configured, and than it says: `interval` has passed
// between two of its general queries. Rate limited already.
struct WarnOfInterval {
  Duration interval{};
  IpAddress source;
  friend bool operator==(const WarnOfInterval&, const WarnOfInterval&) = default;
};

// The role has changed to `role`.
struct RoleChanged {
  Role role = Role::off;
  friend bool operator==(RoleChanged, RoleChanged) = default;
};

// The intervals in force have changed: another querier's values were adopted, or are no longer (RFC 9776
// sections 4.1.6 and 4.1.7). Querier::effective() has them.
struct IntervalsChanged {
  friend bool operator==(IntervalsChanged, IntervalsChanged) = default;
};

using Effect = std::variant<SendGeneralQuery, WarnOfVersion, WarnOfInterval, RoleChanged, IntervalsChanged>;
using Effects = std::vector<Effect>;

}  // namespace mcswitch::membership

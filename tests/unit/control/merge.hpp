// SPDX-License-Identifier: BSD-3-Clause
//
// What ports want together, by the rules on sets: what ProxyReports::merge() finds in the group table is
// compared with this.

#pragma once

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "membership/filter_rules.hpp"

namespace mcswitch::control {

// The state of a group on the interface to the routers.
struct MergedFilter {
  membership::FilterMode mode = membership::FilterMode::include;
  membership::Sources sources;  // rising, none twice
  friend bool operator==(const MergedFilter&, const MergedFilter&) = default;
};

inline membership::Sources difference(const membership::Sources& from, const membership::Sources& take) {
  membership::Sources rest;
  std::ranges::set_difference(from, take, std::back_inserter(rest));
  return rest;
}

// RFC 4605 section 4.1, by the rules of RFC 9776 section 3.2. If a port is in mode EXCLUDE: all but the
// sources that each of those excludes and no port in mode INCLUDE requests; else the sources that any of them
// requests. A source that a port in mode EXCLUDE requests is not one that it excludes, also if it is in both
// lists. No ports: INCLUDE of nothing.
inline MergedFilter merge(std::span<const membership::PortFilter> ports) {
  MergedFilter merged;
  membership::Sources included;
  membership::Sources excluded;
  for (const membership::PortFilter& port : ports) {
    membership::Sources result;
    if (port.mode == membership::FilterMode::include) {
      std::ranges::set_union(included, port.requested, std::back_inserter(result));
      included = std::move(result);
      continue;
    }
    membership::Sources blocked = difference(port.excluded, port.requested);
    if (merged.mode == membership::FilterMode::include) {
      merged.mode = membership::FilterMode::exclude;
      excluded = std::move(blocked);
    } else {
      std::ranges::set_intersection(excluded, blocked, std::back_inserter(result));
      excluded = std::move(result);
    }
  }
  merged.sources =
      merged.mode == membership::FilterMode::include ? std::move(included) : difference(excluded, included);
  return merged;
}

}  // namespace mcswitch::control

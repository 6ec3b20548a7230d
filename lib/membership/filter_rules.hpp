// SPDX-License-Identifier: BSD-3-Clause
//
// Filter rules: what a group record of version 3 changes for one group on one port, all rows of RFC 9776
// sections 6.4.1 and 6.4.2, and what the end of a timer does (sections 6.2.3, 6.3, 6.5). No state, no
// clock: a filter goes in, and what is to be done about its timers comes out. Reports of versions 1 and 2
// are IS_EX of no source, a leave is TO_IN of no source (section 7.3.2).
//
// Pure functions; any thread.

#pragma once

#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "proto/igmp.hpp"

namespace mcswitch::membership {

// A set: rising, none twice. make_set() makes it one.
using Sources = std::vector<IpAddress>;
void make_set(Sources& sources);

enum class FilterMode : std::uint8_t { include, exclude };

// What is wanted of one group behind one port (section 6.2).
struct PortFilter {
  FilterMode mode = FilterMode::include;
  // With a running source timer: A of INCLUDE(A), X of EXCLUDE(X,Y). None is in `excluded` too.
  Sources requested{};
  // With a source timer of 0: Y of EXCLUDE(X,Y). Empty in mode INCLUDE.
  Sources excluded{};

  // INCLUDE of no source: no host wants anything, there is no state for the group.
  [[nodiscard]] bool is_nothing() const { return mode == FilterMode::include && requested.empty(); }
  friend bool operator==(const PortFilter&, const PortFilter&) = default;
};

// Does a frame of the group from `source` go to the port (section 6.3)?
bool accepts(const PortFilter& filter, const IpAddress& source);

// Group Compatibility Mode (section 7.3.2): the version of the oldest host that reported the group here
// within the Older Host Present Interval.
enum class Compatibility : std::uint8_t { v3, v2, v1 };

// What a record wants done. "GMI" is the Group Membership Interval. A source is in one of `start`,
// `start_as_group`, `exclude` and `forget` at most; all lists are sets.
struct RecordEffects {
  FilterMode mode = FilterMode::include;  // from now on
  Sources start{};           // source timer := GMI; listed already or not, excluded until now or not
  Sources start_as_group{};  // not listed until now; source timer := what the group timer had left before
  Sources exclude{};         // not listed until now; excluded, source timer 0
  Sources forget{};          // listed until now; no longer
  bool restart_group_timer = false;  // group timer := GMI
  // For the Querier to ask, in the state after all of the above (sections 6.6.3.1, 6.6.3.2).
  Sources query_sources{};   // Q(G, these)
  bool query_group = false;  // Q(G)

  // As new, but the lists keep their memory.
  void clear();
  friend bool operator==(const RecordEffects&, const RecordEffects&) = default;
};

// The record of this type and list, heard when `filter` held. `out` is overwritten; nothing is allocated
// if its lists have room. A type that RFC 9776 does not know changes nothing.
//
// Compatibility v2: BLOCK, and the list of TO_EX, are ignored. v1: TO_IN, and so a leave, is ignored too.
void apply_record(const PortFilter& filter, proto::RecordType type, const Sources& listed,
                  Compatibility compatibility, RecordEffects& out);

// The filter with these effects; no host has answered a query yet.
[[nodiscard]] PortFilter after(const PortFilter& filter, const RecordEffects& effects);

// The group timer has ended (section 6.5): EXCLUDE(X,Y) becomes INCLUDE(X). In mode INCLUDE the group
// timer has no meaning, and nothing changes.
[[nodiscard]] PortFilter after_group_timer(const PortFilter& filter);

// The source timer of `source` has ended (section 6.2.3): a source of INCLUDE is forgotten, one of EXCLUDE
// is excluded. Nothing changes for a source that is not requested.
[[nodiscard]] PortFilter after_source_timer(const PortFilter& filter, const IpAddress& source);

}  // namespace mcswitch::membership

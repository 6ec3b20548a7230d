// SPDX-License-Identifier: BSD-3-Clause
//
// What the control thread counts: one table, from which enumeration, names and texts are made. The
// names are a promise to scripts once released.

#pragma once

#include <cstdint>

#include "base/counters.hpp"

namespace mcswitch::control {

// X(name, text)
#define MCSWITCH_CONTROL_COUNTERS(X)                                                                     \
  X(general_queries_sent, "general queries sent")                                                        \
  X(specific_queries_sent, "group-specific queries sent")                                                \
  X(source_queries_sent, "group-and-source-specific queries sent")                                       \
  X(queries_delayed, "queries that had to wait because a ring to a worker was full")                     \
  X(queries_looped, "own queries that came back")                                                        \
  X(queries_not_allowed, "queries from outside allowed-queriers, only forwarded")                        \
  X(queries_of_other_version, "queries of a version other than the configured (RFC 9776 section 7.3.1)") \
  X(querier_changes, "changes of the own role between querier and non-querier")                          \
  X(leaves_asked, "leaves answered by group-specific queries")                                           \
  X(leaves_fast, "leaves that pruned at once (fast-leave)")                                              \
  X(leaves_repeated, "leaves while the port was being asked already")                                    \
  X(leaves_superseded, "leaves with a newer report behind them")                                         \
  X(leaves_ignored_no_member, "leaves without a membership on the port (RFC 2236 section 3)")            \
  X(leaves_ignored_other_querier, "leaves ignored as non-querier (RFC 2236 section 3)")                  \
  X(leaves_ignored_no_querier, "leaves ignored because there is no querier")                             \
  X(leaves_ignored_v1_mode, "leaves ignored as version 1 querier (RFC 2236 section 4)")                  \
  X(leaves_ignored_v1_host, "leaves ignored because of a version 1 host (RFC 2236 section 5)")           \
  X(leaves_ignored_full, "leaves ignored because too many ports are being asked")                        \
  X(timers_lowered, "memberships shortened by another querier's specific query")                         \
  X(timers_not_lowered, "memberships not shortened because too many ports are being asked")              \
  X(records_handled, "version 3 records that took something away, or excluded sources")                  \
  X(sources_asked, "sources asked about because of a version 3 record")                                  \
  X(records_superseded, "records that a newer report of the port had overtaken")                         \
  X(sources_ended_fast, "sources that a version 3 record pruned at once (fast-leave)")                   \
  X(joins_refused, "memberships that a version 3 record asked for and for which there was no room")      \
  X(hosts_refused, "hosts that are not tracked because max-hosts is reached")                            \
  X(proxy_reports_sent, "reports and leaves sent for the hosts of a VLAN (report-mode proxy)")           \
  X(specific_queries_ignored,                                                                            \
    "specific queries of others that lowered no timer: no valid general query of theirs on the port")    \
  X(memberships_expired, "memberships that ended with their interval")                                   \
  X(memberships_left, "memberships that ended after a leave or a specific query")                        \
  X(memberships_link_lost, "memberships that ended with the link of their port")                         \
  X(ports_asked, "ports asked by a general query because a leave was lost")                              \
  X(events_link_lost, "queries and leaves that were in flight when their port lost its link")            \
  X(events_invalid, "events for a VLAN or port that is not snooped")                                     \
  X(exclusions_ended, "exclusions that ended because a report that might have ended them was lost")      \
  X(router_solicitations_sent, "solicitations of multicast routers sent (RFC 4286)")

#define X(name, text) name,
enum class ControlCounter : std::uint8_t { MCSWITCH_CONTROL_COUNTERS(X) count };
#undef X

#define X(name, text) CounterName{#name, text},
inline constexpr CounterName kControlCounterNames[] = {MCSWITCH_CONTROL_COUNTERS(X)};
#undef X

// The control thread adds, any thread reads.
using ControlCounters = CounterArray<ControlCounter>;

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// What a restart costs. The switch forgets who is a member, and either floods until hosts have had a fair
// chance to report again (hold-pruning), or prunes, and members are without their streams until they have
// answered a query.
//
// Threads: pure functions; any thread.

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "config/config.hpp"

namespace mcswitch::config {

// Upper bounds, from the start. They are those of the configured intervals: another querier with longer ones
// makes them longer.
struct RestartCost {
  // All multicast is flooded for so long, where hold-pruning is not false. Without `querier` it needs another
  // one: as long as there is none, it is flooded as well.
  Duration flooded{};
  // The same if another querier takes our place meanwhile, at the worst moment; without `querier` as above.
  Duration flooded_if_taken_over{};
  // A member that reports only when it is asked is without its stream for so long, where hold-pruning is
  // false and no message is lost.
  Duration dark{};
};

// How long hosts have for their answers to a query, grace included. Until it is over no other query counts.
inline Duration answers_take(const membership::Intervals& intervals) {
  return intervals.response_interval() + membership::kAnswerGrace;
}

// When our general query number `number` that counts is sent, from 0. A startup query that comes too early to
// count is made up for when the last one is over: each port is asked as often as that
// (membership/port_queries.hpp). Behind them come those of each Query Interval, as far as they count.
inline Duration own_query(const membership::Intervals& intervals, std::int64_t number) {
  const Duration over = answers_take(intervals);
  const Duration startup = intervals.startup_query_interval();
  const Duration interval = intervals.query_interval;
  const std::int64_t last_of_startup = intervals.startup_query_count() - 1;
  Duration time = std::min(number, last_of_startup) * std::max(startup, over);
  for (std::int64_t n = last_of_startup; n < number; ++n) {
    const Duration behind_startup = time + over - last_of_startup * startup;
    time = last_of_startup * startup + (behind_startup + interval - Duration{1}) / interval * interval;
  }
  return time;
}

// Until the ports are released if another querier takes our place, which sends its queries one Query Interval
// apart. At worst its first one comes just before the answers to our first one are over, and does not count;
// or it comes when all but the last of ours have been sent, and counts in place of that.
inline Duration until_taken_over(const membership::Intervals& intervals, std::int64_t ours,
                                 std::int64_t others) {
  const Duration over = answers_take(intervals);
  const Duration as_querier = own_query(intervals, ours - 1) + over;
  if (others < 2) {
    return as_querier;
  }
  return std::max({as_querier, (others - 1) * intervals.query_interval + 2 * over,
                   own_query(intervals, others - 1) + over});
}

// Of a VLAN that is snooped and pruned.
inline RestartCost restart_cost(const Snooping& snooping, const Igmp& igmp) {
  const membership::Intervals& intervals = igmp.intervals;
  const auto queries = [&](std::uint8_t derived) {
    return std::min<std::int64_t>(snooping.hold_pruning().queries.value_or(derived), kMaxHoldQueries);
  };
  const std::int64_t ours = queries(intervals.startup_query_count());
  const std::int64_t others = queries(intervals.robustness_variable);
  const Duration response = intervals.response_interval();
  if (igmp.querier) {
    return {.flooded = own_query(intervals, ours - 1) + response + membership::kAnswerGrace,
            .flooded_if_taken_over = until_taken_over(intervals, ours, others),
            .dark = response};
  }
  const Duration flooded = others * intervals.query_interval + response + membership::kAnswerGrace;
  return {.flooded = flooded, .flooded_if_taken_over = flooded, .dark = intervals.query_interval + response};
}

// One line for all VLANs that have the same to expect: "VLANs 1, 10-19: ...". None for VLANs that are not
// pruned: a restart costs them nothing.
std::vector<std::string> describe_restart(const Config& config);

}  // namespace mcswitch::config

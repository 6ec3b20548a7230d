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

// When our general query number `number` is sent, from 0.
inline Duration own_query(const membership::Intervals& intervals, std::int64_t number) {
  const std::int64_t last_of_startup = intervals.startup_query_count() - 1;
  return std::min(number, last_of_startup) * intervals.startup_query_interval() +
         std::max<std::int64_t>(number - last_of_startup, 0) * intervals.query_interval;
}

// Until the ports are released if another querier takes our place, which sends its queries one Query Interval
// apart. At worst its first one comes just before the answers to our first one are over, and does not count;
// or it comes when all but the last of ours have been sent, and counts in place of that.
inline Duration until_taken_over(const membership::Intervals& intervals, std::int64_t ours,
                                 std::int64_t others) {
  const Duration over = intervals.response_interval() + membership::kAnswerGrace;
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

// SPDX-License-Identifier: BSD-3-Clause
//
// The variables of IGMP with their default values and derivations: RFC 2236 section 8 (versions 1 and
// 2), RFC 9776 section 8 (version 3). What is not set is derived; the configuration may set it for
// laboratories.

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace mcswitch::membership {

// A host may answer in the last moment of a response time (RFC 2236 section 3 lets it draw the whole of it).
// Its query and its answer have been on the way for up to 20 ms each then, and wait for the turn of a thread:
// what ends for want of an answer ends this much later.
inline constexpr Duration kAnswerGrace = std::chrono::milliseconds{50};

struct Intervals {
  // Version of our own queries: 1, 2 or 3. It decides the derivation of the Group Membership Interval.
  std::uint8_t version = 3;
  // Robustness Variable (RFC 2236 section 8.1): 1 to 7, never 0, 1 is discouraged.
  std::uint8_t robustness_variable = 2;
  // Query Interval (section 8.2).
  Duration query_interval = std::chrono::seconds{125};
  // Query Response Interval (section 8.3): the Max Response Time of general queries; less than the
  // Query Interval.
  Duration query_response_interval = std::chrono::seconds{10};
  // Last Member Query Interval (section 8.8): the Max Response Time of group-specific queries, and the
  // time between them.
  Duration last_member_query_interval = std::chrono::seconds{1};

  // Set values that take the place of derived ones.
  std::optional<std::uint8_t> set_last_member_query_count;
  std::optional<std::uint8_t> set_startup_query_count;
  std::optional<Duration> set_startup_query_interval;
  std::optional<Duration> set_group_membership_interval;
  std::optional<Duration> set_other_querier_present_interval;
  std::optional<Duration> set_router_port_interval;

  // What another querier says of its intervals, or shows; 0: nothing.
  struct Given {
    std::uint8_t robustness_variable = 0;
    Duration query_interval{};
    Duration response_interval{};  // Max Response Time of its general queries
  };
  // Of another's, in force here: Query Response Interval, where it is longer than ours; 0: none is.
  Duration adopted_response_interval{};

  // These with the values that another querier gives where they are larger (RFC 9776 sections 4.1.6
  // and 4.1.7: a router that is not the querier adopts them; section 8: the values are those of the link.
  // Smaller ones would end memberships that this configuration wants kept). What is derived follows, what is
  // set does not.
  [[nodiscard]] Intervals adopting(const Given& given) const {
    Intervals adopted = *this;
    adopted.robustness_variable = std::max(robustness_variable, given.robustness_variable);
    adopted.query_interval = std::max(query_interval, given.query_interval);
    adopted.adopted_response_interval = std::max(adopted_response_interval, given.response_interval);
    return adopted;
  }

  // How long hosts take to answer a general query: Max Response Time, or the 10 s that the 0 of version 1
  // stands for (RFC 2236 section 4).
  [[nodiscard]] Duration response_interval() const {
    constexpr Duration kOfVersion1 = std::chrono::seconds{10};
    return std::max(version == 1 ? kOfVersion1 : query_response_interval, adopted_response_interval);
  }

  // Group Membership Interval: RV * QI + QRI (RFC 2236 section 8.4); for version 3
  // RV * QI + 2 * QRI (RFC 9776 section 8.4).
  [[nodiscard]] Duration derived_group_membership_interval() const {
    return robustness_variable * query_interval + (version == 3 ? 2 : 1) * response_interval();
  }
  [[nodiscard]] Duration group_membership_interval() const {
    return set_group_membership_interval.value_or(derived_group_membership_interval());
  }
  // Other Querier Present Interval: RV * QI + QRI / 2 (RFC 2236 section 8.5).
  [[nodiscard]] Duration derived_other_querier_present_interval() const {
    return robustness_variable * query_interval + response_interval() / 2;
  }
  [[nodiscard]] Duration other_querier_present_interval() const {
    return set_other_querier_present_interval.value_or(derived_other_querier_present_interval());
  }
  // Older Host Present Interval: RV * QI + QRI (RFC 9776 section 8.13, "MUST"), whatever the Group Membership
  // Interval is. RFC 2236 section 5 has the same for hosts of version 1.
  [[nodiscard]] Duration older_host_present_interval() const {
    return robustness_variable * query_interval + response_interval();
  }
  // How long another counts as present after a query by which it gives these. A single query can say 62
  // hours; it is not believed for more than ten times our own interval.
  static constexpr int kMostAdopted = 10;
  [[nodiscard]] Duration other_querier_present_interval(const Given& given) const {
    return std::min(adopting(given).other_querier_present_interval(),
                    kMostAdopted * other_querier_present_interval());
  }
  // How long a query makes its port a router port: as long as its sender counts as present.
  [[nodiscard]] Duration router_port_interval() const { return router_port_interval({}); }
  [[nodiscard]] Duration router_port_interval(const Given& given) const {
    return set_router_port_interval.value_or(other_querier_present_interval(given));
  }
  // Startup Query Interval: QI / 4 (RFC 2236 section 8.6).
  [[nodiscard]] Duration startup_query_interval() const {
    return set_startup_query_interval.value_or(query_interval / 4);
  }
  // Startup Query Count: RV (RFC 2236 section 8.7).
  [[nodiscard]] std::uint8_t startup_query_count() const {
    return set_startup_query_count.value_or(robustness_variable);
  }
  // Last Member Query Count: RV (RFC 2236 section 8.9).
  [[nodiscard]] std::uint8_t last_member_query_count() const {
    return set_last_member_query_count.value_or(robustness_variable);
  }
  // Last Member Query Time: LMQI * LMQC (RFC 9776 section 8.10; implied by RFC 2236 section 3).
  [[nodiscard]] Duration last_member_query_time() const {
    return last_member_query_count() * last_member_query_interval;
  }
};

}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// Querier: who asks the hosts of a VLAN, we or another? (RFC 2236 sections 3 and 7, router states
// Initial, Querier and Non-Querier.)
//
// Active (we are configured to query): starts as Querier, with startup queries (sections 8.6, 8.7), then
// a general query each Query Interval. A query from a lower address makes us Non-Querier until none has
// been heard for the Other Querier Present Interval; then we query at once and go on.
// Passive (we are not): never queries, and knows who else does.
//
// Address 0.0.0.0 (RFC 4541 section 2.1.1(4)): a query from it shows that some device queries, but takes no
// part in the election; if our own address is 0.0.0.0, every query with an address is a lower one. Our own
// address, heard as a source, is not a lower one and changes nothing (section 7).
//
// Of several others the lowest address counts as elected, for as long as it has been heard within the
// Other Querier Present Interval. While it is, its Robustness Variable and Query Interval, which queries of
// version 3 carry, are in force here where they are larger than ours (RFC 9776 sections 4.1.6 and 4.1.7), and
// so is the Other Querier Present Interval that follows from them; if we are passive and none is elected, the
// values of the device that queries from 0.0.0.0 are. Our own queries are always those of our configuration.
//
// Versions (RFC 2236 section 4, RFC 9776 section 7.3.1): the configuration decides; a query of any version
// counts in the election. A version that does not fit the configured one is worth a warning, at most one in
// kWarningInterval.
//
// One per VLAN; one thread. Call on_time() at next(), or later: what is late happens once, not once for
// each interval that was missed.

#pragma once

#include <cstdint>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "membership/effects.hpp"
#include "membership/intervals.hpp"

namespace mcswitch::membership {

class Querier {
 public:
  static constexpr Duration kWarningInterval = std::chrono::seconds{60};

  struct Settings {
    bool active = false;
    IpAddress address;  // source of our queries
    Intervals intervals;
  };

  explicit Querier(const Settings& settings) : settings_{settings} {}

  // Initial -> Querier: the first query leaves now. Once, before anything else.
  Effects start(TimePoint now);

  // A query of another (not one whose MAC address is ours) was heard; general or specific makes no
  // difference to the election. `robustness_variable`, `query_interval`: as in the query; 0: not given.
  Effects on_query(const IpAddress& source, std::uint8_t version, TimePoint now,
                   std::uint8_t robustness_variable = 0, Duration query_interval = {});

  Effects on_time(TimePoint now);

  // When on_time() has something to do; kNever: not before the next query is heard.
  [[nodiscard]] TimePoint next() const;

  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] bool is_querier() const { return role_ == Role::querier; }
  // Is there a querier, we or another, with any address?
  [[nodiscard]] bool is_querier_known() const { return role_ != Role::off; }

  // Is `source` the querier that was elected among the others? Not while we are Querier.
  [[nodiscard]] bool is_elected(const IpAddress& source) const {
    return !is_querier() && elected_.until != kNever && elected_.address == source;
  }

  // The intervals in force: those of the configuration, with what the other querier gives where it is larger.
  // IntervalsChanged says when they change.
  [[nodiscard]] Intervals effective() const { return effective_; }

  // What an operator reads: the querier's address (unspecified: there is none), the version of its queries
  // (0: there is none), and when it will count as gone (kNever: it is us, or there is none).
  [[nodiscard]] IpAddress address() const;
  [[nodiscard]] std::uint8_t version() const;
  [[nodiscard]] TimePoint expires() const;

  // Does a query of this version not fit the configured one? Version 1 and any other never fit. Versions 2
  // and 3 do not where we may query too (RFC 9776 section 7.3.1); passive we take what there is.
  [[nodiscard]] bool is_other_version(std::uint8_t version) const;

  // Version of our own queries, as configured.
  [[nodiscard]] std::uint8_t own_version() const { return settings_.intervals.version; }

 private:
  struct Heard {
    IpAddress address;
    std::uint8_t version = 0;
    std::uint8_t robustness_variable = 0;  // 0: not given
    Duration query_interval{};             // 0: not given
    TimePoint until = kNever;              // kNever: nobody
  };

  [[nodiscard]] bool beats_us(const IpAddress& source) const;
  // The querier if we are not: the elected one, else the device that queries from 0.0.0.0; nullptr: none.
  [[nodiscard]] const Heard* other() const;
  void set_role(Role role, Effects& effects);
  void update_effective(Effects& effects);
  static bool expire(Heard& heard, TimePoint now);

  const Settings settings_;
  Role role_ = Role::off;
  TimePoint next_query_ = kNever;  // as Querier
  unsigned startup_queries_left_ = 0;
  // The Other Querier Present timer, and whose query restarted it last.
  Heard other_;
  // The lowest of those. Gone before other_ if it has fallen silent and a higher one has not.
  Heard elected_;
  // The last query from 0.0.0.0, as a sign of life; passive only.
  Heard unnumbered_;
  Intervals effective_ = settings_.intervals;
  TimePoint next_warning_ = TimePoint::min();
};

}  // namespace mcswitch::membership

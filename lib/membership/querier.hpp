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
// Only general queries count in the election (RFC 9776 section 6.6.2: "receives a General Query with a lower
// IP address"); RFC 2236 section 7, which it updates, takes any.
//
// Address 0.0.0.0 (RFC 4541 section 2.1.1(4)): a query from it shows that some device queries, but takes no
// part in the election; if our own address is 0.0.0.0, every query with an address is a lower one. It counts
// for nothing as soon as a querier with an address is known, we or another. Our own address, heard as a
// source, is not a lower one and changes nothing (section 7).
//
// Of several others the lowest address counts as elected, for as long as it has been heard within the
// Other Querier Present Interval. While it is, its values are in force here where they are larger than ours:
// the Robustness Variable and Query Interval that queries of version 3 carry (RFC 9776 sections 4.1.6
// and 4.1.7), the Max Response Time of its general queries, and the time between its last two, where that is
// longer by more than a sixteenth than our Query Interval and the one that it gives; and what follows from
// these. Each query of it replaces what the last one gave, in both directions. If we are passive and none is
// elected, the values of the device that queries from 0.0.0.0 are in force. Our own queries are always those
// of our configuration.
//
// An address is easily forged (RFC 2236 section 10). So the values are those that come in on the port where
// the querier is known: a query with its address from elsewhere is a sign of life and gives nothing. It is
// known where it was heard first, and elsewhere as soon as that port has lost its link, or has been silent
// for so long that the querier would count as gone.
//
// Versions (RFC 2236 section 4, RFC 9776 section 7.3.1): the configuration decides; a query of any version
// counts in the election. A version that does not fit the configured one is worth a warning, at most one in
// kWarningInterval, or in kLongWarningInterval while passive.
//
// One per VLAN; one thread. Call on_time() at next(), or later: what is late happens once, not once for
// each interval that was missed.

#pragma once

#include <cstdint>
#include <optional>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "membership/effects.hpp"
#include "membership/heard_queriers.hpp"
#include "membership/intervals.hpp"

namespace mcswitch::membership {

// A query of another (not one whose MAC address is ours), sent to where everybody hears it.
struct HeardQuery {
  PortId port = 0;
  IpAddress source;
  std::uint8_t version = 2;
  bool is_general = true;
  Duration max_resp_time{};
  std::uint8_t robustness_variable = 0;  // QRV; 0: not given
  Duration query_interval{};             // QQI; 0: not given
};

class Querier {
 public:
  static constexpr Duration kWarningInterval = std::chrono::seconds{60};
  static constexpr Duration kLongWarningInterval = std::chrono::hours{1};

  struct Settings {
    bool active = false;
    IpAddress address;  // source of our queries
    Intervals intervals;
  };

  explicit Querier(const Settings& settings) : settings_{settings} {}

  // Initial -> Querier: the first query leaves now. Once, before anything else.
  Effects start(TimePoint now);

  // A general query was heard.
  Effects on_query(const HeardQuery& query, TimePoint now);
  // What a query gives: what it says, and if it is general, what the time since the last one shows. To be
  // asked before on_query().
  [[nodiscard]] Intervals::Given given_by(const HeardQuery& query, TimePoint now) const;
  // Does a query with this source count at all?
  [[nodiscard]] bool counts(const IpAddress& source) const {
    return !source.is_unspecified() || !is_numbered_known();
  }
  // Does a specific query of `source`, heard on `port`, count? Only if its general query was heard there, and
  // that is not too long ago.
  [[nodiscard]] bool believes(PortId port, const IpAddress& source, TimePoint now) const {
    return heard_.is_valid(port, source, now);
  }
  void on_link_down(PortId port);

  Effects on_time(TimePoint now);

  // When on_time() has something to do; kNever: not before the next query is heard.
  [[nodiscard]] TimePoint next() const;

  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] bool is_querier() const { return role_ == Role::querier; }
  // Is there a querier, we or another, with any address?
  [[nodiscard]] bool is_querier_known() const { return role_ != Role::off; }

  // Is a querier with an address known, we or another?
  [[nodiscard]] bool is_numbered_known() const {
    return is_querier() ? !settings_.address.is_unspecified() : other_.until != kNever;
  }

  // The intervals in force: those of the configuration, with what the other querier gives where it is larger.
  // IntervalsChanged says when they change.
  [[nodiscard]] Intervals effective() const { return effective_; }

  // What an operator reads: the querier's address (unspecified: there is none), the version of its queries
  // (0: there is none), and when it will count as gone (kNever: it is us, or there is none).
  [[nodiscard]] IpAddress address() const;
  [[nodiscard]] std::uint8_t version() const;
  [[nodiscard]] TimePoint expires() const;

  // Does a query of this version not fit the configured one? An older one never does (RFC 2236 section 4, RFC
  // 9776 section 7.3.1). A newer one does not where we may query too, or are configured to be of version 1;
  // else we take what there is.
  [[nodiscard]] bool is_other_version(std::uint8_t version) const;

  // Version of our own queries, as configured.
  [[nodiscard]] std::uint8_t own_version() const { return settings_.intervals.version; }

 private:
  struct Heard {
    IpAddress address;
    std::uint8_t version = 0;
    Intervals::Given given;
    TimePoint until = kNever;    // kNever: nobody
    std::optional<PortId> port;  // where it is known, until `leaves_port`; none: it is known nowhere now
    TimePoint leaves_port = TimePoint::min();

    // Is a query with this address, heard on `from`, not the one that is known?
    [[nodiscard]] bool is_elsewhere(PortId from, TimePoint now) const {
      return until != kNever && port && *port != from && now < leaves_port;
    }
  };

  [[nodiscard]] bool beats_us(const IpAddress& source) const;
  void warn(const HeardQuery& query, const Intervals::Given& given, TimePoint now, Effects& effects);
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
  // The last query from 0.0.0.0, as a sign of life; passive, and while it counts.
  Heard unnumbered_;
  HeardQueriers heard_;
  Intervals effective_ = settings_.intervals;
  TimePoint next_warning_ = TimePoint::min();  // of a version
  TimePoint next_interval_warning_ = TimePoint::min();
};

}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// Router ports of a VLAN: behind which ports are multicast routers? (RFC 4541 section 2.1.1(1).)
//
//   always     by configuration; never ends
//   automatic  by what routers send: queries, PIM hellos (RFC 7761 section 4.9.2), multicast router discovery
//              (RFC 4286); ends with the link. The caller says which queries from 0.0.0.0 count: those that
//              come while no querier with an address is known
//   never      by configuration; what is heard there changes nothing
//
// Each router counts by itself, for each way in which it is heard, until its own interval is over: a port is
// a router port as long as one of them counts. Of a port kMost are remembered; if there are more, those that
// would count for the longest.
//
// One per VLAN; one thread.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"

namespace mcswitch::membership {

enum class RouterOrigin : std::uint8_t {
  query,
  pim,
  mrd,
  configured,  // multicast-router = "always"; operators read "static"
};

class RouterPorts {
 public:
  // Routers of a port that are remembered.
  static constexpr std::size_t kMost = 8;
  // A lifetime that never ends.
  static constexpr Duration kForever = Duration::max();

  struct Router {
    PortId port = 0;
    RouterOrigin origin = RouterOrigin::query;
    IpAddress address;           // source of what was heard; unspecified if configured
    TimePoint expires = kNever;  // kNever if configured
    // Which of the rows of its port it is, for as long as it is there; at most kMost.
    std::uint8_t place = 0;
  };

  // `interval`: how long a query counts (router-port-interval). `always` and `never` are disjoint.
  RouterPorts(PortSet always, PortSet never, Duration interval)
      : always_{always}, never_{never}, interval_{interval} {}

  // A query with this source was heard on `port`. It counts for the interval, or for `senders_interval` if
  // that is longer: what Intervals::adopting() makes of the values in the query, so that a router that asks
  // seldom stays known in between. True if the set of ports has changed by it.
  bool on_query(PortId port, const IpAddress& source, TimePoint now, Duration senders_interval = {});
  // The same of a query that is about a group. It does not show how often its sender asks everybody, so it
  // never shortens what a general one has said.
  bool on_specific_query(PortId port, const IpAddress& source, TimePoint now, Duration senders_interval = {});
  // A router that says so itself, by PIM or MRD: it counts for `lifetime`, which may be kForever, and no more
  // if that is 0. True as above.
  bool on_router(PortId port, RouterOrigin origin, const IpAddress& source, Duration lifetime, TimePoint now);
  // Ends what was learned on `port`. True if there was anything.
  bool on_link_down(PortId port);
  // A querier with an address is known: what was learned from 0.0.0.0 ends.
  void forget_unnumbered();
  // True if some port ended.
  bool on_time(TimePoint now);
  [[nodiscard]] TimePoint next() const;

  [[nodiscard]] PortSet ports() const { return always_ | learned_; }
  [[nodiscard]] bool contains(PortId port) const { return ports().contains(port); }
  // How many routers have become known so far, also those behind a port that was a router port already.
  [[nodiscard]] std::uint64_t arrivals() const { return arrivals_; }
  // In order of port; of one port the configured one first, then by origin and address.
  [[nodiscard]] std::vector<Router> routers() const;

 private:
  [[nodiscard]] Router by_query(PortId port, const IpAddress& source, TimePoint now,
                                Duration senders_interval) const {
    return {.port = port,
            .origin = RouterOrigin::query,
            .address = source,
            .expires = now + std::max(interval_, senders_interval)};
  }
  void put(const Router& router);
  // Of the rows; true if it has changed.
  bool update_learned();

  const PortSet always_;
  const PortSet never_;
  const Duration interval_;
  PortSet learned_;
  std::vector<Router> heard_;  // by port, origin, address
  std::uint64_t arrivals_ = 0;
};

}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// Router ports of a VLAN: behind which ports are multicast routers? (RFC 4541 section 2.1.1(1).)
//
//   always     by configuration; never ends
//   automatic  from queries whose source is not 0.0.0.0; ends with its interval after the last one, or
//              with the link
//   never      by configuration; what is heard there changes nothing
//
// With several routers behind one port the latest is the one that is shown; the port stays a router port
// as long as one of them is heard.
//
// One per VLAN; one thread.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"

namespace mcswitch::membership {

enum class RouterOrigin : std::uint8_t {
  query,
  configured,  // multicast-router = "always"; operators read "static"
};

class RouterPorts {
 public:
  struct Router {
    PortId port = 0;
    RouterOrigin origin = RouterOrigin::query;
    IpAddress address;           // source of the last query; unspecified if configured
    TimePoint expires = kNever;  // kNever if configured
  };

  // `interval`: how long a query counts (router-port-interval). `always` and `never` are disjoint.
  RouterPorts(PortSet always, PortSet never, Duration interval)
      : always_{always}, never_{never}, interval_{interval} {}

  // A query with this source was heard on `port`. It counts for the interval, or for `senders_interval` if
  // that is longer: what Intervals::adopting() makes of the values in the query, so that a router that asks
  // seldom stays known in between. True if the set of ports has changed by it.
  bool on_query(PortId port, const IpAddress& source, TimePoint now, Duration senders_interval = {});
  // What was learned on `port` ends. True if there was something.
  bool on_link_down(PortId port);
  // True if some port ended.
  bool on_time(TimePoint now);
  [[nodiscard]] TimePoint next() const;

  [[nodiscard]] PortSet ports() const { return always_ | learned_; }
  [[nodiscard]] bool contains(PortId port) const { return ports().contains(port); }
  // In order of port; a port that is configured and has been heard as well is in it twice.
  [[nodiscard]] std::vector<Router> routers() const;

 private:
  struct Learned {
    IpAddress address;
    TimePoint expires = kNever;
  };

  const PortSet always_;
  const PortSet never_;
  const Duration interval_;
  PortSet learned_;
  std::array<Learned, kMaxPorts> heard_{};  // valid for learned_
};

}  // namespace mcswitch::membership

// SPDX-License-Identifier: BSD-3-Clause
//
// HeardQueriers: whose general queries were heard on which port, and until when each counts. A specific query
// counts only from one of these, on its port: a station that has not asked everybody may not lower timers,
// whatever its source address (RFC 2236 section 10, RFC 9776 section 9.1).
//
// Of a port the kMostOfAPort latest are kept, so that forged ones take room from those of their port alone.
//
// One per VLAN; one thread.

#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"

namespace mcswitch::membership {

class HeardQueriers {
 public:
  static constexpr std::ptrdiff_t kMostOfAPort = 8;

  // A general query of `source` was heard on `port` now; it counts until `until`.
  void on_general_query(PortId port, const IpAddress& source, TimePoint now, TimePoint until) {
    std::erase_if(queriers_, [&](const Querier& q) { return q.port == port && q.source == source; });
    const auto is_of_port = [&](const Querier& querier) { return querier.port == port; };
    if (std::count_if(queriers_.begin(), queriers_.end(), is_of_port) == kMostOfAPort) {
      // The first one of the port has been silent for longest.
      queriers_.erase(std::find_if(queriers_.begin(), queriers_.end(), is_of_port));
    }
    queriers_.push_back({port, source, now, until});
  }

  // Does a specific query of `source` count there now?
  [[nodiscard]] bool is_valid(PortId port, const IpAddress& source, TimePoint now) const {
    const auto known = find(port, source);
    return known != queriers_.end() && now < known->until;
  }

  // Time since its last general query there, valid or not; 0: there was none.
  [[nodiscard]] Duration since_last(PortId port, const IpAddress& source, TimePoint now) const {
    const auto known = find(port, source);
    return known == queriers_.end() ? Duration::zero() : now - known->at;
  }

  // The port has lost its link.
  void on_link_down(PortId port) {
    std::erase_if(queriers_, [&](const Querier& querier) { return querier.port == port; });
  }
  void forget_unnumbered() {
    std::erase_if(queriers_, [](const Querier& querier) { return querier.source.is_unspecified(); });
  }

 private:
  struct Querier {
    PortId port = 0;
    IpAddress source;
    TimePoint at;
    TimePoint until;
  };

  [[nodiscard]] std::vector<Querier>::const_iterator find(PortId port, const IpAddress& source) const {
    return std::find_if(queriers_.begin(), queriers_.end(), [&](const Querier& querier) {
      return querier.port == port && querier.source == source;
    });
  }

  std::vector<Querier> queriers_;  // in order of their last query
};

}  // namespace mcswitch::membership

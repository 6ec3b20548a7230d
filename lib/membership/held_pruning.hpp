// SPDX-License-Identifier: BSD-3-Clause
//
// Held pruning: on which ports is it too early to leave out anything, because what is behind them has not had
// a fair chance to report? Held means flooded.
//
// All ports are held while no querier, another's or our own, is known. Then a port is released when so many
// general queries, from whomever, have been sent to it as are wanted, and each has had its response interval.
// One lost query or answer is then no lost stream (RFC 9776 section 8.14.1: robust to Robustness Variable - 1
// losses). A port that loses its link begins anew, and so do all when the querier goes: a stream is never
// lost because of that.
//
// The response interval is that of the query: hosts answer by the sooner of two (RFC 9776 section 5.2), so a
// later query with a shorter one can bring the release forward, and never puts it off. A grace is added for
// the way of the query and of the answer.
//
// A host that has not answered a query yet answers it and the next one by a single message, which may be
// lost. So two queries are two chances only if the response interval of the first is over when the second is
// sent; of all ways to choose such queries, that which is over first counts.
//
// One per VLAN; one thread. Allocates when it is made.

#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/port_set.hpp"
#include "base/time.hpp"
#include "membership/intervals.hpp"

namespace mcswitch::membership {

class HeldPruning {
 public:
  static constexpr std::size_t kMaxQueries = 10;

  // `ours`, `others`: how many general queries a port needs, 1 to kMaxQueries, while we are the querier and
  // while another is.
  HeldPruning(std::size_t ours, std::size_t others)
      : ours_{ours}, others_{others}, most_{std::max(ours, others)}, ends_(most_ * kMaxPorts, kNever) {}

  // Call it at every change. When nobody is known any more, all begins anew.
  void on_querier(bool is_known, bool is_us) {
    if (!is_known) {
      asked_ = {};
    }
    is_known_ = is_known;
    wanted_ = is_us ? ours_ : others_;
  }

  // A general query has been sent to `ports`; hosts answer within `response`.
  void on_general_query(PortSet ports, Duration response, TimePoint now) {
    const TimePoint end = now + response + kAnswerGrace;
    for (const PortId port : ports) {
      TimePoint* const ends = ends_of(port);
      if (!asked_.contains(port)) {
        std::fill_n(ends, most_, kNever);
        asked_.add(port);
      }
      // From the last to the first: this query is no chance after itself.
      for (std::size_t n = most_; n-- > 0;) {
        if (n == 0 || ends[n - 1] <= now) {
          ends[n] = std::min(ends[n], end);
        }
      }
    }
  }

  // The port has gained or lost its link: it has not been asked.
  void on_link(PortId port) { asked_.remove(port); }

  // In the whole VLAN, whatever its ports have been asked?
  [[nodiscard]] bool is_held() const { return !is_known_; }

  // Of `ports`, those that are held.
  [[nodiscard]] PortSet held(PortSet ports, TimePoint now) const {
    PortSet held = ports;
    for (const PortId port : ports) {
      if (release(port) <= now) {
        held.remove(port);
      }
    }
    return held;
  }

  // The next moment after `now` at which one of `ports` is released; kNever: not before something else
  // happens.
  [[nodiscard]] TimePoint next(PortSet ports, TimePoint now) const {
    TimePoint next = kNever;
    for (const PortId port : ports) {
      if (const TimePoint end = release(port); end > now) {
        next = std::min(next, end);
      }
    }
    return next;
  }

 private:
  [[nodiscard]] TimePoint* ends_of(PortId port) { return ends_.data() + port * most_; }
  [[nodiscard]] TimePoint release(PortId port) const {
    return is_known_ && asked_.contains(port) ? ends_[port * most_ + wanted_ - 1] : kNever;
  }

  const std::size_t ours_;
  const std::size_t others_;
  const std::size_t most_;  // of these two
  bool is_known_ = false;
  std::size_t wanted_ = others_;
  PortSet asked_;
  // By port, `most_` each: when hosts have had 1, 2, ... chances to answer, at the soonest; kNever: not asked
  // so often. Valid for asked_.
  std::vector<TimePoint> ends_;
};

}  // namespace mcswitch::membership

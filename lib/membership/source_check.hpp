// SPDX-License-Identifier: BSD-3-Clause
//
// Source check: does any host behind this port still want these sources? The group-and-source-specific
// queries of one (group, port), RFC 9776 section 6.6.3.2: when they are due, and which sources are in them.
// The source timers themselves are not here: the caller lowers those of the sources it asks about to the Last
// Member Query Time (LMQT).
//
// Each source is asked about Last Member Query Count times, one each Last Member Query Interval, the first
// at once. One transmission has all sources that are due, in two queries: those whose timer is still at
// most LMQT with the S flag clear, the others, for which a host has answered, with the S flag set.
//
//   check.ask(effects.query_sources, now, intervals);
//   ... at check.next():
//   check.transmission(now, is_lowered, false, queries);
//   // send queries.clear and queries.suppressed, what is not empty, at most kMaxQuerySources in a query
//   check.query_sent(now);  // or query_delayed(retry)
//
// One thread. Allocates in ask(), and in transmission() where the lists of `queries` have no room.

#pragma once

#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "membership/filter_rules.hpp"
#include "membership/intervals.hpp"

namespace mcswitch::membership {

class SourceCheck {
 public:
  struct Queries {
    Sources clear;       // to be sent without the S flag
    Sources suppressed;  // to be sent with the S flag
  };

  // Q(G, sources) of section 6.4.2, by the Querier. `sources` are those whose timer is above LMQT now: the
  // others have been asked about already. A source that is asked about again gets as many queries as a new
  // one.
  void ask(const Sources& sources, TimePoint now, const Intervals& intervals);
  // These have no source timer any more (RecordEffects::forget, or it has ended): no more queries.
  void forget(const Sources& sources);

  // When something has to be sent; kNever: the check is over.
  [[nodiscard]] TimePoint next() const { return next_; }
  [[nodiscard]] bool is_over() const { return asked_.empty(); }

  // Fills `sources` with those that are due.
  void due(TimePoint now, Sources& sources) const {
    sources.clear();
    for (const Asked& asked : asked_) {
      if (asked.due <= now) {
        sources.push_back(asked.source);
      }
    }
  }
  // Fills `queries` with the sources that are due. `is_lowered(source)`: is its timer at most LMQT?
  // `has_group_query`: a query of the whole group leaves in the same moment; then nothing is sent with the S
  // flag, because all hosts that want the group report anyway. Changes nothing; call query_sent() or
  // query_delayed() with it.
  template <typename IsLowered>
  void transmission(TimePoint now, IsLowered is_lowered, bool has_group_query, Queries& queries) const {
    queries.clear.clear();
    queries.suppressed.clear();
    for (const Asked& asked : asked_) {
      if (asked.due > now) {
        continue;
      }
      if (is_lowered(asked.source)) {
        queries.clear.push_back(asked.source);
      } else if (!has_group_query) {
        queries.suppressed.push_back(asked.source);
      }
    }
  }
  // The transmission of this `now` has left.
  void query_sent(TimePoint now);
  // There was no room for it, or for a part of it: again at `retry`, all that follows later by as much.
  void query_delayed(TimePoint now, TimePoint retry);

  // Is a query about this source still to be sent? Its timer must not end before, so that no port loses a
  // source without having been asked.
  [[nodiscard]] bool is_asking(const IpAddress& source) const;
  // For such a source: when its lowered timer ends if its next query leaves at `sent`, one Last Member Query
  // Interval after the last query. Later than it was if a query was late or delayed.
  [[nodiscard]] TimePoint end(const IpAddress& source, TimePoint sent) const;

 private:
  struct Asked {
    IpAddress source;
    std::uint8_t left = 0;   // queries to send, at least one
    TimePoint due = kNever;  // of the next
  };

  [[nodiscard]] std::vector<Asked>::const_iterator find(const IpAddress& source) const;
  void update_next();

  std::vector<Asked> asked_;  // by source
  Duration interval_{};
  TimePoint next_ = kNever;
};

}  // namespace mcswitch::membership

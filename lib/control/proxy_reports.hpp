// SPDX-License-Identifier: BSD-3-Clause
//
// Proxy reporting of one VLAN (RFC 4541 section 2.1.1, RFC 4605 section 4.1): what its ports want, merged
// from the group table, is what one host upstream wants (proxy.hpp). Changes are noted as they happen and
// taken up by run(), some at a time.
//
// Control thread only. The memory of noted changes grows with the groups that change between two runs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "control/frame_sink.hpp"
#include "control/proxy.hpp"
#include "control/vlan_control.hpp"
#include "membership/filter_rules.hpp"
#include "table/group_control.hpp"
#include "table/worker_message.hpp"

namespace mcswitch::control {

class ProxyReports {
 public:
  ProxyReports(const VlanSettings& settings, MacAddress switch_mac, std::uint64_t seed);

  [[nodiscard]] VlanId vlan() const { return vlan_; }

  // Some membership of the group, or what some port excludes, has changed or is about to.
  void note_change(const IpAddress& group) { changed_.insert(group); }

  // A query that came in on a router port; `sources` is a set.
  void on_query(const table::QueryMessage& query, const membership::Sources& sources, TimePoint now);

  // A general query of our own has left: "the router ... may even respond to its own queries" (RFC 2236
  // section 7).
  void on_own_query(const VlanControl& vlan, TimePoint now);
  // A router has become known: everything that is wanted is reported soon, also what has been before.
  void report_all(TimePoint now) { proxy_->report_all(now); }

  // Takes up changes, and sends what is due to `routers`. Returns how many messages it has sent.
  std::size_t run(const table::GroupControl& groups, PortSet routers, FrameSink& sink, TimePoint now);
  // When run() has something to do.
  [[nodiscard]] TimePoint next() const;

  // What all ports together want of a group: of EXCLUDE ports what all of them exclude, without what another
  // port requests; else what any port requests (RFC 9776 section 3.2).
  static membership::FilterMode merge(const table::GroupControl& groups, const table::GroupKey& key,
                                      membership::Sources& sources);

 private:
  // merge(), but in an SSM range nothing without sources: it could not be said (RFC 9776 section 4.2.12).
  membership::FilterMode wanted(const table::GroupControl& groups, const table::GroupKey& key);

  const VlanId vlan_;
  const config::Igmp igmp_;
  std::unique_ptr<Proxy> proxy_;
  std::set<IpAddress> changed_;
  membership::Sources sources_;  // kept for its memory
};

}  // namespace mcswitch::control

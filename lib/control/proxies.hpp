// SPDX-License-Identifier: BSD-3-Clause
//
// Proxies: proxy reporting of all VLANs with report-mode "proxy" (proxy_reports.hpp is one of them).
//
// Control thread only.

#pragma once

#include <cstddef>
#include <vector>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "control/context.hpp"
#include "control/frame_sink.hpp"
#include "control/memberships.hpp"
#include "control/proxy_reports.hpp"
#include "control/vlans.hpp"

namespace mcswitch::control {

class Proxies final : public Memberships::Listener {
 public:
  // `switch_mac`: source address of the reports.
  Proxies(Context& context, const Vlans& vlans, MacAddress switch_mac, FrameSink& sink);

  void on_change(table::EntryId id) override;
  // Another's query was heard; it counts if it came in on a router port of the VLAN. `sources` is a set.
  void on_query(const table::QueryMessage& query, const membership::Sources& sources, TimePoint now);

  // Reports what is due, of some VLANs at a time.
  void run(TimePoint now);
  // When run() has something to do.
  [[nodiscard]] TimePoint next() const;

 private:
  Context& context_;
  const Vlans& vlans_;
  FrameSink& sink_;
  struct VlanProxy {
    ProxyReports reports;
    Vlans::Routers known{};  // what it knows of the routers of its VLAN
  };
  // A router may answer its own queries (RFC 2236 section 7), and those that have become known are told
  // everything.
  void notice_routers(TimePoint now);

  std::vector<VlanProxy> proxies_;
  std::uint64_t router_changes_ = 0;
  std::size_t next_ = 0;  // whose turn it is
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// Queries: builds the queries of the switch and gives them to the sink, and counts them. When to ask, and
// what to do if there was no room, is the caller's business.
//
// Control thread only.

#pragma once

#include <span>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "control/context.hpp"
#include "control/frame_sink.hpp"
#include "control/vlan_control.hpp"
#include "membership/filter_rules.hpp"

namespace mcswitch::control {

class Queries {
 public:
  // `switch_mac`: source address of the queries.
  Queries(Context& context, MacAddress switch_mac, FrameSink& sink)
      : context_{context}, switch_mac_{switch_mac}, sink_{sink} {}

  // Each returns false if the sink had no room; then the whole of it has to be sent again later.

  // To all routers on `ports`: that they say that they are there (RFC 4286 section 4).
  bool send_solicitation(const VlanControl& vlan, PortSet ports);
  // To all hosts on `ports`.
  bool send_general(const VlanControl& vlan, PortSet ports);
  // `suppress`: with the S flag set (suppress router-side processing, RFC 9776 section 4.1.5).
  bool send_for_group(const VlanControl& vlan, PortSet ports, const IpAddress& group, bool suppress);
  // As many queries as the list needs. A querier of version 2 cannot ask for sources: it asks for the group,
  // and sends nothing if `suppress`.
  bool send_for_sources(const VlanControl& vlan, PortSet ports, const IpAddress& group,
                        const membership::Sources& sources, bool suppress);

 private:
  // What a query is about.
  struct Question {
    IpAddress group;  // unspecified: all groups of its family
    Duration max_resp_time{};
    bool suppress_router_processing = false;
    std::span<const IpAddress> sources{};
  };

  bool send(const VlanControl& vlan, PortSet ports, const Question& question);

  Context& context_;
  const MacAddress switch_mac_;
  FrameSink& sink_;
};

}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// What a worker does about queries: they become messages to the control thread, if they were sent to where
// all hosts that they ask hear them: a general query to 224.0.0.1, a specific one to its group (RFC 2236
// section 9, RFC 9776 section 4.1.12). A host that cannot hear a query cannot answer it, so any other one is
// forwarded and changes nothing.

#include "forwarding/burst.hpp"
#include "forwarding/forwarder.hpp"

namespace mcswitch::forwarding {

PortSet Forwarder::handle_query(Burst& burst, const Reporter& querier, const proto::IgmpMessage& message,
                                const Classified& c, Vlan vlan) {
  if (burst.settings.ports[burst.ingress].block_queries) {
    burst.fate(FrameFate::igmp_query_blocked);
    return {};
  }
  burst.fate(FrameFate::igmp_query);
  burst.event(message.version == 1   ? PortEvent::igmp_v1_queries
              : message.version == 2 ? PortEvent::igmp_v2_queries
                                     : PortEvent::igmp_v3_queries);
  if (c.is_sent_to(message.group.is_unspecified() ? kAllSystems : message.group)) {
    notify_of_query(burst, querier, message, vlan);
  } else {
    burst.event(PortEvent::queries_misaddressed);
  }
  return vlan.words.flood.load();
}

void Forwarder::notify_of_query(Burst& burst, const Reporter& querier, const proto::IgmpMessage& message,
                                Vlan vlan) {
  table::QueryMessage query{burst.head(querier, vlan.id, message.group, burst.port.next_stamp(burst.now))};
  query.max_resp_time = message.max_resp_time;
  query.query_interval = message.query_interval;
  query.is_general = message.group.is_unspecified();
  query.suppress_router_processing = message.suppress_router_processing;
  query.robustness_variable = message.robustness_variable;
  if (!messages_.query(query, message.sources)) {
    burst.event(PortEvent::queries_lost);
  }
}

}  // namespace mcswitch::forwarding

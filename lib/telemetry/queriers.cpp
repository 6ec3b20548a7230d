// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/queriers: one row a VLAN and protocol. A row's position is the VLAN.

#include "base/net_text.hpp"
#include "control/snapshot.hpp"
#include "membership/effects.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

Reply list_queriers(const SwitchView& view, const Request& request) {
  const auto snapshot = view.control();
  const TimePoint now = view.now();
  ListReply list{"vlan,protocol,role,address,version,expires_ms", request};
  for (const control::QuerierRow& querier : snapshot->queriers) {
    if (!list.wants(querier.vlan)) {
      continue;
    }
    Row row;
    row.number(querier.vlan).text("igmp").text(control::text_of(querier.role));
    if (querier.role == membership::Role::off) {
      row.none().none();
    } else {
      row.text(to_string(querier.address)).number(querier.version);
    }
    if (querier.expires == kNever) {
      row.none();
    } else {
      row.number(milliseconds_left(now, querier.expires));
    }
    if (!list.add(querier.vlan, row)) {
      break;
    }
  }
  return std::move(list).finish(snapshot->queriers.size());
}

}  // namespace mcswitch::telemetry

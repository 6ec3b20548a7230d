// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/queriers: one row a VLAN and protocol. A row's position is the VLAN.

#include "base/net_text.hpp"
#include "control/snapshot.hpp"
#include "membership/effects.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

namespace {

QueriersRow row_of(const control::QuerierRow& querier, TimePoint now) {
  const bool is_off = querier.role == membership::Role::off;
  std::optional<std::uint64_t> version;
  if (!is_off) {
    version = querier.version;
  }
  return {.vlan = Number{querier.vlan},
          .protocol = Text{"igmp"},
          .role = Text{control::text_of(querier.role)},
          .address = Address{is_off ? "" : to_string(querier.address)},
          .version = Number{version},
          .expires_ms = Number{milliseconds_left_of(now, querier.expires)}};
}

}  // namespace

Reply list_queriers(const SwitchView& view, const Request& request) {
  const auto snapshot = view.control();
  const TimePoint now = view.now();
  ListReply<QueriersRow> list{request};
  for (const control::QuerierRow& querier : snapshot->queriers) {
    if (!list.wants(querier.vlan)) {
      continue;
    }
    if (!list.add(querier.vlan, row_of(querier, now))) {
      break;
    }
  }
  return std::move(list).finish(snapshot->queriers.size());
}

}  // namespace mcswitch::telemetry

// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/routers: one row a router and the way in which it is heard, and one a port that is configured. A
// row's position is VLAN, port, and its place among the rows of the port.

#include <algorithm>

#include "base/net_text.hpp"
#include "control/snapshot.hpp"
#include "membership/router_ports.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

namespace {

using membership::RouterOrigin;

constexpr std::uint64_t kRowsPerPort = 16;
static_assert(membership::RouterPorts::kMost < kRowsPerPort);

std::uint64_t position_of(const control::RouterRow& row) {
  return (std::uint64_t{row.vlan} * kMaxPorts + row.router.port) * kRowsPerPort + row.router.place;
}

const char* text_of(RouterOrigin origin) {
  switch (origin) {
    case RouterOrigin::query:
      return "query";
    case RouterOrigin::pim:
      return "pim";
    case RouterOrigin::mrd:
      return "mrd";
    case RouterOrigin::configured:
      break;
  }
  return "static";
}

RoutersRow row_of(const control::RouterRow& of, const config::Config& config, TimePoint now) {
  return {
      .vlan = Number{of.vlan},
      .port = Text{port_name(config, of.router.port)},
      .origin = Text{text_of(of.router.origin)},
      .address = Address{of.router.origin == RouterOrigin::configured ? "" : to_string(of.router.address)},
      .expires_ms = Number{milliseconds_left_of(now, of.router.expires)}};
}

}  // namespace

Reply list_routers(const SwitchView& view, const Request& request) {
  // A port can be a router port for several reasons: by position, so that pages meet without a gap.
  std::vector<control::RouterRow> routers = view.control()->routers;
  std::sort(routers.begin(), routers.end(), [](const control::RouterRow& a, const control::RouterRow& b) {
    return position_of(a) < position_of(b);
  });
  const TimePoint now = view.now();
  ListReply<RoutersRow> list{request};
  for (const control::RouterRow& router : routers) {
    if (list.wants(position_of(router)) &&
        !list.add(position_of(router), row_of(router, view.config(), now))) {
      break;
    }
  }
  return std::move(list).finish(routers.size());
}

}  // namespace mcswitch::telemetry

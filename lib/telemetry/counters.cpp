// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/counters: one row a port and counter, also those that are 0; then the control thread's
// counters, which have no port. A row's position is port and place in counter_list.hpp; the control thread's
// come after the last port.

#include "telemetry/counter_list.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

namespace {

constexpr std::size_t kPlacesPerPort = 256;
static_assert(kCounterCount <= kPlacesPerPort);

// In the order of kCounterNames.
std::array<std::uint64_t, kCounterCount> values_of(const PortTotals& totals) {
  std::array<std::uint64_t, kCounterCount> values{totals.rx_packets, totals.rx_bytes, totals.tx_packets,
                                                  totals.tx_bytes};
  std::size_t count = std::size(kTotalNames);
  const auto append = [&](const auto& list) {
    for (const std::uint64_t value : list) {
      values[count++] = value;
    }
  };
  append(totals.fates);
  append(totals.events);
  append(totals.tx_drops);
  append(totals.parse_errors);
  return values;
}

// False when the page is full.
bool add_port(ListReply<CountersRow>& list, const SwitchView& view, PortId port) {
  const auto values = values_of(view.port_totals(port));
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const std::uint64_t position = port * kPlacesPerPort + i;
    if (!list.wants(position)) {
      continue;
    }
    if (!list.add(position, {.port = Text{port_name(view.config(), port)},
                             .counter = Text{std::string{kCounterNames[i].name}},
                             .value = Number{values[i]}})) {
      return false;
    }
  }
  return true;
}

void add_control(ListReply<CountersRow>& list, const control::ControlCounters& counters) {
  for (std::size_t i = 0; i < counters.size(); ++i) {
    const std::uint64_t position = kMaxPorts * kPlacesPerPort + i;
    if (!list.wants(position)) {
      continue;
    }
    if (!list.add(position, {.port = Text{""},
                             .counter = Text{std::string{control::kControlCounterNames[i].name}},
                             .value = Number{counters[static_cast<control::ControlCounter>(i)].value()}})) {
      return;
    }
  }
}

}  // namespace

Reply list_counters(const SwitchView& view, const Request& request) {
  const config::Config& config = view.config();
  PortSet ports = PortSet::first(config.ports.size());
  if (request.port) {
    const auto port = find_port(config, *request.port);
    if (!port) {
      return no_such_port(config, *request.port);
    }
    ports = PortSet::of(*port);
  }
  ListReply<CountersRow> list{request};
  bool room = true;
  for (const PortId port : ports) {
    room = room && add_port(list, view, port);
  }
  if (room && !request.port) {
    add_control(list, view.control_counters());
  }
  return std::move(list).finish(config.ports.size() * kCounterCount + control::ControlCounters::size());
}

}  // namespace mcswitch::telemetry

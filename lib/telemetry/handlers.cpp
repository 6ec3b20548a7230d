// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/handlers.hpp"

#include <algorithm>
#include <chrono>

namespace mcswitch::telemetry {

Reply busy() { return Reply::error(ErrorKind::busy, "busy, try again"); }

std::optional<PortId> find_port(const config::Config& config, const std::string& name) {
  const auto found = std::find_if(config.ports.begin(), config.ports.end(),
                                  [&](const config::Port& port) { return port.name == name; });
  if (found == config.ports.end()) {
    return std::nullopt;
  }
  return static_cast<PortId>(found - config.ports.begin());
}

Reply no_such_port(const config::Config& config, const std::string& name) {
  std::string text = "no port " + name.substr(0, 30) + "; there are";
  for (const config::Port& port : config.ports) {
    text += " " + port.name;
  }
  return Reply::error(ErrorKind::usage, text);
}

const std::string& port_name(const config::Config& config, PortId port) {
  static const std::string kUnknown = "?";
  return port < config.ports.size() ? config.ports[port].name : kUnknown;
}

std::uint64_t milliseconds_left(TimePoint now, TimePoint end) {
  if (end <= now) {
    return 0;
  }
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(end - now).count());
}

std::optional<std::uint64_t> milliseconds_left_of(TimePoint now, TimePoint end) {
  return end == kNever ? std::nullopt : std::optional{milliseconds_left(now, end)};
}

PortTotals& PortTotals::operator+=(const PortCounters& counters) {
  rx_packets += counters.rx_packets.value();
  rx_bytes += counters.rx_bytes.value();
  tx_packets += counters.tx_packets.value();
  tx_bytes += counters.tx_bytes.value();
  for (std::size_t i = 0; i < fates.size(); ++i) {
    fates[i] += counters.fates[static_cast<FrameFate>(i)].value();
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i] += counters.events[static_cast<PortEvent>(i)].value();
  }
  for (std::size_t i = 0; i < tx_drops.size(); ++i) {
    tx_drops[i] += counters.tx_drops[static_cast<TxDrop>(i)].value();
  }
  static_assert(proto::kParseErrorCount <= PortCounters::kMaxParseErrors);
  for (std::size_t i = 0; i < parse_errors.size(); ++i) {
    parse_errors[i] += counters.parse_errors[i].value();
  }
  return *this;
}

std::uint64_t PortTotals::tx_dropped() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t drops : tx_drops) {
    sum += drops;
  }
  return sum;
}

std::uint64_t PortTotals::rx_dropped() const {
  std::uint64_t sum = 0;
  for (const FrameFate fate : {FrameFate::runt, FrameFate::truncated, FrameFate::own_source_mac,
                               FrameFate::source_invalid, FrameFate::vlan_not_carried, FrameFate::malformed,
                               FrameFate::igmp_query_blocked, FrameFate::igmp_handover_full}) {
    sum += fates[static_cast<std::size_t>(fate)];
  }
  return sum;
}

}  // namespace mcswitch::telemetry

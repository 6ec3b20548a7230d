// SPDX-License-Identifier: BSD-3-Clause

#include "control/proxy.hpp"

#include <algorithm>
#include <array>

#include "proto/igmp.hpp"

namespace mcswitch::control {

using host::Host;
using host::HostMessage;
using host::HostMessageKind;

namespace {

Host::Settings host_settings(const membership::Intervals& intervals) {
  Host::Settings settings;
  // No other host has reported to all of the routers.
  settings.always_leave = true;
  settings.robustness_variable = intervals.robustness_variable;
  settings.older_version_querier_queries = intervals.robustness_variable * intervals.query_interval;
  return settings;
}

}  // namespace

Proxy::Proxy(const Settings& settings)
    : settings_{settings},
      delays_{std::make_unique<host::SeededDelay>(settings.seed)},
      host_{host_settings(settings.intervals), *delays_} {}

std::size_t Proxy::on_time(TimePoint now, FrameSink& sink, PortSet router_ports) {
  if (router_ports.empty()) {
    kept_.clear();
  }
  if (next() > now) {
    return 0;
  }
  std::size_t sent = 0;
  if (!kept_.empty()) {
    if (!sink.send(router_ports, settings_.vlan, kept_)) {
      retry_ = now + kRetry;
      return 0;
    }
    kept_.clear();
    ++sent;
  }
  HostMessage message;
  std::array<std::uint8_t, proto::kMaxFrameSize> frame;
  for (std::size_t made = sent; made < kFramesAtOnce && host_.on_time(now, message); ++made) {
    if (router_ports.empty()) {
      continue;
    }
    const std::size_t size = build(message, frame);
    if (!sink.send(router_ports, settings_.vlan, {frame.data(), size})) {
      kept_.assign(frame.data(), frame.data() + size);
      retry_ = now + kRetry;
      break;
    }
    ++sent;
  }
  return sent;
}

std::size_t Proxy::build(const HostMessage& message, std::span<std::uint8_t> frame) const {
  switch (message.kind()) {
    case HostMessageKind::report:
      return proto::build_report(
          {settings_.source_mac, settings_.address, message.group(), message.version()}, frame);
    case HostMessageKind::leave:
      return proto::build_leave({settings_.source_mac, settings_.address, message.group()}, frame);
    default:
      return proto::build_v3_report({settings_.source_mac, settings_.address, message.records()}, frame);
  }
}

}  // namespace mcswitch::control

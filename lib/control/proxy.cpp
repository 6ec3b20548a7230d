// SPDX-License-Identifier: BSD-3-Clause

#include "control/proxy.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "proto/igmp.hpp"

namespace mcswitch::control {

using membership::FilterMode;
using membership::HostMessage;
using membership::HostMessageKind;
using membership::HostV3;
using membership::PortFilter;
using membership::Sources;

namespace {

HostV3::Settings host_settings(const membership::Intervals& intervals) {
  HostV3::Settings settings;
  settings.newest_version = intervals.version;
  // Nobody else has reported to all of the routers.
  settings.always_leave = true;
  settings.robustness_variable = intervals.robustness_variable;
  settings.older_version_querier_present_interval =
      intervals.robustness_variable * intervals.query_interval + intervals.query_response_interval;
  return settings;
}

Sources difference(const Sources& from, const Sources& take) {
  Sources rest;
  std::ranges::set_difference(from, take, std::back_inserter(rest));
  return rest;
}

}  // namespace

MergedFilter merge(std::span<const PortFilter> ports) {
  MergedFilter merged;
  Sources included;
  Sources excluded;
  for (const PortFilter& port : ports) {
    Sources result;
    if (port.mode == FilterMode::include) {
      std::ranges::set_union(included, port.requested, std::back_inserter(result));
      included = std::move(result);
      continue;
    }
    Sources blocked = difference(port.excluded, port.requested);
    if (merged.mode == FilterMode::include) {
      merged.mode = FilterMode::exclude;
      excluded = std::move(blocked);
    } else {
      std::ranges::set_intersection(excluded, blocked, std::back_inserter(result));
      excluded = std::move(result);
    }
  }
  merged.sources = merged.mode == FilterMode::include ? std::move(included) : difference(excluded, included);
  return merged;
}

Proxy::Proxy(const Settings& settings)
    : settings_{settings},
      delays_{std::make_unique<membership::SeededDelay>(settings.seed)},
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

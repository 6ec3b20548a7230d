// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/scene.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace mcswitch::test::sim {
namespace {

using namespace std::chrono_literals;
using config::Unregistered;

constexpr std::size_t kPortCount = 16;

// None of the times is a multiple of another.
membership::Intervals our_intervals(std::uint8_t version) {
  membership::Intervals intervals;
  intervals.version = version;
  intervals.query_interval = 31s;
  intervals.query_response_interval = 7s;
  intervals.last_member_query_interval = 1100ms;
  return intervals;
}

config::Igmp asking(std::uint8_t version) {
  config::Igmp igmp;
  igmp.intervals = our_intervals(version);
  igmp.querier = true;
  igmp.querier_address = kOurAddress;
  return igmp;
}

config::Igmp passive() {
  config::Igmp igmp;
  igmp.intervals = our_intervals(3);
  return igmp;
}

config::Igmp robust(config::Igmp igmp) {
  igmp.intervals.robustness_variable = 3;
  return igmp;
}

QuerierSpec querier(PortId port, std::uint8_t version) {
  return {.port = port,
          .address = Ipv4Address::of(10, 0, 0, 3),
          .version = version,
          .query_interval = version == 2 ? 29s : 47s,
          .query_response_interval = version == 2 ? 5300ms : 9100ms,
          .last_member_query_interval = 900ms};
}

QuerierSpec dying(QuerierSpec spec) {
  spec.dies = true;
  return spec;
}

QuerierSpec dying_any_time(QuerierSpec spec) {
  spec.dies = true;
  spec.dies_any_time = true;
  return spec;
}

QuerierSpec losing_all(QuerierSpec spec) {
  spec.loses_specific = true;
  return spec;
}

QuerierSpec higher(QuerierSpec spec) {
  spec.address = Ipv4Address::of(10, 0, 0, 200);
  return spec;
}

// Three wires on which a host is by itself, behind ports from `first` on.
std::vector<HostSpec> alone(PortId first, std::uint8_t version) {
  const auto port = [first](int n) { return static_cast<PortId>(first + n); };
  return {{port(0), version}, {port(1), version}, {port(2), version}};
}

// Wires that several share.
std::vector<HostSpec> together(PortId first, std::vector<std::uint8_t> versions) {
  std::vector<HostSpec> hosts;
  for (const std::uint8_t version : versions) {
    hosts.push_back({first, version});
  }
  hosts.push_back({static_cast<PortId>(first + 1), versions.front()});
  hosts.push_back({static_cast<PortId>(first + 1), versions.back()});
  hosts.push_back({static_cast<PortId>(first + 2), versions.back()});
  return hosts;
}

// A host of version 1 takes up to 10 s for its answer, whatever the query says.
constexpr Duration kVersion1ResponseInterval = 10'700ms;

Lan lan(VlanId vlan, PortId source, std::vector<HostSpec> hosts, config::Igmp igmp,
        std::optional<QuerierSpec> querier = {}) {
  Lan lan{.vlan = vlan, .source_port = source, .hosts = std::move(hosts), .querier = querier};
  lan.igmp = std::move(igmp);
  if (std::ranges::find(lan.hosts, 1, &HostSpec::version) != lan.hosts.end()) {
    lan.igmp.intervals.query_response_interval = kVersion1ResponseInterval;
    if (lan.querier) {
      lan.querier->query_response_interval = kVersion1ResponseInterval;
    }
  }
  return lan;
}

Lan soon(Lan lan) {
  lan.ends_soon = true;
  return lan;
}

Lan failing(Lan lan) {
  lan.links_fail = true;
  return lan;
}

Lan fast(Lan lan) {
  lan.fast_leave = true;
  return lan;
}

Lan by(Unregistered unregistered, Lan lan) {
  lan.unregistered = unregistered;
  return lan;
}

std::vector<Scene> make_scenes() {
  return {
      {.name = "WeAsk",
       .lans = {soon(lan(30, 4, alone(1, 3), asking(3))), lan(7, 9, together(10, {1, 2, 3, 3}), asking(3))}},
      {.name = "WeAskInVersion2",
       .lans = {lan(20, 8, together(5, {2, 2, 1}), asking(2)),
                lan(9, 2, together(11, {2, 3, 3}), asking(2))}},
      {.name = "LinksFail",
       .lans = {failing(soon(lan(30, 4, alone(1, 3), asking(3)))),
                failing(lan(7, 9, together(10, {1, 2, 3, 2}), asking(2)))}},
      {.name = "FastLeave",
       .lans = {fast(soon(lan(30, 4, alone(1, 3), asking(3)))), fast(lan(7, 9, alone(10, 2), asking(2)))}},
      {.name = "OtherPolicies",
       .lans = {by(Unregistered::drop, failing(lan(30, 0, together(1, {3, 2}), asking(3)))),
                by(Unregistered::router_ports, failing(lan(31, 4, together(5, {2, 2}), asking(3)))),
                by(Unregistered::flood, failing(lan(32, 8, together(9, {3, 3}), asking(3))))}},
      {.name = "Robustness3",
       .lans = {soon(lan(30, 4, alone(1, 3), robust(asking(3)))),
                lan(7, 9, together(10, {1, 2, 2, 3}), robust(asking(3)))}},
      {.name = "AnotherAsks",
       .lans = {lan(30, 4, together(1, {3, 3}), passive(), querier(6, 3)),
                failing(lan(7, 9, together(10, {2, 2, 3}), passive(), querier(13, 3)))}},
      {.name = "AnotherAsksInVersion2",
       .lans = {failing(lan(30, 4, together(1, {3, 2}), passive(), querier(6, 2))),
                lan(7, 9, together(10, {2, 2, 1}), asking(3), querier(13, 2))}},
      {.name = "WeTakeOver",
       .lans = {lan(30, 4, alone(1, 3), asking(3), dying(querier(6, 3))),
                lan(7, 9, together(10, {2, 2, 3}), asking(2), dying(querier(13, 2)))}},
      {.name = "NobodyAsksAnyMore",
       .lans = {lan(30, 4, alone(1, 3), passive(), dying(querier(6, 3))),
                lan(7, 9, together(10, {2, 3, 3}), passive(), dying(querier(13, 2)))}},
      {.name = "WeWinTheElection",
       .lans = {lan(30, 4, alone(1, 3), asking(3), dying(higher(querier(6, 3)))),
                lan(7, 9, together(10, {2, 1, 3}), asking(3), dying(higher(querier(13, 2))))}},
      {.name = "HostsBesideTheQuerier",
       .lans = {lan(30, 4, together(1, {3, 3}), asking(3), dying(querier(2, 3))),
                lan(7, 9, together(10, {2, 2, 3}), asking(2), dying(querier(11, 2)))},
       .waits_for =
           "hosts of version 2 on a router port hear the reports of other ports and keep silent; when "
           "the router is gone, the port is not a member of what they want"},
      {.name = "AQuerierDiesBehindALoss",
       .lans = {lan(30, 4, alone(1, 3), passive(), dying_any_time(querier(6, 3))),
                lan(7, 9, together(10, {2, 2, 3}), asking(2), dying_any_time(querier(13, 2)))},
       .waits_for =
           "memberships last for Robustness Variable queries: when the answer to the last one before the "
           "querier's death is lost, they end before pruning is held or we take over"},
      {.name = "AVersion2QuerierStopsWhenOneHasAnswered",
       .lans = {lan(30, 4, together(1, {3, 2}), passive(), losing_all(querier(6, 2)))},
       .waits_for =
           "a specific query of version 2 lowers the timers of all ports, and its querier asks no more "
           "when one host has answered (RFC 2236 section 7): those on other ports were asked once"},
      {.name = "AnAnswerCrossesTheNextQuery",
       .lans = {lan(30, 4, together(1, {3, 3}), passive(), losing_all(querier(6, 3)))},
       .waits_for =
           "a querier that has not heard the answer to its first specific query yet sends the second one "
           "without the S flag: timers are lowered again, and this time one message is all there is"},
  };
}

}  // namespace

PortSet Lan::ports() const {
  PortSet ports = PortSet::of(source_port);
  for (const HostSpec& host : hosts) {
    ports.add(host.port);
  }
  return querier ? ports | PortSet::of(querier->port) : ports;
}

unsigned Lan::robustness_variable() const {
  const unsigned ours = igmp.intervals.robustness_variable;
  return querier ? std::min<unsigned>(ours, querier->robustness_variable) : ours;
}

Duration Lan::longest_stay() const {
  const membership::Intervals& i = igmp.intervals;
  if (ends_soon) {
    // Robustness Variable - 1 of the reports of a change are lost; they are a second apart. Then it is asked
    // about, and once more if the next change comes in between.
    return 2 * ((i.robustness_variable - 1) * Duration{1s} + i.last_member_query_time()) + 200ms;
  }
  Duration interval = i.robustness_variable * i.query_interval + 2 * i.query_response_interval;
  if (querier) {
    interval =
        std::max(interval, querier->robustness_variable * querier->query_interval +
                               2 * std::max(querier->query_response_interval, i.query_response_interval));
  }
  // Hosts of older versions count as present for an interval, and so long lists of sources are not believed.
  // The next report that lists one starts its timer (RFC 9776 section 6.4.2), and one report may be lost. A
  // querier's interval may count for longer than it is there.
  return (querier && querier->dies ? 5 : 3) * interval;
}

Duration Lan::longest_hold() const {
  const membership::Intervals& i = igmp.intervals;
  Duration hold = 2 * i.robustness_variable * i.query_interval + i.query_response_interval + 1s;
  if (querier) {
    hold += 2 * querier->robustness_variable * querier->query_interval + querier->query_response_interval;
  }
  return hold;
}

config::Config config_of(const Scene& scene) {
  config::Config config;
  config.sw.max_groups = 400;
  config.sw.max_macs = 200;
  for (std::size_t i = 0; i < kPortCount; ++i) {
    config::Port& port = config.ports.emplace_back();
    port.name = "p" + std::to_string(i);
    port.vlan = 0;
  }
  for (const Lan& lan : scene.lans) {
    config.vlans.push_back({.id = lan.vlan, .name = {}, .snooping = {}, .igmp = lan.igmp});
    config.vlans.back().snooping.unregistered = lan.unregistered;
    for (const PortId id : lan.ports()) {
      config.ports[id].vlan = lan.vlan;
      config.ports[id].fast_leave = lan.fast_leave;
    }
  }
  std::ranges::sort(config.vlans, {}, &config::Vlan::id);
  return config;
}

const std::vector<Scene>& scenes() {
  static const std::vector<Scene> kScenes = make_scenes();
  return kScenes;
}

}  // namespace mcswitch::test::sim

// SPDX-License-Identifier: BSD-3-Clause
//
// Bench: the real core on the real tables, a clock that only the test moves, and a sink that reads what is
// sent. Ports 0 to 5 are in VLAN 20, ports 6 and 7 in VLAN 3; all have link after start(). Joins and leaves
// are made as a worker makes them.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "control/control_core.hpp"
#include "proto/igmp.hpp"
#include "proto/mrd.hpp"
#include "support/manual_clock.hpp"
#include "support/packet_builder.hpp"
#include "support/simple_grace_period.hpp"
#include "table/membership_end.hpp"

namespace mcswitch::control {

using namespace std::chrono_literals;
using membership::kAnswerGrace;
using test::ip;

constexpr VlanId kVlan = 20;
constexpr VlanId kOtherVlan = 3;
constexpr std::size_t kPortCount = 8;
constexpr MacAddress kSwitchMac{0x02'00'00'00'99'01};
constexpr IpAddress kOwn = Ipv4Address::of(10, 0, 0, 20);
constexpr IpAddress kLow = Ipv4Address::of(10, 0, 0, 9);
constexpr IpAddress kHigh = Ipv4Address::of(10, 0, 1, 1);

inline PortSet ports(std::initializer_list<int> list) {
  PortSet set;
  for (const int port : list) {
    set.add(static_cast<PortId>(port));
  }
  return set;
}
inline const PortSet kAll = ports({0, 1, 2, 3, 4, 5});
inline const PortSet kOtherAll = ports({6, 7});

inline std::ostream& operator<<(std::ostream& out, ControlCounter c) {
  return out << kControlCounterNames[static_cast<std::size_t>(c)].name;
}

// A query that was sent.
struct Sent {
  Duration at{};  // since the start
  PortSet ports;
  VlanId vlan = 0;
  MacAddress source_mac;
  MacAddress destination_mac;
  IpAddress source;
  IpAddress destination;
  std::uint8_t version = 0;
  std::uint8_t code = 0;
  IpAddress group;
};

class RecordingSink final : public FrameSink {
 public:
  explicit RecordingSink(const test::ManualClock& clock) : clock_{clock} {}

  bool send(PortSet to, VlanId vlan, std::span<const std::uint8_t> frame) override {
    if (test::ip_payload(frame)[0] == proto::kTypeMrdSolicitation) {
      return true;  // routers_test.cpp is about those
    }
    if (full) {
      ++refused;
      return false;
    }
    Sent query;
    query.at = clock_.now() - test::ManualClock::kStart;
    query.ports = to;
    query.vlan = vlan;
    query.destination_mac = MacAddress::from_bytes(frame.data());
    query.source_mac = MacAddress::from_bytes(frame.data() + 6);
    query.source = Ipv4Address::of(frame[26], frame[27], frame[28], frame[29]);
    query.destination = Ipv4Address::of(frame[30], frame[31], frame[32], frame[33]);
    const auto payload = test::ip_payload(frame);
    proto::IgmpMessage message;
    EXPECT_EQ(proto::parse_igmp(payload, message), proto::ParseError::none);
    EXPECT_EQ(message.kind, proto::IgmpKind::query);
    query.version = message.version;
    query.code = payload[1];
    query.group = message.group;
    sent.push_back(query);
    return true;
  }

  bool full = false;
  std::size_t refused = 0;
  std::vector<Sent> sent;

 private:
  const test::ManualClock& clock_;
};

// The configuration of the bench: version 2, active querier 10.0.0.20, unregistered groups to router ports.
inline config::Config bench_config() {
  config::Config config;
  for (std::size_t i = 0; i < kPortCount; ++i) {
    config::Port port;
    port.name = "p" + std::to_string(i);
    port.vlan = i < 6 ? kVlan : kOtherVlan;
    config.ports.push_back(port);
  }
  config.snooping.unregistered = config::Unregistered::router_ports;
  config.igmp.intervals.version = 2;
  config.igmp.querier = true;
  config.igmp.querier_address = kOwn;
  return config;
}

inline config::Config passive_config() {
  config::Config config = bench_config();
  config.igmp.querier = false;
  config.igmp.querier_address = kUnspecifiedV4;
  return config;
}

class Bench {
 public:
  explicit Bench(const config::Config& config = bench_config(), std::uint32_t max_groups = 1000)
      : tables{{.max_groups = max_groups,
                .max_macs = 256,
                .ports = kPortCount,
                .seed = 0x1234'5678'9abc'def1}},
        core{config,
             kSwitchMac,
             tables,
             {.sink = sink, .grace_period = grace},
             [this](LogLevel level, const std::string& line) {
               (level == LogLevel::warning ? log : events).push_back(line);
             }} {
    grace.pass_always();
    core.start(clock.now());
    for (PortId port = 0; port < kPortCount; ++port) {
      core.on_link(port, true, clock.now());
    }
    run();
    sink.sent.clear();
    log.clear();
  }

  // --- what a worker does -------------------------------------------------------------------------

  table::JoinResult join(PortId port, IpAddress group, std::uint8_t version = 2,
                         MacAddress host = MacAddress{0x02'00'00'00'07'01}) {
    port_table[port].saw_host(host, clock.now());
    return groups.join(key(port, group), port, port_table[port].next_stamp(clock.now()), version);
  }

  table::LeaveMessage leave_message(PortId port, IpAddress group,
                                    MacAddress host = MacAddress{0x02'00'00'00'07'01}) {
    port_table[port].saw_host(host, clock.now());
    return {{.port = port,
             .version = 2,
             .vlan = vlan_of(port),
             .stamp = port_table[port].next_stamp(clock.now()),
             .group = group,
             .source_address = ip("10.0.0.77"),
             .source_mac = host}};
  }
  void leave(PortId port, IpAddress group) { core.on_message(leave_message(port, group), clock.now()); }

  table::QueryMessage query_message(PortId port, IpAddress source, Duration max_resp_time = 10s,
                                    IpAddress group = kUnspecifiedV4, std::uint8_t version = 2) {
    table::QueryMessage query{{.port = port,
                               .version = version,
                               .vlan = vlan_of(port),
                               .stamp = port_table[port].next_stamp(clock.now()),
                               .group = group,
                               .source_address = source,
                               .source_mac = MacAddress{0x02'00'00'00'55'00U + port}}};
    query.max_resp_time = max_resp_time;
    query.is_general = group.is_unspecified();
    return query;
  }
  void query(PortId port, IpAddress source, Duration max_resp_time = 10s, IpAddress group = kUnspecifiedV4,
             std::uint8_t version = 2) {
    core.on_message(query_message(port, source, max_resp_time, group, version), clock.now());
  }

  // --- time ---------------------------------------------------------------------------------------

  // run() until it has nothing to do now. Each call is one slice of work.
  std::size_t run() {
    std::size_t slices = 1;
    while (core.run(clock.now()) <= clock.now()) {
      ++slices;
      if (slices > 1'000'000) {
        ADD_FAILURE() << "run() never finishes";
        break;
      }
    }
    return slices;
  }

  // To `now + by` by way of every moment that run() asks for.
  void advance(Duration by) {
    const TimePoint end = clock.now() + by;
    while (true) {
      const TimePoint next = core.run(clock.now());
      if (next > clock.now()) {
        if (next > end) {
          break;
        }
        clock.advance(next - clock.now());
      }
    }
    clock.advance(end - clock.now());
    run();
  }

  // --- what is so ---------------------------------------------------------------------------------

  static VlanId vlan_of(PortId port) { return port < 6 ? kVlan : kOtherVlan; }
  static table::GroupKey key(PortId port, IpAddress group) { return {vlan_of(port), group}; }
  [[nodiscard]] PortSet members(IpAddress group, VlanId vlan = kVlan) const {
    return groups.find_v4(vlan, group.v4()).ports;
  }
  [[nodiscard]] bool is_member(PortId port, IpAddress group) const {
    return members(group, vlan_of(port)).contains(port);
  }
  [[nodiscard]] std::uint64_t counter(ControlCounter c) const { return core.counters()[c].value(); }
  // When the membership ends, as telemetry would say.
  [[nodiscard]] TimePoint ends(PortId port, IpAddress group, Duration gmi = 260s) const {
    return ends_at(groups.membership(groups.find_entry(key(port, group)), port), gmi);
  }
  // Specific queries for `group` since the last clear.
  [[nodiscard]] std::vector<Sent> asked(IpAddress group) const {
    std::vector<Sent> queries;
    std::copy_if(sink.sent.begin(), sink.sent.end(), std::back_inserter(queries),
                 [&](const Sent& s) { return s.group == group; });
    return queries;
  }
  // General queries in `vlan`, likewise.
  [[nodiscard]] std::vector<Sent> general(VlanId vlan = kVlan) const {
    std::vector<Sent> queries;
    std::copy_if(sink.sent.begin(), sink.sent.end(), std::back_inserter(queries),
                 [&](const Sent& s) { return s.group.is_unspecified() && s.vlan == vlan; });
    return queries;
  }
  [[nodiscard]] QuerierRow querier(VlanId vlan = kVlan) const {
    for (const QuerierRow& row : core.snapshot()->queriers) {
      if (row.vlan == vlan) {
        return row;
      }
    }
    return {};
  }

  test::ManualClock clock;
  table::Tables tables;
  table::GroupControl& groups = tables.groups;
  table::MacControl& macs = tables.macs;
  table::PortTable& port_table = tables.ports;
  RecordingSink sink{clock};
  test::SimpleGracePeriod grace;
  std::vector<std::string> log;     // warnings
  std::vector<std::string> events;  // what happens to VLANs and ports
  ControlCore core;
  // Of the block in force.
  const std::array<table::VlanForwarding, kMaxVlans>& vlans = tables.forwarding.current().vlans;
};

}  // namespace mcswitch::control

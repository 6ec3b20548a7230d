// SPDX-License-Identifier: BSD-3-Clause
//
// SourceLab: the switch without devices, asked in frames: hosts report on ports 2 to 4 of VLAN 20, sources
// send on port 6, and the switch is the querier. What a port gets is found out by sending.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "control/control_core.hpp"
#include "proto/igmp.hpp"
#include "support/engine.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::control {

using namespace std::chrono_literals;
using membership::kAnswerGrace;
using proto::RecordType;
using test::ip;
using List = std::vector<IpAddress>;

inline constexpr VlanId kLabVlan = 20;
inline const Ipv4Address kGroup = ip("239.1.2.3");
inline const Ipv4Address kSameMac = ip("225.129.2.3");  // 01:00:5e:01:02:03 as well
inline const Ipv4Address kA = ip("10.9.9.1");
inline const Ipv4Address kB = ip("10.9.9.2");
inline const Ipv4Address kC = ip("10.9.9.3");
inline const Ipv4Address kD = ip("10.9.9.4");
inline constexpr PortId kSender = 6;
inline constexpr MacAddress kHostOne{0x02'00'00'00'07'01};
inline constexpr MacAddress kHostTwo{0x02'00'00'00'07'02};

// Timers of the lab: Group Membership Interval 2 * 20 + 2 * 4 = 48 s, Last Member Query Time 2 * 1 s.
inline constexpr Duration kGmi = 48s;
inline constexpr Duration kLmqi = 1s;

inline config::Config lab_config() {
  config::Config config;
  for (std::size_t i = 0; i < 8; ++i) {
    config::Port port;
    port.name = "p" + std::to_string(i);
    port.vlan = i == 0 ? VlanId{7} : kLabVlan;
    config.ports.push_back(port);
  }
  config.sw.max_groups = 500;
  config.snooping.unregistered = config::Unregistered::router_ports;
  config.igmp.querier = true;
  config.igmp.querier_address = ip("10.0.0.20");
  config.igmp.intervals.query_interval = 20s;
  config.igmp.intervals.query_response_interval = 4s;
  config.igmp.intervals.last_member_query_interval = kLmqi;
  return config;
}

inline config::Config passive_lab_config() {
  config::Config config = lab_config();
  config.igmp.querier = false;
  config.igmp.querier_address = kUnspecifiedV4;
  return config;
}

// A specific query that was sent.
struct Asked {
  Duration at{};  // since the last clear()
  PortId port = 0;
  IpAddress group{};
  List sources{};
  bool suppresses = false;
  std::uint8_t version = 0;
  friend bool operator==(const Asked&, const Asked&) = default;
};

inline void PrintTo(const Asked& a, std::ostream* out) {
  *out << "{at " << a.at.count() << " ns, port " << int{a.port} << ", version " << int{a.version} << ", "
       << a.sources.size() << " sources" << (a.suppresses ? ", S" : "") << "}";
}

class SourceLab {
 public:
  explicit SourceLab(const config::Config& config = lab_config()) : engine{config} {
    for (PortId port = 0; port < 8; ++port) {
      engine.link(port, true);
    }
    clear();
  }

  void clear() {
    engine.clear_sent();
    start_ = engine.now();
  }

  void record(PortId port, RecordType type, const List& sources = {}, MacAddress host = kHostOne,
              Ipv4Address group = kGroup) {
    engine.receive(
        port,
        test::v3_report({{.type = static_cast<std::uint8_t>(type), .group = group, .sources = sources}},
                        {.source_mac = host,
                         .source = Ipv4Address{0x0a000000U + static_cast<std::uint32_t>(host.bits & 0xff)}}));
  }
  void v2_report(PortId port, MacAddress host = kHostOne) {
    engine.receive(port, test::v2_report(kGroup, {.source_mac = host}));
  }
  void v1_report(PortId port, MacAddress host = kHostOne) {
    engine.receive(port, test::v1_report(kGroup, {.source_mac = host}));
  }
  void leave(PortId port, MacAddress host = kHostOne) {
    engine.receive(port, test::leave(kGroup, {.source_mac = host}));
  }
  void advance(Duration by) { engine.advance(by); }

  // Where a frame from this source goes.
  PortSet egress(Ipv4Address source, Ipv4Address group = kGroup) {
    return engine.receive(
        kSender, test::udp(group, {.source_mac = MacAddress{0x02'00'00'00'66'66}, .source = source}));
  }
  // Which of A to D the port gets.
  std::string gets(PortId port) {
    std::string got;
    for (const auto& [name, source] : {std::pair{'A', kA}, {'B', kB}, {'C', kC}, {'D', kD}}) {
      if (egress(source).contains(port)) {
        got += name;
      }
    }
    return got;
  }

  // Specific queries since the last clear(), in order.
  [[nodiscard]] std::vector<Asked> asked() const {
    std::vector<Asked> all;
    for (const test::SentFrame& frame : engine.sent()) {
      proto::IgmpMessage message;
      EXPECT_EQ(proto::parse_igmp(test::ip_payload(frame.bytes), message), proto::ParseError::none);
      if (message.kind != proto::IgmpKind::query || message.group.is_unspecified()) {
        continue;
      }
      EXPECT_EQ(frame.ports.count(), 1U) << "on the port of the leave only";
      EXPECT_EQ(message.max_resp_time, kLmqi);
      Asked a{.at = frame.at - start_,
              .port = *frame.ports.begin(),
              .group = message.group,
              .suppresses = message.suppress_router_processing,
              .version = message.version};
      a.sources.assign(message.sources.begin(), message.sources.end());
      all.push_back(a);
    }
    return all;
  }
  [[nodiscard]] std::uint64_t counter(ControlCounter what) const {
    return engine.control_counters()[what].value();
  }

  test::Engine engine;

 private:
  TimePoint start_;
};

}  // namespace mcswitch::control

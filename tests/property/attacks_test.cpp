// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 2236 section 10, RFC 9776 section 9 (R2236-80, -81, -82): a station on one port forges messages of
// every type, in everybody's name, to every destination, and cannot take a stream from a member on another
// port. The member answers each query that it hears, at any moment of the time that it is given.
// Deterministic: a failure names its seed and what was sent last.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <random>
#include <string>

#include "proto/igmp.hpp"
#include "support/engine.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

constexpr VlanId kVlan = 1;
constexpr PortId kSender = 0;
constexpr PortId kMember = 1;
constexpr PortId kRouter = 2;
constexpr PortId kAttacker = 3;
constexpr std::size_t kPorts = 4;

constexpr Ipv4Address kGroup = Ipv4Address::of(239, 1, 2, 3);
constexpr Ipv4Address kOwn = Ipv4Address::of(10, 0, 0, 20);
constexpr Ipv4Address kRouters = Ipv4Address::of(10, 0, 0, 10);
constexpr Ipv4Address kMembers = Ipv4Address::of(10, 0, 0, 31);
constexpr std::array kNames{kOwn,
                            kRouters,
                            kMembers,
                            Ipv4Address::of(10, 0, 0, 2),    // lower than every querier
                            Ipv4Address::of(10, 0, 0, 200),  // higher
                            Ipv4Address::of(0, 0, 0, 0),
                            Ipv4Address::of(192, 0, 2, 1),
                            Ipv4Address::of(127, 0, 0, 1),
                            Ipv4Address::of(224, 0, 0, 1)};

MacAddress mac_of(PortId port) { return MacAddress{0x02'00'00'00'30'00U + port}; }

config::Config config_of(bool is_querier) {
  config::Config config;
  for (std::size_t i = 0; i < kPorts; ++i) {
    config::Port port;
    port.name = fmt::format("p{}", i);
    config.ports.push_back(port);
  }
  config.snooping.unregistered = config::Unregistered::drop;
  config.igmp.querier = is_querier;
  if (is_querier) {
    config.igmp.querier_address = kOwn;
  }
  return config;
}

class World {
 public:
  World(const config::Config& config, std::uint64_t seed)
      : has_router_{!config.igmp.querier}, random_{seed}, engine_{config} {
    for (PortId port = 0; port < kPorts; ++port) {
      engine_.link(port, true);
    }
    if (has_router_) {
      router_asks();
    }
    member_reports();
  }

  unsigned below(unsigned n) { return static_cast<unsigned>((random_() >> 33) % n); }
  template <typename T, std::size_t N>
  const T& one_of(const std::array<T, N>& pool) {
    return pool[below(N)];
  }

  // A forged frame, and where it goes.
  PortSet attack() {
    std::string words;
    const Bytes frame = forged(words);
    told_.push_back(fmt::format("{:8.1f} s  {}", seconds(), words));
    if (told_.size() > 12) {
      told_.pop_front();
    }
    const PortSet egress = engine_.receive(kAttacker, frame);
    everybody_hears(egress, frame);
    return egress;
  }

  // Time passes. The member answers, the router asks, and so does the switch.
  void pass(Duration time) {
    constexpr Duration kStep = 50ms;
    for (const TimePoint end = engine_.now() + time; engine_.now() < end;) {
      engine_.advance(kStep);
      for (const SentFrame& sent : engine_.sent()) {
        everybody_hears(sent.ports, sent.bytes);
      }
      engine_.clear_sent();
      if (answer_at_ && *answer_at_ <= engine_.now()) {
        member_reports();
      }
      if (has_router_ && router_asks_at_ <= engine_.now()) {
        router_asks();
      }
      if (!gets_stream()) {
        ++missed_;
      }
    }
  }

  [[nodiscard]] bool gets_stream() {
    return engine_.receive(kSender, udp(kGroup, {.source_mac = mac_of(kSender)})).contains(kMember);
  }
  [[nodiscard]] unsigned missed() const { return missed_; }
  [[nodiscard]] std::string story() const {
    std::string text;
    for (const std::string& line : told_) {
      text += line + "\n";
    }
    return text;
  }
  [[nodiscard]] const Engine& engine() const { return engine_; }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>{engine_.now().time_since_epoch()}.count();
  }

 private:
  Bytes forged(std::string& words) {
    FrameOptions options{.source_mac = mac_of(static_cast<PortId>(1 + below(3))), .source = one_of(kNames)};
    switch (below(8)) {
      case 0:
        options.destination_mac = mac_of(static_cast<PortId>(below(kPorts)));
        break;
      case 1:
        options.destination_mac = MacAddress{0xffff'ffff'ffff};
        break;
      case 2:
        options.destination = Ipv4Address::of(239, 200, 200, 200);
        break;
      case 3:
        options.destination_mac = multicast_mac(kGroup);
        options.destination = Ipv4Address::of(10, 0, 0, static_cast<std::uint8_t>(below(40)));
        break;
      default:
        break;
    }
    const auto code = one_of(std::array<std::uint8_t, 5>{0, 1, 10, 100, 255});
    const IpAddress asked = below(2) == 0 ? kUnspecifiedV4 : IpAddress::from(kGroup);
    const unsigned kind = below(10);
    words = fmt::format("kind {} code {} from {:#x} {}", kind, code, options.source.bits,
                        options.destination_mac || options.destination ? "misaddressed" : "");
    switch (kind) {
      case 0:
        return v1_query(options);
      case 1:
      case 2:
        return v2_query(asked, code == 0 ? std::uint8_t{1} : code, options);
      case 3:
      case 4:
      case 5: {
        V3Query query{.group = asked,
                      .code = code,
                      .suppress_router_processing = below(4) == 0,
                      .qrv = static_cast<std::uint8_t>(below(8)),
                      .qqic = one_of(std::array<std::uint8_t, 4>{0, 1, 125, 255})};
        if (!asked.is_unspecified() && below(3) == 0) {
          query.sources = {Ipv4Address::of(10, 0, 0, 9)};
        }
        return v3_query(query, options);
      }
      case 6:
        return below(2) == 0 ? v1_report(kGroup, options) : v2_report(kGroup, options);
      case 7:
        return leave(kGroup, options);
      default:
        return v3_report({{.type = static_cast<std::uint8_t>(1 + below(6)),
                           .group = kGroup,
                           .sources = {Ipv4Address::of(10, 0, 0, 9)}},
                          {.type = 3, .group = kGroup}},
                         options);
    }
  }

  // What a host, and a router, takes for a query: sent to all, or to the group (RFC 9776 sections 4.1.12
  // and 9.1).
  void everybody_hears(PortSet ports, const Bytes& frame) {
    proto::IgmpMessage query;
    if (frame[23] != 2 || proto::parse_igmp(ip_payload(frame), query) != proto::ParseError::none ||
        query.kind != proto::IgmpKind::query) {
      return;
    }
    const bool is_general = query.group.is_unspecified();
    const Ipv4Address asked = is_general ? kAllSystems : kGroup;
    const auto to = Ipv4Address::of(frame[30], frame[31], frame[32], frame[33]);
    if (to != asked || MacAddress::from_bytes(frame.data()) != multicast_mac(asked)) {
      return;
    }
    if (ports.contains(kMember)) {
      // Any moment up to the last; the sooner of two.
      const Duration response = query.max_resp_time * (1 + below(4)) / 4;
      answer_at_ = std::min(answer_at_.value_or(kNever), engine_.now() + response);
    }
    const auto from = Ipv4Address::of(frame[26], frame[27], frame[28], frame[29]);
    if (is_general && ports.contains(kRouter) && !from.is_unspecified() && from < kRouters) {
      router_asks_at_ = engine_.now() + 255s;
    }
  }

  void member_reports() {
    answer_at_.reset();
    engine_.receive(kMember, v3_report({{.type = 2, .group = kGroup}},
                                       {.source_mac = mac_of(kMember), .source = kMembers}));
  }

  void router_asks() {
    router_asks_at_ = engine_.now() + 125s;
    const Bytes query = v3_query({}, {.source_mac = mac_of(kRouter), .source = kRouters});
    everybody_hears(engine_.receive(kRouter, query), query);
  }

  const bool has_router_;
  std::mt19937_64 random_;
  Engine engine_;
  std::optional<TimePoint> answer_at_;
  TimePoint router_asks_at_;
  unsigned missed_ = 0;
  std::deque<std::string> told_;
};

class Attacks : public testing::TestWithParam<bool> {};

TEST_P(Attacks, TakeNoStreamFromAMemberThatAnswers) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World world{config_of(GetParam()), seed};
    ASSERT_TRUE(world.gets_stream());
    for (int n = 0; n < 150; ++n) {
      world.attack();
      // Bursts, and silence in which everything runs out that was said.
      world.pass(world.below(4) != 0 ? 50ms * (1 + world.below(10)) : 1s * (1 + world.below(300)));
      ASSERT_EQ(world.missed(), 0U) << "seed " << seed << ", at " << world.seconds() << " s\n"
                                    << world.story();
    }
  }
}

// With the defences nothing happens at all: not a query more for the member, nobody else for a querier.
TEST_P(Attacks, ChangeNothingWithTheDefencesSet) {
  config::Config config = config_of(GetParam());
  config.ports[kAttacker].block_queries = true;
  config.igmp.allowed_queriers = {{kRouters, 32}};
  config.igmp.report_sources = {{kMembers, 32}};
  config.igmp.ignore_v1_reports = true;
  config.igmp.ignore_v2_reports = true;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    World world{config, seed};
    for (int n = 0; n < 150; ++n) {
      const std::uint64_t asked =
          world.engine().control_counters()[control::ControlCounter::timers_lowered].value();
      world.attack();
      world.pass(50ms * (1 + world.below(40)));
      ASSERT_EQ(world.missed(), 0U) << "seed " << seed << "\n" << world.story();
      ASSERT_EQ(world.engine().control_counters()[control::ControlCounter::timers_lowered].value(), asked);
      const SwitchView view = world.engine().view();
      ASSERT_EQ(view.vlans[0].querier, IpAddress::from(GetParam() ? kOwn : kRouters));
      ASSERT_EQ(view.routers.size(), GetParam() ? 0U : 1U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(WhoAsks, Attacks, testing::Bool(), [](const auto& which) {
  return std::string{which.param ? "TheSwitch" : "ARouter"};
});

}  // namespace
}  // namespace mcswitch::test

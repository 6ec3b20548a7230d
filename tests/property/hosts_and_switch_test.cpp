// SPDX-License-Identifier: BSD-3-Clause
//
// The host role against the router role: hosts of version 2 behind ports of the real engine join and leave at
// random for hours. At every moment a port whose hosts want a group is a member of it; and when the
// last of them has left, it is one for no longer than the RFC allows.
//
// A port is a hub: its hosts hear each other, and so answer for each other (RFC 2236 section 3). From other
// ports they hear what the switch lets through. Nothing is lost on these wires.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/net_text.hpp"
#include "proto/igmp.hpp"
#include "support/engine.hpp"
#include "support/older_host.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

constexpr VlanId kVlan = 30;
constexpr std::size_t kPortCount = 7;
constexpr Duration kHours = 2h;
constexpr unsigned kSeeds = 3;
// What the switch sends is heard at once, but a host whose answer is due within a step is late by up to this.
constexpr Duration kStep = 20ms;

// The first three share a MAC address.
constexpr std::array kGroups{
    Ipv4Address::of(239, 1, 2, 3), Ipv4Address::of(239, 129, 2, 3), Ipv4Address::of(225, 1, 2, 3),
    Ipv4Address::of(224, 0, 1, 1), Ipv4Address::of(239, 7, 7, 7),   Ipv4Address::of(239, 255, 255, 250),
};

struct Scene {
  const char* name = "";
  std::vector<PortId> hosts;  // the port of each
  std::uint8_t version = 2;
  bool fast_leave = false;
  bool always_leave = false;
  // A port whose last host has left the group is a member for no longer than this.
  Duration longest_stay{};
};

// Last Member Query Time (R2236-22) where a leave is heard; Group Membership Interval (R2236-21) where there
// are no leaves; at once where the port's only host says so.
const std::array kScenes{
    Scene{.name = "HostsOnPortsOfTheirOwn", .hosts = {1, 2, 4, 5, 6}, .longest_stay = 2s + kStep},
    Scene{.name = "HostsOnHubs", .hosts = {2, 2, 2, 2, 5, 5, 5, 6}, .longest_stay = 2s + kStep},
    Scene{.name = "HostsOnHubsThatAlwaysLeave",
          .hosts = {2, 2, 2, 5, 5, 5, 6},
          .always_leave = true,
          .longest_stay = 2s + kStep},
    Scene{.name = "FastLeave", .hosts = {1, 2, 4, 5, 6}, .fast_leave = true, .longest_stay = 0s},
    Scene{.name = "Version1", .hosts = {1, 2, 2, 2, 6}, .version = 1, .longest_stay = 260s},
};

config::Config config_of(const Scene& scene) {
  config::Config config;
  for (std::size_t i = 0; i < kPortCount; ++i) {
    config::Port& port = config.ports.emplace_back();
    port.name = "p" + std::to_string(i);
    port.vlan = kVlan;
    port.fast_leave = scene.fast_leave;
  }
  config.igmp.querier = true;
  config.igmp.querier_address = Ipv4Address::of(10, 0, 0, 10);
  config.igmp.intervals.version = scene.version;
  return config;
}

struct Station {
  Station(const Scene& scene, std::uint8_t number, std::uint64_t seed)
      : port{scene.hosts[number]},
        mac{0x02'00'00'00'40'00U + number},
        address{Ipv4Address::of(10, 0, 0, static_cast<std::uint8_t>(100 + number))},
        delays{seed},
        host{{.always_leave = scene.always_leave}, delays} {}

  PortId port;
  MacAddress mac;
  Ipv4Address address;
  host::SeededDelay delays;
  OlderHost host;
  std::bitset<kGroups.size()> wanted;
};

class World {
 public:
  World(const Scene& scene, std::uint64_t seed) : scene_{scene}, engine_{config_of(scene)} {
    for (std::uint8_t i = 0; i < scene.hosts.size(); ++i) {
      stations_.push_back(std::make_unique<Station>(scene, i, seed * 100 + i));
    }
    start_ = engine_.now();
    for (auto& row : last_wanted_) {
      row.fill(start_);
    }
    for (PortId port = 0; port < kPortCount; ++port) {
      engine_.link(port, true);
    }
    deliver_queries();
  }

  [[nodiscard]] std::size_t station_count() const { return stations_.size(); }

  void join_or_leave(std::size_t station, std::size_t group) {
    Station& s = *stations_[station];
    s.wanted.flip(group);
    if (s.wanted[group]) {
      if (const auto report = s.host.join(kGroups[group], engine_.now())) {
        send(s, *report);
      }
    } else if (const auto leave = s.host.leave(kGroups[group], engine_.now())) {
      Bytes frame(proto::kLeaveFrameSize);
      proto::build_leave({.source_mac = s.mac, .source = s.address, .group = leave->group}, frame);
      send(s, frame);
      ++leaves_;
    }
  }

  // Lets time pass. Returns the first thing that is wrong.
  std::string run(Duration by) {
    const TimePoint end = engine_.now() + by;
    std::string problem = check();
    while (problem.empty() && engine_.now() < end) {
      TimePoint next = std::min(end, engine_.now() + kStep);
      for (const auto& s : stations_) {
        next = std::min(next, std::max(s->host.next(), engine_.now()));
      }
      engine_.advance(next - engine_.now());
      deliver_queries();
      for (const auto& s : stations_) {
        SendReport report;
        while (s->host.on_time(engine_.now(), {&report, 1}) == 1) {
          send(*s, report);
        }
      }
      problem = check();
    }
    return problem;
  }

  // What the switch has and the hosts want, all groups and ports.
  [[nodiscard]] bool is_exact() const {
    for (std::size_t group = 0; group < kGroups.size(); ++group) {
      if (engine_.members(kVlan, kGroups[group]) != wanting_ports(group)) {
        return false;
      }
    }
    return true;
  }

  // Pairs of (port, group) and of (host, group).
  [[nodiscard]] std::size_t port_memberships() const {
    std::size_t count = 0;
    for (std::size_t group = 0; group < kGroups.size(); ++group) {
      count += wanting_ports(group).count();
    }
    return count;
  }
  [[nodiscard]] std::size_t host_memberships() const {
    std::size_t count = 0;
    for (const auto& s : stations_) {
      count += s->wanted.count();
    }
    return count;
  }
  [[nodiscard]] bool wants(std::size_t station, std::size_t group) const {
    return stations_[station]->wanted[group];
  }

  [[nodiscard]] std::size_t reports() const { return reports_; }
  [[nodiscard]] std::size_t reports_of_version_1() const { return reports_of_version_1_; }
  [[nodiscard]] std::size_t leaves() const { return leaves_; }
  [[nodiscard]] std::size_t general_queries() const { return general_queries_; }
  [[nodiscard]] const Engine& engine() const { return engine_; }

 private:
  [[nodiscard]] PortSet wanting_ports(std::size_t group) const {
    PortSet ports;
    for (const auto& s : stations_) {
      if (s->wanted[group]) {
        ports.add(s->port);
      }
    }
    return ports;
  }

  void send(Station& from, const SendReport& report) {
    Bytes frame(proto::kReportFrameSize);
    proto::build_report(
        {.source_mac = from.mac, .source = from.address, .group = report.group, .version = report.version},
        frame);
    ++reports_;
    reports_of_version_1_ += report.version == 1 ? 1 : 0;
    send(from, frame);
  }

  void send(Station& from, const Bytes& frame) {
    // The cable is shared by all on the port, and the switch is one of them.
    const PortSet heard_on = engine_.receive(from.port, frame) | PortSet::of(from.port);
    for (const auto& s : stations_) {
      if (s.get() != &from && heard_on.contains(s->port)) {
        hear(*s, frame, engine_.now());
      }
    }
    deliver_queries();
  }

  void deliver_queries() {
    for (const SentFrame& frame : engine_.sent()) {
      general_queries_ += read_query(frame).group.is_unspecified() ? 1 : 0;
      for (const auto& s : stations_) {
        if (frame.ports.contains(s->port)) {
          hear(*s, frame.bytes, frame.at);
        }
      }
    }
    engine_.clear_sent();
  }

  static void hear(Station& station, const Bytes& frame, TimePoint at) {
    proto::IgmpMessage message;
    if (proto::parse_igmp(ip_payload(frame), message) != proto::ParseError::none) {
      throw std::runtime_error{"a message on the wire is wrong"};
    }
    if (message.kind == proto::IgmpKind::query) {
      station.host.on_query(message.group, message.version, message.max_resp_time, at);
    } else if (message.kind == proto::IgmpKind::report) {
      station.host.on_report(message.group);
    }
  }

  std::string check() {
    const TimePoint now = engine_.now();
    for (std::size_t group = 0; group < kGroups.size(); ++group) {
      const PortSet members = engine_.members(kVlan, kGroups[group]);
      const PortSet wanting = wanting_ports(group);
      if (!(wanting & ~members).empty()) {
        return wrong(group, "wanted on " + describe(wanting) + ", members are " + describe(members));
      }
      for (const PortId port : wanting) {
        last_wanted_[group][port] = now;
      }
      for (const PortId port : members & ~wanting) {
        if (now - last_wanted_[group][port] > scene_.longest_stay + membership::kAnswerGrace) {
          return wrong(group, "not wanted on port " + std::to_string(port) + " since " +
                                  describe(last_wanted_[group][port], start_) + ", and still a member");
        }
      }
    }
    return {};
  }

  [[nodiscard]] std::string wrong(std::size_t group, const std::string& what) const {
    return describe(engine_.now(), start_) + " " + to_string(kGroups[group]) + ": " + what;
  }

  const Scene& scene_;
  Engine engine_;
  std::vector<std::unique_ptr<Station>> stations_;
  std::array<std::array<TimePoint, kPortCount>, kGroups.size()> last_wanted_{};
  TimePoint start_;
  std::size_t reports_ = 0;
  std::size_t reports_of_version_1_ = 0;
  std::size_t leaves_ = 0;
  std::size_t general_queries_ = 0;
};

class HostsAndSwitch : public testing::TestWithParam<std::size_t> {
 protected:
  const Scene& scene() const { return kScenes[GetParam()]; }

  // Joins and leaves for hours. Many come soon after the one before and for the same host and group, as
  // leaves meet joins, checks and delayed reports then.
  std::string walk(World& world, std::uint64_t seed) const {
    constexpr std::array kPauses{0ms,    1ms,    40ms,     400ms,     950ms,
                                 1050ms, 2100ms, 5s + 0ms, 12s + 0ms, 70s + 0ms};
    std::mt19937_64 random{seed};
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>((random() >> 33) % n); };
    std::size_t station = 0;
    std::size_t group = 0;
    std::string problem;
    for (const TimePoint end = world.engine().now() + kHours;
         problem.empty() && world.engine().now() < end;) {
      if (below(3) != 0) {
        station = below(world.station_count());
        group = below(kGroups.size());
      }
      world.join_or_leave(station, group);
      problem = world.run(kPauses[below(kPauses.size())]);
    }
    return problem;
  }
};

TEST_P(HostsAndSwitch, AgreeAtEveryMomentOfHours) {
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    World world{scene(), seed};
    ASSERT_EQ(walk(world, seed), "") << "seed " << seed;
    ASSERT_EQ(world.run(scene().longest_stay + membership::kAnswerGrace), "") << "seed " << seed;
    EXPECT_TRUE(world.is_exact()) << "seed " << seed;

    // All hosts leave; nothing is left behind.
    for (std::size_t station = 0; station < world.station_count(); ++station) {
      for (std::size_t group = 0; group < kGroups.size(); ++group) {
        if (world.wants(station, group)) {
          world.join_or_leave(station, group);
        }
      }
    }
    ASSERT_EQ(world.run(scene().longest_stay + membership::kAnswerGrace + kStep), "") << "seed " << seed;
    EXPECT_EQ(world.engine().group_count(), 0U) << "seed " << seed;

    // R2236-42, -43: the hosts have understood what the querier speaks.
    if (scene().version == 1) {
      EXPECT_EQ(world.reports_of_version_1(), world.reports());
      EXPECT_EQ(world.leaves(), 0U);
    } else {
      EXPECT_EQ(world.reports_of_version_1(), 0U);
      EXPECT_GT(world.leaves(), 0U);
    }
  }
}

// R2236-54: one host of a hub answers for all of them, and hosts behind other ports, who do not hear it,
// answer themselves: one report a general query, port and group.
TEST_P(HostsAndSwitch, AGeneralQueryIsAnsweredOnceOnEachPort) {
  World world{scene(), 77};
  for (std::size_t station = 0; station < world.station_count(); ++station) {
    for (std::size_t group = 0; group < kGroups.size(); ++group) {
      if ((station + group) % 4 != 0) {
        world.join_or_leave(station, group);
      }
    }
  }
  // Past the startup queries and the unsolicited reports, to a time between two general queries.
  ASSERT_EQ(world.run(100s), "");
  const std::size_t queries_before = world.general_queries();
  const std::size_t reports_before = world.reports();
  ASSERT_EQ(world.run(10 * 125s), "");
  EXPECT_EQ(world.general_queries() - queries_before, 10U);
  EXPECT_EQ(world.reports() - reports_before, 10 * world.port_memberships());
  const std::set<PortId> ports(scene().hosts.begin(), scene().hosts.end());
  if (ports.size() < scene().hosts.size()) {
    EXPECT_LT(world.port_memberships(), world.host_memberships());
  } else {
    EXPECT_EQ(world.port_memberships(), world.host_memberships());
  }
}

INSTANTIATE_TEST_SUITE_P(Scenes, HostsAndSwitch, testing::Range<std::size_t>(0, kScenes.size()),
                         [](const auto& param_info) { return kScenes[param_info.param].name; });

}  // namespace
}  // namespace mcswitch::test

// SPDX-License-Identifier: BSD-3-Clause
//
// What each host asked for is what its port gets, at every moment, and nothing more once timers have run:
// hosts of versions 1, 2 and 3, alone or together behind a port, change their minds at random for an hour.
// After every step frames from all sources are sent, and seen on which ports they leave.
//
// A port is a hub: its hosts hear each other. Nothing is lost on these wires. The same is asked of the engine
// and of the reference switch, so that the rules are tried, and not only whether they have been followed.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/net_text.hpp"
#include "property/station.hpp"
#include "support/engine.hpp"
#include "support/packet_builder.hpp"
#include "support/reference_switch.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;
using WishMode = membership::FilterMode;

constexpr VlanId kVlan = 30;
constexpr std::size_t kPortCount = 6;
// Data comes in here; no host is on it.
constexpr PortId kSourcePort = 4;
// Sanitizers make an hour as long as all other tests together.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr Duration kStory = 10min;
constexpr unsigned kSeeds = 1;
#else
constexpr Duration kStory = 1h;
constexpr unsigned kSeeds = 2;
#endif
constexpr std::size_t kStoryLines = 60;
// A host whose answer is due within a step is late by up to this.
constexpr Duration kStep = 100ms;

// The first two share a MAC address.
constexpr std::array kGroups{Ipv4Address::of(239, 1, 2, 3), Ipv4Address::of(232, 129, 2, 3),
                             Ipv4Address::of(239, 7, 7, 7)};
// No host asks for the last one by name.
constexpr std::array kSources{Ipv4Address::of(10, 9, 9, 1), Ipv4Address::of(10, 9, 9, 2),
                              Ipv4Address::of(10, 9, 9, 3), Ipv4Address::of(10, 9, 9, 200)};
constexpr std::size_t kNamed = kSources.size() - 1;

struct Scene {
  const char* name = "";
  struct Behind {
    PortId port = 0;
    std::uint8_t version = 3;
  };
  std::vector<Behind> hosts;
  std::uint8_t querier_version = 3;
  bool fast_leave = false;
  bool host_tracking = true;
  // What a port gets though none of its hosts wants it any more, it gets for no longer than this.
  Duration longest_stay{};
};

// With the intervals below.
constexpr Duration kMembershipInterval = 32s;
constexpr Duration kLastMemberQueryTime = 2s;
// From a change to the answer of the last host behind the port to the general query that follows: a source
// that an EXCLUDE list names begins a source timer (section 6.4.1) if others have wanted it.
constexpr Duration kLongestAnswer = 16s + kStep;
// Hosts of version 1 leave silently, and count as present for an interval: then leaves and blocks of others
// are ignored, and what they have left ends an interval later.
constexpr Duration kLongest = 2 * kMembershipInterval + kLongestAnswer;

const std::array kScenes{
    Scene{.name = "OneHostOnEachPort",
          .hosts = {{1, 3}, {2, 3}, {3, 3}, {5, 3}},
          .longest_stay = kLastMemberQueryTime + kStep},
    Scene{.name = "HostsOnHubs",
          .hosts = {{1, 3}, {1, 3}, {1, 3}, {2, 3}, {2, 3}, {5, 3}},
          .longest_stay = kMembershipInterval + kLongestAnswer},
    Scene{.name = "FastLeaveOneHostOnEachPort",
          .hosts = {{1, 3}, {2, 3}, {3, 3}, {5, 3}},
          .fast_leave = true,
          .longest_stay = 0s},
    Scene{.name = "FastLeaveHostsOnHubs",
          .hosts = {{1, 3}, {1, 3}, {1, 3}, {2, 3}, {2, 3}, {5, 3}},
          .fast_leave = true,
          .longest_stay = kMembershipInterval + kLongestAnswer},
    Scene{.name = "FastLeaveHostsNotTracked",
          .hosts = {{1, 3}, {1, 3}, {1, 3}, {2, 3}, {5, 3}},
          .fast_leave = true,
          .host_tracking = false,
          .longest_stay = kMembershipInterval + kLongestAnswer},
    Scene{.name = "Versions2And3OnOnePort",
          .hosts = {{1, 3}, {1, 2}, {2, 3}, {2, 3}, {2, 2}, {5, 2}, {5, 2}},
          .longest_stay = kLongest},
    Scene{.name = "FastLeaveVersions2And3OnOnePort",
          .hosts = {{1, 3}, {1, 2}, {2, 3}, {2, 3}, {2, 2}, {5, 2}, {5, 2}},
          .fast_leave = true,
          .longest_stay = kLongest},
    Scene{.name = "AllVersionsOnOnePort",
          .hosts = {{1, 3}, {1, 2}, {1, 1}, {2, 3}, {2, 3}, {2, 1}, {5, 1}, {3, 3}},
          .longest_stay = kLongest},
    Scene{.name = "FastLeaveAllVersionsOnOnePort",
          .hosts = {{1, 3}, {1, 2}, {1, 1}, {2, 3}, {2, 3}, {2, 1}, {5, 1}, {3, 3}},
          .fast_leave = true,
          .longest_stay = kLongest},
    Scene{.name = "QuerierOfVersion2",
          .hosts = {{1, 3}, {1, 3}, {1, 2}, {2, 3}, {5, 3}, {5, 3}},
          .querier_version = 2,
          .longest_stay = kMembershipInterval + kStep},
};

config::Config config_of(const Scene& scene) {
  config::Config config;
  for (std::size_t i = 0; i < kPortCount; ++i) {
    config::Port& port = config.ports.emplace_back();
    port.name = "p" + std::to_string(i);
    port.vlan = kVlan;
    port.fast_leave = scene.fast_leave;
  }
  config.sw.max_groups = 200;
  config.sw.max_macs = 100;
  config.snooping.unregistered = config::Unregistered::drop;
  config.igmp.querier = true;
  config.igmp.querier_address = Ipv4Address::of(10, 0, 0, 10);
  config.igmp.host_tracking = scene.host_tracking;
  config.igmp.intervals.version = scene.querier_version;
  config.igmp.intervals.query_interval = 12s;
  config.igmp.intervals.query_response_interval = 4s;
  config.igmp.intervals.set_group_membership_interval = kMembershipInterval;
  return config;
}

// --- the switch -----------------------------------------------------------------------------------

class RealSwitch {
 public:
  explicit RealSwitch(const config::Config& config) : engine_{config} {}
  void link(PortId port, bool up) { engine_.link(port, up); }
  PortSet receive(PortId port, const Bytes& frame) { return engine_.receive(port, frame); }
  void advance(Duration by) { engine_.advance(by); }
  [[nodiscard]] TimePoint now() const { return engine_.now(); }
  std::vector<SentQuery> take_sent() {
    std::vector<SentQuery> queries;
    for (const SentFrame& frame : engine_.sent()) {
      queries.push_back(read_query(frame));
    }
    engine_.clear_sent();
    return queries;
  }
  [[nodiscard]] SwitchView view() const { return engine_.view(); }

 private:
  Engine engine_;
};

class NaiveSwitch {
 public:
  explicit NaiveSwitch(const config::Config& config) : reference_{config, TimePoint{1s}} {}
  void link(PortId port, bool up) { reference_.link(port, up); }
  PortSet receive(PortId port, const Bytes& frame) {
    const PortSet egress = reference_.receive(port, frame).egress;
    return egress;
  }
  void advance(Duration by) { reference_.advance(by); }
  [[nodiscard]] TimePoint now() const { return reference_.now(); }
  std::vector<SentQuery> take_sent() {
    std::vector<SentQuery> queries = reference_.sent();
    reference_.clear_sent();
    return queries;
  }
  [[nodiscard]] SwitchView view() const { return reference_.view(); }

 private:
  ReferenceSwitch reference_;
};

// --- all together ---------------------------------------------------------------------------------

template <typename Switch>
class World {
 public:
  World(const Scene& scene, std::uint64_t seed) : scene_{scene}, switch_{config_of(scene)}, random_{seed} {
    for (std::uint8_t i = 0; i < scene.hosts.size(); ++i) {
      stations_.push_back(
          std::make_unique<Station>(scene.hosts[i].port, scene.hosts[i].version, i, seed * 100 + i));
    }
    start_ = switch_.now();
    for (auto& group : last_wanted_) {
      for (auto& source : group) {
        source.fill(start_);
      }
    }
    for (PortId port = 0; port < kPortCount; ++port) {
      switch_.link(port, true);
    }
    exchange();
  }

  // Hosts change their minds for an hour. Many changes come soon after the one before and for the same host
  // and group. Returns the first thing that is wrong.
  std::string walk() {
    constexpr std::array kPauses{0ms, 0ms, 1ms, 30ms, 300ms, 950ms, 2100ms, 5s + 0ms, 13s + 0ms, 40s + 0ms};
    std::size_t station = 0;
    std::size_t group = 0;
    std::string problem;
    for (const TimePoint end = now() + kStory; problem.empty() && now() < end;) {
      if (below(3) != 0) {
        station = below(stations_.size());
        group = below(kGroups.size());
      }
      change(station, group, some_wish());
      problem = run(kPauses[below(kPauses.size())]);
    }
    return problem;
  }

  void forget_all() {
    for (std::size_t station = 0; station < stations_.size(); ++station) {
      for (std::size_t group = 0; group < kGroups.size(); ++group) {
        change(station, group, {});
      }
    }
  }

  // Lets time pass. Returns the first thing that is wrong.
  std::string run(Duration by) {
    std::string problem = check();
    for (const TimePoint end = now() + by; problem.empty() && now() < end;) {
      TimePoint next = std::min(end, now() + kStep);
      for (const auto& s : stations_) {
        next = std::min(next, std::max(s->next(), now()));
      }
      switch_.advance(next - now());
      exchange();
      problem = check();
    }
    return problem;
  }

  [[nodiscard]] TimePoint now() const { return switch_.now(); }
  [[nodiscard]] SwitchView view() const { return switch_.view(); }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>((random_() >> 33) % n); }

  Wish some_wish() {
    Wish wish;
    const std::size_t kind = below(6);
    wish.mode = kind < 3 ? WishMode::include : WishMode::exclude;
    for (std::size_t i = 0; i < kNamed && kind != 0 && kind != 5; ++i) {
      if (below(2) == 0) {
        wish.sources.push_back(kSources[i]);
      }
    }
    return wish;
  }

  void change(std::size_t station, std::size_t group, const Wish& wish) {
    Station& s = *stations_[station];
    std::string text = "host " + std::to_string(station) + " on port " + std::to_string(s.port) + " wants " +
                       (wish.mode == WishMode::include ? "only" : "all but");
    for (const IpAddress& source : wish.sources) {
      text += " " + to_string(source);
    }
    tell(text + " of " + to_string(kGroups[group]));
    s.wish(kGroups[group], wish, now());
    exchange();
  }

  // Passes on queries and the hosts' messages until there are none.
  void exchange() {
    for (bool is_quiet = false; !is_quiet;) {
      is_quiet = true;
      for (const SentQuery& query : switch_.take_sent()) {
        is_quiet = false;
        tell(describe(query, start_));
        for (const auto& s : stations_) {
          if (query.ports.contains(s->port)) {
            s->hear_query(query);
          }
        }
      }
      for (const auto& s : stations_) {
        const auto said = s->say(now());
        if (!said) {
          continue;
        }
        is_quiet = false;
        tell("port " + std::to_string(s->port) + ": " + said->words);
        const PortSet heard_on = switch_.receive(s->port, said->frame) | PortSet::of(s->port);
        for (const auto& other : stations_) {
          if (said->report_version < 3 && other != s && heard_on.contains(other->port)) {
            other->hear_older_report(said->group, said->report_version);
          }
        }
        // Two messages of a port at one moment count as a nanosecond apart.
        switch_.advance(1us);
      }
    }
  }

  // A host that cannot name sources, or does not because of an older querier, wants them all.
  [[nodiscard]] PortSet wanting_ports(std::size_t group, Ipv4Address source) const {
    PortSet ports;
    for (const auto& s : stations_) {
      if (s->wish_for(kGroups[group]).wants(source)) {
        ports.add(s->port);
      }
    }
    return ports;
  }

  // Ports with a host that wants something of the group, and says so without sources.
  [[nodiscard]] PortSet ports_of_older_hosts(std::size_t group) const {
    PortSet ports;
    for (const auto& s : stations_) {
      if (!s->is_version_3(now()) && !s->wish_for(kGroups[group]).is_nothing()) {
        ports.add(s->port);
      }
    }
    return ports;
  }

  std::string check() {
    for (std::size_t group = 0; group < kGroups.size(); ++group) {
      const PortSet of_older = ports_of_older_hosts(group);
      for (std::size_t source = 0; source < kSources.size(); ++source) {
        const PortSet wanting = wanting_ports(group, kSources[source]);
        const PortSet egress = switch_.receive(
            kSourcePort,
            udp(kGroups[group], {.source_mac = MacAddress{0x02'00'00'00'09'01}, .source = kSources[source]}));
        if (!(wanting & ~egress).empty()) {
          return wrong(group, source, "wanted on " + describe(wanting) + ", goes to " + describe(egress));
        }
        for (const PortId port : wanting | of_older) {
          last_wanted_[group][source][port] = now();
        }
        for (const PortId port : egress & ~wanting) {
          if (now() - last_wanted_[group][source][port] > scene_.longest_stay) {
            return wrong(group, source,
                         "not wanted on port " + std::to_string(port) + " since " +
                             describe(last_wanted_[group][source][port], start_) + ", and still goes there");
          }
        }
      }
    }
    return {};
  }

  void tell(const std::string& what) {
    if (story_.size() == kStoryLines) {
      story_.pop_front();
    }
    story_.push_back(describe(now(), start_) + " " + what);
  }

  [[nodiscard]] std::string wrong(std::size_t group, std::size_t source, const std::string& what) const {
    std::string text = describe(now(), start_) + " " + to_string(kSources[source]) + " to " +
                       to_string(kGroups[group]) + ": " + what + "\n";
    for (const std::string& line : story_) {
      text += line + "\n";
    }
    for (const MembershipView& membership : view().memberships) {
      text += describe(membership, start_) + "\n";
    }
    return text;
  }

  const Scene& scene_;
  Switch switch_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Station>> stations_;
  std::array<std::array<std::array<TimePoint, kPortCount>, kSources.size()>, kGroups.size()> last_wanted_{};
  TimePoint start_;
  std::deque<std::string> story_;
};

class SourcesAndHosts : public testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] const Scene& scene() const { return kScenes[GetParam()]; }

  template <typename Switch>
  void every_port_gets_what_its_hosts_want() {
    for (unsigned seed = 1; seed <= kSeeds; ++seed) {
      World<Switch> world{scene(), seed};
      ASSERT_EQ(world.walk(), "") << "seed " << seed;
      world.forget_all();
      ASSERT_EQ(world.run(scene().longest_stay + kStep), "") << "seed " << seed;
      // Nothing is left behind.
      ASSERT_EQ(world.run(2 * kMembershipInterval), "") << "seed " << seed;
      EXPECT_TRUE(world.view().memberships.empty()) << "seed " << seed;
    }
  }
};

TEST_P(SourcesAndHosts, EveryPortGetsWhatItsHostsWantAtEveryMoment) {
  every_port_gets_what_its_hosts_want<RealSwitch>();
}

TEST_P(SourcesAndHosts, TheReferenceSwitchServesThemAlike) {
  every_port_gets_what_its_hosts_want<NaiveSwitch>();
}

INSTANTIATE_TEST_SUITE_P(Scenes, SourcesAndHosts, testing::Range<std::size_t>(0, kScenes.size()),
                         [](const auto& param_info) { return kScenes[param_info.param].name; });

}  // namespace
}  // namespace mcswitch::test

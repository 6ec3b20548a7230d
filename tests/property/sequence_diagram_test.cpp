// SPDX-License-Identifier: BSD-3-Clause
//
// Two scenes that the project began with, each played by both sides: hosts (OlderHost), whose random delays
// are those that the text shows, and the engine as the router. What is on the wire comes out as the lines of
// a diagram.
//
// The sequence diagram: host 2 answers a query for two groups, leaves one, joins another one, and leaves it.
// The course text: of two hosts on one port one leaves, and the other one answers; then that one leaves as
// well.
//
// The hosts are on port 2, which is a hub; a sender is on port 5, others are on 3 and 7; all in VLAN 10.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
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
using host::HostState;
using ::testing::ElementsAre;

constexpr VlanId kVlan = 10;
constexpr PortId kHub = 2;
constexpr PortId kSender = 5;
const PortSet kAll = PortSet{0b1010'1100};
const Ipv4Address kRouter = ip("10.1.1.254");

// Time of day.
constexpr Duration at(int hours, int minutes, int seconds, int microseconds) {
  return hours * 1h + minutes * 1min + seconds * 1s + microseconds * 1us;
}

std::string clock_time(Duration time_of_day) {
  const auto us = std::chrono::floor<std::chrono::microseconds>(time_of_day).count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%06d", static_cast<int>(us / 3'600'000'000),
                static_cast<int>(us / 60'000'000 % 60), static_cast<int>(us / 1'000'000 % 60),
                static_cast<int>(us % 1'000'000));
  return text.data();
}

// Gives the delays that the text shows, one after the other.
class ShownDelays final : public host::RandomDelay {
 public:
  Duration draw(Duration max) override {
    if (shown.empty()) {
      throw std::runtime_error{"a delay is drawn that the text does not show"};
    }
    const Duration delay = shown.front();
    shown.pop_front();
    EXPECT_LE(delay, max);
    return delay;
  }
  std::deque<Duration> shown;
};

struct Station {
  Station(std::uint8_t n, std::uint8_t robustness)
      : number{n}, host{{.robustness_variable = robustness}, delays} {}
  [[nodiscard]] MacAddress mac() const { return MacAddress{0x02'00'00'00'40'00U + number}; }
  [[nodiscard]] Ipv4Address address() const { return Ipv4Address::of(10, 1, 1, number); }

  const std::uint8_t number;
  ShownDelays delays;
  OlderHost host;
};

config::Config router(std::uint8_t last_member_query_count) {
  config::Config config;
  for (std::size_t i = 0; i < 9; ++i) {
    config::Port& port = config.ports.emplace_back();
    port.name = "p" + std::to_string(i);
    port.vlan = kAll.contains(static_cast<PortId>(i)) ? kVlan : 20;
  }
  config.sw.max_groups = 100;
  config.sw.max_macs = 100;
  config.igmp.querier = true;
  config.igmp.querier_address = kRouter;
  config.igmp.intervals.version = 2;
  config.igmp.intervals.set_last_member_query_count = last_member_query_count;
  return config;
}

class Scene {
 public:
  // The switch starts at `begin`.
  Scene(const config::Config& config, Duration begin) : begin_{begin}, engine_{config} {
    start_ = engine_.now();
    for (PortId port = 0; port < config.ports.size(); ++port) {
      engine_.link(port, true);
    }
    deliver_queries();
  }

  Station& add(std::uint8_t number, std::uint8_t robustness) {
    return *stations_.emplace_back(std::make_unique<Station>(number, robustness));
  }
  void join(Station& station, Ipv4Address group) {
    send(station, station.host.join(group, engine_.now()).value());
  }
  void leave(Station& station, Ipv4Address group) {
    Bytes frame(proto::kLeaveFrameSize);
    proto::build_leave({.source_mac = station.mac(),
                        .source = station.address(),
                        .group = station.host.leave(group, engine_.now()).value().group},
                       frame);
    note(station, "leaves", group);
    receive(station, frame);
  }

  // Time passes, a millisecond or less in one step.
  void go_to(Duration time_of_day) {
    const TimePoint end = start_ + (time_of_day - begin_);
    while (engine_.now() < end) {
      TimePoint next = std::min(end, engine_.now() + 1ms);
      for (const auto& station : stations_) {
        next = std::min(next, std::max(station->host.next(), engine_.now()));
      }
      engine_.advance(next - engine_.now());
      deliver_queries();
      for (const auto& station : stations_) {
        SendReport report;
        while (station->host.on_time(engine_.now(), {&report, 1}) == 1) {
          send(*station, report);
        }
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& said() const { return said_; }
  void clear() { said_.clear(); }
  [[nodiscard]] const Bytes& last_frame() const { return last_frame_; }
  [[nodiscard]] Duration time_of_day() const { return engine_.now() - start_ + begin_; }
  [[nodiscard]] bool is_member(Ipv4Address group) const {
    return engine_.members(kVlan, group) == PortSet::of(kHub);
  }
  [[nodiscard]] Duration ends(Ipv4Address group) const {
    return engine_.ends(kVlan, group, kHub) - start_ + begin_;
  }
  // Where a datagram to the group goes, and to which MAC address it is.
  PortSet data(Ipv4Address group, std::optional<MacAddress> mac = {}) {
    return engine_.receive(
        kSender, udp(group, {.source_mac = MacAddress{0x02'00'00'00'33'05}, .destination_mac = mac}));
  }

 private:
  void note(const Station& station, const char* what, const IpAddress& group) {
    said_.push_back(clock_time(time_of_day()) + " host " + std::to_string(station.number) + " " + what + " " +
                    to_string(group));
  }
  void send(Station& from, const SendReport& report) {
    Bytes frame(proto::kReportFrameSize);
    proto::build_report({.source_mac = from.mac(),
                         .source = from.address(),
                         .group = report.group,
                         .version = report.version},
                        frame);
    note(from, "reports", report.group);
    receive(from, frame);
  }
  // A hub: the other hosts hear it as the switch does.
  void receive(const Station& from, const Bytes& frame) {
    last_frame_ = frame;
    EXPECT_EQ(engine_.receive(kHub, frame), PortSet{})
        << "no other host and no router may hear " << said_.back();
    for (const auto& station : stations_) {
      if (station.get() != &from) {
        hear(*station, frame, engine_.now());
      }
    }
    deliver_queries();
  }
  void deliver_queries() {
    for (const SentFrame& frame : engine_.sent()) {
      if (!frame.ports.contains(kHub)) {
        continue;
      }
      const SentQuery query = read_query(frame);
      said_.push_back(clock_time(query.at - start_ + begin_) + " router asks for " +
                      (query.group.is_unspecified() ? "all groups" : to_string(query.group)) + ", " +
                      std::to_string(query.code) + " tenths");
      for (const auto& station : stations_) {
        hear(*station, frame.bytes, frame.at);
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

  const Duration begin_;
  Engine engine_;
  TimePoint start_;
  std::vector<std::unique_ptr<Station>> stations_;
  std::vector<std::string> said_;
  Bytes last_frame_;
};

// --- the sequence diagram ------------------------------------------------------------------------

const Ipv4Address kStays = ip("225.10.10.10");
const Ipv4Address kLeft = ip("225.1.1.3");
const Ipv4Address kJoined = ip("225.1.1.4");
// With the low 23 bits of 225.1.1.4.
const Ipv4Address kSameMac = ip("225.129.1.4");
const MacAddress kJoinedMac = mac("01:00:5e:01:01:04");

// The diagram shows the answers and not the query. The times behind its last scene begin with
// 05:23:52.768522; one Query Interval of 125 s before that a query allows both answers, 6.99 s and 8.34 s
// later.
constexpr Duration kQuery = at(5, 23, 52, 768522) - 125s;
constexpr Duration kAnswers[] = {at(5, 21, 54, 761748), at(5, 21, 56, 111610)};
constexpr Duration kLeave = at(5, 22, 7, 221561);
constexpr Duration kJoin = at(5, 22, 7, 461496);
constexpr Duration kRepetitions[] = {at(5, 22, 10, 221472), at(5, 22, 12, 496710)};
constexpr Duration kSecondLeave = at(5, 22, 18, 681377);

// SEED-10, SEED-13, R2236-22, -50, -55, -56, -57. Our queries leave with the leaves; the router of the
// diagram sends its own 9.5 ms and 8.1 ms later. Robustness is 3 at the host, which reports a new group three
// times; the router asks once for a group that is left, so Last Member Query Count is 1.
TEST(SequenceDiagram, BothSidesSayWhatItShowsWhenItShowsIt) {
  // The third query, after two at the start, is the one before the answers.
  Scene scene{router(1), kQuery - 125s - 31250ms};
  Station& host = scene.add(2, 3);
  scene.go_to(kQuery - 60s);
  for (const Ipv4Address group : {kStays, kLeft}) {
    host.delays.shown = {1s, 1s};
    scene.join(host, group);
    scene.go_to(scene.time_of_day() + 2s);
  }
  scene.go_to(kQuery - 1s);
  scene.clear();

  host.delays.shown = {kAnswers[0] - kQuery, kAnswers[1] - kQuery};
  scene.go_to(kLeave);
  EXPECT_EQ(host.host.state(kLeft), HostState::idle_member);
  EXPECT_EQ(scene.ends(kStays), kAnswers[0] + 260s);
  EXPECT_EQ(scene.ends(kLeft), kAnswers[1] + 260s);
  EXPECT_EQ(scene.data(kLeft), PortSet::of(kHub));

  // "It gives the hosts 1 second to respond. No host responded to the query. The router stops forwarding".
  // The next group is joined meanwhile.
  scene.leave(host, kLeft);
  EXPECT_EQ(host.host.state(kLeft), HostState::non_member);
  EXPECT_EQ(scene.data(kJoined, kJoinedMac), PortSet{});
  scene.go_to(kJoin);
  host.delays.shown = {kRepetitions[0] - kJoin, kRepetitions[1] - kRepetitions[0]};
  scene.join(host, kJoined);
  EXPECT_EQ(host.host.state(kJoined), HostState::delaying_member);
  // "The destination MAC address 01:00:5e:01:01:04 is associated with the 225.1.1.4 multicast address."
  EXPECT_EQ(MacAddress::from_bytes(scene.last_frame().data()), kJoinedMac);
  EXPECT_EQ(scene.data(kJoined, kJoinedMac), PortSet::of(kHub));
  EXPECT_EQ(scene.data(kSameMac, kJoinedMac), PortSet{});
  scene.go_to(kLeave + 1s + membership::kAnswerGrace - 1ns);
  EXPECT_EQ(scene.data(kLeft), PortSet::of(kHub));
  scene.go_to(kLeave + 1s + membership::kAnswerGrace);
  EXPECT_EQ(scene.data(kLeft), PortSet{});

  scene.go_to(kRepetitions[0]);
  EXPECT_EQ(host.host.state(kJoined), HostState::delaying_member);
  scene.go_to(kRepetitions[1]);
  EXPECT_EQ(host.host.state(kJoined), HostState::idle_member);
  EXPECT_EQ(scene.ends(kJoined), kRepetitions[1] + 260s);
  scene.go_to(kSecondLeave);
  scene.leave(host, kJoined);
  EXPECT_EQ(host.host.state(kJoined), HostState::non_member);
  scene.go_to(kSecondLeave + 1s + membership::kAnswerGrace - 1ns);
  EXPECT_EQ(scene.data(kJoined, kJoinedMac), PortSet::of(kHub));
  scene.go_to(kSecondLeave + 1s + membership::kAnswerGrace);
  EXPECT_EQ(scene.data(kJoined, kJoinedMac), PortSet{});

  // Up to the next query nobody says anything more; the group that nobody left stays.
  scene.go_to(kQuery + 125s - 1ns);
  EXPECT_EQ(scene.data(kStays), PortSet::of(kHub));
  EXPECT_THAT(
      scene.said(),
      ElementsAre("05:21:47.768522 router asks for all groups, 100 tenths",
                  "05:21:54.761748 host 2 reports 225.10.10.10", "05:21:56.111610 host 2 reports 225.1.1.3",
                  "05:22:07.221561 host 2 leaves 225.1.1.3",
                  "05:22:07.221561 router asks for 225.1.1.3, 10 tenths",
                  "05:22:07.461496 host 2 reports 225.1.1.4", "05:22:10.221472 host 2 reports 225.1.1.4",
                  "05:22:12.496710 host 2 reports 225.1.1.4", "05:22:18.681377 host 2 leaves 225.1.1.4",
                  "05:22:18.681377 router asks for 225.1.1.4, 10 tenths"));
}

// --- the course text -----------------------------------------------------------------------------

// SEED-8, SEED-14, R2236-23, -30, -51, -54, -56.
TEST(CourseText, H3AnswersTheLeaveOfH2AndNobodyThatOfH3) {
  const Ipv4Address group = ip("224.1.10.10");
  const Ipv4Address other = ip("224.1.1.1");
  Scene scene{router(2), 0s};
  Station& h2 = scene.add(2, 2);
  Station& h3 = scene.add(3, 2);
  Station& h4 = scene.add(4, 2);
  scene.go_to(50s);
  h4.delays.shown = {1s};
  scene.join(h4, other);
  // H3 is a member first, and silent since H2 has reported.
  h3.delays.shown = {8s};
  scene.join(h3, group);
  scene.go_to(55s);
  h2.delays.shown = {1s};
  scene.join(h2, group);
  EXPECT_FALSE(h3.host.is_last_reporter(group));
  scene.go_to(60s);
  EXPECT_EQ(scene.data(group), PortSet::of(kHub));
  scene.clear();

  // Step 1 and step 2. H4 is asked too, and is a member of another group.
  h3.delays.shown = {400ms};
  scene.leave(h2, group);
  scene.go_to(70s);
  EXPECT_THAT(scene.said(), ElementsAre("00:01:00.000000 host 2 leaves 224.1.10.10",
                                        "00:01:00.000000 router asks for 224.1.10.10, 10 tenths",
                                        "00:01:00.400000 host 3 reports 224.1.10.10"));
  EXPECT_EQ(scene.ends(group), 60s + 400ms + 260s);
  EXPECT_EQ(scene.data(group), PortSet::of(kHub));
  EXPECT_TRUE(h3.host.is_last_reporter(group));
  scene.clear();

  // "Steps 1 and 2 will be repeated. However, no hosts will respond."
  scene.leave(h3, group);
  scene.go_to(72s + membership::kAnswerGrace - 1ns);
  EXPECT_EQ(scene.data(group), PortSet::of(kHub));
  scene.go_to(72s + membership::kAnswerGrace);
  EXPECT_EQ(scene.data(group), PortSet{});
  EXPECT_EQ(scene.data(other), PortSet::of(kHub));
  scene.go_to(100s);
  EXPECT_THAT(scene.said(), ElementsAre("00:01:10.000000 host 3 leaves 224.1.10.10",
                                        "00:01:10.000000 router asks for 224.1.10.10, 10 tenths",
                                        "00:01:11.000000 router asks for 224.1.10.10, 10 tenths"));
}

}  // namespace
}  // namespace mcswitch::test

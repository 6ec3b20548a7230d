// SPDX-License-Identifier: BSD-3-Clause
//
// A day in the life of one group: a capture of routerA (10.1.1.254) and hostA1 (10.1.1.1), rebuilt as frames
// with its times and replayed through the engine. Twice: the switch as a passive snooper between the two,
// and the switch in the router's place. The traps of the capture and of the words around it have the
// numbers SEED-1 to SEED-12.
//
// HostA1 is on port 2, the router on port 5, others on 3 and 7; all in VLAN 10. Port 8 is in VLAN 20.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <vector>

#include "support/engine.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr VlanId kVlan = 10;
constexpr PortId kHostPort = 2;
constexpr PortId kRouterPort = 5;
const PortSet kAll = PortSet{0b1010'1100};
const MacAddress kHostMac{0x00'00'0a'01'00'16};
const MacAddress kRouterMac{0x00'00'0a'01'00'01};
const Ipv4Address kHost = ip("10.1.1.1");
const Ipv4Address kRouter = ip("10.1.1.254");
const Ipv4Address kGroup = ip("225.1.2.3");
const Ipv4Address kRipRouters = ip("224.0.0.9");

// Time of day.
constexpr Duration at(int hours, int minutes, int seconds, int microseconds) {
  return hours * 1h + minutes * 1min + seconds * 1s + microseconds * 1us;
}

enum class What { report, leave, general_query, specific_query };
using enum What;

struct Row {
  Duration time;
  What what;
  bool by_router;
  Ipv4Address group;
};

const std::vector<Row> kTranscript = {
    {at(15, 56, 54, 770752), report, false, kGroup},
    {at(15, 58, 18, 509915), general_query, true, {}},
    {at(15, 58, 19, 261373), report, true, kAllRouters},
    {at(15, 58, 20, 68186), report, true, kRipRouters},
    {at(15, 58, 23, 694320), report, false, kGroup},
    {at(16, 0, 23, 604641), general_query, true, {}},
    {at(16, 0, 29, 148030), report, true, kRipRouters},
    {at(16, 0, 29, 551118), report, false, kGroup},
    {at(16, 0, 32, 982533), report, true, kAllRouters},
    {at(16, 2, 27, 889220), general_query, true, {}},
    {at(16, 2, 29, 382974), report, false, kGroup},
    {at(16, 2, 36, 428404), report, true, kRipRouters},
    {at(16, 2, 36, 630112), report, true, kAllRouters},
    {at(16, 3, 23, 474672), leave, false, kGroup},
    {at(16, 3, 23, 475077), specific_query, true, kGroup},
    {at(16, 3, 24, 483108), specific_query, true, kGroup},
};
constexpr Duration kLastReport = at(16, 2, 29, 382974);
constexpr Duration kLeave = at(16, 3, 23, 474672);
constexpr Duration kFirstSpecificQuery = at(16, 3, 23, 475077);

// As shown: queries with TOS c0 and without Router Alert, the rest with TOS 0 and Router Alert; 42 and 46
// bytes where they were captured, 60 on the wire (SEED-2, SEED-7).
Bytes frame_of(const Row& row, std::size_t pad_to = 60) {
  FrameOptions options{.source_mac = row.by_router ? kRouterMac : kHostMac,
                       .source = row.by_router ? kRouter : kHost,
                       .pad_to = pad_to};
  switch (row.what) {
    case report:
      options.tos = std::uint8_t{0};
      return v2_report(row.group, options);
    case leave:
      options.tos = std::uint8_t{0};
      return mcswitch::test::leave(row.group, options);
    case general_query:
    case specific_query:
      break;
  }
  options.tos = std::uint8_t{0xc0};
  options.router_alert = false;
  return v2_query(row.group, row.what == general_query ? 100 : 10, options);
}

config::Config snooper() {
  config::Config config;
  for (std::size_t i = 0; i < 9; ++i) {
    config::Port port;
    port.name = "p" + std::to_string(i);
    port.vlan = kAll.contains(static_cast<PortId>(i)) ? kVlan : 20;
    config.ports.push_back(port);
  }
  config.sw.max_groups = 100;
  config.sw.max_macs = 100;
  config.igmp.intervals.version = 2;
  // The capture begins with the only query for two minutes.
  config.snooping.written_hold_pruning = config::HoldPruning{.is_on = true, .queries = 1};
  return config;
}

config::Config querier() {
  config::Config config = snooper();
  config.igmp.querier = true;
  config.igmp.querier_address = kRouter;
  return config;
}

// The engine, by the time of day.
class Day {
 public:
  Day(const config::Config& config, Duration begin) : engine{config}, begin_{begin} {
    start_ = engine.now();
    for (PortId port = 0; port < config.ports.size(); ++port) {
      engine.link(port, true);
    }
  }

  [[nodiscard]] TimePoint time(Duration time_of_day) const { return start_ + (time_of_day - begin_); }
  [[nodiscard]] Duration time_of_day(TimePoint time) const { return time - start_ + begin_; }
  void go_to(Duration time_of_day) { engine.advance(time(time_of_day) - engine.now()); }

  PortSet play(const Row& row, std::size_t pad_to = 60) {
    go_to(row.time);
    return engine.receive(row.by_router ? kRouterPort : kHostPort, frame_of(row, pad_to));
  }
  // All rows up to `end` that `which` takes.
  void play_until(
      Duration end, const std::function<bool(const Row&)>& which = [](const Row&) { return true; }) {
    for (const Row& row : kTranscript) {
      if (row.time <= end && time(row.time) >= engine.now() && which(row)) {
        play(row);
      }
    }
    go_to(end);
  }

  [[nodiscard]] bool is_member() const { return engine.members(kVlan, kGroup) == PortSet::of(kHostPort); }
  [[nodiscard]] Duration ends() const { return time_of_day(engine.ends(kVlan, kGroup, kHostPort)); }
  [[nodiscard]] VlanView vlan() const { return engine.view().vlans.at(0); }
  [[nodiscard]] std::vector<SentQuery> sent() const {
    std::vector<SentQuery> queries;
    for (const SentFrame& frame : engine.sent()) {
      const SentQuery query = read_query(frame);
      if (query.vlan == kVlan) {
        queries.push_back(query);
      }
    }
    return queries;
  }
  PortSet data(PortId port, Ipv4Address group) {
    return engine.receive(port, udp(group, {.source_mac = MacAddress{0x02'00'00'00'33'00U + port}}));
  }

  Engine engine;

 private:
  Duration begin_;
  TimePoint start_;
};

bool by_host(const Row& row) { return !row.by_router; }

constexpr Duration kMorning = at(15, 50, 0, 0);

// --- (a) a passive snooper between the two -------------------------------------------------------

class Snooper : public testing::Test {
 protected:
  Day day{snooper(), kMorning};
};

// The rows of the discussion, with what becomes of each frame. Before the first query no router port is
// known, and a report goes to the ports that have not reported: a router may wait there.
TEST_F(Snooper, SendsQueriesToAllAndReportsToTheRouterOnly) {
  const PortSet others = kAll & ~PortSet::of(kRouterPort);
  for (const Row& row : kTranscript) {
    const PortSet egress = day.play(row);
    const bool is_query = row.what == general_query || row.what == specific_query;
    const bool is_first = row.time == kTranscript.front().time;
    const PortSet expected = is_query        ? others
                             : row.by_router ? PortSet{}
                             : is_first      ? kAll & ~PortSet::of(kHostPort)
                                             : PortSet::of(kRouterPort);
    EXPECT_EQ(egress, expected) << describe(day.engine.now(), day.time(0s));
  }
  EXPECT_THAT(day.sent(), IsEmpty());
}

TEST_F(Snooper, EachReportStartsTheIntervalAnew) {
  int reports = 0;
  for (const Row& row : kTranscript) {
    day.play(row);
    if (row.what == report && !row.by_router) {
      ++reports;
      EXPECT_EQ(day.ends(), row.time + 260s);
    }
    EXPECT_TRUE(day.is_member());
  }
  EXPECT_EQ(reports, 4);
}

// SEED-3: the router's reports for 224.0.0.2 and 224.0.0.9 make no entries, and nothing is pruned for them.
TEST_F(Snooper, LinkLocalReportsMakeNoEntries) {
  for (const Row& row : kTranscript) {
    day.play(row);
    EXPECT_EQ(day.engine.group_count(), 1U);
  }
  day.go_to(at(16, 4, 0, 0));
  EXPECT_EQ(day.engine.group_count(), 0U);
  EXPECT_EQ(day.data(3, kAllRouters), kAll & ~PortSet::of(3));
  EXPECT_EQ(day.data(3, kRipRouters), kAll & ~PortSet::of(3));
}

// SEED-4: 125.1 s and 124.3 s lie between the queries; router port and querier do not flicker.
TEST_F(Snooper, KnowsTheRouterFromItsFirstQueryOnAndKeepsIt) {
  day.play_until(at(15, 58, 18, 509914));
  EXPECT_THAT(day.engine.view().routers, IsEmpty());
  EXPECT_EQ(day.vlan().role, QuerierRole::off);
  Duration last_query{};
  Duration last_general{};  // by which it is the querier (RFC 9776 section 6.6.2)
  for (const Row& row : kTranscript) {
    if (row.time < at(15, 58, 18, 509915)) {
      continue;
    }
    day.go_to(row.time - 1ns);
    if (last_query != 0s) {
      EXPECT_EQ(day.vlan().role, QuerierRole::non_querier);
    }
    day.play(row);
    if (row.what == general_query || row.what == specific_query) {
      last_query = row.time;
    }
    if (row.what == general_query) {
      last_general = row.time;
    }
    const SwitchView view = day.engine.view();
    ASSERT_THAT(view.routers, SizeIs(1));
    EXPECT_EQ(view.routers[0].port, kRouterPort);
    EXPECT_EQ(view.routers[0].address, kRouter);
    EXPECT_EQ(view.routers[0].expires, day.time(last_query + 255s));
    EXPECT_EQ(view.vlans[0].querier, kRouter);
    EXPECT_EQ(view.vlans[0].querier_version, 2);
    EXPECT_EQ(view.vlans[0].querier_expires, day.time(last_general + 255s));
  }
  // Silence: 255 s after the last query both are gone.
  day.go_to(at(16, 3, 24, 483107) + 255s);
  EXPECT_THAT(day.engine.view().routers, SizeIs(1));
  day.go_to(at(16, 3, 24, 483108) + 255s);
  EXPECT_THAT(day.engine.view().routers, IsEmpty());
  EXPECT_EQ(day.vlan().role, QuerierRole::off);
}

// Held until the hosts have had ten seconds to answer the first query, then to the members alone.
TEST_F(Snooper, PrunesWhenHostsHadTimeToAnswerTheFirstQuery) {
  day.play_until(at(15, 58, 28, 559914));
  EXPECT_EQ(day.data(7, kGroup), kAll & ~PortSet::of(7));
  EXPECT_EQ(day.data(7, ip("225.1.2.4")), kAll & ~PortSet::of(7));
  day.go_to(at(15, 58, 28, 559915));
  EXPECT_EQ(day.data(7, kGroup), PortSet::of(kHostPort) | PortSet::of(kRouterPort));
  EXPECT_EQ(day.data(7, ip("225.1.2.4")), PortSet::of(kRouterPort));
  EXPECT_EQ(day.data(kHostPort, kGroup), PortSet::of(kRouterPort));
}

// The leave itself is the querier's business (RFC 2236 section 3). SEED-1: the specific query's "max resp
// time 10" is one second, so two of those after the first query the membership ends, not twenty. The
// second query does not put it off.
TEST_F(Snooper, EndsTwoSecondsAfterTheFirstSpecificQuery) {
  day.play_until(kLeave);
  EXPECT_EQ(day.ends(), kLastReport + 260s);
  day.play_until(kFirstSpecificQuery);
  EXPECT_EQ(std::chrono::floor<std::chrono::milliseconds>(day.ends()), at(16, 3, 25, 475000));
  day.play_until(at(16, 3, 24, 483108));
  EXPECT_EQ(std::chrono::floor<std::chrono::milliseconds>(day.ends()), at(16, 3, 25, 475000));
  day.go_to(kFirstSpecificQuery + 2s + membership::kAnswerGrace - 1ns);
  EXPECT_TRUE(day.is_member());
  day.go_to(kFirstSpecificQuery + 2s + membership::kAnswerGrace);
  EXPECT_FALSE(day.is_member());
  EXPECT_EQ(day.data(7, kGroup), PortSet::of(kRouterPort));
}

// What the two queries are for: there is another member on the link.
TEST_F(Snooper, KeepsTheMembershipIfSomebodyAnswersTheSpecificQuery) {
  day.play_until(at(16, 3, 24, 483108));
  const Duration answer = at(16, 3, 25, 100000);
  day.go_to(answer);
  day.engine.receive(kHostPort,
                     v2_report(kGroup, {.source_mac = MacAddress{0x00000a010017}, .source = ip("10.1.1.2")}));
  EXPECT_EQ(day.ends(), answer + 260s);
}

// Without the two queries the leave alone changes nothing.
TEST_F(Snooper, IgnoresTheLeaveWithoutTheQueries) {
  day.play_until(kLeave);
  day.go_to(kLastReport + 260s + membership::kAnswerGrace - 1ns);
  EXPECT_TRUE(day.is_member());
  day.go_to(kLastReport + 260s + membership::kAnswerGrace);
  EXPECT_FALSE(day.is_member());
}

// SEED-6: an answer 10.7 s after the query is late, and early enough: nothing ends with the Query Response
// Interval.
TEST_F(Snooper, AnAnswerLaterThanTenSecondsDoesNotMatter) {
  const Duration query = at(16, 0, 23, 604641);
  day.play_until(query);
  day.go_to(query + 10s + 700ms - 1ns);
  EXPECT_TRUE(day.is_member());
  EXPECT_EQ(day.ends(), at(15, 58, 23, 694320) + 260s);
  day.go_to(query + 10s + 700ms);
  day.engine.receive(kHostPort, frame_of({query, report, false, kGroup}));
  EXPECT_EQ(day.ends(), query + 10s + 700ms + 260s);
}

// SEED-7: the same frames as they were captured, before padding.
TEST_F(Snooper, TakesTheFramesWithoutPaddingAlike) {
  ASSERT_EQ(frame_of(kTranscript[0], 0).size(), 46U);
  ASSERT_EQ(frame_of(kTranscript[1], 0).size(), 42U);
  for (const Row& row : kTranscript) {
    day.play(row, 0);
  }
  EXPECT_EQ(day.vlan().querier, kRouter);
  EXPECT_EQ(std::chrono::floor<std::chrono::milliseconds>(day.ends()), at(16, 3, 25, 475000));
}

// SEED-8: a port has "at least one member", not a list of hosts: the second host's join is a refresh, and
// when one of the two leaves it takes the other's answer to keep the membership, whichever of them it is.
TEST_F(Snooper, AMembershipIsAtLeastOneMember) {
  const auto host = [](unsigned n) {
    return FrameOptions{.source_mac = MacAddress{0x00'00'0a'01'00'16U + n},
                        .source = Ipv4Address{kHost.bits + n}};
  };
  day.play_until(at(16, 2, 28, 0));
  day.engine.receive(kHostPort, v2_report(kGroup, host(0)));
  day.engine.receive(kHostPort, v2_report(kGroup, host(1)));
  EXPECT_THAT(day.engine.view().memberships, SizeIs(1));
  day.engine.receive(kHostPort, mcswitch::test::leave(kGroup, host(1)));
  day.engine.receive(kRouterPort, frame_of({{}, specific_query, true, kGroup}));
  day.engine.advance(500ms);
  day.engine.receive(kHostPort, v2_report(kGroup, host(0)));
  day.engine.advance(100s);
  EXPECT_TRUE(day.is_member());
}

// --- (b) in the router's place -------------------------------------------------------------------

// Started so that the third query, after the two at start, leaves when the capture shows its first.
constexpr Duration kStart = at(15, 58, 18, 509915) - 125s - 31250ms;

class OurQuerier : public testing::Test {
 protected:
  Day day{querier(), kStart};
};

// SEED-4: a foreign querier drifts, ours does not; both are within a second of one another.
TEST_F(OurQuerier, AsksWhenTheCaptureShowsIt) {
  day.play_until(at(16, 3, 0, 0), by_host);
  std::vector<Duration> shown;
  for (const Row& row : kTranscript) {
    if (row.what == general_query) {
      shown.push_back(row.time);
    }
  }
  const std::vector<SentQuery> sent = day.sent();
  // Each of the four ports is asked as it comes up, at the start; then once more, and every 125 s.
  ASSERT_THAT(sent, SizeIs(4 + 1 + shown.size()));
  EXPECT_EQ(day.time_of_day(sent[4].at), kStart + 31250ms);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const SentQuery& query = sent[5 + i];
    EXPECT_LT(std::chrono::abs(day.time_of_day(query.at) - shown[i]), 1s);
    EXPECT_EQ(query.at - sent[4 + i].at, 125s);
    EXPECT_EQ(query.ports, kAll);
    EXPECT_TRUE(query.group.is_unspecified());
    EXPECT_EQ(query.code, 100);
    EXPECT_EQ(query.source, kRouter);
  }
}

// SEED-5: the capture shows the first specific query 0.4 ms behind the leave, ours leaves with it; SEED-1:
// one second between the two, and one more for the answers.
TEST_F(OurQuerier, AnswersTheLeaveAtOnceAndPrunesTwoSecondsLater) {
  day.play_until(kLeave - 1ns, by_host);
  EXPECT_EQ(day.ends(), kLastReport + 260s);
  day.engine.clear_sent();
  day.play_until(kLeave + 2s - 1ns, by_host);
  const std::vector<SentQuery> sent = day.sent();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(day.time_of_day(sent[0].at), kLeave);
  EXPECT_EQ(day.time_of_day(sent[1].at), kLeave + 1s);
  EXPECT_LT(std::chrono::abs(day.time_of_day(sent[0].at) - kFirstSpecificQuery), 1ms);
  EXPECT_LT(std::chrono::abs(day.time_of_day(sent[1].at) - at(16, 3, 24, 483108)), 10ms);
  for (const SentQuery& query : sent) {
    EXPECT_EQ(query.group, kGroup);
    EXPECT_EQ(query.code, 10);
    EXPECT_EQ(query.ports, PortSet::of(kHostPort));
    EXPECT_EQ(query.source, kRouter);
  }
  EXPECT_TRUE(day.is_member());
  day.go_to(kLeave + 2s + membership::kAnswerGrace);
  EXPECT_FALSE(day.is_member());
  EXPECT_EQ(day.data(7, kGroup), PortSet{});
  day.go_to(kLeave + 60s);
  EXPECT_THAT(day.sent(), SizeIs(2));
}

// The frame on the wire, byte by byte: what the capture shows of a specific query, with Router Alert, which
// RFC 2236 section 2 wants and that router left out (SEED-2).
TEST_F(OurQuerier, SendsTheFrameThatTheCaptureShows) {
  day.play_until(kLeave, by_host);
  const SentFrame& frame = day.engine.sent().back();
  ASSERT_EQ(frame.bytes.size(), 60U);
  const Bytes shown = v2_query(kGroup, 10, {.source_mac = kSwitchMac, .source = kRouter, .tos = 0xc0});
  for (std::size_t i = 0; i < 60; ++i) {
    // Identification, Don't Fragment and the checksum over them are each sender's own.
    if ((i < 18 || i > 21) && i != 24 && i != 25) {
      EXPECT_EQ(frame.bytes[i], shown[i]) << "byte " << i;
    }
  }
}

// R2236-16: an equal address is no lower one.
TEST_F(OurQuerier, StaysQuerierThoughTheRouterOfTheSameAddressIsHeard) {
  day.play_until(at(16, 1, 0, 0));
  EXPECT_EQ(day.vlan().role, QuerierRole::querier);
  EXPECT_EQ(day.vlan().querier, kRouter);
}

}  // namespace
}  // namespace mcswitch::test

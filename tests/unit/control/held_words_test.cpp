// SPDX-License-Identifier: BSD-3-Clause
//
// The words that workers forward by while pruning is held, and how often ports are asked meanwhile.
// Robustness Variable 2, unless it says otherwise; VLAN 3 has the ports from 6 on.

#include "config/restart_cost.hpp"
#include "unit/control/bench.hpp"

namespace mcswitch::control {
namespace {

using config::HoldPruning;
using config::Unregistered;

constexpr Duration kGrace = membership::kAnswerGrace;

struct Words {
  PortSet registered, unregistered;
  friend bool operator==(const Words&, const Words&) = default;
};

std::ostream& operator<<(std::ostream& out, const Words& w) {
  return out << std::hex << "registered " << w.registered.bits() << " unregistered " << w.unregistered.bits();
}

Words words(const Bench& bench) {
  return {bench.vlans[kVlan].registered.load(), bench.vlans[kVlan].unregistered.load()};
}

// Version 2 and older reports, and where they go besides unless a port has reported; version 3 reports.
struct ReportWords {
  PortSet older, if_silent, v3;
  friend bool operator==(const ReportWords&, const ReportWords&) = default;
};

std::ostream& operator<<(std::ostream& out, const ReportWords& w) {
  return out << std::hex << "older " << w.older.bits() << " if silent " << w.if_silent.bits() << " v3 "
             << w.v3.bits();
}

ReportWords report_words(const Bench& bench) {
  const table::VlanForwarding& f = bench.vlans[kVlan];
  return {f.reports.load(), f.reports_if_silent.load(), f.reports_v3.load()};
}

config::Config holding(config::Config config) {
  config.snooping.unregistered = Unregistered::automatic;
  return config;
}
config::Config passive() { return holding(passive_config()); }
config::Config active() { return holding(bench_config()); }

// Each comes when the last one is over, so that it counts. One that leaves no time gives the configured one.
void queries(Bench& bench, int count, Duration response = 4s) {
  for (int n = 0; n < count; ++n) {
    bench.advance(n == 0 ? 0s : (response > 0s ? response : 10s) + kGrace);
    bench.query(3, kLow, response);
  }
}

const PortSet kNone;
const PortSet k3 = PortSet::of(3);

TEST(HeldWords, WithoutAQuerierEverythingIsFlooded) {
  Bench bench{passive()};
  bench.advance(1000s);
  EXPECT_EQ(words(bench), (Words{kAll, kAll}));
  EXPECT_TRUE(bench.core.snapshot()->vlans[1].held);
}

// The response time is the one that the querier has given. R9776 8.14.1: one lost answer costs nothing.
TEST(HeldWords, PruningBeginsWhenAnotherQuerierHasAskedRobustnessVariableTimes) {
  Bench bench{passive()};
  bench.query(3, kLow, 4s);
  bench.advance(125s);
  EXPECT_EQ(words(bench), (Words{kAll, kAll}));
  EXPECT_TRUE(bench.core.snapshot()->vlans[1].held);
  bench.query(3, kLow, 4s);
  bench.advance(4s + kGrace - 1ns);
  EXPECT_EQ(words(bench), (Words{kAll, kAll}));
  bench.advance(1ns);
  EXPECT_EQ(words(bench), (Words{k3, k3}));
  EXPECT_FALSE(bench.core.snapshot()->vlans[1].held);
  EXPECT_TRUE(bench.core.snapshot()->vlans[0].held);  // VLAN 3 has heard no querier
}

TEST(HeldWords, PruningBeginsAfterOurStartupQueries) {
  config::Config config = active();
  config.igmp.intervals.set_startup_query_count = 3;
  config.igmp.intervals.set_startup_query_interval = 20s;
  Bench bench{config};
  bench.advance(40s + 10s + kGrace - 1ns);
  EXPECT_EQ(words(bench), (Words{kAll, kAll}));
  bench.advance(1ns);
  EXPECT_EQ(words(bench), (Words{kNone, kNone}));
}

// RFC 9776 section 4.1.1 has 0 as a code; the configured response interval counts.
TEST(HeldWords, AQueryThatLeavesNoTimeGivesTheConfiguredOne) {
  Bench bench{passive()};
  queries(bench, 2, 0s);
  bench.advance(10s + kGrace - 1ns);
  EXPECT_EQ(words(bench), (Words{kAll, kAll}));
  bench.advance(1ns);
  EXPECT_EQ(words(bench), (Words{k3, k3}));
}

// RFC 2236 section 4: a version 1 query's 0 means ten seconds, whatever is configured.
TEST(HeldWords, InVersion1ModeHostsHaveTenSeconds) {
  config::Config config = active();
  config.igmp.intervals.version = 1;
  config.igmp.intervals.query_response_interval = 2s;
  config.snooping.written_hold_pruning = HoldPruning{.is_on = true, .queries = 1};
  Bench bench{config};
  bench.advance(10s + kGrace - 1ns);
  EXPECT_EQ(words(bench).registered, kAll);
  bench.advance(1ns);
  EXPECT_EQ(words(bench).registered, kNone);
}

TEST(HeldWords, WhenTheQuerierGoesEverythingIsFloodedAgain) {
  Bench bench{passive()};
  queries(bench, 2);
  bench.advance(255s - 1ns);
  EXPECT_EQ(words(bench).unregistered, k3);
  bench.advance(1ns);
  EXPECT_EQ(words(bench), (Words{kAll, kAll}));
}

TEST(HeldWords, WhenWeTakeOverFromTheOtherNothingIsHeld) {
  Bench bench{active()};
  queries(bench, 2);
  bench.advance(20s);
  EXPECT_EQ(words(bench).unregistered, k3);
  bench.advance(300s);
  ASSERT_EQ(bench.querier().role, membership::Role::querier);
  EXPECT_EQ(words(bench).unregistered, kNone);
}

// RFC 9776 section 5.2: hosts that wait with their answer to the first one give it for both.
TEST(HeldWords, AQueryThatComesBeforeTheLastOneIsOverReleasesNothing) {
  Bench bench{passive()};
  bench.query(3, kLow, 4s);
  bench.advance(4s + kGrace - 1ns);
  bench.query(3, kLow, 4s);
  bench.advance(100s);
  EXPECT_EQ(words(bench).registered, kAll);
  bench.query(3, kLow, 4s);
  bench.advance(4s + kGrace);
  EXPECT_EQ(words(bench).registered, k3);
}

TEST(HeldWords, APortThatComesUpIsFloodedUntilItHasBeenAskedAsOften) {
  Bench bench{passive()};
  queries(bench, 2);
  bench.advance(30s);
  bench.core.on_link(5, false, bench.clock.now());
  bench.core.on_link(5, true, bench.clock.now());
  EXPECT_EQ(words(bench), (Words{ports({3, 5}), ports({3, 5})}));
  bench.query(3, kLow, 4s);
  bench.advance(60s);
  EXPECT_EQ(words(bench).registered, ports({3, 5}));
  bench.query(3, kLow, 4s);
  bench.advance(4s + kGrace);
  EXPECT_EQ(words(bench), (Words{k3, k3}));
}

TEST(HeldWords, ASpecificQueryDoesNotReleaseAPort) {
  Bench bench{passive()};
  for (int n = 0; n < 5; ++n) {
    bench.query(3, kLow, 1s, ip("239.1.1.1"));
  }
  bench.advance(100s);
  EXPECT_EQ(words(bench).registered, kAll);
}

// RFC 2236 sections 8.6 and 8.7; what is behind the port may not hear the first query.
TEST(HeldWords, AsQuerierAPortThatComesUpIsAskedStartupQueryCountTimes) {
  Bench bench{active()};
  bench.advance(50s);
  ASSERT_EQ(words(bench).registered, kNone);
  bench.core.on_link(5, false, bench.clock.now());
  bench.advance(1s);
  bench.sink.sent.clear();
  const TimePoint up = bench.clock.now();
  bench.core.on_link(5, true, up);
  bench.advance(31250ms + 10s + kGrace - 1ns);
  EXPECT_EQ(words(bench).registered, ports({5}));
  bench.advance(1ns);
  EXPECT_EQ(words(bench).registered, kNone);
  ASSERT_EQ(bench.sink.sent.size(), 2U);
  for (const Sent& query : bench.sink.sent) {
    EXPECT_EQ(query.ports, ports({5}));
  }
  EXPECT_EQ(bench.sink.sent[1].at - bench.sink.sent[0].at, 31250ms);
}

TEST(HeldWords, AQueryToAllPortsIsOneOfThoseThatANewPortGets) {
  Bench bench{active()};
  bench.advance(140s);  // 16 s before the next query to all
  bench.core.on_link(5, false, bench.clock.now());
  bench.core.on_link(5, true, bench.clock.now());
  bench.sink.sent.clear();
  bench.advance(100s);
  std::erase_if(bench.sink.sent, [](const Sent& query) { return query.vlan != kVlan; });
  ASSERT_EQ(bench.sink.sent.size(), 1U);
  EXPECT_EQ(bench.sink.sent[0].ports, kAll);
}

TEST(HeldWords, WithAnyOtherPolicyNothingIsHeldUnlessItIsConfigured) {
  for (const Unregistered policy : {Unregistered::flood, Unregistered::router_ports, Unregistered::drop}) {
    config::Config config = passive();
    config.snooping.unregistered = policy;
    Bench bench{config};
    EXPECT_EQ(words(bench).registered, kNone);
    EXPECT_FALSE(bench.core.snapshot()->vlans[1].held);
    config.snooping.written_hold_pruning = HoldPruning{.is_on = true, .queries = {}};
    Bench held{config};
    EXPECT_EQ(words(held), (Words{kAll, kAll}));
    EXPECT_TRUE(held.core.snapshot()->vlans[1].held);
  }
}

TEST(HeldWords, TheConfigurationSaysAfterHowManyQueries) {
  config::Config config = passive();
  config.snooping.written_hold_pruning = HoldPruning{.is_on = true, .queries = 5};
  Bench bench{config};
  queries(bench, 4);
  bench.advance(10s);
  EXPECT_EQ(words(bench).registered, kAll);
  queries(bench, 1);
  bench.advance(5s);
  EXPECT_EQ(words(bench).registered, k3);

  config.snooping.written_hold_pruning = HoldPruning{.is_on = false, .queries = {}};
  Bench never{config};
  EXPECT_EQ(words(never), (Words{kNone, kNone}));
}

// --- how long a restart floods (config/restart_cost.hpp) ----------------------------------------------

// How long everything is flooded if another querier asks for the first time at `first`, and every query
// interval from then on; kNever: there is none.
Duration flooded(const config::Config& config, Duration first) {
  Bench bench{config};
  const TimePoint start = bench.clock.now();
  const Duration interval = config.igmp.intervals.query_interval;
  Duration at = first;
  while (words(bench).registered == kAll) {
    const Duration now = bench.clock.now() - start;
    const Duration step = std::min<Duration>(50ms, at - now);
    bench.advance(step);
    if (now + step == at) {
      bench.query(3, kLow, config.igmp.intervals.query_response_interval);
      at += interval;
    }
    if (now > 100 * interval) {
      ADD_FAILURE() << "for ever";
      break;
    }
  }
  return bench.clock.now() - start;
}

// Whenever another querier comes, or if none does: never longer than is foretold, and so long at worst.
TEST(HeldWords, AreHeldNoLongerThanTheCheckForetells) {
  struct Case {
    bool querier;
    std::uint8_t startup_count, robustness;
    std::optional<std::uint8_t> queries;
    Duration response = 2s;
  };
  for (const Case& c :
       {Case{true, 2, 2, {}}, Case{true, 4, 2, {}}, Case{true, 2, 4, {}}, Case{true, 2, 2, 1},
        Case{true, 2, 3, 5}, Case{false, 2, 2, {}}, Case{false, 2, 3, {}}, Case{false, 2, 2, 1},
        // Startup queries are 5 s apart, and come while hosts still have time for the last one.
        Case{true, 2, 2, {}, 10s}, Case{true, 3, 2, {}, 8s}, Case{true, 2, 3, 4, 10s},
        Case{true, 5, 2, 7, 9s}, Case{false, 2, 2, {}, 10s}}) {
    config::Config config = c.querier ? active() : passive();
    config.igmp.intervals.query_interval = 20s;
    config.igmp.intervals.query_response_interval = c.response;
    config.igmp.intervals.robustness_variable = c.robustness;
    config.igmp.intervals.set_startup_query_count = c.startup_count;
    config.snooping.written_hold_pruning = HoldPruning{.is_on = true, .queries = c.queries};
    const config::RestartCost foretold = config::restart_cost(config.snooping, config.igmp);
    Duration longest{};
    for (Duration first = 100ms; first <= 20s; first += 450ms) {
      longest = std::max(longest, flooded(config, first));
    }
    if (c.querier) {
      const Duration alone = flooded(config, 1000s);
      EXPECT_GE(alone, foretold.flooded);
      EXPECT_LE(alone, foretold.flooded + 50ms);
      longest = std::max(longest, alone);
    }
    EXPECT_LE(longest, foretold.flooded_if_taken_over + 50ms);
    EXPECT_GE(longest, foretold.flooded_if_taken_over - 1s)
        << "ours " << int{c.startup_count} << " others " << int{c.robustness};
  }
}

// --- reports before a router is known (row 3a) ---------------------------------------------------------

TEST(HeldReports, GoToAllWhileNobodyAsksAndToSilentPortsOnlyIfTheyCanSuppress) {
  Bench bench{passive()};
  EXPECT_EQ(report_words(bench), (ReportWords{kNone, kAll, kAll}));
  bench.query(3, kLow, 4s);
  EXPECT_EQ(report_words(bench), (ReportWords{k3, kNone, k3})) << "a router is known, pruning is held";
}

TEST(HeldReports, OfVersion3GoToAllWhileWeAskAndKnowNoRouter) {
  Bench bench{active()};
  EXPECT_EQ(report_words(bench), (ReportWords{kNone, kNone, kAll}));
  bench.advance(45s);
  EXPECT_EQ(report_words(bench), (ReportWords{kNone, kNone, kNone})) << "nothing is held any more";
}

TEST(HeldReports, OfAProxyAreItsOwn) {
  config::Config config = passive();
  config.igmp.report_mode = config::ReportMode::proxy;
  Bench bench{config};
  EXPECT_EQ(report_words(bench), (ReportWords{kNone, kNone, kNone}));
}

TEST(HeldReports, APortThatLosesItsLinkHasNotReported) {
  Bench bench{passive()};
  bench.tables.reporting.add(2);
  bench.tables.reporting.add(4);
  bench.core.on_link(4, false, bench.clock.now());
  EXPECT_EQ(bench.tables.reporting.load(), PortSet::of(2));
}

}  // namespace
}  // namespace mcswitch::control

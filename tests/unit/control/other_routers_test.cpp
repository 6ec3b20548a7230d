// SPDX-License-Identifier: BSD-3-Clause
//
// Routers that are not the querier: they ignore leaves, and a group ends for them after the querier's queries
// about it (RFC 2236 section 3). So they hear those if nobody else could answer.

#include "unit/control/bench.hpp"
#include "unit/control/source_lab.hpp"

namespace mcswitch::control {
namespace {

using enum RecordType;

// A router behind port 5 has lost the election to us.
config::Config with_router(config::Config config = bench_config()) {
  config.ports[5].multicast_router = config::MulticastRouter::always;
  return config;
}

// S-F1-27.
TEST(OtherRouters, HearTheQueriesAboutTheLastMemberOfAll) {
  Bench bench{with_router()};
  bench.query(4, kHigh);  // another one, known by its query
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(5s);
  ASSERT_EQ(bench.asked(kGroup).size(), 2U);
  for (const Sent& query : bench.asked(kGroup)) {
    EXPECT_EQ(query.ports, ports({2, 4, 5}));
    EXPECT_EQ(query.source, kOwn);
  }
  EXPECT_EQ(bench.counter(ControlCounter::specific_queries_sent), 2U) << "one for all ports";
}

// S-F1-28: these are not asked, and the router would take their silence for the end of the group.
TEST(OtherRouters, AreNotAskedWhileAnotherPortHasMembers) {
  Bench bench{with_router()};
  bench.join(2, kGroup);
  bench.join(3, kGroup);
  bench.leave(2, kGroup);
  bench.advance(500ms);
  bench.leave(3, kGroup);  // of two ports that are being asked each is a member still
  bench.advance(200ms);
  EXPECT_EQ(bench.asked(kGroup).at(0).ports, ports({2}));
  EXPECT_EQ(bench.asked(kGroup).at(1).ports, ports({3}));
  bench.advance(10s);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

TEST(OtherRouters, HearTheQueriesThatAreLeftWhenTheOtherPortHasGone) {
  Bench bench{with_router()};
  bench.join(2, kGroup);
  bench.join(3, kGroup);
  bench.leave(2, kGroup);
  bench.advance(1500ms);
  bench.leave(3, kGroup);
  bench.advance(10s);
  ASSERT_EQ(bench.asked(kGroup).size(), 4U);
  EXPECT_EQ(bench.asked(kGroup)[2].ports, ports({3}));
  EXPECT_EQ(bench.asked(kGroup)[3].ports, ports({3, 5}));
}

TEST(OtherRouters, WithoutLinkAreNotAsked) {
  Bench bench{with_router()};
  bench.core.on_link(5, false, bench.clock.now());
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  EXPECT_EQ(bench.asked(kGroup).at(0).ports, ports({2}));
}

// It tells its routers itself what is wanted, and they hear no answers of hosts.
TEST(OtherRouters, OfAProxyAreNotAsked) {
  config::Config config = with_router();
  config.igmp.report_mode = config::ReportMode::proxy;
  config.igmp.proxy_address = ip("10.0.0.21");
  SourceLab lab{config};
  lab.v2_report(2);
  lab.clear();
  lab.leave(2);
  EXPECT_EQ(lab.asked().size(), 1U);  // which looks that it leaves by one port
}

// --- sources ----------------------------------------------------------------------------------------

struct Question {
  PortSet ports;
  std::size_t sources = 0;
  friend bool operator==(const Question&, const Question&) = default;
};

std::vector<Question> questions(const SourceLab& lab) {
  std::vector<Question> list;
  for (const test::SentFrame& frame : lab.engine.sent()) {
    if (const test::SentQuery query = test::read_query(frame); !query.group.is_unspecified()) {
      list.push_back({query.ports, query.sources.size()});
    }
  }
  return list;
}

TEST(OtherRouters, HearTheQueriesAboutSourcesThatOnePortAloneWanted) {
  SourceLab lab{with_router(lab_config())};
  lab.record(2, mode_is_include, {kA, kB});
  lab.record(2, block_old_sources, {kA});
  EXPECT_EQ(questions(lab), (std::vector<Question>{{ports({2, 5}), 1}}));
}

// Each of these wants the group, whatever its sources.
TEST(OtherRouters, AreNotAskedAboutSourcesWhileAnotherPortWantsAnythingOfTheGroup) {
  for (const bool wants_any : {true, false}) {
    SourceLab lab{with_router(lab_config())};
    lab.record(2, mode_is_include, {kA});
    lab.record(3, wants_any ? mode_is_exclude : mode_is_include, wants_any ? List{} : List{kB}, kHostTwo);
    lab.record(2, block_old_sources, {kA});
    EXPECT_EQ(questions(lab), (std::vector<Question>{{ports({2}), 1}}));
  }
}

TEST(OtherRouters, AreNotAskedAboutAGroupWhileAnotherPortWantsASourceOfIt) {
  SourceLab lab{with_router(lab_config())};
  lab.record(2, mode_is_exclude);
  lab.record(3, mode_is_include, {kB}, kHostTwo);
  lab.record(2, change_to_include_mode);
  EXPECT_EQ(questions(lab), (std::vector<Question>{{ports({2}), 0}}));
}

}  // namespace
}  // namespace mcswitch::control

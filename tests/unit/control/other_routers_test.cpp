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

// --- fast leave: nobody is asked -------------------------------------------------------------------------

config::Config with_fast_ports(config::Config config) {
  config.ports[2].fast_leave = true;
  config.ports[3].fast_leave = true;
  return config;
}

TEST(OtherRouters, HearOfTheEndByFastLeave) {
  Bench bench{with_fast_ports(with_router())};
  bench.query(4, kHigh);
  bench.join(2, kGroup);
  bench.leave(2, kGroup);
  bench.advance(5s);
  EXPECT_TRUE(bench.members(kGroup).empty());
  ASSERT_EQ(bench.asked(kGroup).size(), 1U);
  EXPECT_EQ(bench.asked(kGroup)[0].ports, ports({4, 5}));
  EXPECT_EQ(bench.asked(kGroup)[0].source, kOwn);
  EXPECT_EQ(bench.asked(kGroup)[0].code, 10);
}

TEST(OtherRouters, HearOfTheEndByFastLeaveOfTheLastPortAlone) {
  Bench bench{with_fast_ports(with_router())};
  bench.join(2, kGroup);
  bench.join(3, kGroup);
  bench.leave(2, kGroup);
  EXPECT_TRUE(bench.asked(kGroup).empty()) << "their silence would be taken for the end";
  bench.leave(3, kGroup);
  ASSERT_EQ(bench.asked(kGroup).size(), 1U);
  EXPECT_EQ(bench.asked(kGroup)[0].ports, ports({5}));
}

// A report that comes behind the leave: it is no end.
TEST(OtherRouters, AreNotAskedWhenTheLeaveIsVoid) {
  Bench bench{with_fast_ports(with_router())};
  bench.join(2, kGroup);
  const table::LeaveMessage leave = bench.leave_message(2, kGroup);
  bench.join(2, kGroup);
  bench.core.on_message(leave, bench.clock.now());
  EXPECT_TRUE(bench.asked(kGroup).empty());
}

// The querier hears the leave, and asks; what we say would not count.
TEST(OtherRouters, AreNotAskedByFastLeaveWhileAnotherIsQuerierOrNobodyIs) {
  Bench other{with_fast_ports(with_router())};
  other.query(4, kLow);
  other.join(2, kGroup);
  other.leave(2, kGroup);
  EXPECT_FALSE(other.is_member(2, kGroup));
  EXPECT_TRUE(other.asked(kGroup).empty());

  Bench none{with_fast_ports(with_router(passive_config()))};
  none.join(2, kGroup);
  none.leave(2, kGroup);
  EXPECT_FALSE(none.is_member(2, kGroup));
  EXPECT_TRUE(none.asked(kGroup).empty());
}

TEST(OtherRouters, OfAProxyAreNotAskedByFastLeave) {
  config::Config config = with_fast_ports(with_router());
  config.igmp.report_mode = config::ReportMode::proxy;
  config.igmp.proxy_address = ip("10.0.0.21");
  SourceLab lab{config};
  lab.v2_report(2);
  lab.clear();
  lab.leave(2);
  EXPECT_TRUE(lab.asked().empty());
}

// What was behind the port may be back in a moment, and is flooded to until it has been asked.
TEST(OtherRouters, AreNotAskedWhenTheLinkOfTheLastMemberIsLost) {
  Bench bench{with_fast_ports(with_router())};
  bench.join(2, kGroup);
  bench.core.on_link(2, false, bench.clock.now());
  bench.advance(5s);
  EXPECT_TRUE(bench.members(kGroup).empty());
  EXPECT_TRUE(bench.asked(kGroup).empty());
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

// The end of a source, of a whole INCLUDE list, and of mode EXCLUDE with its sources.
TEST(OtherRouters, HearOfSourcesThatEndByFastLeave) {
  SourceLab lab{with_fast_ports(with_router(lab_config()))};
  lab.record(2, mode_is_include, {kA, kB, kC});
  lab.record(2, block_old_sources, {kA});
  EXPECT_EQ(lab.gets(2), "BC");
  EXPECT_EQ(questions(lab), (std::vector<Question>{{ports({5}), 1}}));
  lab.clear();
  lab.record(2, change_to_include_mode);
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_EQ(questions(lab), (std::vector<Question>{{ports({5}), 2}}));
  lab.clear();
  lab.record(2, mode_is_exclude);
  lab.record(2, allow_new_sources, {kA});
  lab.record(2, change_to_include_mode);
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_EQ(questions(lab), (std::vector<Question>{{ports({5}), 1}, {ports({5}), 0}}));
}

TEST(OtherRouters, AreNotAskedAboutASourceThatEndsByFastLeaveWhileAnotherPortWantsAnythingOfTheGroup) {
  SourceLab lab{with_fast_ports(with_router(lab_config()))};
  lab.record(2, mode_is_include, {kA});
  lab.record(4, mode_is_include, {kB}, kHostTwo);
  lab.record(2, block_old_sources, {kA});
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_TRUE(questions(lab).empty());
}

// Version 2 has no word for sources. In an SSM range nobody would answer for the group.
TEST(OtherRouters, OfAVersion2QuerierHearAboutTheGroupWhenItsSourcesEndByFastLeave) {
  for (const bool is_ssm : {false, true}) {
    config::Config config = with_fast_ports(with_router(lab_config()));
    config.igmp.intervals.version = 2;
    if (is_ssm) {
      config.igmp.ssm_range = {{ip("239.1.0.0"), 16}};
    }
    SourceLab lab{config};
    lab.record(2, mode_is_include, {kA});
    lab.record(2, block_old_sources, {kA});
    EXPECT_EQ(lab.gets(2), "");
    EXPECT_EQ(questions(lab), is_ssm ? std::vector<Question>{} : (std::vector<Question>{{ports({5}), 0}}));
  }
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

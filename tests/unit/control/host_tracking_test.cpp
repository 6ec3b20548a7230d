// SPDX-License-Identifier: BSD-3-Clause
//
// Host tracking and what it makes safe: fast leave where several hosts share a port.

#include "unit/control/source_lab.hpp"

namespace mcswitch::control {
namespace {

using enum RecordType;

config::Config fast_config() {
  config::Config config = lab_config();
  config.ports[2].fast_leave = true;
  return config;
}

TEST(FastLeaveOfVersion3, TheFirstOfTwoHostsIsAskedForAndTheLastIsPrunedAtOnce) {
  SourceLab lab{fast_config()};
  lab.record(2, mode_is_exclude, {}, kHostOne);
  lab.record(2, mode_is_exclude, {}, kHostTwo);
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_include_mode, {}, kHostOne);
  EXPECT_EQ(lab.asked().size(), 1U);
  lab.advance(500ms);
  lab.record(2, mode_is_exclude, {}, kHostTwo);  // its answer
  lab.advance(5s);
  EXPECT_EQ(lab.gets(2), "ABCD");
  lab.clear();
  lab.record(2, change_to_include_mode, {}, kHostTwo);
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_TRUE(lab.asked().empty());
  EXPECT_EQ(lab.counter(ControlCounter::leaves_fast), 1U);
}

// The same where the one that leaves first has reported last.
TEST(FastLeaveOfVersion3, TheLatestOfTwoHostsIsAskedForAndTheOtherIsPrunedAtOnce) {
  SourceLab lab{fast_config()};
  lab.record(2, mode_is_exclude, {}, kHostOne);
  lab.record(2, mode_is_exclude, {}, kHostTwo);
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_include_mode, {}, kHostTwo);
  EXPECT_EQ(lab.asked().size(), 1U);
  lab.advance(500ms);
  lab.record(2, mode_is_exclude, {}, kHostOne);  // its answer
  lab.advance(5s);
  EXPECT_EQ(lab.gets(2), "ABCD");
  lab.clear();
  lab.record(2, change_to_include_mode, {}, kHostOne);
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_TRUE(lab.asked().empty());
}

// A host of another group on the same port is no reason to ask.
TEST(FastLeaveOfVersion3, AHostOfAnotherGroupDoesNotCount) {
  SourceLab lab{fast_config()};
  lab.record(2, mode_is_exclude, {}, kHostOne);
  lab.record(2, mode_is_exclude, {}, kHostTwo, kSameMac);
  lab.clear();
  lab.record(2, change_to_include_mode, {}, kHostOne);
  EXPECT_EQ(lab.gets(2), "");
  EXPECT_TRUE(lab.asked().empty());
}

TEST(FastLeaveOfVersion3, BlockEndsASourceAtOnceIfNobodyElseWantsIt) {
  SourceLab lab{fast_config()};
  lab.record(2, mode_is_include, {kA, kB}, kHostOne);
  lab.record(2, mode_is_include, {kB, kC}, kHostTwo);
  lab.advance(1s);
  lab.clear();
  lab.record(2, block_old_sources, {kA, kB}, kHostOne);
  EXPECT_EQ(lab.gets(2), "BC") << "A at once, B is asked for";
  ASSERT_EQ(lab.asked().size(), 1U);
  EXPECT_EQ(lab.asked()[0].sources, List{kB});
  EXPECT_EQ(lab.counter(ControlCounter::sources_ended_fast), 1U);
}

// One host behind an unmanaged switch heard the other's report and kept silent (RFC 2236 section 3): its MAC
// address has been seen nevertheless.
TEST(FastLeaveOfVersion2, ASuppressedReportIsNoReasonToPruneItsHost) {
  SourceLab lab{fast_config()};
  lab.v2_report(2, kHostOne);
  lab.engine.receive(2, test::arp_request(ip("10.0.0.1"), {.source_mac = kHostTwo}));
  lab.advance(1s);
  lab.clear();
  lab.leave(2, kHostOne);
  EXPECT_EQ(lab.gets(2), "ABCD");
  EXPECT_EQ(lab.asked().size(), 1U);
}

// A version 3 host may keep silent too where a version 2 host reports (RFC 9776 section 7.2.2).
TEST(FastLeaveOfVersion3, IsNotSafeWhileAnOlderHostIsThere) {
  SourceLab lab{fast_config()};
  lab.v2_report(2, kHostTwo);
  lab.record(2, mode_is_exclude, {}, kHostOne);
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_include_mode, {}, kHostOne);
  EXPECT_EQ(lab.gets(2), "ABCD");
  EXPECT_EQ(lab.asked().size(), 1U);
}

// S-F1-18.
TEST(FastLeaveOfVersion3, HostsBehindARepeaterDifferByTheirIpAddress) {
  SourceLab lab{fast_config()};
  const auto report = [&](RecordType type, const char* address) {
    lab.engine.receive(2, test::v3_report({{.type = static_cast<std::uint8_t>(type), .group = kGroup}},
                                          {.source_mac = kHostOne, .source = ip(address)}));
  };
  report(change_to_exclude_mode, "10.0.0.31");
  report(change_to_exclude_mode, "10.0.0.32");
  lab.advance(1s);
  lab.clear();
  report(change_to_include_mode, "10.0.0.31");
  EXPECT_EQ(lab.asked().size(), 1U);
  EXPECT_EQ(lab.gets(2), "ABCD");
  lab.advance(500ms);
  report(mode_is_exclude, "10.0.0.32");
  lab.advance(5s);
  EXPECT_EQ(lab.gets(2), "ABCD");
  report(change_to_include_mode, "10.0.0.32");
  EXPECT_EQ(lab.gets(2), "") << "it was the only one left";
}

// The same with version 2, whose hosts are not tracked for this: the leave of either is asked about.
TEST(FastLeaveOfVersion2, HostsBehindARepeaterAreAskedFor) {
  for (const char* leaver : {"10.0.0.31", "10.0.0.32"}) {
    SourceLab lab{fast_config()};
    lab.engine.receive(2, test::v2_report(kGroup, {.source_mac = kHostOne, .source = ip("10.0.0.31")}));
    lab.clear();
    // The other one has never reported: its reports were suppressed. The leave shows that it is there.
    lab.engine.receive(2, test::leave(kGroup, {.source_mac = kHostOne, .source = ip(leaver)}));
    EXPECT_EQ(lab.gets(2), leaver == std::string{"10.0.0.31"} ? "" : "ABCD") << leaver;
  }
}

TEST(FastLeaveOfVersion3, WithoutTrackingSeveralHostsOnThePortAreAReasonToAsk) {
  config::Config config = fast_config();
  config.igmp.host_tracking = false;
  SourceLab lab{config};
  lab.record(2, mode_is_exclude, {}, kHostOne);
  lab.record(2, mode_is_exclude, {}, kHostTwo, kSameMac);
  lab.clear();
  lab.record(2, change_to_include_mode, {}, kHostOne);
  EXPECT_EQ(lab.gets(2), "ABCD");
  EXPECT_EQ(lab.asked().size(), 1U);
}

TEST(FastLeaveOfVersion3, AHostThatCameBackIsKnownAgain) {
  SourceLab lab{fast_config()};
  lab.record(2, mode_is_exclude, {}, kHostOne);
  lab.record(2, mode_is_exclude, {}, kHostTwo);
  lab.advance(1s);
  lab.record(2, change_to_include_mode, {}, kHostTwo);
  lab.advance(100ms);
  lab.record(2, mode_is_exclude, {}, kHostTwo);
  lab.advance(1s);
  lab.record(2, change_to_include_mode, {}, kHostOne);
  EXPECT_EQ(lab.gets(2), "ABCD") << "host two is a member";
}

TEST(FastLeaveOfVersion3, PrunesWithAnotherQuerierToo) {
  config::Config config = passive_lab_config();
  config.ports[2].fast_leave = true;
  SourceLab lab{config};
  lab.engine.receive(5, test::v3_query({}, {.source = ip("10.0.0.1")}));
  lab.record(2, mode_is_include, {kA}, kHostOne);
  lab.record(2, mode_is_include, {kB}, kHostTwo);
  lab.record(2, block_old_sources, {kA}, kHostOne);
  EXPECT_EQ(lab.gets(2), "B");
}

}  // namespace
}  // namespace mcswitch::control

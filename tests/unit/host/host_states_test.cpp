// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 2236 section 6, host state diagram: each state with each event.

#include "host_lab.hpp"

namespace mcswitch::host::host_states_test {
namespace {

using namespace std::chrono_literals;
using test::ip;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

constexpr auto kNonMember = HostState::non_member;
constexpr auto kDelaying = HostState::delaying_member;
constexpr auto kIdle = HostState::idle_member;

// They share a MAC address, so that a mix-up shows.
const IpAddress kGroup = ip("239.1.2.3");
const IpAddress kOther = ip("239.129.2.3");

SendReport report(IpAddress group) { return {group, 2}; }

// --- Non-Member -----------------------------------------------------------------------------------

// R2236-57: "send report, set flag, start timer"; R2236-55.
TEST(HostInNonMember, JoinReportsAtOnceAndBecomesDelayingMemberWithTheFlag) {
  HostLab lab;
  EXPECT_EQ(lab.host.state(kGroup), kNonMember);
  lab.will_draw({3s});
  EXPECT_THAT(lab.join(kGroup), Optional(report(kGroup)));
  EXPECT_EQ(lab.host.state(kGroup), kDelaying);
  EXPECT_TRUE(lab.host.is_last_reporter(kGroup));
  EXPECT_EQ(lab.remaining(), 3s);
  EXPECT_EQ(lab.host.state(kOther), kNonMember);
}

// R2236-57: "ignored for memberships in the Non-Member state".
TEST(HostInNonMember, QueriesAndReportsAreIgnored) {
  HostLab lab;
  lab.make_idle_reporter(kOther);
  lab.specific_query(kGroup, 4s);
  lab.host.on_report(kGroup);
  EXPECT_EQ(lab.host.state(kGroup), kNonMember);
  EXPECT_EQ(lab.host.state(kOther), kIdle);
  EXPECT_EQ(lab.host.next(), kNever);
}

TEST(HostInNonMember, LeaveSaysNothing) {
  HostLab lab{{.always_leave = true}};
  EXPECT_EQ(lab.leave(kGroup), std::nullopt);
}

// "It requires no storage in the host."
TEST(HostInNonMember, AGeneralQueryFindsNothingToAnswer) {
  HostLab lab;
  lab.general_query(10s);
  EXPECT_EQ(lab.host.next(), kNever);
  EXPECT_THAT(lab.reports_after(10s), IsEmpty());
}

// --- Delaying Member ------------------------------------------------------------------------------

// R2236-53: "timer expired (send report, set flag)", at that moment and not a nanosecond before.
TEST(HostInDelayingMember, TimerReportsAndMakesItIdleMemberWithTheFlag) {
  HostLab lab;
  lab.make_idle_silent(kGroup);
  ASSERT_FALSE(lab.host.is_last_reporter(kGroup));
  lab.will_draw({4s});
  lab.general_query(7s);
  EXPECT_THAT(lab.reports_after(4s - 1ns), IsEmpty());
  EXPECT_FALSE(lab.host.is_last_reporter(kGroup));
  EXPECT_THAT(lab.reports_after(1ns), ElementsAre(report(kGroup)));
  EXPECT_EQ(lab.host.state(kGroup), kIdle);
  EXPECT_TRUE(lab.host.is_last_reporter(kGroup));
  EXPECT_THAT(lab.reports_after(100s), IsEmpty());
}

// R2236-54: "report received (stop timer, clear flag)".
TEST(HostInDelayingMember, AnothersReportStopsTheTimerAndClearsTheFlag) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.make_idle_reporter(kOther);
  lab.will_draw({2s, 5s});
  lab.general_query(10s);
  lab.host.on_report(kGroup);
  EXPECT_EQ(lab.host.state(kGroup), kIdle);
  EXPECT_FALSE(lab.host.is_last_reporter(kGroup));
  EXPECT_EQ(lab.host.state(kOther), kDelaying);
  EXPECT_TRUE(lab.host.is_last_reporter(kOther));
  EXPECT_THAT(lab.reports_after(10s), ElementsAre(report(kOther)));
}

// R2236-54 for the unsolicited report: what another has said need not be repeated.
TEST(HostInDelayingMember, AnothersReportEndsTheRepetitionsOfTheUnsolicitedReport) {
  HostLab lab{{.robustness_variable = 4}};
  lab.will_draw({2s, 2s});
  EXPECT_TRUE(lab.join(kGroup));
  EXPECT_EQ(lab.reports_after(2s).size(), 1U);
  lab.host.on_report(kGroup);
  EXPECT_EQ(lab.host.next(), kNever);

  // Nor does an answer to a later query start them again.
  lab.will_draw({1s});
  lab.general_query(10s);
  EXPECT_EQ(lab.reports_after(1s).size(), 1U);
  EXPECT_EQ(lab.host.state(kGroup), kIdle);
}

// R2236-52: "reset timer if Max Resp Time < current timer".
TEST(HostInDelayingMember, AQueryThatAllowsLessThanRemainsStartsTheTimerAnew) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.will_draw({9s});
  lab.general_query(10s);
  lab.clock.advance(2s);
  lab.forget_ranges();
  lab.will_draw({6s});
  lab.specific_query(kGroup, 7s - 1ns);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(7s - 1ns));
  EXPECT_EQ(lab.remaining(), 6s);
}

// R2236-52: not the whole delay counts but what remains of it, and equal is not less.
TEST(HostInDelayingMember, AQueryThatAllowsAsMuchAsRemainsOrMoreChangesNothing) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.will_draw({9s});
  lab.general_query(10s);
  lab.clock.advance(2s);
  lab.forget_ranges();
  for (const Duration allowed : {7s, 8s, 25s}) {
    lab.specific_query(kGroup, allowed);
    lab.general_query(allowed);
  }
  EXPECT_THAT(lab.delays.ranges, IsEmpty());
  EXPECT_EQ(lab.remaining(), 7s);
}

// R2236-52 for a report that is overdue: a query does not put it off.
TEST(HostInDelayingMember, AQueryDoesNotPutOffAReportThatIsDue) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.will_draw({3s});
  lab.general_query(10s);
  lab.clock.advance(4s);
  lab.general_query(1s);
  EXPECT_THAT(lab.reports(), ElementsAre(report(kGroup)));
}

// R2236-51: that group only.
TEST(HostInDelayingMember, ASpecificQueryForAnotherGroupChangesNothing) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.will_draw({9s});
  lab.general_query(10s);
  lab.specific_query(kOther, 1s);
  EXPECT_EQ(lab.remaining(), 9s);
}

// R2236-56, -57: "leave group (stop timer, send leave if flag set)".
TEST(HostInDelayingMember, LeaveStopsTheTimerAndSaysSoWithTheFlag) {
  HostLab lab;
  lab.will_draw({9s});
  EXPECT_TRUE(lab.join(kGroup));
  ASSERT_TRUE(lab.host.is_last_reporter(kGroup));
  EXPECT_THAT(lab.leave(kGroup), Optional(SendLeave{kGroup}));
  EXPECT_EQ(lab.host.state(kGroup), kNonMember);
  EXPECT_FALSE(lab.host.is_last_reporter(kGroup));
  EXPECT_EQ(lab.host.next(), kNever);
  EXPECT_THAT(lab.reports_after(10s), IsEmpty());
}

TEST(HostInDelayingMember, LeaveStopsTheTimerAndIsSilentWithoutTheFlag) {
  HostLab lab;
  lab.make_idle_silent(kGroup);
  lab.will_draw({9s});
  lab.general_query(10s);
  ASSERT_EQ(lab.host.state(kGroup), kDelaying);
  EXPECT_EQ(lab.leave(kGroup), std::nullopt);
  EXPECT_THAT(lab.reports_after(10s), IsEmpty());
}

// "May occur only in the Non-Member state": a second process on the host changes nothing.
TEST(HostInDelayingMember, JoinChangesNothing) {
  HostLab lab;
  lab.will_draw({9s});
  EXPECT_TRUE(lab.join(kGroup));
  lab.clock.advance(1s);
  EXPECT_EQ(lab.join(kGroup), std::nullopt);
  EXPECT_EQ(lab.remaining(), 8s);
  EXPECT_EQ(lab.host.group_count(), 1U);
}

// --- Idle Member ----------------------------------------------------------------------------------

// R2236-50, -51: "query received (start timer)".
TEST(HostInIdleMember, AQueryStartsTheTimerWithinItsMaxRespTime) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.will_draw({300ms});
  lab.specific_query(kGroup, 1s);
  EXPECT_THAT(lab.delays.ranges, ElementsAre(1s));
  EXPECT_EQ(lab.host.state(kGroup), kDelaying);
  EXPECT_EQ(lab.remaining(), 300ms);
  // Being asked is not being answered for.
  EXPECT_TRUE(lab.host.is_last_reporter(kGroup));
}

// R2236-51.
TEST(HostInIdleMember, ASpecificQueryIsForItsGroupOnly) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.make_idle_reporter(kOther);
  lab.will_draw({300ms});
  lab.specific_query(kOther, 1s);
  EXPECT_EQ(lab.host.state(kGroup), kIdle);
  EXPECT_THAT(lab.reports_after(1s), ElementsAre(report(kOther)));
}

// R2236-57: a report is ignored in Idle Member, so the flag stays: the leave is sent although another host
// has reported since.
TEST(HostInIdleMember, AnothersReportIsIgnoredAndTheFlagStays) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  lab.host.on_report(kGroup);
  EXPECT_TRUE(lab.host.is_last_reporter(kGroup));
  EXPECT_THAT(lab.leave(kGroup), Optional(SendLeave{kGroup}));
}

// R2236-56: "send leave if flag set".
TEST(HostInIdleMember, LeaveIsSilentWithoutTheFlag) {
  HostLab lab;
  lab.make_idle_silent(kGroup);
  EXPECT_EQ(lab.leave(kGroup), std::nullopt);
  EXPECT_EQ(lab.host.state(kGroup), kNonMember);
}

// R2236-56: "a host that does not remember whether it was the last to report may always send".
TEST(HostInIdleMember, LeaveIsSentWithoutTheFlagIfAlwaysWanted) {
  HostLab lab{{.always_leave = true}};
  lab.make_idle_silent(kGroup);
  ASSERT_FALSE(lab.host.is_last_reporter(kGroup));
  EXPECT_THAT(lab.leave(kGroup), Optional(SendLeave{kGroup}));
}

TEST(HostInIdleMember, JoinChangesNothing) {
  HostLab lab;
  lab.make_idle_reporter(kGroup);
  EXPECT_EQ(lab.join(kGroup), std::nullopt);
  EXPECT_EQ(lab.host.state(kGroup), kIdle);
}

// A flag of an earlier membership says nothing about the new one.
TEST(HostInNonMember, AfterALeaveEverythingIsAsIfTheGroupHadNeverBeenJoined) {
  HostLab lab;
  lab.make_idle_silent(kGroup);
  EXPECT_EQ(lab.leave(kGroup), std::nullopt);
  lab.will_draw({6s});
  EXPECT_THAT(lab.join(kGroup), Optional(report(kGroup)));
  EXPECT_THAT(lab.leave(kGroup), Optional(SendLeave{kGroup}));
}

// --- 224.0.0.1 ------------------------------------------------------------------------------------

// R2236-58, R1112-2: "starts in Idle Member state, never transitions to another state, and never sends a
// report".
TEST(HostInTheAllSystemsGroup, IsIdleMemberWhateverHappens) {
  HostLab lab{{.always_leave = true}};
  EXPECT_EQ(lab.host.state(kAllSystems), kIdle);
  EXPECT_EQ(lab.join(kAllSystems), std::nullopt);
  lab.general_query(1s);
  lab.specific_query(kAllSystems, 1s);
  lab.host.on_report(kAllSystems);
  EXPECT_EQ(lab.host.state(kAllSystems), kIdle);
  EXPECT_THAT(lab.reports_after(10s), IsEmpty());
  EXPECT_EQ(lab.leave(kAllSystems), std::nullopt);
  EXPECT_EQ(lab.host.state(kAllSystems), kIdle);
}

// SEED-3: the only exception; a router of the transcript reports these.
TEST(HostInTheAllSystemsGroup, OtherLinkLocalGroupsAreReported) {
  HostLab lab;
  for (const char* group : {"224.0.0.2", "224.0.0.9"}) {
    lab.will_draw({1s});
    EXPECT_THAT(lab.join(ip(group)), Optional(report(ip(group))));
  }
}

}  // namespace
}  // namespace mcswitch::host::host_states_test

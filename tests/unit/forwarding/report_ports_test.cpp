// SPDX-License-Identifier: BSD-3-Clause
//
// Where reports and leaves go while no router is known (row 3a of docs/forwarding.md).

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

const Ipv4Address kReportedGroup = ip("239.129.2.3");

// As control stores them while nobody asks and pruning is held.
void know_no_router(Bench& bench) {
  bench.vlans[10].reports.store({});
  bench.vlans[10].reports_if_silent.store(ports({2, 3, 5, 8}));
  bench.vlans[10].reports_v3.store(ports({2, 3, 5, 8}));
}

TEST(ReportPorts, OlderReportsAndLeavesGoToPortsThatHaveNotReported) {
  Bench bench;
  know_no_router(bench);
  EXPECT_EQ(bench.receive(2, test::v2_report(kReportedGroup)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(5, test::v1_report(kReportedGroup)), ports({3, 8}));
  EXPECT_EQ(bench.receive(2, test::leave(kReportedGroup)), ports({3, 8}));
  EXPECT_EQ(bench.receive(2, test::v2_report(kReportedGroup)), ports({3, 8})) << "once more";
}

TEST(ReportPorts, Version3ReportsSuppressNobodyAndGoEverywhere) {
  Bench bench;
  know_no_router(bench);
  EXPECT_EQ(bench.receive(2, test::v2_report(kReportedGroup)), ports({3, 5, 8}));
  const Bytes report = test::v3_report({{.type = 4, .group = kReportedGroup}});
  EXPECT_EQ(bench.receive(5, report), ports({2, 3, 8}));
  EXPECT_EQ(bench.receive(3, test::v2_report(kReportedGroup)), ports({8}))
      << "a version 3 host can be suppressed too";
}

TEST(ReportPorts, ALeaveIsNoReport) {
  Bench bench;
  know_no_router(bench);
  bench.receive(2, test::leave(kReportedGroup));
  EXPECT_EQ(bench.receive(5, test::v2_report(kReportedGroup)), ports({2, 3, 8}));
}

}  // namespace
}  // namespace mcswitch::forwarding

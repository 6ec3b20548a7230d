// SPDX-License-Identifier: BSD-3-Clause
//
// Leave and join in one burst, through the whole engine: the worker has dealt with both before the control
// thread sees the leave. On a fast-leave port, where no host is asked, only the order of the stamps keeps a
// host that has come back.

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "support/engine.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

const Ipv4Address kGroup = ip("239.1.2.3");
constexpr VlanId kVlan = 10;
constexpr PortId kFast = 3;
constexpr PortId kSlow = 5;

config::Config querier() {
  config::Config config;
  for (std::size_t i = 0; i < 7; ++i) {
    config::Port port;
    port.name = "p" + std::to_string(i);
    port.vlan = kVlan;
    port.fast_leave = i == kFast;
    config.ports.push_back(port);
  }
  config.sw.max_groups = 50;
  config.sw.max_macs = 50;
  config.igmp.querier = true;
  config.igmp.querier_address = ip("10.0.0.20");
  return config;
}

class OneBurst : public testing::Test {
 protected:
  OneBurst() {
    for (PortId port = 0; port < 7; ++port) {
      engine.link(port, true);
    }
    engine.advance(5s);
  }
  [[nodiscard]] bool is_member(PortId port) const { return engine.members(kVlan, kGroup).contains(port); }
  [[nodiscard]] std::uint64_t count(control::ControlCounter what) const {
    return engine.control_counters()[what].value();
  }

  Engine engine{querier()};
  const Bytes join = v2_report(kGroup);
  const Bytes go = leave(kGroup);
  const Bytes v3_join = v3_report({{.type = 4, .group = kGroup}});
  const Bytes v3_go = v3_report({{.type = 3, .group = kGroup}});
};

TEST_F(OneBurst, LeaveThenJoinWithFastLeaveKeepsTheMember) {
  engine.receive(kFast, join);
  engine.advance(3s);
  engine.receive_burst(kFast, std::vector{go, join});
  EXPECT_TRUE(is_member(kFast));
  EXPECT_EQ(count(control::ControlCounter::leaves_superseded), 1U);
  engine.receive_burst(kFast, std::vector{v3_go, v3_join});
  EXPECT_TRUE(is_member(kFast));
  engine.advance(60s);
  EXPECT_TRUE(is_member(kFast));
}

TEST_F(OneBurst, JoinThenLeaveWithFastLeaveEndsTheMembership) {
  engine.receive_burst(kFast, std::vector{join, go});
  EXPECT_FALSE(is_member(kFast));
  engine.receive_burst(kFast, std::vector{v3_join, v3_go});
  EXPECT_FALSE(is_member(kFast));
  EXPECT_EQ(count(control::ControlCounter::leaves_fast), 2U);
  EXPECT_EQ(engine.group_count(), 0U);
}

// The last word counts, however often it changes.
TEST_F(OneBurst, BackAndForthWithFastLeaveEndsAsTheLastMessageSays) {
  engine.receive_burst(kFast, std::vector{join, go, join, go, join});
  EXPECT_TRUE(is_member(kFast));
  engine.receive_burst(kFast, std::vector{go, join, go, join, go});
  EXPECT_FALSE(is_member(kFast));
}

// Within one version 3 report, the same.
TEST_F(OneBurst, RecordsOfOneReportCountInTheirOrder) {
  engine.receive(kFast, v3_report({{.type = 3, .group = kGroup}, {.type = 4, .group = kGroup}}));
  EXPECT_TRUE(is_member(kFast));
  engine.receive(kFast, v3_report({{.type = 4, .group = kGroup}, {.type = 3, .group = kGroup}}));
  EXPECT_FALSE(is_member(kFast));
}

// Without fast leave a void leave causes no query, and a valid one does.
TEST_F(OneBurst, LeaveThenJoinAsksNobody) {
  engine.receive(kSlow, join);
  engine.clear_sent();
  engine.receive_burst(kSlow, std::vector{go, join});
  engine.advance(10s);
  EXPECT_TRUE(engine.sent().empty());
  EXPECT_TRUE(is_member(kSlow));
}

TEST_F(OneBurst, JoinThenLeaveIsAskedAboutAndEnds) {
  engine.clear_sent();
  engine.receive_burst(kSlow, std::vector{join, go});
  EXPECT_TRUE(is_member(kSlow));
  ASSERT_EQ(engine.sent().size(), 1U);
  EXPECT_EQ(read_query(engine.sent()[0]).group, kGroup);
  engine.advance(2s + membership::kAnswerGrace);
  EXPECT_EQ(engine.sent().size(), 2U);
  EXPECT_FALSE(is_member(kSlow));
}

// The neighbour's membership is not touched by any of this.
TEST_F(OneBurst, OtherPortsKeepTheirMemberships) {
  engine.receive(kSlow, join);
  engine.receive_burst(kFast, std::vector{join, go});
  EXPECT_TRUE(is_member(kSlow));
  EXPECT_FALSE(is_member(kFast));
}

}  // namespace
}  // namespace mcswitch::test

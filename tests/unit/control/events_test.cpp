// SPDX-License-Identifier: BSD-3-Clause

#include "control/events.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace mcswitch::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EventsTest : public testing::Test {
 protected:
  std::vector<std::string> take() { return std::exchange(lines_, {}); }
  // Runs when it wants to.
  void pass(Duration time) {
    const TimePoint end = now_ + time;
    while (events_.next() <= end) {
      now_ = std::max(now_, events_.next());
      events_.run(now_);
    }
    now_ = end;
  }

  TimePoint now_{1000s};
  std::vector<std::string> lines_;
  const Log log_ = [this](LogLevel level, const std::string& text) {
    lines_.push_back(std::string{level == LogLevel::info     ? "info "
                                 : level == LogLevel::notice ? "notice "
                                                             : "warning "} +
                     text);
  };
  Events events_{log_};
};

TEST_F(EventsTest, OneEventIsOneLineAMomentLater) {
  events_.vlan(LogLevel::notice, 7, "now querier", now_);
  EXPECT_THAT(take(), IsEmpty());
  pass(Events::kDelay);
  EXPECT_THAT(take(), ElementsAre("notice vlan 7: now querier"));
  EXPECT_EQ(events_.next(), kNever);
}

TEST_F(EventsTest, SameThingInThousandsOfVlansIsOneLine) {
  for (VlanId vlan = 1; vlan < 4095; ++vlan) {
    if (vlan != 77) {
      events_.vlan(LogLevel::notice, vlan, "now querier", now_);
    }
  }
  events_.port(LogLevel::notice, "b", "link up", now_);
  events_.port(LogLevel::notice, "a", "link up", now_);
  pass(1s);
  EXPECT_THAT(take(), ElementsAre("notice vlans 1-76 78-4094: now querier", "notice ports b a: link up"));
}

TEST_F(EventsTest, WhatHappensToOneOfThemStaysInOrder) {
  events_.port(LogLevel::notice, "a", "link up", now_);
  events_.port(LogLevel::notice, "b", "link up", now_);
  events_.port(LogLevel::notice, "a", "link down", now_);
  events_.port(LogLevel::notice, "a", "link up", now_);
  events_.vlan(LogLevel::info, 5, "one", now_);
  events_.vlan(LogLevel::info, 5, "other", now_);
  events_.vlan(LogLevel::info, 5, "one", now_);
  pass(1s);
  EXPECT_THAT(take(),
              ElementsAre("notice ports a b: link up", "notice port a: link down", "notice port a: link up",
                          "info vlan 5: one", "info vlan 5: other", "info vlan 5: one"));
}

TEST_F(EventsTest, AFloodOfEventsIsCountedAndSaid) {
  constexpr std::size_t kFlaps = 1000;
  for (std::size_t i = 0; i < kFlaps; ++i) {
    events_.port(LogLevel::notice, "a", i % 2 == 0 ? "link down" : "link up", now_);
  }
  pass(Events::kDelay);
  EXPECT_THAT(take(), SizeIs(Events::kLinesInAPeriod));
  pass(2s);
  EXPECT_THAT(take(), ElementsAre("warning 950 more events of the last seconds are not logged"));
  events_.port(LogLevel::notice, "a", "link down", now_);
  pass(1s);
  EXPECT_THAT(take(), ElementsAre("notice port a: link down"));
}

TEST_F(EventsTest, ThousandsOfDifferentEventsAreCountedToo) {
  for (VlanId vlan = 1; vlan <= 4000; ++vlan) {
    events_.vlan(LogLevel::info, vlan, "address " + std::to_string(vlan), now_);
  }
  pass(Events::kDelay);
  EXPECT_THAT(take(), SizeIs(Events::kLinesInAPeriod));
  pass(2s);
  EXPECT_THAT(take(), ElementsAre("warning 3950 more events of the last seconds are not logged"));
}

TEST_F(EventsTest, LogAllDoesNotWait) {
  events_.vlan(LogLevel::info, 7, "x", now_);
  events_.log_all(now_);
  EXPECT_THAT(take(), ElementsAre("info vlan 7: x"));
}

}  // namespace
}  // namespace mcswitch::control

// SPDX-License-Identifier: BSD-3-Clause
//
// A host, its clock, and the random numbers that the test has written down for it.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <initializer_list>
#include <vector>

#include "host/random_delay.hpp"
#include "support/manual_clock.hpp"
#include "support/older_host.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::host {

using test::OlderHost;
using test::SendLeave;
using test::SendReport;

// Gives the delays that the test has set, one after the other, and remembers the range of each.
class ScriptedDelay final : public RandomDelay {
 public:
  Duration draw(Duration max) override {
    ranges.push_back(max);
    if (script.empty()) {
      ADD_FAILURE() << "a delay was drawn that the test does not know of";
      return max;
    }
    const Duration delay = script.front();
    script.pop_front();
    EXPECT_LE(delay, max);
    return delay;
  }
  std::deque<Duration> script;
  std::vector<Duration> ranges;
};

struct HostLab {
  explicit HostLab(const OlderHost::Settings& settings = {}) : host{settings, delays} {}

  void will_draw(std::initializer_list<Duration> script) { delays.script = script; }

  std::vector<SendReport> reports() {
    std::array<SendReport, 16> room;
    return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(host.on_time(clock.now(), room))};
  }
  std::vector<SendReport> reports_after(Duration by) {
    clock.advance(by);
    return reports();
  }

  auto join(IpAddress group) { return host.join(group, clock.now()); }
  auto leave(IpAddress group) { return host.leave(group, clock.now()); }
  void general_query(Duration max_resp_time) { host.on_query({}, 2, max_resp_time, clock.now()); }
  void specific_query(IpAddress group, Duration max_resp_time) {
    host.on_query(group, 2, max_resp_time, clock.now());
  }
  void version_1_query() { host.on_query({}, 1, Host::kVersion1MaxRespTime, clock.now()); }

  // Joined, and all unsolicited reports sent: Idle Member with the flag set.
  void make_idle_reporter(IpAddress group) {
    will_draw({std::chrono::nanoseconds{1}});
    EXPECT_TRUE(join(group).has_value());
    EXPECT_EQ(reports_after(std::chrono::nanoseconds{1}).size(), 1U);
    forget_ranges();
  }
  // Idle Member with the flag clear: another host has answered.
  void make_idle_silent(IpAddress group) {
    will_draw({std::chrono::seconds{1}});
    EXPECT_TRUE(join(group).has_value());
    host.on_report(group);
    forget_ranges();
  }
  void forget_ranges() { delays.ranges.clear(); }

  [[nodiscard]] Duration remaining() const { return host.next() - clock.now(); }

  test::ManualClock clock;
  ScriptedDelay delays;
  OlderHost host;
};

}  // namespace mcswitch::host

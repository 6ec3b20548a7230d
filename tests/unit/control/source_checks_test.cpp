// SPDX-License-Identifier: BSD-3-Clause

#include "control/source_checks.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>

#include "base/net_text.hpp"

namespace mcswitch::control::source_checks_test {
namespace {

using namespace std::chrono_literals;

SourceChecks::Key nth(std::uint32_t n, PortId port) {
  return {{10, IpAddress::from(Ipv4Address{0xef000000U + n})}, port};
}

constexpr TimePoint kStart{1000s};

TEST(SourceChecks, OnePortHasHalfOfThemAtMost) {
  SourceChecks checks;
  std::array<std::size_t, 3> got{};
  for (std::uint32_t n = 0; n < SourceChecks::kMost; ++n) {
    for (const PortId port : {PortId{4}, PortId{7}}) {
      if (n < SourceChecks::kMost / 2 + 10 ? port == 4 : port == 7) {
        got[port == 7 ? 1 : 0] += checks.get(nth(n, port)) != nullptr ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(got[0], SourceChecks::kMost / 2);
  EXPECT_EQ(got[1], SourceChecks::kMost / 4);
  // One that is there is given without asking for room.
  EXPECT_NE(checks.get(nth(0, 4)), nullptr);
  EXPECT_NE(checks.get(nth(0, 2)), nullptr);
}

TEST(SourceChecks, OneThatIsOverMakesRoomForItsPort) {
  SourceChecks checks;
  for (std::uint32_t n = 0; n < SourceChecks::kMost / 2; ++n) {
    ASSERT_NE(checks.get(nth(n, 4)), nullptr);
  }
  EXPECT_EQ(checks.get(nth(9999, 4)), nullptr);
  checks.settle(nth(3, 4));  // it asks for nothing
  EXPECT_NE(checks.get(nth(9999, 4)), nullptr);
  EXPECT_EQ(checks.get(nth(9998, 4)), nullptr);
}

TEST(SourceChecks, TheFirstToBeDueIsFirst) {
  SourceChecks checks;
  const membership::Intervals intervals;
  EXPECT_EQ(checks.next(), kNever);
  for (const std::uint32_t n : {2U, 1U, 3U}) {
    checks.get(nth(n, 4))->ask({Ipv4Address{0x0a000001}}, kStart + n * 1s, intervals);
    checks.settle(nth(n, 4));
  }
  EXPECT_EQ(checks.next(), kStart + 1s);
  EXPECT_EQ(checks.first(), nth(1, 4));
}

// What is over leaves nothing behind for the one that takes its place.
TEST(SourceChecks, OneThatIsMadeAnewAsksForNothing) {
  SourceChecks checks;
  const membership::Intervals intervals;
  const membership::Sources sources{Ipv4Address{0x0a000001}};
  checks.get(nth(1, 4))->ask(sources, kStart, intervals);
  checks.settle(nth(1, 4));
  checks.get(nth(2, 4))->ask(sources, kStart + 1s, intervals);
  checks.settle(nth(2, 4));
  checks.get(nth(1, 4))->forget(sources);
  checks.settle(nth(1, 4));
  EXPECT_EQ(checks.find(nth(1, 4)), nullptr);
  EXPECT_EQ(checks.first(), nth(2, 4));
  const membership::SourceCheck* anew = checks.get(nth(3, 7));
  ASSERT_NE(anew, nullptr);
  EXPECT_TRUE(anew->is_over());
  EXPECT_EQ(anew->next(), kNever);
  EXPECT_EQ(checks.next(), kStart + 1s);
  EXPECT_EQ(checks.find(nth(2, 4))->next(), kStart + 1s);
}

}  // namespace
}  // namespace mcswitch::control::source_checks_test

// SPDX-License-Identifier: BSD-3-Clause

#include "table/mac_table.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace mcswitch::table {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MacAddress kA{0x02cf00000010};
constexpr MacAddress kB{0x02cf00000011};

struct MacTableTest : ::testing::Test {
  MacControl table{256, 0x55aa};
  test::ManualClock clock;
};

TEST_F(MacTableTest, FindsALearnedAddressInItsVlanOnly) {
  EXPECT_EQ(table.learn(10, kA, 3, clock.now()), LearnResult::learned);
  EXPECT_EQ(table.find(10, kA), std::optional<PortId>{3});
  EXPECT_EQ(table.find(11, kA), std::nullopt);
  EXPECT_EQ(table.find(10, kB), std::nullopt);
}

TEST_F(MacTableTest, StationThatMovesIsFoundAtItsNewPortAtOnce) {
  table.learn(10, kA, 3, clock.now());
  EXPECT_EQ(table.learn(10, kA, 5, clock.now()), LearnResult::moved);
  EXPECT_EQ(table.find(10, kA), std::optional<PortId>{5});
  EXPECT_EQ(table.count(), 1U);
}

TEST_F(MacTableTest, AddressAgesOutWhenNotSeen) {
  table.learn(10, kA, 3, clock.now());
  clock.advance(seconds{200});
  table.learn(10, kB, 4, clock.now());
  clock.advance(seconds{150});
  table.age(table.slot_count(), clock.now() - seconds{300});
  EXPECT_EQ(table.find(10, kA), std::nullopt);
  EXPECT_EQ(table.find(10, kB), std::optional<PortId>{4});
  EXPECT_EQ(table.count(), 1U);
}

TEST_F(MacTableTest, AddressThatIsSeenDoesNotAge) {
  table.learn(10, kA, 3, clock.now());
  for (int i = 0; i < 10; ++i) {
    clock.advance(seconds{100});
    EXPECT_EQ(table.learn(10, kA, 3, clock.now()), LearnResult::known);
    table.age(table.slot_count(), clock.now() - seconds{300});
  }
  EXPECT_EQ(table.find(10, kA), std::optional<PortId>{3});
}

TEST_F(MacTableTest, TimeOfAKnownAddressIsWrittenAtMostOnceASecond) {
  table.learn(10, kA, 3, clock.now());
  const TimePoint first = clock.now();
  const auto seen = [&]() -> TimePoint {
    for (std::size_t i = 0; i < table.slot_count(); ++i) {
      if (const auto entry = table.snapshot(i)) {
        return entry->last_seen;
      }
    }
    return {};
  };
  clock.advance(milliseconds{999});
  table.learn(10, kA, 3, clock.now());
  EXPECT_LT(seen() - first, milliseconds{2});
  clock.advance(milliseconds{1});
  table.learn(10, kA, 3, clock.now());
  EXPECT_GE(seen() - first, milliseconds{999});
}

TEST_F(MacTableTest, ForgetPortForgetsThatPortOnly) {
  table.learn(10, kA, 3, clock.now());
  table.learn(20, kA, 4, clock.now());
  table.learn(10, kB, 3, clock.now());
  // In two slices, the second of which begins where the first ended and goes round the end.
  const std::size_t half = table.slot_count() / 2 + 1;
  table.forget(PortSet::of(3) | PortSet::of(9), 1, half);
  table.forget(PortSet::of(3) | PortSet::of(9), 1 + half, half);
  EXPECT_EQ(table.find(10, kA), std::nullopt);
  EXPECT_EQ(table.find(10, kB), std::nullopt);
  EXPECT_EQ(table.find(20, kA), std::optional<PortId>{4});
}

TEST_F(MacTableTest, RefusesWhenFullAndKeepsWhatItHas) {
  MacControl tiny{8, 0x77};
  unsigned learned = 0;
  unsigned refused = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const LearnResult result = tiny.learn(1, MacAddress{0x020000000000 + i}, 2, clock.now());
    learned += result == LearnResult::learned ? 1 : 0;
    refused += result == LearnResult::full ? 1 : 0;
  }
  EXPECT_EQ(learned, 8U);
  EXPECT_EQ(refused, 92U);
  EXPECT_EQ(tiny.count(), 8U);
}

TEST_F(MacTableTest, TakesItsNominalNumber) {
  constexpr std::uint32_t kMacs = 65536;
  MacControl big{kMacs, 0x99};
  std::uint32_t learned = 0;
  for (std::uint64_t i = 0; i < kMacs; ++i) {
    learned += big.learn(1, MacAddress{0x020000000000 + i * 3}, 2, clock.now()) == LearnResult::learned;
  }
  EXPECT_GE(learned, kMacs - kMacs / 200);
  EXPECT_EQ(big.count(), learned);
}

}  // namespace
}  // namespace mcswitch::table

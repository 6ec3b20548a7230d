// SPDX-License-Identifier: BSD-3-Clause
//
// Which group was seen where, and when.

#include "interfaces/sightings.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/packet_builder.hpp"

namespace mcswitch::bench::interfaces {
namespace {

using test::ip;

// Across the border of a byte.
const std::vector<Ipv4Address> kGroups{ip("239.64.7.254"), ip("239.64.7.255"), ip("239.64.8.0")};

TEST(Sightings, KeepsFirstAndLastForEachReceiverAndGroup) {
  Sightings sightings{3, kGroups};
  sightings.add({.receiver = 2, .group = kGroups[1], .received = 50});
  sightings.add({.receiver = 2, .group = kGroups[1], .received = 70});
  sightings.add({.receiver = 1, .group = kGroups[2], .received = 60});
  EXPECT_EQ(sightings.first(2, 1), 50);
  EXPECT_EQ(sightings.last(2, 1), 70);
  EXPECT_EQ(sightings.first(1, 2), 60);
  EXPECT_FALSE(sightings.was_seen(1, 1));
  EXPECT_FALSE(sightings.was_seen(2, 2));
}

TEST(Sightings, CountsGroupsAndNotFrames) {
  Sightings sightings{2, kGroups};
  for (const Nanoseconds t : {10, 20, 30}) {
    sightings.add({.receiver = 1, .group = kGroups[0], .received = t});
  }
  sightings.add({.receiver = 1, .group = kGroups[2], .received = 40});
  EXPECT_EQ(sightings.count(1), 2U);
  EXPECT_EQ(sightings.count(0), 0U);
}

// Late frames of a test before.
TEST(Sightings, GroupsOfOthersAreNotCounted) {
  Sightings sightings{2, kGroups};
  sightings.add({.receiver = 0, .group = ip("239.64.7.253"), .received = 10});
  sightings.add({.receiver = 0, .group = ip("239.64.8.1"), .received = 10});
  EXPECT_EQ(sightings.count(0), 0U);
  EXPECT_EQ(sightings.count(1), 0U);
}

}  // namespace
}  // namespace mcswitch::bench::interfaces

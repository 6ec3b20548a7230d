// SPDX-License-Identifier: BSD-3-Clause

#include "base/port_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace mcswitch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<unsigned> ports_of(PortSet set) {
  std::vector<unsigned> ports;
  for (const PortId port : set) {
    ports.push_back(port);
  }
  return ports;
}

TEST(PortSet, IsEmptyAtFirst) {
  EXPECT_TRUE(PortSet{}.empty());
  EXPECT_EQ(PortSet{}.count(), 0U);
  EXPECT_THAT(ports_of(PortSet{}), IsEmpty());
}

TEST(PortSet, OfOnePortHoldsThatPortAndNoOther) {
  for (PortId port = 0; port < kMaxPorts; ++port) {
    const PortSet set = PortSet::of(port);
    EXPECT_EQ(set.count(), 1U);
    for (PortId other = 0; other < kMaxPorts; ++other) {
      EXPECT_EQ(set.contains(other), other == port) << int{port} << " " << int{other};
    }
  }
}

TEST(PortSet, FirstHoldsThePortsBelowTheCount) {
  EXPECT_THAT(ports_of(PortSet::first(3)), ElementsAre(0, 1, 2));
  EXPECT_TRUE(PortSet::first(0).empty());
  EXPECT_EQ(PortSet::first(31).bits(), 0x7fff'ffffU);
  EXPECT_EQ(PortSet::first(32).bits(), 0xffff'ffffU);
  EXPECT_EQ(PortSet::first(33).bits(), 0xffff'ffffU);
}

TEST(PortSet, IteratesInRisingOrderWhateverTheOrderOfAdding) {
  EXPECT_THAT(ports_of(PortSet{}.add(31).add(3).add(17).add(4)), ElementsAre(3, 4, 17, 31));
}

TEST(PortSet, IteratesOverAllPorts) {
  const auto ports = ports_of(PortSet::first(kMaxPorts));
  ASSERT_EQ(ports.size(), kMaxPorts);
  for (unsigned i = 0; i < kMaxPorts; ++i) {
    EXPECT_EQ(ports[i], i);
  }
}

TEST(PortSet, AddingTwiceIsAddingOnce) { EXPECT_EQ(PortSet::of(5).add(5), PortSet::of(5)); }

TEST(PortSet, RemovingLeavesTheOthers) {
  EXPECT_THAT(ports_of(PortSet{}.add(2).add(9).add(30).remove(9)), ElementsAre(2, 30));
}

TEST(PortSet, RemovingAPortThatIsNotThereChangesNothing) {
  EXPECT_EQ(PortSet::of(7).remove(8), PortSet::of(7));
}

TEST(PortSet, UnionIntersectionAndComplement) {
  const PortSet a = PortSet{}.add(1).add(6).add(31);
  const PortSet b = PortSet{}.add(6).add(12);
  EXPECT_THAT(ports_of(a | b), ElementsAre(1, 6, 12, 31));
  EXPECT_THAT(ports_of(a & b), ElementsAre(6));
  EXPECT_THAT(ports_of(a & ~b), ElementsAre(1, 31));
  EXPECT_EQ(a | ~a, PortSet::first(kMaxPorts));
  EXPECT_TRUE((a & ~a).empty());
}

TEST(PortSet, BitsAreThePortNumbers) {
  EXPECT_EQ(PortSet{}.add(0).add(4).bits(), 0x11U);
  EXPECT_EQ(PortSet{0x8000'0100U}, PortSet{}.add(8).add(31));
}

}  // namespace
}  // namespace mcswitch
